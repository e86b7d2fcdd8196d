"""Tiles in C: any compiler, processor and instructions give the same streams."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from c_decoder import SANITIZERS, WARNINGS, compiler

SOURCE = Path(__file__).with_name("kmq_tiles.c")
GUEST = Path(__file__).with_name("run_tiles.js")
TILES = (512 + 16, 74 + 3)  # all, and those of a program with an argument

NATIVE = {
    "clang, not optimized": ["clang", "-O0"],
    "gcc, optimized": ["gcc", "-O3"],
    "clang, optimized": ["clang", "-O3"],
    "gcc, one variant": ["gcc", "-O2", "-DKMQ_ONE_VARIANT"],
    "gcc, SSSE3 only": ["gcc", "-O2", "-mssse3"],
    "clang, plain": ["clang", "-O3", "-DKMQ_PLAIN"],
    "gcc, 32 bits": ["gcc", "-O2", "-m32"],
    "gcc, 32 bits, SSSE3": ["gcc", "-O1", "-m32", "-mssse3"],
    "gcc, sanitizers": ["gcc", "-O0", *SANITIZERS],
    "clang, sanitizers": ["clang", "-O0", *SANITIZERS],
    "clang, plain, sanitizers": ["clang", "-O0", "-DKMQ_PLAIN", *SANITIZERS],
}
LIBRARY = {
    "string.h": "void *memcpy(void *restrict, const void *restrict, size_t);\n"
    "void *memset(void *, int, size_t);\n",
    "stdlib.h": "",
}


def built(folder, name, *flags):
    """Return the program of tiles, which compilers build without a warning."""
    program = folder / "tiles"
    command = [compiler(name), "-std=c11", *WARNINGS, *flags, str(SOURCE), "-o", str(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return str(program)


def printed(*command):
    """Return the lines that a program prints."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Return the program in plain C."""
    return built(tmp_path_factory.mktemp("plain"), "gcc", "-O1", "-DKMQ_PLAIN")


@pytest.fixture(scope="module")
def expected(plain):
    """Return the lines of plain C."""
    return printed(plain)


def check(lines, expected):
    """Each variant of a program says what is expected."""
    count = len(expected)
    assert len(set(expected)) == count
    assert count in TILES
    assert len(lines) in {count, 2 * count}
    for start in range(0, len(lines), count):
        assert lines[start : start + count] == expected


def test_both_variants(tmp_path, plain):
    """A program with two variants gives the streams of plain C by each of them."""
    check(printed(built(tmp_path, "gcc", "-O0"), "some"), printed(plain, "some"))


@pytest.mark.exhaustive
@pytest.mark.parametrize("flags", NATIVE.values(), ids=NATIVE)
def test_compilers(tmp_path, expected, flags):
    """Compilers agree, whatever they optimize, and sanitizers find nothing."""
    check(printed(built(tmp_path, *flags)), expected)


@pytest.mark.exhaustive
@pytest.mark.parametrize("optimization", ["-O0", "-O2"])
def test_neon(tmp_path, expected, optimization):
    """A processor with NEON gives the same."""
    program = built(tmp_path, "aarch64-linux-gnu-gcc", optimization, "-static")
    check(printed(compiler("qemu-aarch64"), program), expected)


@pytest.mark.exhaustive
@pytest.mark.parametrize("simd", [[], ["-msimd128"]], ids=["plain", "SIMD"])
def test_webassembly(tmp_path, expected, simd):
    """WebAssembly gives the same, with its vectors and without."""
    for name, text in LIBRARY.items():
        (tmp_path / name).write_text(f"#include <stddef.h>\n{text}")
    target = ["--target=wasm32", "-ffreestanding", "-fno-builtin", "-nostdlib", "-Wl,--no-entry"]
    flags = ["-O1", "-DKMQ_NO_MALLOC", "-mbulk-memory", *simd, f"-I{tmp_path}"]
    program = built(tmp_path, "clang", *target, *flags)
    check(printed(compiler("node"), str(GUEST), program), expected)
