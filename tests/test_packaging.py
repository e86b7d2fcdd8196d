"""What an installation and the documents promise."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import subprocess
import sys
import tarfile
import tomllib
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
import webassembly

import kmcodec
from kmcodec import _kernels

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MODULE = "kmcodec/pages/assets/kmq.wasm"
BUILDS = {
    "compiler": f"def build(): open({MODULE!r}, 'wb').write(b'module')",
    "without": "def build(): raise BuildError('there is no compiler')",
}


def test_versions_agree():
    """The version is the same in pyproject.toml, packages, metadata and changelog."""
    version = PROJECT["project"]["version"]
    npm = json.loads((ROOT / "packages" / "js" / "package.json").read_text(encoding="utf-8"))
    assert npm["version"] == version
    assert kmcodec.__version__ == version == metadata.version("kmcodec")
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_kernel_is_built_and_typed():
    """Each kernel source has an extension in pyproject.toml and a stub beside it."""
    extensions = {e["name"] for e in PROJECT["tool"]["setuptools"]["ext-modules"]}
    assert extensions == {f"kmcodec._kernels.{name}" for name in _kernels.NAMES}
    folder = Path(kmcodec.__file__).parent
    assert (folder / "py.typed").exists()
    assert all((folder / "_kernels" / f"{name}.pyi").exists() for name in _kernels.NAMES)


@pytest.mark.parametrize("kind", BUILDS)
def test_sources_and_installations_hold_the_module(kind, tmp_path):
    """Both are made with kmq.wasm where it can be built, and without it elsewhere."""
    version = tuple(map(int, metadata.version("setuptools").split(".")[:2]))
    if version < (77, 0):
        webassembly.unavailable("setuptools is older than what builds kmcodec")
    for name in ("setup.py", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(
        ROOT / "kmcodec", tmp_path / "kmcodec", ignore=shutil.ignore_patterns("*.so", "kmq.wasm")
    )
    build = tmp_path / "packages" / "js" / "build.py"
    build.parent.mkdir(parents=True)
    build.write_text(f"class BuildError(Exception): ...\n{BUILDS[kind]}\n")
    for words in (["sdist"], ["build_py", "--build-lib", "lib"]):
        (tmp_path / MODULE).unlink(missing_ok=True)
        command = [sys.executable, "setup.py", "-q", *words]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    with tarfile.open(next(tmp_path.glob("dist/*.tar.gz"))) as sources:
        names = {name.partition("/")[2] for name in sources.getnames()}
    assert {"setup.py", "packages/js/build.py", "kmcodec/_core/kmq.c"} <= names
    assert (MODULE in names) == (kind == "compiler")
    assert (tmp_path / "lib" / MODULE).exists() == (kind == "compiler")


def test_the_console_script_is_declared():
    """The installation offers the command kmcodec."""
    scripts = metadata.entry_points(group="console_scripts", name="kmcodec")
    assert [script.value for script in scripts] == ["kmcodec.cli:main"]


def test_public_names_have_docstrings():
    """Every public name has a docstring."""
    for name in kmcodec.__all__:
        value = getattr(kmcodec, name)
        assert isinstance(value, str) or (value.__doc__ or "").strip(), name


def test_the_typed_examples_run():
    """What mypy checks in tests/typing also works."""
    api = runpy.run_path(str(ROOT / "tests" / "typing" / "api.py"))
    pixels = np.random.default_rng(0).integers(0, 256, (8, 9, 3)).astype(np.uint8)
    assert api["round_trip"](pixels).shape == pixels.shape
    assert api["by_steps"](pixels).n_colors == 16
    assert api["cut"](pixels).shape == (8, 9, 4)
    assert api["group"](pixels.transpose(2, 0, 1).repeat(4, axis=0)).shape == (12, 8, 9, 1)
    assert api["estimate"](pixels.reshape(-1, 3)).shape == (72, 3)
    assert "not a .kmq file" in api["guard"](b"garbage")


def test_the_readmes_python_runs(tmp_path, monkeypatch, photo):
    """Every python block of the README runs as it stands, in order, on a picture of ours."""
    from PIL import Image  # noqa: PLC0415

    monkeypatch.chdir(tmp_path)
    Image.fromarray(photo).save("photo.png")
    blocks = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert blocks
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)  # noqa: S102  (it is our own text)


def test_the_readme_is_short():
    """The README has at most 160 lines and 1,400 words."""
    assert README.count("\n") <= 160
    assert len(README.split()) <= 1400


def test_the_sample_runs(capsys):
    """The sprite of samples/embed.py shrinks and comes back nearly the same."""
    runpy.run_path(str(ROOT / "samples" / "embed.py"), run_name="__main__")
    raw, size, error = re.findall(r"[\d.]+", capsys.readouterr().out)
    assert int(size) < int(raw) / 5
    assert float(error) < 8


def test_the_flower_is_cut_out(capsys, monkeypatch):
    """The picture that samples/cutout.py cuts out of scikit-learn's photograph."""
    monkeypatch.setattr("sys.argv", ["cutout.py"])
    runpy.run_path(str(ROOT / "samples" / "cutout.py"), run_name="__main__")
    share, regions = re.findall(r"[\d.]+", capsys.readouterr().out)
    assert 18 < float(share) < 26
    assert 5 <= int(regions) <= 20


def test_the_readme_is_finished():
    """No table is still to be filled in, and the figure's size is that of the file we write."""
    assert "@@" not in README
    from kmcodec.cli.work.demo import _photo_folder  # noqa: PLC0415
    from kmcodec.files import read_picture  # noqa: PLC0415

    china = read_picture(_photo_folder() / "china.jpg").pixels
    claimed = re.search(r"`\.kmq` of ([\d,]+)\.", README)
    assert claimed
    ours = len(kmcodec.encode(china, n_colors=64))
    assert abs(int(claimed[1].replace(",", "")) - ours) < ours / 100  # JPEG decoders differ a bit
