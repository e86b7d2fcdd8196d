"""Coder 1, ``deflate`` (spec 6.2): rows of packed indices through DEFLATE (RFC 1951).

The first byte is the layout: its low half the log2 of the bits per index, its high half the filter
that turned bytes into differences before compression. The rest is one raw DEFLATE stream.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec.coding.bits import bits_for
from kmcodec.errors import FormatError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.coding.rectangle import Rectangle
    from kmcodec.progress import Tally

ID = 1
NAME = "deflate"

FILTER_NONE = 0  # spec 6.2
FILTER_LEFT = 1
FILTER_UP = 2
LARGEST_RATIO = 1032  # DEFLATE emits at most 258 bytes for 2 bits
SMALLEST_BODY = 2  # bytes of the shortest DEFLATE stream
NANOSECONDS = 20  # a pixel
TRIAL_SIZE = 1 << 17  # indices; a larger plane is tried on this many
TRIAL_STRIPS = 4
TRIAL_EFFORT = 1


def _log2_bits(n_colors: int) -> int:
    """Return the log2 of the least of 1, 2, 4, 8, 16 bits that hold any index."""
    return max(0, bits_for(n_colors) - 1).bit_length()


def _layouts(n_colors: int) -> list[int]:
    """Return the allowed log2 of the bits per index: the least, and whole bytes."""
    least = _log2_bits(n_colors)
    return [least] if least >= 3 else [least, 3]


def _row_bytes(width: int, log2_bits: int) -> int:
    """Return the bytes of a packed row."""
    return ((width << log2_bits) + 7) // 8


def _pack_rows(indices: NDArray[np.unsignedinteger[Any]], log2_bits: int) -> NDArray[np.uint8]:
    """Return packed rows (H, row bytes); the first index of a byte is in its highest bits."""
    height, width = indices.shape
    if log2_bits == 4:
        return indices.astype(">u2").view(np.uint8).reshape(height, -1)
    rows = np.zeros((height, _row_bytes(width, log2_bits)), dtype=np.uint8)
    per_byte = 8 >> log2_bits
    for k in range(per_byte):
        part = indices[:, k::per_byte].astype(np.uint8)
        rows[:, : part.shape[1]] |= part << (8 - ((k + 1) << log2_bits))
    return rows


def _unpack_rows(
    rows: NDArray[np.uint8], width: int, log2_bits: int
) -> NDArray[np.unsignedinteger[Any]]:
    """Return the indices (H, W) of packed rows; the filling bits of a row must be zero."""
    if log2_bits == 4:
        return rows.view(">u2").astype(np.uint16)
    if log2_bits == 3:
        return rows
    per_byte = 8 >> log2_bits
    mask = (1 << (1 << log2_bits)) - 1
    wide = np.empty((rows.shape[0], rows.shape[1] * per_byte), dtype=np.uint8)
    for k in range(per_byte):
        wide[:, k::per_byte] = (rows >> (8 - ((k + 1) << log2_bits))) & mask
    if wide[:, width:].any():
        raise FormatError("the bits after the last index of a row are not zero")
    return wide[:, :width]


def _filter(rows: NDArray[np.uint8], kind: int, step: int) -> NDArray[np.uint8]:
    """Replace bytes by differences modulo 256 from the byte `step` to the left, or above."""
    out = rows.copy()
    if kind == FILTER_LEFT:
        out[:, step:] -= rows[:, :-step]
    elif kind == FILTER_UP:
        out[1:] -= rows[:-1]
    return out


def _unfilter(rows: NDArray[np.uint8], kind: int, step: int) -> NDArray[np.uint8]:
    """Undo ``_filter``."""
    if kind == FILTER_LEFT:
        for k in range(step):
            np.add.accumulate(rows[:, k::step], axis=1, dtype=np.uint8, out=rows[:, k::step])
    elif kind == FILTER_UP:
        np.add.accumulate(rows, axis=0, dtype=np.uint8, out=rows)
    return rows


def _layout_bytes(indices: NDArray[np.unsignedinteger[Any]], log2_bits: int, kind: int) -> bytes:
    """Return the packed and filtered rows of a plane."""
    rows = _pack_rows(indices, log2_bits)
    return _filter(rows, kind, 2 if log2_bits == 4 else 1).tobytes()


def _sample(indices: NDArray[np.unsignedinteger[Any]]) -> NDArray[np.unsignedinteger[Any]]:
    """Return strips of a large plane, which tell which layout suits it."""
    if indices.size <= TRIAL_SIZE:
        return indices
    strip = indices[:, : TRIAL_SIZE // TRIAL_STRIPS]
    rows = max(1, TRIAL_SIZE // TRIAL_STRIPS // strip.shape[1])
    starts = sorted({strip.shape[0] * k // TRIAL_STRIPS for k in range(TRIAL_STRIPS)})
    return np.concatenate([strip[start : start + rows] for start in starts])


def encode(
    indices: NDArray[np.unsignedinteger[Any]],
    palette: NDArray[np.uint8],
    effort: int,
    threads: int,  # noqa: ARG001
) -> bytes:
    """Return the payload in the layout and with the filter that suit the plane best.

    A quick trial chooses between them; small efforts take the narrowest layout unfiltered.
    """
    from kmcodec.deflate.encoder import compress  # noqa: PLC0415  (decoding does without)

    n_colors = len(palette)
    kinds = (FILTER_NONE, FILTER_LEFT, FILTER_UP) if effort >= 3 else (FILTER_NONE,)
    choices = [(bits, kind) for bits in _layouts(n_colors) for kind in kinds]
    if effort < 3:
        choices = choices[:1]
    if len(choices) > 1:
        sample = _sample(indices)
        trial = TRIAL_EFFORT if effort < 7 else 4
        choices.sort(key=lambda c: len(compress(_layout_bytes(sample, *c), trial)))  # stable
    log2_bits, kind = choices[0]
    body = compress(_layout_bytes(indices, log2_bits, kind), effort)
    return bytes([log2_bits | kind << 4]) + body


def check_size(payload: memoryview, shape: tuple[int, int], n_colors: int) -> None:
    """Raise ``FormatError`` if the payload is too short for the plane."""
    least = shape[0] * _row_bytes(shape[1], _log2_bits(n_colors))
    body = len(payload) - 1  # less the layout
    if body < SMALLEST_BODY or body * LARGEST_RATIO < least:
        raise FormatError(f"a deflate stream of {body} bytes cannot hold {least} bytes of indices")


def cost(
    payload: memoryview,  # noqa: ARG001
    shape: tuple[int, int],
    n_colors: int,  # noqa: ARG001
    region: Rectangle,  # noqa: ARG001
) -> int:
    """Return the nanoseconds that decoding takes at most, about: always of the whole plane."""
    return NANOSECONDS * shape[0] * shape[1]


def decode(
    payload: memoryview,
    shape: tuple[int, int],
    palette: NDArray[np.uint8],
    region: Rectangle,
    threads: int,  # noqa: ARG001
    *,
    tally: Tally | None = None,  # noqa: ARG001
) -> NDArray[np.unsignedinteger[Any]]:
    """Return the indices of a region, not yet compared with the palette; all are decoded.

    Raises
    ------
    FormatError
        The layout is not defined, or the stream is not exactly one plane.
    """
    n_colors = len(palette)
    log2_bits, kind = payload[0] & 15, payload[0] >> 4
    if log2_bits not in _layouts(n_colors) or kind > FILTER_UP:
        raise FormatError(
            f"deflate layout 0x{payload[0]:02x} is not defined for {n_colors} colours"
        )
    height, width = shape
    row_bytes = _row_bytes(width, log2_bits)
    decompressor = zlib.decompressobj(-15)
    try:
        data = decompressor.decompress(payload[1:], height * row_bytes + 1)
    except zlib.error as error:
        raise FormatError(f"the deflate stream is damaged: {error}") from error
    size = height * row_bytes
    if len(data) > size:
        raise FormatError(f"the deflate stream holds more than {size} bytes")
    if len(data) < size or not decompressor.eof:
        raise FormatError(f"the deflate stream ends early, expected {size} bytes")
    if decompressor.unused_data:
        raise FormatError(f"{len(decompressor.unused_data)} bytes follow the deflate stream")
    rows = np.frombuffer(data, dtype=np.uint8).reshape(height, row_bytes)
    if kind != FILTER_NONE:
        rows = _unfilter(rows.copy(), kind, 2 if log2_bits == 4 else 1)
    indices = _unpack_rows(rows[region.top : region.bottom], width, log2_bits)
    return indices[:, region.left : region.right]
