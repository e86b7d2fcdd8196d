"""Two pictures at six scales, measured band by band."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kmcodec import _kernels
from kmcodec.parallel import run_all
from kmcodec.similarity.tables import light_table, root_starts
from kmcodec.similarity.weights import WEIGHTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMALLEST_SIDE = 8  # of a scale that counts
MOST_SCALES = 6
REACH = 5  # rows that a blur sees above and below
BAND = 64  # rows measured at a time; even, for they are halved, too
LEAST_WEIGHT = 0.01  # the next smaller is 0.002; those change a score by less than 0.001


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
        fourth powers; structure lost, edges added, edges lost. What has no weight is 0.
    """
    n_scales = count_scales(*first.shape[:2])
    found = np.zeros((3, n_scales, 2, 3))
    weights = WEIGHTS[: found.size].reshape(found.shape)
    scale: _Scale = _Scale.of_pixels(first, second)
    for number in range(n_scales):
        halves = scale.empty_halves() if number + 1 < n_scales else None
        found[:, number] = _measure(scale, halves, weights[:, number] >= LEAST_WEIGHT, threads)
        if halves is not None:
            scale = _Scale(halves, None, *halves[0].shape[1:])
    return found


@dataclass(frozen=True, eq=False)
class _Scale:
    """Two pictures as linear light (3, H, W), or at first as pixels (H, W, 3)."""

    light: tuple[NDArray[np.float32], NDArray[np.float32]] | None
    pixels: tuple[NDArray[np.uint8], NDArray[np.uint8]] | None
    height: int
    width: int

    @classmethod
    def of_pixels(cls, first: NDArray[np.uint8], second: NDArray[np.uint8]) -> _Scale:
        """Return the first scale."""
        height, width = first.shape[:2]
        return cls(None, (first, second), height, width)

    def empty_halves(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return planes for the next scale."""
        shape = (3, (self.height + 1) // 2, (self.width + 1) // 2)
        return np.empty(shape, dtype=np.float32), np.empty(shape, dtype=np.float32)

    def light_of(self, which: int, low: int, high: int) -> tuple[NDArray[np.float32], int]:
        """Return planes that hold the rows low to high of a picture, and where these begin."""
        if self.light is not None:
            return self.light[which], low
        assert self.pixels is not None  # noqa: S101  (for mypy: there is one of the two)
        light = np.empty((3, high - low, self.width), dtype=np.float32)
        _kernels.comparing.to_light(self.pixels[which], light_table(), light, low, high)
        return light, 0


def _measure(
    scale: _Scale,
    halves: tuple[NDArray[np.float32], NDArray[np.float32]] | None,
    counts: NDArray[np.bool_],
    threads: int,
) -> NDArray[np.float64]:
    """Return what counts of a scale, (3, 2, 3), and fill the planes of the next one.

    Bands are the same for any number of threads, and their sums are added exactly.
    """
    starts = range(0, scale.height, BAND)
    sums = run_all(lambda start: _measure_band(scale, halves, counts, start), starts, threads)
    n_pixels = scale.height * scale.width
    found = np.zeros((3, 2, 3))
    for channel, norm, kind in np.ndindex(3, 2, 3):
        mean = math.fsum(band[channel, 2 * kind + norm] for band in sums) / n_pixels
        found[channel, norm, kind] = math.sqrt(math.sqrt(mean)) if norm else mean
    return found


def _measure_band(
    scale: _Scale,
    halves: tuple[NDArray[np.float32], NDArray[np.float32]] | None,
    counts: NDArray[np.bool_],
    start: int,
) -> NDArray[np.float64]:
    """Return the sums of a band of rows, (3, 6)."""
    kernel = _kernels.comparing
    stop = min(start + BAND, scale.height)
    low, high = max(start - REACH, 0), min(stop + REACH, scale.height)
    maps = np.empty((2, 3, high - low, scale.width), dtype=np.float32)
    for which in range(2):
        light, begin = scale.light_of(which, low, high)
        if halves is not None:
            kernel.halve(light, begin + start - low, stop - start, halves[which], start // 2)
        kernel.to_xyb(light, begin, root_starts(), bool(counts[2].any()), maps[which])
    sums = np.zeros((3, 6))
    for channel in range(3):
        kinds = counts[channel].any(axis=0).tolist()
        if any(kinds):
            place = (low, scale.height, channel)
            kernel.measure(maps[0], maps[1], *place, *kinds, start, stop, sums[channel])
    return sums
