"""Codebook of blocks <-> bytes (spec 5.5): raw, or as a plane of values for an index coder."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kmcodec.arithmetic import divide_rounded
from kmcodec.coding import mixed
from kmcodec.coding.coders import encode_plane, open_plane
from kmcodec.coding.setting import Setting
from kmcodec.errors import FormatError
from kmcodec.varint import read_varint, write_varint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.coding.plane import PlaneDecoder
    from kmcodec.progress import Tally

METHOD_RAW = 0
METHOD_PLANE = 1
COLUMNS = (1, 4, 16, 64)  # blocks in a row of the plane, of which the encoder takes the best
MIDDLE = 128  # a difference of 0
GRAYS = np.arange(256, dtype=np.uint8)[:, None]


def mean_colors(codebook: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the rounded mean of each block's pixels, (K, C): the palette that coders see."""
    pixels = codebook.shape[1] * codebook.shape[2]
    sums = codebook.sum(axis=(1, 2), dtype=np.int64)
    return divide_rounded(sums, pixels).astype(np.uint8)


def encode_codebook(codebook: NDArray[np.uint8], *, effort: int, threads: int = 1) -> bytes:
    """Return the shortest coding of a (K, bh, bw, C) codebook.

    `effort` and `threads` are those of the planes that it is tried as.
    """
    best = bytes([METHOD_RAW]) + codebook.tobytes()
    for columns in COLUMNS:
        if columns > 1 and columns > len(codebook):
            break
        plane = _to_plane(codebook, columns)
        setting = Setting((plane.shape[0], plane.shape[1]), GRAYS)
        coded = encode_plane(plane, setting, (mixed.NAME,), effort=effort, threads=threads)
        best = min(best, bytes([METHOD_PLANE]) + write_varint(columns) + coded, key=len)
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
    """Return the codebook of a plane; the inverse of ``_to_plane``."""
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
    """Return RGB values of such differences; the inverse of ``_differences``."""
    if values.shape[-1] < 3:
        return values
    out = values.copy()
    for channel in (0, 2):
        out[..., channel] += values[..., 1] - np.uint8(MIDDLE)
    return out


class CodebookDecoder:
    """An opened codebook: its method is read and checked, no value is decoded yet.

    Parameters
    ----------
    payload : memoryview
        What ``encode_codebook`` returned.
    shape : (int, int, int, int)
        K, bh, bw and C.

    Attributes
    ----------
    plane : PlaneDecoder, optional
        What holds the values; None where they are raw.

    Raises
    ------
    FormatError
        The method is unknown, or the data cannot be exactly one codebook of this size.
    UnsupportedError
        The plane's coder is unknown.
    """

    def __init__(self, payload: memoryview, shape: tuple[int, int, int, int]) -> None:
        if len(payload) == 0:
            raise FormatError("the palette section is empty", section="palette")
        self._shape = shape
        self._data = payload[1:]
        self.plane: PlaneDecoder | None = None
        if payload[0] == METHOD_PLANE:
            self._columns, start = self._parse_columns()
            k, bh, bw, channels = shape
            rows = -(-k // self._columns)
            setting = Setting((channels * rows * bh, self._columns * bw), GRAYS)
            self.plane = open_plane(self._data[start:], setting)
        elif payload[0] != METHOD_RAW:
            raise FormatError(f"codebook method {payload[0]} is unknown", section="palette")
        elif len(self._data) != math.prod(shape):
            raise FormatError(
                f"the codebook has {len(self._data)} bytes, expected {math.prod(shape)}",
                section="palette",
            )

    def _parse_columns(self) -> tuple[int, int]:
        """Return how many blocks stand in a row of the plane, and where the plane begins."""
        try:
            columns, start = read_varint(self._data, 0, "number of columns of blocks")
        except IndexError:
            raise FormatError("the codebook ends early", section="palette") from None
        if not 1 <= columns <= self._shape[0]:
            raise FormatError(
                f"the codebook has {columns} columns of {self._shape[0]} blocks", section="palette"
            )
        return columns, start

    def decode(self, *, threads: int = 1, tally: Tally | None = None) -> NDArray[np.uint8]:
        """Return the (K, bh, bw, C) codebook; the inverse of ``encode_codebook``.

        Raises
        ------
        FormatError
            The data is not exactly one codebook of this size.
        CancelledError
            `tally` asked to stop.
        """
        if self.plane is None:
            return np.frombuffer(self._data, dtype=np.uint8).reshape(self._shape).copy()
        values = self.plane.decode(threads=threads, tally=tally).astype(np.uint8, copy=False)
        return _from_plane(values, self._shape, self._columns)
