"""8-bit vectors of up to four dimensions on the exact integer engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec import kmeans
from kmcodec.histogram import Histogram, count_colors
from kmcodec.parallel import resolve_threads

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCALE = 64  # integer points per unit of 8-bit data: centres are multiples of 1/64
WEIGHT_BITS = 30  # the sum of rounded weights is 2**30
LARGEST_WEIGHT = 1 << 31  # which the integer engine does not take any more


def to_points(values: NDArray[np.uint8] | NDArray[np.float64]) -> NDArray[np.int32]:
    """Return (n, 4) integer points of (n, d) data."""
    points = np.zeros((len(values), 4), dtype=np.int32)
    points[:, : values.shape[1]] = np.rint(np.asarray(values, dtype=np.float64) * SCALE)
    return points


def is_integer_data(X: object) -> bool:  # noqa: N803
    """Whether the integer engine takes this data."""
    return isinstance(X, np.ndarray) and X.dtype == np.uint8 and X.ndim == 2 and X.shape[1] <= 4


@dataclass(frozen=True, eq=False)
class WeightedVectors:
    """Distinct vectors and the weight of all their samples.

    Attributes
    ----------
    histogram : Histogram
        The vectors, and how many samples there are of each.
    totals : (n,) float64
        Sums of weights, not negative; exact for whole numbers below 2**53.
    """

    histogram: Histogram
    totals: NDArray[np.float64]

    @classmethod
    def of(
        cls, values: NDArray[np.uint8], weights: NDArray[np.float64] | None, threads: int | None
    ) -> tuple[WeightedVectors, NDArray[np.intp]]:
        """Return the distinct vectors of (n, d) samples, and which of them each sample is."""
        histogram, numbers = count_colors(values, threads=threads)
        positions = numbers.positions(0, len(values))
        added = histogram.counts
        if weights is not None:
            added = np.bincount(positions, weights, histogram.n_colors)
        return cls(histogram, added.astype(np.float64)), positions

    def merge(self, other: WeightedVectors) -> WeightedVectors:
        """Return the vectors of both, their weights added."""
        histogram = self.histogram.merge(other.histogram)
        totals = np.zeros(histogram.n_colors)
        for part in (self, other):
            totals[np.searchsorted(histogram.keys, part.histogram.keys)] += part.totals
        return WeightedVectors(histogram, totals)

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
        scale = 1.0 if 1e-9 < largest < LARGEST_WEIGHT else largest  # neither tiny nor huge sums
        totals = self.totals / scale
        whole = totals.sum() < LARGEST_WEIGHT and bool((totals == np.rint(totals)).all())
        unit = 1.0 if whole else float(totals.sum()) / (1 << WEIGHT_BITS)
        return np.rint(totals / unit).astype(np.int64), unit * scale


@dataclass(frozen=True, eq=False)
class ExactFit:
    """What the integer engine found.

    Attributes
    ----------
    centers : (K, 4) int32
        In units of 1/64.
    inertia : float
    n_iter : int
    """

    centers: NDArray[np.int32]
    inertia: float
    n_iter: int


def nearest(centers: NDArray[np.int32], vectors: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return the nearest of (K, 4) centres for each of (n, d) vectors, ties to the lowest."""
    return kmeans.CenterTree(centers).find(to_points(vectors))


def fit(data: WeightedVectors, n_clusters: int, *, threads: int | None, **options: Any) -> ExactFit:  # noqa: ANN401
    """Cluster weighted vectors; `options` are those of ``kmeans.cluster``.

    There are fewer centres only where there are fewer distinct vectors of some weight.
    """
    weights, unit = data.whole_weights()
    kept = np.flatnonzero(weights)
    found = kmeans.cluster(
        to_points(data.histogram.colors[kept]),
        weights[kept],
        n_clusters,
        threads=resolve_threads(threads),
        **options,
    )
    return ExactFit(found.centers, found.inertia * unit / SCALE**2, max(1, found.n_iter))
