"""Images brought to one size, their slant and place taken away by moments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CANVAS = 28  # pixels a side, as in MNIST
STEEPEST = 1.0  # columns per row that a digit may be sheared


def to_canvas(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return images as floats from 0 to 1 on a square canvas of 28 pixels, (n, 28, 28).

    Other sizes are resampled linearly, so 8 x 8 digits meet the same features as MNIST's.
    """
    height, width = images.shape[1:]
    shown: NDArray[np.float32] = images.astype(np.float32) / np.float32(255)
    if height != CANVAS:
        shown = np.einsum("yh,nhw->nyw", _resampling(height), shown, optimize=True)
    if width != CANVAS:
        shown = np.einsum("xw,nyw->nyx", _resampling(width), shown, optimize=True)
    return shown


def _resampling(size: int) -> NDArray[np.float32]:
    """Return the matrix of linear interpolation from `size` pixels to the canvas."""
    places = np.clip((np.arange(CANVAS) + 0.5) * size / CANVAS - 0.5, 0, size - 1)
    gaps = np.abs(places[:, None] - np.arange(size))
    weights: NDArray[np.float32] = np.maximum(0, 1 - gaps).astype(np.float32)
    return weights


def deskew(canvas: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return images sheared upright and centred on their mass, by linear interpolation.

    The shear is the slope of the line through each row's centre of mass: the mixed second moment
    over the vertical one. Blank images stay as they are.
    """
    n, height, width = canvas.shape
    mass = np.maximum(canvas.sum(axis=(1, 2)), np.float32(1e-6))
    y, x = np.arange(height, dtype=np.float32), np.arange(width, dtype=np.float32)
    rows, columns = canvas.sum(axis=2), canvas.sum(axis=1)
    mean_y, mean_x = rows @ y / mass, columns @ x / mass
    away_y = y - mean_y[:, None]
    vertical = (rows * away_y**2).sum(axis=1) / mass
    first = canvas @ x - rows * mean_x[:, None]
    mixed = (first * away_y).sum(axis=1) / mass
    slope = np.clip(mixed / np.maximum(vertical, 1e-6), -STEEPEST, STEEPEST)
    drop = np.rint(mean_y - (height - 1) / 2).astype(np.int64)
    taken = np.clip(np.arange(height) + drop[:, None], 0, height - 1)
    inside = (np.arange(height) + drop[:, None] >= 0) & (np.arange(height) + drop[:, None] < height)
    shown = canvas[np.arange(n)[:, None], taken] * inside[..., None]
    shift = slope[:, None] * (taken - mean_y[:, None]) + mean_x[:, None] - (width - 1) / 2
    return _shifted(shown, shift.astype(np.float32))


def _shifted(canvas: NDArray[np.float32], shift: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return each row of each image moved left by so many columns, black beyond its ends."""
    width = canvas.shape[2]
    whole = np.floor(shift)
    part = (shift - whole)[..., None]
    padded = np.pad(canvas, ((0, 0), (0, 0), (width, width + 1)))
    start = np.clip(whole.astype(np.int64), -width, width)[..., None] + width
    places = start + np.arange(width)
    near = np.take_along_axis(padded, places, axis=2)
    far = np.take_along_axis(padded, places + 1, axis=2)
    moved: NDArray[np.float32] = near * (1 - part) + far * part
    return moved
