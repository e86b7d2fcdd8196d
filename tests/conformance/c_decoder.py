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
import reference_decoder as reference

import kmcodec

if TYPE_CHECKING:
    from collections.abc import Callable

    Batch = Callable[[list[bytes]], list[str]]

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PACKAGE = ROOT / "packages" / "c"
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
LIMITS = kmcodec.Limits(max_pixels=1 << 24)
SANITIZERS = ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


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


def has_mixed(data: bytes) -> bool:
    """Whether the indices of a file, or of its blocks, are said to be of coder ``mixed``.

    The file may have any fault.
    """
    reader = reference.Reader(data)
    try:
        header = reference.parse_header(reader)
        while True:
            tag = reader.byte() & ~reference.TAG_LAST
            payload = reader.take(reader.varint())
            reader.take(4)
            if tag == reference.SECTION_INDICES and payload[:1] == b"\x02":
                return True
            blocks = header.block != (1, 1) and tag == reference.SECTION_PALETTE
            if blocks and (payload[:1], payload[2:3]) == (b"\x01", b"\x02"):
                return True
    except reference.KmqError:
        return False


def build_batch(folder: Path) -> Batch:
    """Return a function that decodes many files, watched by sanitizers: a line for each."""
    program = build(folder, "gcc", HERE / "kmq_batch.c", ["-O1", "-fno-inline", *SANITIZERS])

    def run(files: list[bytes]) -> list[str]:
        packed = b"".join(len(data).to_bytes(4, "little") + data for data in files)
        done = subprocess.run([str(program)], input=packed, capture_output=True, check=False)
        lines = done.stdout.decode().splitlines()
        if done.returncode:
            culprit = files[min(len(lines), len(files) - 1)]
            pytest.fail(f"{done.stderr.decode()[:2000]}\non or before {culprit.hex()}")
        assert len(lines) == len(files)
        return lines

    return run


def by_package(data: bytes) -> str:
    """Return the line that the package deserves for a file."""
    try:
        pixels = kmcodec.decode(data, limits=LIMITS)
    except kmcodec.KmqError as error:
        return type(error).__name__
    height, width = pixels.shape[:2]
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    return f"OK {width} {height} {channels} {zlib.adler32(pixels.tobytes())}"
