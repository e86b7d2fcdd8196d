"""Coder 0, ``packed`` (spec 6.1): ceil(log2 K) bits per index and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmcodec.coding.bits import bits_for, pack, packed_size, unpack
from kmcodec.coding.plane import PlaneDecoder, PlaneEncoder
from kmcodec.errors import FormatError

if TYPE_CHECKING:
    from kmcodec.coding.plane import Indices
    from kmcodec.coding.rectangle import Rectangle
    from kmcodec.coding.setting import Setting
    from kmcodec.progress import Tally

ID = 0
NAME = "packed"
NANOSECONDS = 10  # a pixel


def _size(setting: Setting) -> int:
    """Return the bytes of a plane."""
    return packed_size(setting.whole.area, bits_for(setting.n_colors))


class PackedDecoder(PlaneDecoder):
    """Numbers of one width, of which a region's rows are unpacked."""

    NAME = NAME

    def __init__(self, setting: Setting, payload: memoryview) -> None:
        super().__init__(setting, payload)
        if len(payload) != _size(setting):
            raise FormatError(
                f"packed indices take {len(payload)} bytes, expected {_size(setting)}"
            )

    def _cost(self, region: Rectangle) -> int:
        """Return the nanoseconds of the region's rows."""
        return NANOSECONDS * region.shape[0] * self.setting.shape[1]

    def _decode(self, region: Rectangle, threads: int, tally: Tally | None) -> Indices:  # noqa: ARG002
        """Return the indices of a region."""
        height, columns = self.setting.shape
        width = bits_for(self.setting.n_colors)
        first = region.top * columns // 8 * 8  # eight indices end on a whole byte
        last = region.bottom * columns
        if region.bottom < height:
            last = min(-(-last // 8) * 8, height * columns)
        part = self._payload[first * width // 8 : packed_size(last, width)]
        indices = unpack(part, last - first, width)
        rows = indices[region.top * columns - first :][: region.shape[0] * columns]
        return rows.reshape(-1, columns)[:, region.left : region.right]


class PackedEncoder(PlaneEncoder):
    """Consecutive numbers, row by row."""

    @property
    def size(self) -> int:
        """Bytes of the payload."""
        return _size(self.setting)

    def encode(self, indices: Indices, *, threads: int = 1) -> bytes:  # noqa: ARG002
        """Return the payload."""
        return pack(indices.reshape(-1), bits_for(self.setting.n_colors))


def begin(indices: Indices, setting: Setting, effort: int) -> list[PlaneEncoder]:  # noqa: ARG001
    """Return the one encoder that there is, whatever the effort."""
    return [PackedEncoder(setting)]
