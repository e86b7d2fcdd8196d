"""The squared error of a picture, exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec.channels import has_alpha
from kmcodec.color import common_channels, with_channels

if TYPE_CHECKING:
    from numpy.typing import NDArray

BAND_PIXELS = 1 << 18  # at a time, which bounds memory


def squared_error(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    """Return the squared 8-bit error, summed over channels, mean over pixels.

    What ``loss.psnr`` takes. With alpha it is the mean of what is seen over black and over white,
    not rounded; what a transparent pixel hides does not count.

    Parameters
    ----------
    first, second : (H, W, C) uint8
        Of one size; C from 1 to 4, the lesser of two as the greater has it.
    """
    height, width = first.shape[:2]
    channels = common_channels(first.shape[2], second.shape[2])
    rows = max(1, BAND_PIXELS // width)
    total = 0
    for start in range(0, height, rows):
        a, b = (
            with_channels(p[start : start + rows].reshape(-1, p.shape[2]), channels).astype(
                np.int64
            )
            for p in (first, second)
        )
        total += _blended(a, b) if has_alpha(channels) else int(((a - b) ** 2).sum())
    n_values: int = height * width * (2 * 255**2 if has_alpha(channels) else 1)
    return total / n_values


def _blended(a: NDArray[np.int64], b: NDArray[np.int64]) -> int:
    """Return the sum of squares over black and over white, in parts of 255 squared."""
    black = b[:, :-1] * b[:, -1:] - a[:, :-1] * a[:, -1:]
    white = black - 255 * (b[:, -1:] - a[:, -1:])
    return int((black**2).sum() + (white**2).sum())
