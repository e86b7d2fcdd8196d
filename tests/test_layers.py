"""The house: every room imports only from its left, and decoding needs no K-means."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import kmcodec

PACKAGE = Path(kmcodec.__file__).parent
ROOMS = [
    "errors",
    "options",
    "progress",
    "arithmetic",
    "channels",
    "varint",
    "parallel",
    "_kernels",
    "color",
    "histogram",
    "image",
    "kmeans",
    "dither",
    "quantizer",
    "deflate",
    "coding",
    "container",
    "codec",
    "png",
    "estimator",
    "segmenter",
    "digits",
    "files",
    "adapters",
    "pillow",
    "drawing",
    "pages",
    "remote",
    "desktop",
    "cli",
    "__main__",
]
FREE_OF = {
    "coding": {"kmeans", "histogram", "color", "dither", "quantizer"},
    "container": {"image", "coding", "kmeans", "histogram", "color", "dither", "quantizer"},
    "kmeans": {"image", "histogram", "color"},
    "histogram": {"color"},
}


def room_of(path: Path) -> str:
    """Return the first part of a module's name below the package."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    """Return the rooms that a module imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("kmcodec"):
            parts = node.module.split(".")
            found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith("kmcodec.")}
    return found & set(ROOMS)


MODULES = [p for p in sorted(PACKAGE.rglob("*.py")) if p != PACKAGE / "__init__.py"]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_left(path):
    """A module imports only from rooms to the left of its own."""
    room = room_of(path)
    assert room in ROOMS, f"give {room} its place in the house"
    mine = ROOMS.index(room)
    wrong = {other for other in imported_rooms(path) if ROOMS.index(other) > mine}
    assert wrong == set()
    assert imported_rooms(path) & FREE_OF.get(room, set()) == set()


def test_only_files_and_the_command_line_open_files():
    """No room but files and cli names open or Path."""
    for path in MODULES:
        if room_of(path) not in ("files", "cli", "_kernels"):
            names = {n.id for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Name)}
            assert not names & {"open", "Path"}, path


def loaded_after(code: str) -> set[str]:
    """Return the modules that a fresh interpreter has loaded after running code."""
    script = f"import sys\n{code}\nprint('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_importing_the_package_loads_nothing_heavy():
    """Importing the package loads neither NumPy nor Pillow nor scikit-learn."""
    assert not loaded_after("import kmcodec") & {"numpy", "PIL", "sklearn", "click", "rich"}


def test_help_loads_neither_numpy_nor_scikit_learn():
    """The help of the command line loads no numeric library."""
    code = "from kmcodec.cli import group\ngroup.main(['--help'], standalone_mode=False)"
    assert not loaded_after(code) & {"numpy", "PIL", "sklearn", "scipy", "rich"}


def test_encoding_and_decoding_load_no_scikit_learn():
    """A round trip in the library loads neither scikit-learn nor SciPy nor Pillow."""
    code = (
        "import kmcodec, numpy\n"
        "kmcodec.decode(kmcodec.encode(numpy.arange(48, dtype='u1').reshape(4, 4, 3), n_colors=3))"
    )
    assert not loaded_after(code) & {"sklearn", "scipy", "rich", "PIL"}


def test_the_command_line_decodes_without_scikit_learn(tmp_path):
    """The decode command writes its file without loading scikit-learn or SciPy."""
    target = tmp_path / "a.kmq"
    target.write_bytes(kmcodec.encode(np.eye(5, dtype=np.uint8)))
    code = (
        "from kmcodec.cli import group\n"
        f"try: group.main(['decode', {str(target)!r}], standalone_mode=False)\n"
        "except SystemExit: pass"
    )
    assert not loaded_after(code) & {"sklearn", "scipy", "rich"}
    assert (tmp_path / "a.png").exists()


def test_decoding_loads_no_kmeans():
    """The decoder is integers and tables: neither K-means nor histograms nor colours."""
    data = kmcodec.encode(np.eye(5, dtype=np.uint8)).hex()
    loaded = loaded_after(f"from kmcodec.codec import decode\ndecode(bytes.fromhex('{data}'))")
    assert "kmcodec.deflate.encoder" not in loaded
    rooms = {name.split(".")[1] for name in loaded if name.startswith("kmcodec.")}
    assert not rooms & {"kmeans", "histogram", "color", "dither", "quantizer", "estimator", "files"}
