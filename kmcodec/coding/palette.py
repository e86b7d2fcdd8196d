"""Palette <-> bytes (spec 5): raw, Rice-coded differences of neighbouring entries, or modelled.

Rice, "Some practical universal noiseless coding techniques", JPL 79-22 (1979).
"""

from __future__ import annotations

import functools
from itertools import islice

import numpy as np
from bitarray import bitarray, decodetree
from numpy.typing import NDArray

from kmcodec.coding import palette_model
from kmcodec.coding.palette_model import METHOD_MODELLED
from kmcodec.errors import FormatError

METHOD_RAW = 0  # spec 5.1
METHOD_DELTA = 1  # spec 5.2
METHOD_DELTA_GREEN = 2  # spec 5.3; spec 5.4 is in palette_model
PARAMETERS = 8  # Rice parameters 0 to 7 take 3 bits

Palette = NDArray[np.uint8]


@functools.cache
def _code(parameter: int) -> dict[int, bitarray]:
    """Return the Rice code of 0 to 255: quotient in unary (ones, then a zero), remainder."""
    remainders = [
        bitarray(f"{r:0{parameter}b}", endian="big") if parameter else bitarray(endian="big")
        for r in range(1 << parameter)
    ]
    return {
        value: bitarray("1" * (value >> parameter) + "0", endian="big")
        + remainders[value & ((1 << parameter) - 1)]
        for value in range(256)
    }


@functools.cache
def _tree(parameter: int) -> decodetree:
    """Return the decoding tree of a Rice code."""
    return decodetree(_code(parameter))


def _residuals(palette: Palette, *, green: bool) -> NDArray[np.int64]:
    """Return each channel's differences, (C, K), folded into 0 to 255: 0, -1, 1, -2, 2, ..."""
    delta = palette.astype(np.int64)
    delta[1:] -= palette[:-1]
    if green:
        delta[:, 0] -= delta[:, 1]
        delta[:, 2] -= delta[:, 1]
    signed = (delta + 128) % 256 - 128
    folded: NDArray[np.int64] = np.where(signed >= 0, 2 * signed, -2 * signed - 1)
    return folded.T


def _encode_delta(palette: Palette, *, green: bool) -> bytes:
    """Return the bit stream of a delta method, without its method byte."""
    stream = bitarray(endian="big")
    for residuals in _residuals(palette, green=green):
        lengths = [
            int((residuals >> p).sum()) + (1 + p) * len(residuals) for p in range(PARAMETERS)
        ]
        parameter = lengths.index(min(lengths))
        stream += bitarray(f"{parameter:03b}", endian="big")
        stream.encode(_code(parameter), residuals.tolist())
    return stream.tobytes()


def encode_palette(palette: Palette) -> bytes:
    """Return the shortest coding of a (K, C) palette; ties go to the lowest method."""
    candidates = [bytes([METHOD_RAW]) + palette.tobytes()]
    candidates.append(bytes([METHOD_DELTA]) + _encode_delta(palette, green=False))
    if palette.shape[1] >= 3:
        candidates.append(bytes([METHOD_DELTA_GREEN]) + _encode_delta(palette, green=True))
    modelled = palette_model.encode(palette)
    if modelled is not None:
        candidates.append(modelled)
    return min(candidates, key=len)


def _decode_delta(data: memoryview, n_colors: int, channels: int) -> NDArray[np.int64]:
    """Return the signed differences, (K, C), of a delta stream."""
    stream = bitarray(buffer=data, endian="big")
    columns = []
    position = 0
    for _ in range(channels):
        if position + 3 > len(stream):
            raise FormatError("the palette's bits end early", section="palette")
        parameter = int(stream[position : position + 3].to01(), 2)
        position += 3
        try:
            values = list(islice(stream[position:].decode(_tree(parameter)), n_colors))
        except ValueError as error:  # bits that are no code word, or half of one
            raise FormatError("the palette's bits are not Rice codes", section="palette") from error
        if len(values) < n_colors:
            raise FormatError("the palette's bits end early", section="palette")
        folded = np.array(values, dtype=np.int64)
        position += int((folded >> parameter).sum()) + (1 + parameter) * n_colors
        columns.append(np.where(folded & 1, -(folded + 1) // 2, folded // 2))
    if len(stream) - position >= 8 or stream[position:].any():
        raise FormatError("there are bits after the last palette entry", section="palette")
    return np.stack(columns, axis=1)


def decode_palette(payload: memoryview, n_colors: int, channels: int) -> Palette:
    """Return the (K, C) uint8 palette; the inverse of ``encode_palette``.

    Raises
    ------
    FormatError
        The method is unknown or the data is not exactly one palette of this size.
    """
    if len(payload) == 0:
        raise FormatError("the palette section is empty", section="palette")
    method, data = payload[0], payload[1:]
    if method == METHOD_RAW:
        if len(data) != n_colors * channels:
            raise FormatError(
                f"raw palette has {len(data)} bytes, expected {n_colors * channels}",
                section="palette",
            )
        return np.frombuffer(data, dtype=np.uint8).reshape(n_colors, channels).copy()
    if method == METHOD_DELTA or (method == METHOD_DELTA_GREEN and channels >= 3):
        if len(data) * 8 < n_colors * channels:
            raise FormatError("the palette's bits end early", section="palette")
        delta = _decode_delta(data, n_colors, channels)
        if method == METHOD_DELTA_GREEN:
            delta[:, 0] += delta[:, 1]
            delta[:, 2] += delta[:, 1]
        return (np.cumsum(delta, axis=0) % 256).astype(np.uint8)
    if method & 3 == METHOD_MODELLED:
        return palette_model.decode(payload, n_colors, channels)
    raise FormatError(
        f"palette method {method} is not defined for {channels} channels", section="palette"
    )
