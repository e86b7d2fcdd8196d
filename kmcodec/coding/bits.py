"""Fixed-width unsigned numbers in a row of bits, most significant bit first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from bitarray import bitarray

from kmcodec.errors import FormatError

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHUNK = 1 << 18  # values unpacked at a time: a multiple of 8, so that chunks end on whole bytes


def bits_for(n_colors: int) -> int:
    """Return ceil(log2(n_colors)): the bits that hold any index, 0 for one colour."""
    return (n_colors - 1).bit_length()


def packed_size(count: int, width: int) -> int:
    """Return the bytes that `count` numbers of `width` bits take."""
    return (count * width + 7) // 8


def pack(values: NDArray[np.integer], width: int) -> bytes:
    """Pack (n,) numbers of `width` bits, 0 to 16; the last byte is filled up with zeros."""
    stream = bitarray(endian="big")
    if width == 0:
        return b""
    for start in range(0, len(values), CHUNK):
        words = values[start : start + CHUNK].astype(">u2").view(np.uint8).reshape(-1, 2)
        stream.pack(np.unpackbits(words, axis=1)[:, 16 - width :].tobytes())
    return stream.tobytes()


def unpack(data: memoryview, count: int, width: int) -> NDArray[np.uint16]:
    """Unpack `count` numbers of `width` bits; the inverse of ``pack``.

    Raises
    ------
    FormatError
        `data` has another length than ``packed_size``, or its filling bits are not zero.
    """
    expected = packed_size(count, width)
    if len(data) != expected:
        raise FormatError(f"packed data has {len(data)} bytes, expected {expected}")
    values = np.zeros(count, dtype=np.uint16)
    if width == 0:
        return values
    stream = bitarray(buffer=data, endian="big")
    if stream[count * width :].any():
        raise FormatError("the bits after the last packed index are not zero")
    for start in range(0, count, CHUNK):
        stop = min(start + CHUNK, count)
        ones = np.frombuffer(stream[start * width : stop * width].unpack(), dtype=np.uint8)
        columns = ones.reshape(-1, width).T
        for column in columns:
            values[start:stop] = (values[start:stop] << 1) | column
    return values
