"""Rows of a PNG before they are filtered: bit depths, packing, samples of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]

DEPTHS = (1, 2, 4, 8)
N_STRIPS = 8


def palette_depth(n_colors: int) -> int:
    """Return the least bit depth that numbers so many palette entries, at most 256."""
    return next(depth for depth in DEPTHS if n_colors <= 1 << depth)


def gray_depth(palette: Bytes) -> int | None:
    """Return the least bit depth whose gray levels are a palette's colours, or None.

    Parameters
    ----------
    palette : (K, C) uint8
        A palette with colour or transparency has no such depth.
    """
    if palette.shape[1] in (2, 4) and (palette[:, -1] < 255).any():
        return None
    if palette.shape[1] >= 3 and (palette[:, :3] != palette[:, :1]).any():
        return None
    levels = palette[:, 0]
    return next(d for d in DEPTHS if not (levels % (255 // ((1 << d) - 1))).any())


def pack_rows(values: Bytes, depth: int) -> Bytes:
    """Return packed rows; the first pixel of a byte is in its highest bits (PNG 7.2).

    Parameters
    ----------
    values : (H, W) uint8
        Less than 2**depth.
    depth : int
        1, 2, 4 or 8.

    Returns
    -------
    (H, ceil(W * depth / 8)) uint8
    """
    if depth == 8:
        return values
    per_byte = 8 // depth
    height, width = values.shape
    out = np.zeros((height, -(-width // per_byte)), dtype=np.uint8)
    for k in range(per_byte):
        part = values[:, k::per_byte]
        out[:, : part.shape[1]] |= part << (8 - (k + 1) * depth)
    return out


def strips(indices: Bytes, size: int) -> Bytes:
    """Return strips of whole rows, evenly spread, that hold about `size` pixels together."""
    height, width = indices.shape
    rows = max(1, size // N_STRIPS // width)
    count = min(N_STRIPS, max(1, size // (rows * width)))
    starts = sorted({height * k // count for k in range(count)})
    return np.concatenate([indices[start : start + rows] for start in starts])
