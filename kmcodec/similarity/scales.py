"""Two pictures at six scales, measured band by band."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec import _kernels
from kmcodec.parallel import run_all
from kmcodec.similarity.tables import light_table, root_starts
from kmcodec.similarity.weights import WEIGHTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Light = NDArray[np.float32]

SMALLEST_SIDE = 8  # of a scale that counts
MOST_SCALES = 6
REACH = 5  # rows that a blur sees above and below
BAND = 64  # rows measured at a time; even, for they are halved, too
LEAST_WEIGHT = 0.01  # the next smaller is 0.002; without those a score changes in the third digit


def count_scales(height: int, width: int) -> int:
    """Return how many scales of a picture count, 0 to 6; each halves the sides, rounded up."""
    count = 0
    while count < MOST_SCALES and min(height, width) >= SMALLEST_SIDE:
        height, width, count = (height + 1) // 2, (width + 1) // 2, count + 1
    return count


def measure_scales(
    first: NDArray[np.uint8], second: NDArray[np.uint8], threads: int
) -> NDArray[np.float64]:
    """Return what counts of two (H, W, 3) pictures, in the order of the weights.

    Returns
    -------
    (3, S, 2, 3) float64
        By channel, scale, norm and kind: X, Y and B; the mean, and the fourth root of the mean of
        fourth powers; structure lost, edges added, edges lost. What hardly has weight is 0.
    """
    n_scales = count_scales(*first.shape[:2])
    found = np.zeros((3, n_scales, 2, 3))
    weights = WEIGHTS[: found.size].reshape(found.shape)
    kinds: NDArray[np.bool_] = weights.max(axis=2) >= LEAST_WEIGHT
    scale: _Scale = _Finest((first, second), *first.shape[:2])
    for number in range(n_scales):
        half = scale.half() if number + 1 < n_scales else None
        found[:, number] = _measure(scale, half, kinds[:, number], threads)
        if half is not None:
            scale = half
    return found


@dataclass(frozen=True, eq=False)
class _Scale:
    """Two pictures as linear light, (3, H, W) each."""

    pictures: tuple[NDArray[Any], NDArray[Any]]
    height: int
    width: int

    def half(self) -> _Scale:
        """Return the next scale, to be filled."""
        height, width = (self.height + 1) // 2, (self.width + 1) // 2
        first, second = np.empty((2, 3, height, width), dtype=np.float32)
        return _Scale((first, second), height, width)

    def light(self, which: int, low: int, _high: int) -> tuple[Light, int]:
        """Return planes with the rows low to high of a picture, and which row of them is low."""
        return self.pictures[which], low


class _Finest(_Scale):
    """Two pictures as pixels, (H, W, 3) each."""

    def light(self, which: int, low: int, high: int) -> tuple[Light, int]:
        """Return the same, made for the moment."""
        light = np.empty((3, high - low, self.width), dtype=np.float32)
        _kernels.lighting.to_light(self.pictures[which], light_table(), light, low, high)
        return light, 0


def _measure(
    scale: _Scale, half: _Scale | None, kinds: NDArray[np.bool_], threads: int
) -> NDArray[np.float64]:
    """Return the measures of a scale, (3, 2, 3), and fill the next one.

    Bands are the same for any number of threads, and their sums are added exactly.
    """
    starts = range(0, scale.height, BAND)
    bands = run_all(lambda start: _measure_band(scale, half, kinds, start), starts, threads)
    n_pixels = scale.height * scale.width
    found = np.zeros((3, 2, 3))
    for channel, norm, kind in np.ndindex(3, 2, 3):
        mean = math.fsum(sums[channel, 2 * kind + norm] for sums in bands) / n_pixels
        found[channel, norm, kind] = math.sqrt(math.sqrt(mean)) if norm else mean
    return found


def _measure_band(
    scale: _Scale, half: _Scale | None, kinds: NDArray[np.bool_], start: int
) -> NDArray[np.float64]:
    """Return the sums of a band of rows, (3, 6)."""
    lighting, comparing = _kernels.lighting, _kernels.comparing
    stop = min(start + BAND, scale.height)
    low, high = max(start - REACH, 0), min(stop + REACH, scale.height)
    maps = np.empty((2, 3, high - low, scale.width), dtype=np.float32)
    for which in range(2):
        light, begin = scale.light(which, low, high)
        if half is not None:
            place = (begin + start - low, stop - start)
            lighting.halve(light, *place, half.pictures[which], start // 2)
        lighting.to_xyb(light, begin, root_starts(), bool(kinds[2].any()), maps[which])
    sums = np.zeros((3, 6))
    for channel in range(3):
        structure, added, lost = kinds[channel].tolist()
        if structure or added or lost:
            asked = (low, scale.height, channel, structure, added, lost, start, stop)
            comparing.measure(maps[0], maps[1], *asked, sums[channel])
    return sums
