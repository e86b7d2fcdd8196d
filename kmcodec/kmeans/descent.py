"""Lloyd's iteration for integer vectors of many dimensions, with centres in units of 1/64."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kmcodec.arithmetic import divide_rounded
from kmcodec.parallel import map_ranges

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCALE = 64  # units of centres per unit of the data
CELLS_AT_A_TIME = 1 << 21  # numbers of a block of vectors, or distances of it to all centres
ROUNDING = 2.0**-23  # twice what a number of single precision is off by at most, relatively
LARGEST_DOUBT = 2.0**-6  # beyond, single precision tells too little
LOW_BITS = 20  # of sums that are multiplied in two parts


@dataclass(frozen=True, eq=False)
class Means:
    """Centres, and what belongs to them.

    Attributes
    ----------
    centers : (K, D) int32
        In units of 1/64, counted from the middle.
    labels : (n,) int32
        The nearest centre of each vector, ties to the lowest.
    sums : (K, D) int64
        Weighted sums of each cluster's vectors, counted from the middle.
    sizes : (K,) int64
        Weight of each cluster.
    inertia : int
        Weighted sum of squared distances, in units of 1/64**2.
    """

    centers: NDArray[np.int32]
    labels: NDArray[np.int32]
    sums: NDArray[np.int64]
    sizes: NDArray[np.int64]
    inertia: int


class Descent:
    """Assignment and update steps for one set of weighted vectors.

    Parameters
    ----------
    vectors : (n, D) uint8
    weights : (n,) int64
        Positive, with a sum below 2**31.
    threads : int
    middle : (D,) int64, optional
        Where vectors are counted from, so that products are small; no result depends on it.
    """

    def __init__(
        self,
        vectors: NDArray[np.uint8],
        weights: NDArray[np.int64],
        threads: int,
        middle: NDArray[np.int64] | None = None,
    ) -> None:
        if middle is None:
            some = vectors[:: max(1, len(vectors) // 256)]
            middle = some.sum(axis=0, dtype=np.int64) // len(some)
        self.vectors, self.weights = vectors, weights
        self.threads = threads
        self.middle = middle
        self.points: NDArray[np.float32] = vectors - middle.astype(np.float32)
        self.norms = np.einsum("ij,ij->i", self.points, self.points, dtype=np.float64)
        self.spread = dot(self.norms.astype(np.int64), weights) * SCALE**2

    def take(self, rows: NDArray[np.int64]) -> Descent:
        """Return the same for some of the vectors."""
        return Descent(self.vectors[rows], self.weights[rows], self.threads, self.middle)

    def hidden(self, centers: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return centres counted from the middle."""
        return (centers - SCALE * self.middle).astype(np.int32)

    def shown(self, centers: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return centres counted from zero."""
        return (centers + SCALE * self.middle).astype(np.int32)

    def assign(self, centers: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return each vector's nearest centre, ties to the lowest.

        Sums of D rounded products are off by at most D roundings of the product of both lengths.
        """
        labels = np.empty(len(self.points), dtype=np.int32)
        matrix, norms = linear(centers)
        single, single_norms = matrix.astype(np.float32), norms.astype(np.float32)
        rows = max(1, CELLS_AT_A_TIME // max(centers.shape))
        doubt = ROUNDING * (centers.shape[1] + 8)
        most = float(norms.max())
        slack = doubt * 2 * (np.sqrt(self.norms * most) * (2 * SCALE) + most)

        def assign_range(start: int, stop: int) -> None:
            for lo in range(start, stop, rows):
                part = slice(lo, min(lo + rows, stop))
                if doubt > LARGEST_DOUBT:
                    labels[part] = (self.points[part] @ matrix + norms).argmin(axis=1)
                    continue
                scores = self.points[part] @ single
                scores += single_norms
                best = scores.argmin(axis=1)
                limits = scores[np.arange(len(best)), best] + slack[part]
                near = np.count_nonzero(scores <= limits.astype(np.float32)[:, None], axis=1)
                close = np.flatnonzero(near > 1)
                if len(close):
                    exact = self.points[part][close].astype(np.float64) @ matrix + norms
                    best[close] = exact.argmin(axis=1)
                labels[part] = best

        map_ranges(assign_range, len(labels), threads=self.threads, smallest=rows)
        return labels

    def begin(self, centers: NDArray[np.int32]) -> Means:
        """Return given centres with all that belongs to them."""
        nobody = np.full(len(self.points), -1, dtype=np.int32)
        sums = np.zeros(centers.shape, dtype=np.int64)
        return self.follow(
            centers, Means(centers, nobody, sums, np.zeros(len(centers), dtype=np.int64), 0)
        )

    def run(self, means: Means, most: int, restless: float = 0.0) -> tuple[Means, int]:
        """Move centres to their means and labels to the nearest, at most so many times.

        It ends when no more than this share of the labels changes, or the inertia does not fall;
        also return the number of steps.
        """
        for step in range(most):
            moved = self.follow(self._centers(means), means)
            changed = np.count_nonzero(moved.labels != means.labels)
            if moved.inertia >= means.inertia:
                return means, step + 1
            means = moved
            if changed <= restless * len(self.points):
                return means, step + 1
        return means, most

    def follow(self, centers: NDArray[np.int32], before: Means) -> Means:
        """Return centres with their labels, given sums by other labels."""
        labels = self.assign(centers)
        sums, sizes = before.sums.copy(), before.sizes.copy()
        changed = np.flatnonzero(labels != before.labels)
        n_clusters = len(centers)
        rows = max(1, CELLS_AT_A_TIME // max(centers.shape))
        for lo in range(0, len(changed), rows):
            part = changed[lo : lo + rows]
            weights = self.weights[part]
            exact = 2 * 255 * int(weights.sum()) < 1 << 24
            member = np.zeros((n_clusters, len(part)), dtype=np.float32 if exact else np.float64)
            member[labels[part], np.arange(len(part))] = weights
            old = before.labels[part]
            left = np.flatnonzero(old >= 0)
            member[old[left], left] = -weights[left]
            sums += (member @ self.points[part]).astype(np.int64)
            np.add.at(sizes, labels[part], weights)
            np.subtract.at(sizes, old[left], weights[left])
        return Means(centers, labels, sums, sizes, self._inertia(centers, sums, sizes))

    def _inertia(
        self, centers: NDArray[np.int32], sums: NDArray[np.int64], sizes: NDArray[np.int64]
    ) -> int:
        """Return the weighted sum of squared distances of vectors to the centres they are with."""
        wide = centers.astype(np.int64)
        squares = np.einsum("ij,ij->i", wide, wide)
        return self.spread - 2 * SCALE * dot(sums, wide) + dot(squares, sizes)

    def _centers(self, means: Means) -> NDArray[np.int32]:
        """Return each cluster's mean; empty clusters take the vectors that are worst served."""
        filled = np.maximum(means.sizes, 1)[:, None]
        centers = divide_rounded(SCALE * means.sums, filled).astype(np.int32)
        empty = np.flatnonzero(means.sizes == 0)
        if len(empty):
            farthest = np.argsort(-self._distances(means), kind="stable")[: len(empty)]
            centers[empty] = self.points[farthest] * np.float32(SCALE)
        return centers

    def _distances(self, means: Means) -> NDArray[np.float64]:
        """Return the squared distance of each vector to its centre: whole numbers, exact."""
        found = self.norms * SCALE**2
        matrix, norms = linear(means.centers)
        for label, norm in enumerate(norms):
            mine = np.flatnonzero(means.labels == label)
            found[mine] += self.points[mine] @ matrix[:, label] + norm
        return found


def linear(centers: NDArray[np.int32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a matrix (D, K) and squares (K,): ``points @ matrix + squares`` tells the nearest.

    They are squared distances in units of 1/64**2, less the points' own squares.
    """
    wide = centers.astype(np.float64)
    return np.ascontiguousarray(wide.T) * (-2 * SCALE), np.einsum("ij,ij->i", wide, wide)


def dot(large: NDArray[np.int64], small: NDArray[np.int64]) -> int:
    """Return the sum of products of whole numbers, which may exceed 64 bits."""
    low = large & ((1 << LOW_BITS) - 1)
    high = large >> LOW_BITS
    return (int((high * small).sum()) << LOW_BITS) + int((low * small).sum())
