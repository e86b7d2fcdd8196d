"""What file(1) says of .kmq files."""

from __future__ import annotations

import re

import numpy as np
import pytest

import kmcodec
from kmcodec import desktop
from kmcodec.container.header import SIGNATURE
from kmcodec.varint import write_varint


@pytest.fixture
def told(tool, home, call):
    """Return a function that asks file(1) with our magic alone."""
    program = tool("file", "file")
    assert home.exists()

    def ask(*words):
        return call(program, "-m", desktop.data_path(desktop.MAGIC), "-b", *words)

    return ask


def head(width, height, n_colors, flags=2, block=()):
    """Return the start of a file, with as many bytes after it as the shortest file has."""
    numbers = (width, height, n_colors - 1, *(side - 1 for side in block))
    return SIGNATURE + bytes([1, flags]) + b"".join(map(write_varint, numbers)) + b"\xaa" * 9


@pytest.mark.parametrize(
    ("shape", "n_colors", "block", "expected"),
    [
        ((1, 1, 3), 1, None, "1 x 1, 1 colour, RGB"),
        ((127, 128), 2, None, "128 x 127, 2 colours, gray"),
        ((20, 300, 2), 7, None, "300 x 20, 7 colours, gray + alpha"),
        ((60, 70, 4), 256, None, "70 x 60, 256 colours, RGB + alpha"),
        ((64, 32, 3), 30, (4, 8), "32 x 64, 30 blocks of 4 x 8, RGB"),
    ],
)
def test_real_files(told, tmp_path, shape, n_colors, block, expected):
    """file(1) tells size, colours and channels of what the package writes, and its media type."""
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    file = tmp_path / "picture"
    asked = {"block": block} if block else {}
    file.write_bytes(kmcodec.encode(pixels, n_colors=n_colors, effort=1, **asked))
    assert told(file) == f"kmq picture, version 0.1, {expected}\n"
    assert told("--mime-type", file) == "image/x-kmq\n"
    assert told("--extension", file) == "kmq\n"


def test_authored_palettes(told, tmp_path):
    """file(1) says that a palette is authored."""
    image = kmcodec.IndexedImage(
        np.eye(3, dtype=np.uint8), np.zeros((2, 2), np.uint8), authored=True
    )
    (tmp_path / "a").write_bytes(kmcodec.encode_indexed(image))
    assert "3 colours, RGB, authored palette" in told(tmp_path / "a")


def test_every_size_that_two_bytes_hold(told, tmp_path):
    """All of the 128 ranges, from end to end, as width and as height."""
    sizes = [n for k in range(128) for n in (128 * k, 128 * k + 77, 128 * k + 127) if n]
    names = []
    for n in sizes:
        names += [tmp_path / f"{n}w", tmp_path / f"{n}h"]
        names[-2].write_bytes(head(n, 5, 9))
        names[-1].write_bytes(head(5, n, 9))
    lines = told(*names).splitlines()
    expected = [text for n in sizes for text in (f"{n} x 5", f"5 x {n}")]
    assert [re.findall(r"\d+ x \d+", line) for line in lines] == [[text] for text in expected]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (head(16384, 3, 5), "(over 16383) x 3, 5 colours, RGB"),
        (head(2097152, 4000000, 5), "(over 2097151) x (over 2097151), 5 colours, RGB"),
        (head(9, 9, 128), "9 x 9, 128 colours, RGB"),
        (head(9, 9, 129), "9 x 9, 129 colours, RGB"),
        (head(9, 9, 255), "9 x 9, 255 colours, RGB"),
        (head(9, 9, 256), "9 x 9, 256 colours, RGB"),
        (head(9, 9, 257), "9 x 9, largest index 256, RGB"),
        (head(9, 9, 16384), "9 x 9, largest index 16383, RGB"),
        (head(9, 9, 65536), "9 x 9, over 16384 colours, RGB"),
        (head(9, 9, 1, 4, (2, 2)), "9 x 9, 1 block of 2 x 2, gray"),
        (head(9, 9, 256, 4, (28, 128)), "9 x 9, 256 blocks of 28 x 128, gray"),
        (head(9, 9, 129, 4, (28, 128)), "9 x 9, 129 blocks of 28 x 128, gray"),
        (head(9, 9, 999, 4, (28, 1)), "9 x 9, largest index 998 of blocks of 28 x 1, gray"),
        (head(9, 9, 65536, 4, (3, 4)), "9 x 9, over 16384 blocks of 3 x 4, gray"),
        (head(9, 9, 3, 4, (3, 400)), "9 x 9, 3 blocks, gray"),
    ],
)
def test_every_way_of_counting(told, tmp_path, content, expected):
    """file(1) counts colours and blocks as far as its bytes go, and says where they end."""
    (tmp_path / "a").write_bytes(content)
    assert told(tmp_path / "a") == f"kmq picture, version 0.1, {expected}\n"


def test_later_versions_are_told_without_a_size(told, tmp_path):
    """file(1) tells the version of a later format and nothing that it might have moved."""
    (tmp_path / "a").write_bytes(SIGNATURE + b"\x1c" + b"\x02" * 20)
    assert told(tmp_path / "a") == "kmq picture, version 1.12\n"


@pytest.mark.parametrize("length", range(4, 14))
def test_files_that_are_cut_short(told, tmp_path, length):
    """A file cut within its header is still told as a kmq picture."""
    (tmp_path / "a").write_bytes(head(640, 360, 300, 6, (4, 4))[:length])
    assert told(tmp_path / "a").startswith("kmq picture")


def test_file_finds_the_installed_entry_and_its_own(tool, home, call, tmp_path):
    """After installation `file` alone knows .kmq, and everything that it knew before."""
    program = tool("file", "file")
    (tmp_path / "a.kmq").write_bytes(head(640, 360, 64))
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0")
    call("kmcodec", "desktop", "install")
    assert (home / ".magic").exists()
    assert "640 x 360, 64 colours" in call(program, "a.kmq")
    assert "PNG image data, 1 x 1" in call(program, "a.png")
