"""Build kmq.wasm, the decoder of `.kmq` files in WebAssembly, from the core in C.

    python packages/js/build.py                   writes kmcodec/pages/assets/kmq.wasm
    python packages/js/build.py --package FOLDER  gathers what a package for npm holds

Needs Clang with wasm-ld (in Debian: clang and lld), or the package ``ziglang`` of PyPI, or Zig; and
of Python the standard library only. Nothing is written if kmq.wasm was built from these sources.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CORE = ROOT / "kmcodec" / "_core"
ASSETS = ROOT / "kmcodec" / "pages" / "assets"
TARGET = ASSETS / "kmq.wasm"

SOURCES = [HERE / "wasm.c", CORE / "kmq.c"]
EXPORTS = ["read_info", "file_info", "palette", "section", "decode", "decode_indices"]
FLAGS = [
    *("-std=c11", "-O3", "-ffreestanding", "-nostdlib"),
    *("-mbulk-memory", "-fno-vectorize", "-fno-slp-vectorize"),  # vectors are written by hand
    *("-DKMQ_NO_ENCODER", "-DKMQ_NO_MALLOC"),
    *(f"-I{HERE / 'freestanding'}", f"-I{CORE}"),
    *("-Wl,--no-entry", "-Wl,--strip-all", "-Wl,-z,stack-size=131072"),
    *(f"-Wl,--export=kmq_{name}" for name in EXPORTS),
]
SIMD = ["-msimd128"]
PLAIN = ["-DKMQ_PLAIN"]  # a test holds the two against each other


class BuildError(Exception):
    """There is no compiler, or none that could build it: one line."""


def compilers() -> list[list[str]]:
    """Return the beginnings of the commands to try, the one with the quickest code first.

    The stack comes first in memory, so that overflowing it traps; Zig puts it there by itself.
    """
    zig = ["cc", "-target", "wasm32-freestanding", "-fno-sanitize=all"]
    clang = ["--target=wasm32", "-Wl,--stack-first"]
    found = []
    if importlib.util.find_spec("ziglang") is not None:
        found.append([sys.executable, "-m", "ziglang", *zig])
    for name, words in (("zig", zig), ("clang", clang)):
        program = shutil.which(name)
        if program is not None:
            found.append([program, *words])
    return found


def fingerprint() -> bytes:
    """Return a custom section of WebAssembly that tells what a module was built from."""
    total = hashlib.sha256()
    sources = [p for folder in (HERE, CORE) for p in folder.rglob("*") if p.suffix in {".c", ".h"}]
    for path in [Path(__file__), *sorted(sources)]:
        if path.name != "core.c":  # which Cython writes
            total.update(path.name.encode() + b"\0" + path.read_bytes())
    body = bytes([3]) + b"kmq" + total.digest()
    return bytes([0, len(body)]) + body


def is_current(target: Path = TARGET) -> bool:
    """Whether a module is there, and was built from the sources as they are."""
    return target.exists() and target.read_bytes().endswith(fingerprint())


def compile_module(target: Path, kind: list[str]) -> None:
    """Write a module by the first compiler that can; raise BuildError if there is none."""
    complaint = "there is neither Clang nor ziglang"
    with tempfile.TemporaryDirectory() as room:
        made = Path(room) / "kmq.wasm"
        for command in compilers():
            words = [*command, *FLAGS, *kind, *map(str, SOURCES), "-o", str(made)]
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            if done.returncode == 0:
                target.write_bytes(made.read_bytes() + fingerprint())
                return
            lines = done.stderr.strip().splitlines() or ["it failed"]
            complaint = f"{command[0]}: {lines[0]}"
    raise BuildError(complaint)


def build(target: Path = TARGET, kind: list[str] = SIMD) -> None:
    """Write a module unless it is current.

    If there is no compiler, an old one is removed, and BuildError says why.
    """
    if is_current(target):
        return
    target.unlink(missing_ok=True)
    compile_module(target, kind)


def gather(folder: Path) -> None:
    """Write what a package for npm holds."""
    build()
    folder.mkdir(parents=True, exist_ok=True)
    for path in (*ASSETS.glob("kmq*"), HERE / "package.json", HERE / "README.md", ROOT / "LICENSE"):
        shutil.copy(path, folder)


def main() -> int:
    """Parse the command line; return 1 if nothing could be built."""
    parser = argparse.ArgumentParser(description="Build kmq.wasm.")
    parser.add_argument("--package", type=Path, metavar="FOLDER", help="gather a package for npm")
    arguments = parser.parse_args()
    try:
        if arguments.package is None:
            build()
        else:
            gather(arguments.package)
    except BuildError as error:
        print(f"kmq.wasm cannot be built: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
