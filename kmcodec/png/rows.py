"""Rows of a PNG before they are packed: their bit depths, and samples of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec.channels import has_alpha

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]

DEPTHS = (1, 2, 4, 8)
N_STRIPS = 8


def renumbered(indices: Bytes, numbers: Bytes) -> Bytes:
    """Return ``numbers[indices]``, quickly; not to be written to."""
    table = numbers.tobytes().ljust(256, b"\0")
    whole = indices.tobytes().translate(table)
    return np.frombuffer(whole, dtype=np.uint8).reshape(indices.shape)


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
    if has_alpha(palette.shape[1]) and (palette[:, -1] < 255).any():
        return None
    if palette.shape[1] >= 3 and (palette[:, :3] != palette[:, :1]).any():
        return None
    levels = palette[:, 0]
    return next(d for d in DEPTHS if not (levels % (255 // ((1 << d) - 1))).any())


def strips(indices: Bytes, size: int) -> Bytes:
    """Return strips of whole rows, evenly spread, that hold about `size` pixels together."""
    height, width = indices.shape
    rows = max(1, size // N_STRIPS // width)
    count = min(N_STRIPS, max(1, size // (rows * width)))
    starts = sorted({height * k // count for k in range(count)})
    return np.concatenate([indices[start : start + rows] for start in starts])
