"""Palettes from files: pictures, .kmq files, and what drawing programs write."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from kmcodec.codec import KmqFile
from kmcodec.container.signature import SIGNATURE
from kmcodec.errors import InputError
from kmcodec.files.palette_lists import lines_of, parse_color, parse_lines
from kmcodec.files.paths import read_kmq
from kmcodec.files.pictures import read_picture
from kmcodec.files.swatches import ACT_SIZES, parse_color_table, parse_swatches
from kmcodec.histogram import Histogram
from kmcodec.options import MAX_COLORS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from typing import BinaryIO

    from numpy.typing import NDArray

__all__ = ["parse_color", "read_palette", "to_array"]

LARGEST_LIST = 1 << 24  # bytes; 65536 entries with names need much less


def to_array(colors: Iterable[tuple[int, ...]]) -> NDArray[np.uint8]:
    """Return colours of 3 or 4 channels as (n, 3) uint8, or (n, 4) where any has alpha."""
    rows = list(colors)
    if any(len(row) == 4 for row in rows):
        rows = [(*row, 255)[:4] for row in rows]
    return np.array(rows, dtype=np.uint8)


def read_palette(path: Path) -> NDArray[np.uint8]:
    """Return the palette (K, C) uint8 that a file holds, in the file's order.

    What the file is shows in its content, whatever its name: GIMP's .gpl, which may have alpha;
    JASC's or Microsoft's .pal; Adobe's .ase (of CMYK by the simple formula, as there is no
    profile) and .act; a list with a colour like ff8000 or ff800080 on each line, or, where a
    comment names paint.net or the name ends in .txt, with alpha first, as in 80ff8000; a .kmq
    file. Any other file is a picture: its own palette if it has one, else its colours in
    ascending order.

    Raises
    ------
    InputError
        The file cannot be read, is damaged, holds no colour or more than 65536.
    FormatError, UnsupportedError, LimitError
        As ``decode`` raises them for a .kmq file.
    """
    data, again = _beginning(path)
    suffix = path.suffix.lower()
    if data.startswith(SIGNATURE) or suffix == ".kmq":
        return KmqFile(read_kmq(again)).palette
    try:
        colors = _parse_list(data, suffix)
    except InputError as error:
        separator = ", " if str(error).startswith("line ") else ": "
        raise InputError(f"{path}{separator}{error}") from error
    if colors is None:
        picture = read_picture(again)
        if picture.indexed is not None:
            return picture.indexed.palette
        palette = Histogram.from_pixels(picture.pixels).colors
    elif len(data) > LARGEST_LIST:
        raise InputError(f"{path} is too large for a list of colours")
    else:
        palette = to_array(colors)
    if not 1 <= len(palette) <= MAX_COLORS:
        raise InputError(f"{path} holds {len(palette)} colours, a palette has 1 to {MAX_COLORS}")
    return palette


def _beginning(path: Path) -> tuple[bytes, Path | BinaryIO]:
    """Return what may be a list of colours, and what reads the whole file: a pipe reads once."""
    try:
        if not path.is_file() and path.exists():
            data = path.read_bytes()
            return data, io.BytesIO(data)
        with path.open("rb") as file:
            return file.read(LARGEST_LIST + 1), path
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error


def _parse_list(data: bytes, suffix: str) -> list[tuple[int, ...]] | None:
    """Return the colours of a file that lists them, or None where it is something else."""
    swatches = parse_swatches(data)
    if swatches is not None:
        return swatches
    lines = lines_of(data)
    colors = None if lines is None else parse_lines(lines, suffix)
    if colors is None and suffix == ".act":
        colors = parse_color_table(data)
        if colors is None:
            raise InputError(f"a colour table has 768 or 772 bytes, the file {len(data):,}")
    if colors is None and suffix == ".pal":
        raise InputError("the file is neither a JASC nor a Microsoft palette")
    if colors is None and len(data) in ACT_SIZES and not _is_picture(data):
        colors = parse_color_table(data)
    return colors


def _is_picture(data: bytes) -> bool:
    """Whether Pillow reads a file of the size of a colour table."""
    try:
        read_picture(io.BytesIO(data))
    except InputError:
        return False
    return True
