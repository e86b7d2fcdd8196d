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


def _inverted(palette: Palette) -> Palette:
    """Return a palette with 255 less each colour value; alpha stays."""
    inverted = np.invert(palette)
    if _alpha(palette.shape[1]) >= 0:
        inverted[:, -1] = palette[:, -1]
    return inverted


def _encode_with(palette: Palette, parameter: int) -> bytes:
    """Return the method byte and the stream of one parameter."""
    entries = np.ascontiguousarray(palette)
    stream = _kernels.core.encode_palette(entries, parameter)
    return bytes([METHOD_MODELLED | parameter << 2]) + stream


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
    palette = np.zeros((n_colors, channels), dtype=np.uint8)
    try:
        _kernels.core.decode_palette(np.frombuffer(payload[1:], np.uint8), parameter, palette)
    except ValueError as error:
        raise FormatError(str(error), section="palette") from error
    return palette
