"""Lloyd's iteration for integer vectors of many dimensions, with centres in units of 1/64."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from kmcodec import _kernels
from kmcodec.arithmetic import divide_rounded
from kmcodec.parallel import map_ranges

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCALE = 64  # units of centres per unit of the data
CELLS_AT_A_TIME = 1 << 21  # numbers of a block of vectors, or distances of it to all centres
ROUNDING = 2.0**-22  # four times what a number of single precision may be off by, relatively
LARGEST_DOUBT = 2.0**-6  # beyond, single precision tells too little
LOW_BITS = 20  # of sums that are multiplied in two parts
CALM = 0.002  # share of changing labels from which on the inertia is looked at
SHOWN = 256  # vectors whose mean the middle is


@dataclass(frozen=True, eq=False)
class Means:
    """Centres, and what belongs to them.

    Attributes
    ----------
    centers : (K, D) int32
        In units of 1/64.
    labels : (n,) int32
        The nearest centre of each vector, ties to the lowest.
    sums : (K, D) int64
        Weighted sums of each cluster's vectors.
    sizes : (K,) int64
        Weight of each cluster.
    changed : int
        Labels that are others than before.
    spread : int
        Weighted sum of the vectors' own squares, in units of 1/64**2.
    """

    centers: NDArray[np.int32]
    labels: NDArray[np.int32]
    sums: NDArray[np.int64]
    sizes: NDArray[np.int64]
    changed: int
    spread: int

    @cached_property
    def inertia(self) -> int:
        """Weighted sum of squared distances, in units of 1/64**2."""
        wide = self.centers.astype(np.int64)
        squares = np.einsum("ij,ij->i", wide, wide)
        return self.spread - 2 * SCALE * dot(self.sums, wide) + dot(squares, self.sizes)


class Descent:
    """Assignment and update steps for one set of weighted vectors.

    Parameters
    ----------
    vectors : (n, D) uint8
    weights : (n,) int64
        Positive, with a sum below 2**31.
    threads : int
    """

    def __init__(
        self, vectors: NDArray[np.uint8], weights: NDArray[np.int64], threads: int
    ) -> None:
        self.vectors = np.ascontiguousarray(vectors)
        self.weights = weights
        self.threads = threads
        some = vectors[:: -(-len(vectors) // SHOWN)]
        # Counted from about the middle, products are small; no result depends on where it is.
        self.middle = (some.sum(axis=0, dtype=np.int64) // len(some)).astype(np.int32)
        self.points = vectors.astype(np.float32)
        self.norms = np.einsum("ij,ij->i", self.points, self.points, dtype=np.float64)
        self.spread = dot(self.norms.astype(np.int64), weights) * SCALE**2
        self.points -= self.middle.astype(np.float32)
        self.lengths = np.sqrt(np.einsum("ij,ij->i", self.points, self.points))

    def take(self, rows: NDArray[np.int64]) -> Descent:
        """Return the same for some of the vectors."""
        return Descent(self.vectors[rows], self.weights[rows], self.threads)

    def linear(self, centers: NDArray[np.int32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return (D, K) and (K,): ``points @ matrix + squares`` tells the nearest centres.

        They are squared distances in units of 1/64**2, less the points' own squares: whole numbers
        below 2**53, in all their parts too.
        """
        gaps = (centers - SCALE * self.middle).astype(np.float64)
        return gaps.T * (-2.0 * SCALE), np.einsum("ij,ij->i", gaps, gaps)

    def assign(self, centers: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return each vector's nearest centre, ties to the lowest.

        In single precision, a product of D terms is off by at most about D roundings of the
        product of both lengths. Whatever is nearer to a tie than that is decided in whole numbers.
        """
        labels = np.empty(len(self.points), dtype=np.int32)
        matrix, squares = self.linear(centers)
        doubt = ROUNDING * (centers.shape[1] + 8)
        most = float(squares.max())
        slack = self.lengths * np.float32(doubt * 2 * SCALE * most**0.5)
        slack += np.float32(doubt * most)
        single, single_squares = matrix.astype(np.float32), squares.astype(np.float32)
        rows = max(1, CELLS_AT_A_TIME // max(centers.shape))

        def assign_range(start: int, stop: int) -> None:
            close = np.empty(min(rows, stop - start), dtype=np.int32)
            for lo in range(start, stop, rows):
                part = slice(lo, min(lo + rows, stop))
                if doubt > LARGEST_DOUBT:
                    exact = self.points[part].astype(np.float64) @ matrix + squares
                    labels[part] = exact.argmin(axis=1)
                    continue
                products: NDArray[np.float32] = self.points[part] @ single
                count = _kernels.vectors.decide(
                    products, single_squares, slack[part], labels[part], close
                )
                if count:
                    near = lo + close[:count]
                    exact = self.points[near].astype(np.float64) @ matrix + squares
                    labels[near] = exact.argmin(axis=1)

        map_ranges(assign_range, len(labels), threads=self.threads, smallest=rows)
        return labels

    def begin(self, centers: NDArray[np.int32]) -> Means:
        """Return given centres with all that belongs to them."""
        nobody = np.full(len(self.points), -1, dtype=np.int32)
        sums = np.zeros(centers.shape, dtype=np.int64)
        sizes = np.zeros(len(centers), dtype=np.int64)
        return self.follow(centers, Means(centers, nobody, sums, sizes, 0, 0))

    def follow(self, centers: NDArray[np.int32], before: Means) -> Means:
        """Return centres with what belongs to them, given what belongs to others."""
        labels = self.assign(centers)
        sums, sizes = before.sums.copy(), before.sizes.copy()
        changed = _kernels.vectors.regroup(
            self.vectors, self.weights, before.labels, labels, sums, sizes
        )
        return Means(centers, labels, sums, sizes, changed, self.spread)

    def run(self, means: Means, most: int, restless: float = 0.0) -> tuple[Means, int]:
        """Move centres to their means and labels to the nearest, at most so many times.

        It ends when no more than this share of the labels changes, or when few do and the inertia
        does not fall, as rounded centres may go in circles. Also return the number of steps.
        """
        n = len(self.points)
        for step in range(most):
            moved = self.follow(self.moved(means), means)
            if 0 < moved.changed < CALM * n and moved.inertia >= means.inertia:
                return means, step + 1
            means = moved
            if means.changed <= restless * n:
                return means, step + 1
        return means, most

    def moved(self, means: Means) -> NDArray[np.int32]:
        """Return each cluster's mean; empty clusters take the vectors that are worst served."""
        filled = np.maximum(means.sizes, 1)[:, None]
        centers = divide_rounded(SCALE * means.sums, filled).astype(np.int32)
        empty = np.flatnonzero(means.sizes == 0)
        if len(empty):
            worst = np.argsort(-self._distances(means), kind="stable")[: len(empty)]
            centers[empty] = SCALE * self.vectors[worst].astype(np.int32)
        return centers

    def _distances(self, means: Means) -> NDArray[np.float64]:
        """Return the squared distance of each vector to its centre: whole numbers, exact."""
        found = np.empty(len(self.vectors))
        for label, center in enumerate(means.centers):
            mine = np.flatnonzero(means.labels == label)
            gaps = (SCALE * self.vectors[mine].astype(np.int32) - center).astype(np.float64)
            found[mine] = np.einsum("ij,ij->i", gaps, gaps)
        return found


def dot(large: NDArray[np.int64], small: NDArray[np.int64]) -> int:
    """Return the sum of products of whole numbers, which may exceed 64 bits."""
    low = large & ((1 << LOW_BITS) - 1)
    high = large >> LOW_BITS
    return (int((high * small).sum()) << LOW_BITS) + int((low * small).sum())
