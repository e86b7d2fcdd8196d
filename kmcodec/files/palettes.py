"""Palettes from files: pictures, .kmq files, and the lists that drawing programs write."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from kmcodec.codec import KmqFile
from kmcodec.errors import InputError
from kmcodec.files.paths import read_kmq
from kmcodec.files.pictures import read_picture
from kmcodec.histogram import Histogram
from kmcodec.image import MAX_COLORS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

HEX_DIGITS = re.compile(r"#?([0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")
GPL_HEADER = "GIMP Palette"
GPL_HEADING = re.compile(r"(Name|Columns):.*")
GPL_ENTRY = re.compile(r"(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})(?:\s.*)?")
LARGEST_LIST = 1 << 24  # bytes; 65536 entries with names need much less


def parse_color(text: str) -> tuple[int, ...]:
    """Return the 3 or 4 channels of "#rgb", "#rgba", "#rrggbb" or "#rrggbbaa"; "#" may be missing.

    Raises
    ------
    InputError
        The text is none of these.
    """
    match = HEX_DIGITS.fullmatch(text.strip())
    if match is None:
        raise InputError(f"{text!r} is no colour, expected one like #ff8000 or #ff800080")
    digits = match[1]
    if len(digits) <= 4:
        digits = "".join(digit * 2 for digit in digits)
    return tuple(bytes.fromhex(digits))


def to_array(colors: Iterable[tuple[int, ...]]) -> NDArray[np.uint8]:
    """Return colours of 3 or 4 channels as (n, 3) uint8, or (n, 4) where any has alpha."""
    rows = list(colors)
    if any(len(row) == 4 for row in rows):
        rows = [(*row, 255)[:4] for row in rows]
    return np.array(rows, dtype=np.uint8)


def read_palette(path: Path) -> NDArray[np.uint8]:
    """Return the palette (K, C) uint8 that a file holds, in the file's order.

    A .gpl file is a GIMP palette, a .hex file has a colour like ff8000 on each line, a .kmq file
    gives its palette. Any other file is a picture: its own palette if it has one, else its colours
    in ascending order.

    Raises
    ------
    InputError
        The file cannot be read, holds no colour or more than 65536.
    FormatError, UnsupportedError, LimitError
        As ``decode`` raises them for a .kmq file.
    """
    suffix = path.suffix.lower()
    if suffix == ".kmq":
        return KmqFile(read_kmq(path)).palette
    if suffix in (".gpl", ".hex"):
        palette = _parse_list(path, gimp=suffix == ".gpl")
    else:
        picture = read_picture(path)
        if picture.indexed is not None:
            return picture.indexed.palette
        palette = Histogram.from_pixels(picture.pixels).colors
    if not 1 <= len(palette) <= MAX_COLORS:
        raise InputError(f"{path} holds {len(palette)} colours, a palette has 1 to {MAX_COLORS}")
    return palette


def _parse_list(path: Path, *, gimp: bool) -> NDArray[np.uint8]:
    """Return the colours of a text file."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_LIST + 1)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    if len(data) > LARGEST_LIST:
        raise InputError(f"{path} is too large for a list of colours")
    lines = [line.strip() for line in data.decode("utf-8-sig", errors="replace").splitlines()]
    if gimp and lines[:1] != [GPL_HEADER]:
        raise InputError(f"{path} does not begin with {GPL_HEADER!r}")
    parse_line = _parse_gimp_line if gimp else _parse_hex_line
    colors = []
    for number, line in enumerate(lines[1:] if gimp else lines, start=2 if gimp else 1):
        try:
            colors += parse_line(line)
        except InputError as error:
            raise InputError(f"{path}, line {number}: {error}") from error
    return to_array(colors)


def _parse_gimp_line(line: str) -> list[tuple[int, ...]]:
    """Return the colour of a line like "255 128 0 Orange"; comments and headings have none."""
    if not line or line.startswith("#") or GPL_HEADING.fullmatch(line):
        return []
    match = GPL_ENTRY.fullmatch(line)
    channels = tuple(int(text) for text in match.groups()) if match else (256,)
    if max(channels) > 255:
        raise InputError(f"{line!r} is no colour, expected three numbers from 0 to 255")
    return [channels]


def _parse_hex_line(line: str) -> list[tuple[int, ...]]:
    """Return the colour of a line like "ff8000"; empty lines and comments after ; have none."""
    return [] if not line or line.startswith(";") else [parse_color(line)]
