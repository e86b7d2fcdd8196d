"""Palettes in binary files: Adobe's .ase and .act, Microsoft's .pal.

Neither of Adobe's formats has a specification by Adobe for all to read. Swatches (.ase) are blocks
of a type, a length and, for colours, a name in UTF-16, a model and its values as floats. A colour
table (.act) is 256 times three bytes, to which a count and a transparent entry may be added.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from kmcodec.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Colors = list[tuple[int, ...]]

ASE_MAGIC = b"ASEF"
ASE_HEADER = struct.Struct(">4sHHI")
ASE_BLOCK = struct.Struct(">HI")
ASE_COLOR = 0x0001
ASE_VALUES = {b"RGB ": 3, b"CMYK": 4, b"LAB ": 3, b"Gray": 1}
RIFF_MAGIC, RIFF_KIND = b"RIFF", b"PAL data"
ACT_SIZES = (768, 772)
NO_ENTRY = 0xFFFF
# XYZ under D50, which Lab has, to linear sRGB, adapted by Bradford's method
D50 = np.array([0.96422, 1.0, 0.82521])
D50_TO_SRGB = np.array(
    [
        [3.1338561, -1.6168667, -0.4906146],
        [-0.9787684, 1.9161415, 0.0334540],
        [0.0719453, -0.2289914, 1.4052427],
    ]
)


def parse_swatches(data: bytes) -> Colors | None:
    """Return the colours of a binary palette that says what it is, or None for another file.

    Raises
    ------
    InputError
        The file is damaged.
    """
    if data.startswith(ASE_MAGIC):
        return _parse_ase(data)
    if data.startswith(RIFF_MAGIC) and data[8:16] == RIFF_KIND:
        return _parse_riff(data)
    return None


def parse_color_table(data: bytes) -> Colors | None:
    """Return the colours of an .act file, which has no mark but its size; None for other sizes.

    Raises
    ------
    InputError
        The number of colours at its end is out of range.
    """
    if len(data) not in ACT_SIZES:
        return None
    colors: Colors = [tuple(data[i : i + 3]) for i in range(0, 768, 3)]
    if len(data) == 768:
        return colors
    count, clear = struct.unpack(">HH", data[768:])
    if not 1 <= count <= 256:
        raise InputError(f"the colour table says that it has {count} colours, it may be 1 to 256")
    if clear != NO_ENTRY and clear < count:
        colors[clear] = (*colors[clear], 0)
    return colors[:count]


def _parse_ase(data: bytes) -> Colors:
    """Return the colours of Adobe's swatches, in all groups."""
    try:
        _, major, minor, n_blocks = ASE_HEADER.unpack_from(data)
        if (major, minor) != (1, 0):
            raise InputError(f"the swatches have version {major}.{minor}, expected 1.0")
        colors: Colors = []
        at = ASE_HEADER.size
        for _ in range(n_blocks):
            kind, length = ASE_BLOCK.unpack_from(data, at)
            at += ASE_BLOCK.size
            block = data[at : at + length]
            if len(block) < length:
                raise InputError("the swatches are cut short")
            at += length
            if kind == ASE_COLOR:
                colors.append(_ase_color(block, len(colors) + 1))
    except struct.error as error:
        raise InputError("the swatches are cut short") from error
    return colors


def _ase_color(block: bytes, number: int) -> tuple[int, ...]:
    """Return the colour of a block."""
    (n_letters,) = struct.unpack_from(">H", block)
    at = 2 + 2 * n_letters
    model = block[at : at + 4]
    if model not in ASE_VALUES:
        raise InputError(
            f"swatch {number} has the model {model!r}, expected RGB, CMYK, LAB or Gray"
        )
    values = np.array(struct.unpack_from(f">{ASE_VALUES[model]}f", block, at + 4))
    if not np.isfinite(values).all():
        raise InputError(f"swatch {number} has values that are no numbers")
    if model == b"LAB ":
        values = _lab_to_srgb(*values.tolist())
    elif model == b"CMYK":
        values = (1 - values[:3]) * (1 - values[3])
    elif model == b"Gray":
        values = values.repeat(3)
    red, green, blue = np.rint(np.clip(values, 0, 1) * 255).astype(int).tolist()
    return red, green, blue


def _lab_to_srgb(lightness: float, a: float, b: float) -> NDArray[np.float64]:
    """Return a colour of CIE Lab under D50, its lightness from 0 to 1, as sRGB from 0 to 1."""
    y = (100 * np.clip(lightness, 0, 1) + 16) / 116
    roots = np.array([y + np.clip(a, -128, 128) / 500, y, y - np.clip(b, -128, 128) / 200])
    xyz = np.where(roots > 6 / 29, roots**3, (roots - 4 / 29) * 3 * (6 / 29) ** 2) * D50
    linear = np.clip(D50_TO_SRGB @ xyz, 0, 1)
    lifted = 1.055 * linear ** (1 / 2.4) - 0.055
    levels: NDArray[np.float64] = np.where(linear <= 0.0031308, 12.92 * linear, lifted)
    return levels


def _parse_riff(data: bytes) -> Colors:
    """Return the colours of Microsoft's palette: version, count, and four bytes for each."""
    if len(data) < 24:
        raise InputError("the palette is cut short")
    (count,) = struct.unpack_from("<H", data, 22)
    entries = data[24 : 24 + 4 * count]
    if len(entries) < 4 * count:
        raise InputError(f"the palette is cut short, it says that it has {count} colours")
    return [tuple(entries[i : i + 3]) for i in range(0, len(entries), 4)]
