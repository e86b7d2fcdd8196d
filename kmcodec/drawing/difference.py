"""Where two pictures differ, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec.similarity import seen

if TYPE_CHECKING:
    from numpy.typing import NDArray

GRAY = 128  # no difference
GREATEST_GAIN = 64
CLIPPED_SHARE = 0.01  # of all values, at most


def draw_difference(
    first: NDArray[np.uint8], second: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], int]:
    """Return a picture that is gray where two are equal, and how many times it is amplified.

    A channel is lighter than gray where the second picture has more of it, and darker where it has
    less. With alpha a pixel shows what is seen over black or over white, whichever differs more.

    Parameters
    ----------
    first, second : (H, W, C) uint8
        Of one size.

    Returns
    -------
    pixels : (H, W, 3) uint8
    gain : int
        1 to 64, a power of 2: the greatest at which 99 of 100 values are within 8 bits.
    """
    gaps, *others = (b.astype(np.int16) - a for a, b in seen(first, second))
    for found in others:
        more = np.abs(found).sum(axis=2) > np.abs(gaps).sum(axis=2)
        gaps[more] = found[more]
    gain = _gain(np.bincount(np.abs(gaps).ravel(), minlength=256))
    amplified = np.clip(gaps.astype(np.int32) * gain + GRAY, 0, 255)
    return amplified.astype(np.uint8), gain


def _gain(counts: NDArray[np.intp]) -> int:
    """Return the greatest gain that clips few values, by how often each difference occurs."""
    gain = GREATEST_GAIN
    while gain > 1 and counts[GRAY // gain :].sum() > CLIPPED_SHARE * counts.sum():
        gain //= 2
    return gain
