"""Codebook of blocks <-> bytes (spec 5.5): raw, or as a plane of values for an index coder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec.errors import FormatError
from kmcodec.varint import read_varint, write_varint

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

METHOD_RAW = 0
METHOD_PLANE = 1
COLUMNS = (1, 4, 16, 64)  # blocks in a row of the plane, of which the encoder takes the best
MIDDLE = 128  # a difference of 0
GRAYS = np.arange(256, dtype=np.uint8)[:, None]


def mean_colors(codebook: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the rounded mean of each block's pixels, (K, C): the palette that coders see."""
    pixels = codebook.shape[1] * codebook.shape[2]
    sums = codebook.sum(axis=(1, 2), dtype=np.int64)
    means: NDArray[np.uint8] = ((2 * sums + pixels) // (2 * pixels)).astype(np.uint8)
    return means


def encode_codebook(
    codebook: NDArray[np.uint8], encode_plane: Callable[[NDArray[np.uint8]], bytes]
) -> bytes:
    """Return the shortest coding of a (K, bh, bw, C) codebook.

    `encode_plane` is an index coder for (H, W) uint8 values with the palette of 256 grays.
    """
    best = bytes([METHOD_RAW]) + codebook.tobytes()
    for columns in COLUMNS:
        if columns > 1 and columns > len(codebook):
            break
        plane = _to_plane(codebook, columns)
        coded = bytes([METHOD_PLANE]) + write_varint(columns) + encode_plane(plane)
        best = min(best, coded, key=len)
    return best


def _to_plane(codebook: NDArray[np.uint8], columns: int) -> NDArray[np.uint8]:
    """Return the blocks in rows of `columns`, one plane of differences below the other."""
    k, bh, bw, channels = codebook.shape
    rows = -(-k // columns)
    last = np.repeat(codebook[-1:], rows * columns - k, axis=0)
    values = _differences(np.concatenate([codebook, last]))
    grid = values.reshape(rows, columns, bh, bw, channels).transpose(4, 0, 2, 1, 3)
    return np.ascontiguousarray(grid.reshape(channels * rows * bh, columns * bw))


def _from_plane(
    plane: NDArray[np.uint8], shape: tuple[int, int, int, int], columns: int
) -> NDArray[np.uint8]:
    """Do the inverse."""
    k, bh, bw, channels = shape
    rows = -(-k // columns)
    grid = plane.reshape(channels, rows, bh, columns, bw).transpose(1, 3, 2, 4, 0)
    values = grid.reshape(rows * columns, bh, bw, channels)
    if (values[k:] != values[k - 1]).any():
        raise FormatError("the codebook's padding is not its last block", section="palette")
    return _sums(np.ascontiguousarray(values[:k]))


def _differences(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return RGB as red - green, green, blue - green, modulo 256."""
    if values.shape[-1] < 3:
        return values
    out = values.copy()
    for channel in (0, 2):
        out[..., channel] += MIDDLE - values[..., 1]
    return out


def _sums(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Do the inverse."""
    if values.shape[-1] < 3:
        return values
    out = values.copy()
    for channel in (0, 2):
        out[..., channel] += values[..., 1] - np.uint8(MIDDLE)
    return out


def decode_codebook(
    payload: memoryview,
    shape: tuple[int, int, int, int],
    decode_plane: Callable[[memoryview, tuple[int, int]], NDArray[np.uint8]],
) -> NDArray[np.uint8]:
    """Return the codebook of shape (K, bh, bw, C); the inverse of ``encode_codebook``.

    Raises
    ------
    FormatError
        The method is unknown or the data is not exactly one codebook of this size.
    """
    if len(payload) == 0:
        raise FormatError("the palette section is empty", section="palette")
    k, bh, bw, channels = shape
    method, data = payload[0], payload[1:]
    if method == METHOD_RAW:
        expected = k * bh * bw * channels
        if len(data) != expected:
            raise FormatError(
                f"the codebook has {len(data)} bytes, expected {expected}", section="palette"
            )
        return np.frombuffer(data, dtype=np.uint8).reshape(shape).copy()
    if method != METHOD_PLANE:
        raise FormatError(f"codebook method {method} is unknown", section="palette")
    try:
        columns, start = read_varint(data, 0, "number of columns of blocks")
    except IndexError:
        raise FormatError("the codebook ends early", section="palette") from None
    if not 1 <= columns <= k:
        raise FormatError(f"the codebook has {columns} columns of {k} blocks", section="palette")
    rows = -(-k // columns)
    plane = decode_plane(data[start:], (channels * rows * bh, columns * bw))
    return _from_plane(plane, shape, columns)
