"""The decoder in C, built from the one source that packages/c/amalgamate.py writes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import reference_decoder as reference

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "packages" / "c"
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
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
