"""The house: every room imports only from its left, and decoding needs no K-means."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kmcodec
from kmcodec.cli import COMMANDS, group
from kmcodec.cli._command import Command

PACKAGE = Path(kmcodec.__file__).parent
ROOMS = [
    "errors",
    "options",
    "progress",
    "arithmetic",
    "channels",
    "loss",
    "rows",
    "showing",
    "varint",
    "parallel",
    "_kernels",
    "color",
    "histogram",
    "image",
    "similarity",
    "kmeans",
    "dither",
    "quantizer",
    "deflate",
    "coding",
    "container",
    "codec",
    "choice",
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

OPENERS = {
    *("open", "Path", "read_bytes", "read_text", "write_bytes", "write_text"),
    *("socket", "urllib", "http", "urlopen", "urlretrieve", "requests"),
    *("fetch_openml", "load_sample_image", "memmap", "fromfile", "tofile", "loadtxt", "savetxt"),
}
ON_PATHS = {"np.load", "np.save", "np.savez", "Image.open", "image.save"}


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


def test_the_overview_names_every_room_in_order():
    """The table of docs/contributing.md lists the rooms as the layers have them."""
    page = Path(__file__).parents[1] / "docs" / "contributing.md"
    if not page.exists():
        pytest.skip("no docs folder")
    overview = page.read_text(encoding="utf-8").split("## Code overview")[1].split("\n## ")[0]
    cells = [line.split("|")[1] for line in overview.splitlines() if line.startswith("| `")]
    named = [name.rstrip("/") for cell in cells for name in re.findall(r"`([^`]+)`", cell)]
    assert named == [room for room in ROOMS if room != "__main__"]


def opens(path: Path) -> set[str]:
    """Return the names by which a module opens files or reaches a network.

    ``np.load``, ``np.save`` and ``Image.open`` may be given what ``io.BytesIO`` made.
    """
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Name):
            found |= {node.id} & OPENERS
        elif isinstance(node, ast.Attribute):
            found |= {node.attr} & (OPENERS - {"open"})
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names]
            names += [getattr(node, "module", None) or ""]
            found |= {part for name in names for part in name.split(".")} & OPENERS
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            called = f"{owner.id if isinstance(owner, ast.Name) else ''}.{node.func.attr}"
            if called in ON_PATHS and not is_buffer(node.args[0]):
                found.add(called)
    return found


def is_buffer(argument: ast.expr) -> bool:
    """Whether an argument is a buffer in memory, by what it is called."""
    if isinstance(argument, ast.Call):
        return ast.unparse(argument.func) in ("io.BytesIO", "BytesIO")
    return isinstance(argument, ast.Name) and argument.id == "buffer"


def test_only_files_and_the_command_line_open_files():
    """Neither files nor networks are reached from other rooms; two read the package's own data."""
    for path in MODULES:
        if room_of(path) not in ("files", "cli", "_kernels"):
            reads = {"desktop": {"read_text"}, "pages": {"read_text", "read_bytes"}}
            assert opens(path) - reads.get(room_of(path), set()) == set(), path


@pytest.mark.parametrize(
    "line",
    [
        "open('a')",
        "from pathlib import Path",
        "import socket",
        "from urllib.request import urlopen",
        "from sklearn.datasets import fetch_openml",
        "np.load('a.npy')",
        "np.save(path, array)",
        "Image.open(name)",
        "path.read_bytes()",
    ],
)
def test_what_opens_files_is_seen(line, tmp_path):
    """The test above finds each way to a file or a network."""
    path = tmp_path / "module.py"
    path.write_text(line)
    assert opens(path)


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


@pytest.mark.parametrize("words", [["--help"], *([name, "--help"] for name in COMMANDS)])
def test_help_loads_neither_numpy_nor_scikit_learn(words):
    """Help and completion of every command appear at once."""
    code = f"from kmcodec.cli import group\ngroup.main({words}, standalone_mode=False)"
    assert not loaded_after(code) & {"numpy", "PIL", "sklearn", "scipy", "rich"}


def test_each_command_gives_its_work_what_it_takes():
    """Options stand in one module and the work in another: their names agree."""
    for name in COMMANDS:
        command = group.get_command(None, name)
        if isinstance(command, Command):
            run = importlib.import_module(f"kmcodec.cli.work.{name}").run
            inspect.signature(run).bind(**{param.name: None for param in command.params})


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


def test_quantizing_a_picture_loads_no_codec(tmp_path):
    """The quantize command starts without what reads and writes .kmq files and animations."""
    Image.fromarray(np.eye(5, dtype=np.uint8)).save(tmp_path / "a.png")
    words = ["quantize", str(tmp_path / "a.png"), "-o", str(tmp_path / "b.png"), "--quiet"]
    loaded = loaded_after(
        "from kmcodec.cli import group\n"
        f"try: group.main({words}, standalone_mode=False)\n"
        "except SystemExit: pass"
    )
    assert (tmp_path / "b.png").exists()
    assert not loaded & {"kmcodec.codec.kmq_file", "kmcodec.coding", "kmcodec.container.header"}
    assert not loaded & {"kmcodec.quantizer.blocks", "kmcodec.quantizer.frames", "json"}


def test_only_linear_algebra_starts_its_threads():
    """NumPy is imported with one thread for BLAS, which the environment keeps no trace of."""
    code = (
        "import os; from kmcodec.cli import _command\n"
        "_command._work_of('info')\n"
        "assert 'OPENBLAS_NUM_THREADS' not in os.environ\n"
        "os.environ['OPENBLAS_NUM_THREADS'] = '3'\n"
        "_command._work_of('verify')\n"
        "assert os.environ['OPENBLAS_NUM_THREADS'] == '3'"
    )
    assert "numpy" in loaded_after(code)


def test_decoding_loads_no_kmeans():
    """The decoder is integers and tables: neither K-means nor histograms nor colours."""
    data = kmcodec.encode(np.eye(5, dtype=np.uint8)).hex()
    loaded = loaded_after(f"from kmcodec.codec import decode\ndecode(bytes.fromhex('{data}'))")
    assert "kmcodec.deflate.encoder" not in loaded
    rooms = {name.split(".")[1] for name in loaded if name.startswith("kmcodec.")}
    assert not rooms & {"kmeans", "histogram", "color", "dither", "quantizer", "estimator", "files"}
