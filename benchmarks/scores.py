"""How far shown pixels are from the original: squared error, OKLab distance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec import color

if TYPE_CHECKING:
    from numpy.typing import NDArray

OKLAB_UNIT = 1e4  # errors are some parts in 10,000 of the squared lightness of white


def squared_error(pixels: NDArray[np.uint8], shown: NDArray[np.uint8]) -> float:
    """Return the squared sRGB error, summed over red, green and blue, mean over pixels."""
    gaps = shown.astype(np.int32) - pixels
    return float((gaps**2).sum(axis=2).mean())  # sums of integers, exact in float64


def oklab_error(pixels: NDArray[np.uint8], shown: NDArray[np.uint8]) -> float:
    """Return the squared OKLab distance, mean over pixels, times ``OKLAB_UNIT``."""
    gaps = _oklab(pixels) - _oklab(shown)
    total = float(np.einsum("ij,ij->i", gaps, gaps).sum(dtype=np.int64))  # each below 2**31
    return OKLAB_UNIT * total / (color.OKLAB_ONE**2 * len(gaps))


def _oklab(pixels: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return the OKLab points of (H, W, 3) pixels."""
    return color.to_points(pixels.reshape(-1, 3), "oklab")


def black_white_error(pixels: NDArray[np.uint8], shown: NDArray[np.uint8]) -> float:
    """Return the squared sRGB error of (H, W, 4) pixels, seen over black and over white.

    Summed over red, green and blue, the mean of both backgrounds and over pixels; composites are
    not rounded. What a fully transparent pixel hides does not count.
    """
    alpha, seen = _over_black(pixels)
    other_alpha, other_seen = _over_black(shown)
    black = other_seen - seen
    white = black - 255.0 * (other_alpha - alpha)
    return float(((black**2).sum(axis=2) + (white**2).sum(axis=2)).mean() / 2)


def _over_black(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return alpha (H, W, 1) from 0 to 1, and colours (H, W, 3) as seen over black."""
    alpha = pixels[..., 3:] / 255.0
    return alpha, pixels[..., :3] * alpha
