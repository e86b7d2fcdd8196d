"""The decoder in C, built from the one source that packages/c/amalgamate.py writes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import kmcodec

if TYPE_CHECKING:
    from collections.abc import Callable

    Batch = Callable[[list[bytes]], list[str]]

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PACKAGE = ROOT / "packages" / "c"
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
LIMITS = kmcodec.Limits(max_pixels=1 << 18)  # as in kmq_batch.c
SANITIZERS = ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
QUICKLY_BUILT = ["-O1", "-fno-inline"]  # inlined, the models take a minute, and minutes if watched
WATCHED = [*QUICKLY_BUILT, *SANITIZERS]


def compiler(name: str) -> str:
    """Return where a C compiler is; without it the test is skipped, but in CI it fails."""
    found = shutil.which(name)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"there is no {name}, and CI is set")
        pytest.skip(f"there is no {name}")
    return found


def build(folder: Path, name: str, main: Path, flags: list[str]) -> Path:
    """Return a program made of the decoder and a source with a main function."""
    command = [sys.executable, str(PACKAGE / "amalgamate.py"), str(folder)]
    subprocess.run(command, check=True)
    program = folder / main.stem
    sources = [str(main), str(folder / "kmq.c")]
    command = [compiler(name), "-std=c11", *WARNINGS, *flags, f"-I{folder}", *sources]
    done = subprocess.run(
        [*command, "-o", str(program)], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return program


def lines_of(program: Path, files: list[bytes], seconds: int = 600) -> tuple[list[str], str]:
    """Return what the batch program says of files, a line for each, and why it stopped before.

    `seconds` of the processor's time are a hang.
    """
    packed = b"".join(len(data).to_bytes(4, "little") + data for data in files)
    done = subprocess.run(
        ["/bin/sh", "-c", f'ulimit -t {seconds} && exec "$0"', str(program)],
        input=packed,
        capture_output=True,
        check=False,
    )
    reason = done.stderr.decode()
    if done.returncode and not reason:
        reason = f"the program ended with {done.returncode}, after {seconds} s if that is -24"
    return done.stdout.decode().splitlines(), reason


def build_batch(folder: Path) -> Batch:
    """Return a function that decodes many files, watched by sanitizers: a line for each."""
    program = build(folder, "gcc", HERE / "kmq_batch.c", WATCHED)

    def run(files: list[bytes]) -> list[str]:
        lines, reason = lines_of(program, files)
        if reason or len(lines) < len(files):
            culprit = files[min(len(lines), len(files) - 1)]
            pytest.fail(f"{reason[:2000]}\non or before {culprit.hex()}")
        assert len(lines) == len(files)
        return lines

    return run


def by_package(data: bytes) -> str:
    """Return the line that the package deserves for a file."""
    try:
        file = kmcodec.KmqFile(data, limits=LIMITS)
        pixels, header = file.decode(), file.header
    except kmcodec.KmqError as error:
        return type(error).__name__
    rows = header.planes * header.height  # of a stack, one plane below another
    return f"OK {header.width} {rows} {header.channels} {zlib.adler32(pixels.tobytes())}"
