"""Coder 1, ``deflate`` (spec 6.2): rows of packed indices through DEFLATE (RFC 1951).

The first byte is the layout: its low half the log2 of the bits per index, its high half the filter
that turned bytes into differences before compression. The rest is one raw DEFLATE stream.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kmcodec.coding.bits import bits_for
from kmcodec.coding.plane import PlaneDecoder, PlaneEncoder
from kmcodec.errors import FormatError
from kmcodec.rows import pack_rows, row_bytes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.coding.plane import Indices
    from kmcodec.coding.rectangle import Rectangle
    from kmcodec.coding.setting import Setting
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


def _unpack_rows(rows: NDArray[np.uint8], width: int, log2_bits: int) -> Indices:
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


class Layout(NamedTuple):
    """How indices become bytes: log2 of the bits per index, and the filter of the rows."""

    log2_bits: int
    kind: int

    @property
    def step(self) -> int:
        """Bytes between those that a filter compares."""
        return 2 if self.log2_bits == 4 else 1

    def stride(self, width: int) -> int:
        """Return the bytes of a row."""
        return row_bytes(width, 1 << self.log2_bits)

    def rows(self, indices: Indices) -> bytes:
        """Return the packed and filtered rows of a plane."""
        return _filter(pack_rows(indices, 1 << self.log2_bits), self.kind, self.step).tobytes()


def _sample(indices: Indices) -> Indices:
    """Return strips of a large plane, which tell which layout suits it."""
    if indices.size <= TRIAL_SIZE:
        return indices
    strip = indices[:, : TRIAL_SIZE // TRIAL_STRIPS]
    rows = max(1, TRIAL_SIZE // TRIAL_STRIPS // strip.shape[1])
    starts = sorted({strip.shape[0] * k // TRIAL_STRIPS for k in range(TRIAL_STRIPS)})
    return np.concatenate([strip[start : start + rows] for start in starts])


def choose_layout(indices: Indices, n_colors: int, effort: int) -> Layout:
    """Return the layout that suits a plane best, by a quick trial.

    Small efforts take the narrowest one unfiltered.
    """
    from kmcodec.deflate.encoder import compressed_size  # noqa: PLC0415  (decoding does without)

    if effort < 3:
        return Layout(_layouts(n_colors)[0], FILTER_NONE)
    kinds = (FILTER_NONE, FILTER_LEFT, FILTER_UP)
    layouts = [Layout(bits, kind) for bits in _layouts(n_colors) for kind in kinds]
    sample = _sample(indices)
    trial = TRIAL_EFFORT if effort < 7 else 4
    sizes = [
        compressed_size(layout.rows(sample), trial, stride=layout.stride(sample.shape[1]))
        for layout in layouts
    ]
    return layouts[sizes.index(min(sizes))]


class DeflateDecoder(PlaneDecoder):
    """Filtered rows in one DEFLATE stream, which is inflated whole."""

    NAME = NAME

    def __init__(self, setting: Setting, payload: memoryview) -> None:
        super().__init__(setting, payload)
        least = setting.shape[0] * row_bytes(setting.shape[1], 1 << _log2_bits(setting.n_colors))
        body = len(payload) - 1  # less the layout
        if body < SMALLEST_BODY or body * LARGEST_RATIO < least:
            raise FormatError(
                f"a deflate stream of {body} bytes cannot hold {least} bytes of indices"
            )
        self.layout = Layout(payload[0] & 15, payload[0] >> 4)
        if self.layout.log2_bits not in _layouts(setting.n_colors) or self.layout.kind > FILTER_UP:
            raise FormatError(
                f"deflate layout 0x{payload[0]:02x} is not defined for {setting.n_colors} colours"
            )

    def _cost(self, region: Rectangle) -> int:  # noqa: ARG002
        """Return the nanoseconds of the whole plane: there is no less."""
        return NANOSECONDS * self.setting.whole.area

    def _inflated(self, size: int) -> bytes:
        """Return the stream's content, which must have this size."""
        decompressor = zlib.decompressobj(-15)
        try:
            data = decompressor.decompress(self._payload[1:], size + 1)
        except zlib.error as error:
            raise FormatError(f"the deflate stream is damaged: {error}") from error
        if len(data) > size:
            raise FormatError(f"the deflate stream holds more than {size} bytes")
        if len(data) < size or not decompressor.eof:
            raise FormatError(f"the deflate stream ends early, expected {size} bytes")
        if decompressor.unused_data:
            raise FormatError(f"{len(decompressor.unused_data)} bytes follow the deflate stream")
        return data

    def _decode(self, region: Rectangle, threads: int, tally: Tally | None) -> Indices:  # noqa: ARG002
        """Return the indices of a region; all are decoded."""
        height, width = self.setting.shape
        data = self._inflated(height * row_bytes(width, 1 << self.layout.log2_bits))
        rows = np.frombuffer(data, dtype=np.uint8).reshape(height, -1)
        if self.layout.kind != FILTER_NONE:
            rows = _unfilter(rows.copy(), self.layout.kind, self.layout.step)
        indices = _unpack_rows(rows[region.top : region.bottom], width, self.layout.log2_bits)
        return indices[:, region.left : region.right]


class DeflateEncoder(PlaneEncoder):
    """Rows in one layout, through the package's own DEFLATE encoder."""

    def __init__(self, setting: Setting, layout: Layout, effort: int) -> None:
        super().__init__(setting)
        self.layout = layout
        self._effort = effort

    def encode(self, indices: Indices, *, threads: int = 1) -> bytes:  # noqa: ARG002
        """Return the payload."""
        from kmcodec.deflate.encoder import compress  # noqa: PLC0415  (decoding does without)

        first = bytes([self.layout.log2_bits | self.layout.kind << 4])
        stride = self.layout.stride(indices.shape[1])
        return first + compress(self.layout.rows(indices), self._effort, stride=stride)


def begin(indices: Indices, setting: Setting, effort: int) -> list[PlaneEncoder]:
    """Return the encoder with the layout that suits a plane best."""
    return [DeflateEncoder(setting, choose_layout(indices, setting.n_colors, effort), effort)]
