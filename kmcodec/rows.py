"""Rows of small numbers packed into bytes, as PNG and coder 1 have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def row_bytes(width: int, depth: int) -> int:
    """Return the bytes of a packed row of `width` numbers of `depth` bits."""
    return (width * depth + 7) // 8


def pack_rows(values: NDArray[np.unsignedinteger[Any]], depth: int) -> NDArray[np.uint8]:
    """Return packed rows; the first number of a byte is in its highest bits (PNG 7.2).

    Parameters
    ----------
    values : (H, W) unsigned integers
        Less than 2**depth.
    depth : int
        1, 2, 4, 8 or 16; two bytes have the higher first.

    Returns
    -------
    (H, ceil(W * depth / 8)) uint8
    """
    if depth == 16:
        return values.astype(">u2").view(np.uint8).reshape(len(values), -1)
    if depth == 8:
        return values.astype(np.uint8, copy=False)
    per_byte = 8 // depth
    height, width = values.shape
    rows = np.zeros((height, row_bytes(width, depth)), dtype=np.uint8)
    for k in range(per_byte):
        part = values[:, k::per_byte].astype(np.uint8, copy=False)
        rows[:, : part.shape[1]] |= part << (8 - (k + 1) * depth)
    return rows
