"""Error diffusion over colour points, so that a small palette shows smooth shades.

Floyd and Steinberg, "An adaptive algorithm for spatial greyscale", Proc. SID 17 (1976). Rows
alternate their direction. The order of pixels is part of the method, so it runs on one thread.
"""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING

import numpy as np

from kmcodec import _kernels
from kmcodec.errors import InputError
from kmcodec.kmeans import CenterTree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

FULL_STRENGTH = 256


def check_strength(dither: float) -> int:
    """Return dither strength 0..1 in 1/256, or raise ``InputError``."""
    if not (isinstance(dither, Real) and 0 <= dither <= 1):
        raise InputError(f"dither is {dither!r}, it may be 0 to 1")
    return round(float(dither) * FULL_STRENGTH)


def diffuse(
    rows: Iterable[NDArray[np.int32]],
    palette: NDArray[np.int32],
    strength: int,
    out: NDArray[np.integer],
) -> None:
    """Write the index of each pixel, passing each pixel's error on to its neighbours.

    Parameters
    ----------
    rows : iterable of (W, 4) int32
        The wanted points, row by row from the top.
    palette : (K, 4) int32
        The points to choose from.
    strength : int
        Share of the error that is passed on, 0 to 256.
    out : (H, W) integers
        Receives the indices.
    """
    kernel = _kernels.load("nearest")
    tree = CenterTree(palette)
    box = np.stack([palette.min(axis=0), palette.max(axis=0)])
    stack = tree.scratch()
    width = out.shape[1]
    labels = np.empty(width, dtype=np.int32)
    errors = np.zeros((width + 2, 4), dtype=np.int32)
    below = np.zeros_like(errors)
    step = 1
    for y, row in enumerate(rows):
        targets = np.array(row, dtype=np.int32, order="C")
        kernel.diffuse_row(
            targets, palette, *tree.arrays, box, errors, below, labels, strength, step, stack
        )
        out[y] = labels
        errors, below = below, errors
        below[:] = 0
        step = -step
