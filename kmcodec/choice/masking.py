"""How much the eye sees of a pixel's error: little where its surroundings vary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec.color import OKLAB_ONE

if TYPE_CHECKING:
    from numpy.typing import NDArray

ONE = 256  # the mean weight
MOST = 65535
RADIUS = 2  # pixels of the window to each side: 5 x 5
HALF = 3 * OKLAB_ONE // 100  # the deviation of lightness that halves a weight
ROWS = 256  # at a time


def error_weights(lightness: NDArray[np.int32]) -> NDArray[np.uint16]:
    """Return the weights of the pixels' errors, 256 in the mean.

    A weight falls as 1 / (1 + s / 0.03), s being the standard deviation of lightness in the 5 x 5
    pixels around.

    Parameters
    ----------
    lightness : (H, W) int32
        The first coordinate of OKLab points.
    """
    shares = np.empty(lightness.shape, dtype=np.int64)
    padded = np.pad(lightness.astype(np.int64), RADIUS, mode="edge")
    for top in range(0, len(lightness), ROWS):
        end = min(top + ROWS, len(lightness))
        deviation = _deviation(padded[top : end + 2 * RADIUS])
        shares[top:end] = (HALF << 16) // (HALF + deviation)
    weights = shares * (ONE * shares.size) // int(shares.sum())
    return np.clip(weights, 1, MOST).astype(np.uint16)


def _deviation(padded: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the standard deviation in each window, rounded down."""
    side = 2 * RADIUS + 1
    total, squares = _window_sums(padded), _window_sums(padded * padded)
    return np.sqrt(side**2 * squares - total * total).astype(np.int64) // side**2


def _window_sums(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the sum in each window of a padded plane."""
    side = 2 * RADIUS + 1
    sums = np.zeros((values.shape[0] + 1, values.shape[1] + 1), dtype=np.int64)
    sums[1:, 1:] = values.cumsum(axis=0).cumsum(axis=1)
    return sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
