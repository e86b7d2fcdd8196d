"""Colours -> palette entries: the nearest ones, and what that costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec import color
from kmcodec.kmeans import CenterTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.histogram import ColorNumbers

SRGB_STEP = color.SRGB_SCALE**2  # squared distance of two sRGB points one 8-bit step apart


def nearest_entries(
    colors: NDArray[np.uint8], palette: NDArray[np.uint8], space: color.Space
) -> NDArray[np.int32]:
    """Return the palette entry nearest to each of (n, C) colours, ties to the lowest."""
    tree = CenterTree(color.to_points(palette, space))
    return tree.find(color.to_points(colors, space))


def error_of_colors(
    colors: NDArray[np.uint8],
    counts: NDArray[np.int64],
    palette: NDArray[np.uint8],
    labels: NDArray[np.int32],
) -> int:
    """Return the squared sRGB-point error when every colour takes its label."""
    gaps = color.to_points(colors, "srgb") - color.to_points(palette, "srgb")[labels]
    return int(np.einsum("ij,ij->i", gaps, gaps) @ counts)  # each below 2**31


def error_of_pixels(
    colors: NDArray[np.uint8],
    numbers: ColorNumbers,
    palette: NDArray[np.uint8],
    indices: NDArray[np.unsignedinteger[Any]],
) -> int:
    """Return the squared sRGB-point error of (H, W) indices."""
    points = color.to_points(colors, "srgb")
    chosen = color.to_points(palette, "srgb")
    total = 0
    width = indices.shape[1]
    for y, row in enumerate(indices):
        gaps = points[numbers.positions(y * width, (y + 1) * width)] - chosen[row]
        total += int(np.einsum("ij,ij->i", gaps, gaps).sum(dtype=np.int64))
    return total
