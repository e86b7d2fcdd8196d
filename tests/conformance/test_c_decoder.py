"""The decoder in C: it builds without a warning, and agrees with the package on any bytes."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import reference_decoder as reference
from c_decoder import PACKAGE, QUICKLY_BUILT, WATCHED, build, by_package
from run_vectors import check_faulty, check_valid

import kmcodec
from kmcodec import container
from kmcodec.coding import codebook
from kmcodec.coding.coders import encode_plane
from kmcodec.coding.setting import Setting
from kmcodec.container import Header

HERE = Path(__file__).resolve().parent
SPEC = HERE.parents[1] / "spec"
sys.path.append(str(HERE.parent / "fuzz"))
from mutator import mutate  # noqa: E402  (a tool beside the tests)

VECTORS = sorted((SPEC / "vectors").rglob("*.kmq"))
INDEX = json.loads((SPEC / "vectors" / "index.json").read_text())


OPTIMIZATIONS = [
    ["-O0"],
    ["-O3", "-fno-inline"],
    pytest.param(["-O3"], marks=pytest.mark.compilers),  # inlined, which takes a minute
]


@pytest.mark.parametrize("flags", OPTIMIZATIONS, ids=" ".join)
@pytest.mark.parametrize("name", ["gcc", "clang"])
def test_it_builds_without_a_warning(tmp_path, name, flags):
    """Both compilers build the one source with many warnings on, and have none to give."""
    build(tmp_path, name, PACKAGE / "kmq2pam.c", flags)


def test_it_builds_for_32_bits_without_a_library(tmp_path):
    """Where sizes have 32 bits and there is no malloc, three functions on bytes are enough."""
    (tmp_path / "string.h").write_text(
        "#include <stddef.h>\n"
        "void *memcpy(void *, const void *, size_t);\n"
        "void *memset(void *, int, size_t);\n"
        "int memcmp(const void *, const void *, size_t);\n"
    )
    main = tmp_path / "nothing.c"
    main.write_text("typedef int nothing;\n")
    flags = ["--target=wasm32", "-ffreestanding", "-fsyntax-only", "-DKMQ_NO_MALLOC"]
    build(tmp_path, "clang", main, flags)


@pytest.fixture(scope="module")
def kmq2pam(tmp_path_factory):
    """Return the command of the example program."""
    return build(tmp_path_factory.mktemp("kmq2pam"), "gcc", PACKAGE / "kmq2pam.c", QUICKLY_BUILT)


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_vectors(kmq2pam, tmp_path, path):
    """The example program decodes a valid vector, and refuses a faulty one by its class."""
    out = tmp_path / "out.pam"
    if path.parent.name == "faulty":
        expected = INDEX["faulty"][path.stem]["error"]
        assert check_faulty([str(kmq2pam)], path, out, expected, classes=True) == ""
    else:
        assert check_valid([str(kmq2pam)], path, out) == ""


def test_vectors_under_sanitizers(batch):
    """All vectors, whole and cut short anywhere, give what the package gives."""
    files = [path.read_bytes() for path in VECTORS]
    files += [data[: len(data) * k // 7] for data in files for k in range(7)]
    assert batch(files) == [by_package(data) for data in files]


def pictures(seed):
    """Return files of a few random pictures, with each coder."""
    rng = np.random.default_rng(seed)
    files = []
    for channels in (1, 2, 3, 4):
        n_colors = int(rng.choice([1, 2, 3, 4, 5, 16, 17, 200, 256, 257, 900]))
        shape = (*rng.integers(1, 60, 2), channels)
        if n_colors > 200:
            shape = (*rng.integers(35, 60, 2), channels)
        palette = rng.integers(0, 256, (n_colors, channels)).astype(np.uint8)
        runs = rng.integers(0, n_colors, shape[:2])
        if seed % 2:
            runs = np.sort(runs, axis=seed // 2 % 2)
        for coding in ("packed", "deflate", "mixed"):
            options = {"coding": coding, "effort": int(rng.integers(1, 10))}
            pixels = palette[runs] if channels > 1 else palette[runs][..., 0]
            files.append(kmcodec.encode(pixels, n_colors=1024, **options))
    return files


def test_random_pictures(batch):
    """Random pictures come back from C as from the package."""
    files = [data for seed in range(12) for data in pictures(seed)]
    lines = batch(files)
    assert lines == [by_package(data) for data in files]
    assert all(line.startswith("OK") for line in lines)


CODINGS = [("packed", 5), ("deflate", 5), *(("mixed", effort) for effort in (1, 3, 5, 9))]


def test_real_pictures(batch, photo, sprite):
    """Pictures with many colours come back, too."""
    files = [
        kmcodec.encode(pixels, n_colors=n_colors, coding=coding, effort=effort)
        for pixels in (photo, sprite, photo[..., 0])
        for n_colors in (16, 256)
        for coding, effort in CODINGS
    ]
    assert batch(files) == [by_package(data) for data in files]


def block_pictures(seed):
    """Return files of blocks, the codebook raw or a plane, with each coder."""
    rng = np.random.default_rng(seed)
    files = []
    for channels, coder in product((1, 2, 3, 4), ("packed", "deflate", "mixed")):
        n_colors = int(rng.integers(1, 12))
        block = (int(rng.integers(2, 7)), int(rng.integers(1, 6)))
        book = rng.integers(0, 256, (n_colors, *block, channels)).astype(np.uint8)
        grid = tuple(rng.integers(1, 9, 2))
        indices = rng.integers(0, n_colors, grid).astype(np.uint8)
        height, width = (g * b - int(rng.integers(0, b)) for g, b in zip(grid, block, strict=True))
        columns = int(rng.integers(1, n_colors + 1))
        plane = codebook._to_plane(book, columns)
        coded = encode_plane(plane, Setting(plane.shape, codebook.GRAYS), (coder,), effort=3)
        payload = bytes([codebook.METHOD_PLANE, columns]) + coded
        if rng.integers(3) == 0:
            payload = bytes([codebook.METHOD_RAW]) + book.tobytes()
        sections = [(1, payload)]
        if n_colors > 1:
            setting = Setting(grid, codebook.mean_colors(book))
            sections.append((2, encode_plane(indices, setting, (coder,), effort=3)))
        header = Header(width, height, channels, n_colors, block=block)
        files.append(container.build(header, sections))
    return files


def test_blocks(batch):
    """Pictures of blocks come back from C as from the package."""
    files = [data for seed in range(40) for data in block_pictures(seed)]
    lines = batch(files)
    assert lines == [by_package(data) for data in files]
    assert all(line.startswith("OK") for line in lines)


def random_file(seed):
    """Return a file of a small picture, stack, or picture of blocks, by any coder and effort."""
    rng = np.random.default_rng(seed)
    height, width, planes = (int(side) for side in rng.integers(1, [10, 12, 4]))
    n_colors = int(rng.choice([1, 2, 3, 4, 5, 16, 17, 60, 255, 256, 257, 700]))
    channels = int(rng.integers(1, 5))
    options = {
        "coding": str(rng.choice(["auto", "packed", "deflate", "mixed"])),
        "effort": int(rng.integers(1, 10)),
    }
    kind = int(rng.integers(0, 4))
    block = tuple(rng.integers(2, 5, 2)) if kind == 0 else (1, 1)
    codebook_shape = (n_colors, *block, channels) if kind == 0 else (n_colors, channels)
    entries = rng.integers(0, int(rng.choice([2, 256])), codebook_shape).astype(np.uint8)
    grid = (planes, -(-height // block[0]), -(-width // block[1]))
    z, y, x = np.indices(grid)
    drawn = [
        rng.integers(0, n_colors, grid),
        (x // 3 + y // 4 + z // 2) % n_colors,
        (x * y // 5 + rng.integers(0, 2, grid)) % n_colors,
    ][int(rng.integers(0, 3))].astype(np.uint8 if n_colors <= 256 else np.uint16)
    if kind == 0:
        blocks = kmcodec.BlockImage(entries, drawn[0], height=height, width=width)
        return kmcodec.encode_blocks(blocks, **options)
    if kind == 1:
        return kmcodec.encode_indexed(kmcodec.Animation(entries, drawn), **options)
    return kmcodec.encode_indexed(kmcodec.IndexedImage(entries, drawn[0]), **options)


@pytest.mark.parametrize(
    "count", [20, pytest.param(3000, marks=pytest.mark.compilers)], ids=["some", "many"]
)
def test_three_decoders_agree_on_random_pictures(batch, count):
    """The package, the reference decoder and C give the same pixels of random files."""
    files = [random_file(seed) for seed in range(count)]
    lines = batch(files)
    for data, line in zip(files, lines, strict=True):
        assert line == by_package(data), data.hex()
        pixels = kmcodec.KmqFile(data).decode().tobytes()
        assert reference.decode(data).pixels() == pixels, data.hex()
    assert all(line.startswith("OK") for line in lines)


def mutants(start, count):
    """Return damaged files whose checksums are right."""
    seeds = [path.read_bytes() for path in VECTORS]
    seeds += [data for seed in range(10) for data in pictures(seed) + block_pictures(seed)]
    files = []
    for number in range(start, start + count):
        data = mutate(random.Random(number).choice(seeds), number)
        files.append(data)
    return files


@pytest.mark.parametrize(
    ("start", "count"),
    [(0, 2500), pytest.param(10000, 20000, marks=pytest.mark.exhaustive)],
)
def test_mutants(batch, start, count):
    """Damaged files with right checksums give what the package gives, and sanitizers find nothing.

    Where a file has several faults, each may report another.
    """
    files = mutants(start, count)
    lines = batch(files)
    taken = 0
    for data, line in zip(files, lines, strict=True):
        expected = by_package(data)
        assert line == expected or not (line + expected).count("OK"), data.hex()
        taken += line.startswith("OK")
    assert taken > count // 20


def test_the_api_refuses_what_makes_no_sense(tmp_path):
    """Wrong arguments are errors of the caller's, and name themselves."""
    program = build(tmp_path, "gcc", HERE / "kmq_arguments.c", WATCHED)
    data = kmcodec.encode(np.arange(12, dtype=np.uint8).reshape(3, 4))
    (tmp_path / "a.kmq").write_bytes(data)
    done = subprocess.run(
        [str(program), str(tmp_path / "a.kmq")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
