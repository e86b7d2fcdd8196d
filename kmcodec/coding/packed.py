"""Coder 0, ``packed`` (spec 6.1): ceil(log2 K) bits per index and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kmcodec.coding.bits import bits_for, pack, packed_size, unpack
from kmcodec.errors import FormatError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ID = 0
NAME = "packed"


def encode(indices: NDArray[np.unsignedinteger[Any]], n_colors: int, effort: int) -> bytes:  # noqa: ARG001
    """Return (H, W) indices as consecutive numbers, row by row; `effort` changes nothing."""
    return pack(indices.reshape(-1), bits_for(n_colors))


def check_size(payload_size: int, shape: tuple[int, int], n_colors: int) -> None:
    """Raise ``FormatError`` if a payload of this size cannot hold the plane."""
    expected = packed_size(shape[0] * shape[1], bits_for(n_colors))
    if payload_size != expected:
        raise FormatError(f"packed indices take {payload_size} bytes, expected {expected}")


def decode(payload: memoryview, shape: tuple[int, int], n_colors: int) -> NDArray[np.uint16]:
    """Return the (H, W) indices, not yet compared with the palette."""
    return unpack(payload, shape[0] * shape[1], bits_for(n_colors)).reshape(shape)
