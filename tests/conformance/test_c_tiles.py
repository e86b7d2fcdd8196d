"""Tiles in C: any compiler, processor and instructions give the same streams.

Those of the marker ``compilers`` need more of a system: on Debian libc6-dev-i386, lib32gcc-N-dev (N
as GCC's version), libclang-rt-N-dev (N as Clang's), and what .ci/run installs.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from c_decoder import QUICKLY_BUILT, WARNINGS, WATCHED, compiler

SOURCE = Path(__file__).with_name("kmq_tiles.c")
GUEST = Path(__file__).with_name("run_tiles.js")
TILES = (
    512 + 16 + 192 + 6 + 216,
    74 + 3 + 28 + 1 + 31,
)  # all, and those of a program with an argument

# Builds that are inlined take a minute; those that are not are slow, and do with some tiles.
NATIVE = {
    "clang, not optimized": ["clang", "-O0"],
    "gcc, inlined": ["gcc", "-O2"],
    "clang, inlined": ["clang", "-O2"],
    "gcc, AVX2 only": ["gcc", "-O2", "-fno-inline", "-mavx2"],
    "gcc, SSSE3 only": ["gcc", "-O2", "-fno-inline", "-mssse3"],
    "clang, AVX2 only": ["clang", "-O0", "-mavx2"],
    "clang, plain": ["clang", "-O3", "-DKMQ_PLAIN"],
    "gcc, 32 bits": ["gcc", "-O2", "-m32"],
    "gcc, 32 bits, SSSE3": ["gcc", "-O2", "-fno-inline", "-m32", "-mssse3"],
    "gcc, sanitizers": ["gcc", *WATCHED],
    "clang, sanitizers": ["clang", *WATCHED],
    "gcc, plain, sanitizers": ["gcc", "-DKMQ_PLAIN", *WATCHED],
    "gcc, 32 bits, sanitizers": ["gcc", "-m32", *WATCHED],
}
INLINED = {"gcc, inlined", "clang, inlined"}
LIBRARY = {
    "string.h": "void *memcpy(void *restrict, const void *restrict, size_t);\n"
    "void *memset(void *, int, size_t);\n"
    "int memcmp(const void *, const void *, size_t);\n",
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


@pytest.fixture(scope="module")
def some(plain):
    """Return the lines of plain C of some tiles."""
    return printed(plain, "some")


def check(lines, expected):
    """Each variant of a program says what is expected."""
    count = len(expected)
    assert len(set(expected)) == count
    assert count in TILES
    assert len(lines) in {count, 3 * count}
    for start in range(0, len(lines), count):
        assert lines[start : start + count] == expected


def test_all_variants(tmp_path, some):
    """A program with three variants gives the streams of plain C by each of them."""
    lines = printed(built(tmp_path, "gcc", *QUICKLY_BUILT), "some")
    assert len(lines) == 3 * len(some)
    check(lines, some)


@pytest.mark.compilers
@pytest.mark.parametrize("name", NATIVE)
def test_compilers(tmp_path, expected, some, name):
    """Compilers agree, whatever they optimize, and sanitizers find nothing."""
    program = built(tmp_path, *NATIVE[name])
    if name in INLINED:
        check(printed(program), expected)
    else:
        check(printed(program, "some"), some)


@pytest.mark.parametrize(
    "flags",
    [
        pytest.param(QUICKLY_BUILT, marks=pytest.mark.exhaustive, id="quickly built"),
        pytest.param(["-O2"], marks=pytest.mark.compilers, id="inlined"),
    ],
)
def test_neon(tmp_path, some, flags):
    """A processor with NEON gives the same."""
    program = built(tmp_path, "aarch64-linux-gnu-gcc", *flags, "-static")
    check(printed(compiler("qemu-aarch64"), program, "some"), some)


@pytest.mark.compilers
@pytest.mark.parametrize("simd", [[], ["-msimd128"]], ids=["plain", "SIMD"])
def test_webassembly(tmp_path, expected, simd):
    """WebAssembly gives the same, with its vectors and without."""
    for name, text in LIBRARY.items():
        (tmp_path / name).write_text(f"#include <stddef.h>\n{text}")
    target = ["--target=wasm32", "-ffreestanding", "-fno-builtin", "-nostdlib", "-Wl,--no-entry"]
    flags = [*QUICKLY_BUILT, "-DKMQ_NO_MALLOC", "-mbulk-memory", *simd, f"-I{tmp_path}"]
    program = built(tmp_path, "clang", *target, *flags)
    check(printed(compiler("node"), str(GUEST), program), expected)
