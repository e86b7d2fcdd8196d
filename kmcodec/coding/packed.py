"""Coder 0, ``packed`` (spec 6.1): ceil(log2 K) bits per index and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kmcodec.coding.bits import bits_for, pack, packed_size, unpack
from kmcodec.errors import FormatError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kmcodec.coding.rectangle import Rectangle
    from kmcodec.progress import Tally

ID = 0
NAME = "packed"
NANOSECONDS = 10  # a pixel


def encode(
    indices: NDArray[np.unsignedinteger[Any]],
    palette: NDArray[np.uint8],
    effort: int,  # noqa: ARG001
    threads: int,  # noqa: ARG001
) -> bytes:
    """Return (H, W) indices as consecutive numbers, row by row; `effort` changes nothing."""
    return pack(indices.reshape(-1), bits_for(len(palette)))


def check_size(payload: memoryview, shape: tuple[int, int], n_colors: int) -> None:
    """Raise ``FormatError`` unless the payload has exactly the plane's size."""
    expected = packed_size(shape[0] * shape[1], bits_for(n_colors))
    if len(payload) != expected:
        raise FormatError(f"packed indices take {len(payload)} bytes, expected {expected}")


def cost(
    payload: memoryview,  # noqa: ARG001
    shape: tuple[int, int],
    n_colors: int,  # noqa: ARG001
    region: Rectangle,
) -> int:
    """Return the nanoseconds that decoding a region takes at most, about."""
    return NANOSECONDS * region.shape[0] * shape[1]


def decode(
    payload: memoryview,
    shape: tuple[int, int],
    palette: NDArray[np.uint8],
    region: Rectangle,
    threads: int,  # noqa: ARG001
    *,
    tally: Tally | None = None,  # noqa: ARG001
) -> NDArray[np.uint16]:
    """Return the indices of a region, not yet compared with the palette."""
    width = bits_for(len(palette))
    first = region.top * shape[1] // 8 * 8  # eight indices end on a whole byte
    last = region.bottom * shape[1]
    if region.bottom < shape[0]:
        last = min(-(-last // 8) * 8, shape[0] * shape[1])
    indices = unpack(payload[first * width // 8 : packed_size(last, width)], last - first, width)
    rows = indices[region.top * shape[1] - first :][: region.shape[0] * shape[1]]
    return rows.reshape(-1, shape[1])[:, region.left : region.right]
