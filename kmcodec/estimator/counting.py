"""8-bit samples -> distinct vectors with weights, in an order that chunks do not change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kmcodec.histogram import count_colors
from kmcodec.kmeans.seeding import random_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEW_DIMENSIONS = 4  # which the engine of palettes takes
WEIGHT_BITS = 30  # the sum of rounded weights is 2**30, for all but enormous dimensions
LARGEST_ERROR = 1 << 62  # weights times squared distances, which the engines add up


@dataclass(frozen=True, eq=False)
class WeightedVectors:
    """Distinct vectors and the weight of all their samples.

    Attributes
    ----------
    vectors : (n, d) uint8
        In an order that depends on nothing but the vectors.
    totals : (n,) float64
        Sums of weights, not negative; exact for whole numbers below 2**53.
    """

    vectors: NDArray[np.uint8]
    totals: NDArray[np.float64]

    @classmethod
    def of(
        cls, values: NDArray[np.uint8], weights: NDArray[np.float64] | None, threads: int | None
    ) -> tuple[WeightedVectors, NDArray[np.intp]]:
        """Return the distinct vectors of (n, d) samples, and which of them each sample is."""
        vectors, positions = distinct(values, threads)
        totals = np.bincount(positions, weights, len(vectors)).astype(np.float64)
        return cls(vectors, totals), positions

    def merge(self, other: WeightedVectors) -> WeightedVectors:
        """Return the vectors of both, their weights added."""
        vectors = np.concatenate([self.vectors, other.vectors])
        return WeightedVectors.of(vectors, np.concatenate([self.totals, other.totals]), 1)[0]

    def whole_weights(self) -> tuple[NDArray[np.int64], float]:
        """Return the weights as integers with a sum below 2**31, and what one unit stands for.

        Whole numbers with such a sum stay as they are; others are rounded.

        Raises
        ------
        ValueError
            All weights are zero, or their sums overflow.
        """
        largest = float(self.totals.max())
        if not np.isfinite(largest):
            raise ValueError("Sample weights are too large to be added.")
        if largest == 0:
            raise ValueError("Sample weights must contain at least one non-zero number.")
        most = min(2 << WEIGHT_BITS, LARGEST_ERROR // (255 * 255 * self.vectors.shape[1]))
        scale = 1.0 if 1e-9 < largest < most else largest  # neither tiny nor huge sums
        totals = self.totals / scale
        whole = totals.sum() < most and bool((totals == np.rint(totals)).all())
        unit = 1.0 if whole else float(totals.sum()) / (most // 2)
        return np.rint(totals / unit).astype(np.int64), unit * scale


def distinct(
    values: NDArray[np.uint8], threads: int | None
) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    """Return the distinct rows of (n, d) samples, and which of them each sample is, (n,).

    Rows of up to four numbers ascend; others come in the order of a hash, which is as good as any.
    """
    if values.shape[1] <= FEW_DIMENSIONS:
        histogram, numbers = count_colors(values, threads=threads)
        return histogram.colors, numbers.positions(0, len(values))
    keys = _hashes(values)
    order = np.argsort(keys, kind="stable")
    rows, keys = values[order], keys[order]
    is_new = np.ones(len(rows), dtype=np.bool_)
    is_new[1:] = keys[1:] != keys[:-1]
    same = np.flatnonzero(~is_new)
    if (rows[same] != rows[same - 1]).any():  # rows made to collide
        found, places = np.unique(values, axis=0, return_inverse=True)
        return found, places.reshape(-1)
    positions = np.empty(len(rows), dtype=np.intp)
    positions[order] = np.cumsum(is_new) - 1
    return rows[is_new], positions


def _hashes(values: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return a 64-bit number for each row, (n,), the same on every machine."""
    n_words = -(-values.shape[1] // 8)
    padded = np.zeros((len(values), 8 * n_words), dtype=np.uint8)
    padded[:, : values.shape[1]] = values
    words = padded.view("<u8").astype(np.uint64)
    draw = random_words(values.shape[1])
    factors = np.array([next(draw) | 1 for _ in range(n_words)], dtype=np.uint64)
    words *= np.uint64(0x9E3779B97F4A7C15)  # so that every byte reaches the high bits,
    words ^= words >> np.uint64(32)  # and these the low ones
    words *= factors
    hashes: NDArray[np.uint64] = words.sum(axis=1, dtype=np.uint64)
    return hashes
