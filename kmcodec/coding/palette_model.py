"""Palettes by a mixture of experts (spec 5.4): each value's chances come from earlier entries.

The bits go through a range coder (Martin, "Range encoding", 1979). The experts' weights follow
their merits but never leave their prior ones far behind, after Herbster and Warmuth, "Tracking the
best expert" (1998).
"""

from __future__ import annotations

import functools
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from kmcodec import _kernels
from kmcodec.channels import has_alpha
from kmcodec.errors import FormatError

METHOD_MODELLED = 3  # the low two bits of the method byte
LARGEST = 4096  # entries of a modelled palette
MANY = 256  # beyond this many entries, the encoder tries fewer parameters
ASCENDING, INVERTED = 1, 2  # bits of the parameter; the rest is the number of the order
# Rows: the roles of a value. Columns: the experts. In each row, the weights sum to 256.
PRIORS = (
    (3, 1, 89, 1, 10, 152, 0, 0, 0, 0, 0, 0, 0),
    (1, 3, 249, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0),
    (112, 10, 74, 31, 0, 0, 0, 0, 0, 4, 21, 0, 4),
    (4, 102, 149, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0),
    (2, 3, 1, 1, 73, 176, 0, 0, 0, 0, 0, 0, 0),
    (90, 3, 2, 49, 38, 74, 0, 0, 0, 0, 0, 0, 0),
    (27, 1, 1, 18, 0, 0, 25, 26, 0, 17, 32, 31, 78),
    (2, 1, 1, 3, 0, 0, 145, 2, 33, 4, 27, 34, 4),
    (14, 5, 1, 12, 0, 0, 3, 10, 6, 20, 55, 119, 11),
)

Palette = NDArray[np.uint8]


@functools.cache
def channel_orders(channels: int) -> tuple[tuple[int, ...], ...]:
    """Return the orders in which a palette's channels may be coded, by number."""
    colors = tuple(permutations(range(3 if channels > 2 else 1)))
    if not has_alpha(channels):
        return colors
    alpha = channels - 1
    return tuple((*color, alpha) for color in colors) + tuple((alpha, *color) for color in colors)


def _alpha(channels: int) -> int:
    """Return the channel that is alpha, or -1."""
    return channels - 1 if has_alpha(channels) else -1


@functools.cache
def _rows() -> NDArray[np.int64]:
    """Return the sums of the bumps: 16 widths, a single value, all values, and two to fill."""
    rows = np.zeros((20, 1024), dtype=np.int64)
    offsets = np.arange(-512, 512, dtype=np.int64)
    for width in range(16):
        one = (65536 << width) // ((1 << width) + 4 * offsets * offsets)
        bump = (((one * one) >> 16) * one) >> 16
        bump[np.abs(offsets) > 510] = 0
        bump = (bump << 14) // bump.sum()
        rows[width, 1:] = np.cumsum(bump)[:-1]
    rows[16] = np.where(offsets > 0, 1 << 14, 0)
    rows[17] = np.clip(offsets, 0, 256) * 64
    return rows


def _code(entries: Palette, stream: NDArray[np.uint8], parameter: int, *, decoding: bool) -> int:
    """Write entries as a stream, or read them; return what the kernel does."""
    channels = entries.shape[1]
    return _kernels.palette_modelling.code_entries(
        entries,
        stream,
        len(stream),
        int(decoding),
        np.array(channel_orders(channels)[parameter >> 2], dtype=np.int32),
        parameter & ASCENDING,
        _alpha(channels),
        np.array(PRIORS, dtype=np.int32),
        _rows().copy(),
        np.zeros((160, 5), dtype=np.int64),
        np.zeros((4, 257), dtype=np.int64),
        np.zeros((9, 13), dtype=np.int64),
        np.zeros((9, 13), dtype=np.int64),
        np.zeros((32, 2), dtype=np.int64),
        np.zeros(13, dtype=np.int64),
        np.zeros(4, dtype=np.int64),
    )


def _inverted(palette: Palette) -> Palette:
    """Return a palette with 255 less each colour value; alpha stays."""
    inverted = np.invert(palette)
    if _alpha(palette.shape[1]) >= 0:
        inverted[:, -1] = palette[:, -1]
    return inverted


def _encode_with(palette: Palette, parameter: int) -> bytes:
    """Return the method byte and the stream of one parameter."""
    entries = np.array(_inverted(palette) if parameter & INVERTED else palette, order="C")
    stream = np.zeros(16 * entries.size + 8, dtype=np.uint8)
    size = _code(entries, stream, parameter, decoding=False)
    return bytes([METHOD_MODELLED | parameter << 2]) + stream[:size].tobytes()


def _keys(palette: Palette, parameter: int) -> NDArray[np.int64]:
    """Return a number for each entry: what the ascending order of a parameter goes by."""
    entries = _inverted(palette) if parameter & INVERTED else palette
    keys = np.zeros(len(palette), dtype=np.int64)
    for c in channel_orders(palette.shape[1])[parameter >> 2]:
        keys = keys * 256 + entries[:, c]
    return keys


def _tried(palette: Palette) -> list[int]:
    """Return the parameters that the encoder tries, without ``ASCENDING``."""
    n_orders = len(channel_orders(palette.shape[1]))
    if len(palette) > MANY:  # where the colours' order matters less, and time more
        return list(range(0, 4 * n_orders, 4 * 6))
    return list(range(0, 4 * n_orders, 2))


def encode(palette: Palette) -> bytes | None:
    """Return the smallest modelled coding of a (K, C) palette as it stands, or None beyond 4096.

    Its first byte is the method byte. Where entries ascend, only that is tried.
    """
    if len(palette) > LARGEST:
        return None
    tried = _tried(palette)
    ascending = [p | ASCENDING for p in tried if (np.diff(_keys(palette, p)) > 0).all()]
    return min((_encode_with(palette, p) for p in ascending or tried), key=len)


def order(palette: Palette) -> NDArray[np.intp]:
    """Return the permutation p for which ``palette[p]`` is coded smallest.

    Beyond 4096 entries, or if some are equal, it is the one that sorts them.
    """
    plain = np.argsort(_keys(palette, 0), kind="stable")
    if len(palette) > LARGEST or (np.diff(_keys(palette, 0)[plain]) == 0).any():
        return plain
    found = [np.argsort(_keys(palette, parameter)) for parameter in _tried(palette)]
    sizes = [
        len(_encode_with(palette[permutation], parameter | ASCENDING))
        for permutation, parameter in zip(found, _tried(palette), strict=True)
    ]
    return found[sizes.index(min(sizes))]


def decode(payload: memoryview, n_colors: int, channels: int) -> Palette:
    """Return the (K, C) palette of a payload that begins with the method byte.

    Raises
    ------
    FormatError
        The payload is not exactly what ``encode`` writes with its parameter.
    """
    parameter = payload[0] >> 2
    if parameter >> 2 >= len(channel_orders(channels)):
        raise FormatError(
            f"palette method {payload[0]} is not defined for {channels} channels",
            section="palette",
        )
    if n_colors > LARGEST:
        raise FormatError(
            f"a modelled palette has {n_colors} entries, at most {LARGEST} are allowed",
            section="palette",
        )
    if len(payload) > 1 and payload[-1] == 0:
        raise FormatError("a modelled palette ends with a zero byte", section="palette")
    if payload[1:5] == b"\xff" * 4:
        raise FormatError("a modelled palette starts with a number out of range", section="palette")
    palette = np.zeros((n_colors, channels), dtype=np.uint8)
    stream = np.frombuffer(payload[1:], dtype=np.uint8).copy()
    result = _code(palette, stream, parameter, decoding=True)
    if result == -1:
        raise FormatError("a sorted palette goes on after its largest entry", section="palette")
    if result < 0:
        raise FormatError("the bytes are not the code of the palette's entries", section="palette")
    return _inverted(palette) if parameter & INVERTED else palette
