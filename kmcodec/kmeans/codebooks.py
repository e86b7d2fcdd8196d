"""Codebooks of 8-bit vectors by K-means, exact although it runs on floats.

Distances come from matrix products, where BLAS is fastest. Its order of summation differs between
machines, but all terms are whole numbers, and no partial sum reaches 2**24 (float32) or 2**53
(float64): every sum is exact, in whatever order. So the result is the same on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec.errors import InputError
from kmcodec.kmeans.sampling import EXACT_IN_FLOAT32, MIDDLE, Draw, norms_of, plus_plus
from kmcodec.options import DEFAULT_EFFORT, MAX_SEED, check_effort, check_integer
from kmcodec.parallel import map_ranges, resolve_threads

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

MOST_CLUSTERS = 65536
CELLS_AT_A_TIME = 1 << 21  # distances of a block of vectors to all centres
TRAINING_SAMPLE = 256  # vectors per cluster that take part in all but the last steps
WHOLE_WAY = 4  # quarters
STRIDE = 7  # quarters of the way to a mean, before the last step; overshooting finds lower errors
LAST_STEPS = 4  # over all vectors
STEPS = {1: 4, 2: 6, 3: 8, 4: 12, 5: 20, 6: 25, 7: 35, 8: 45, 9: 60}  # Lloyd's, by effort


@dataclass(frozen=True, eq=False)
class Codebook:
    """Vectors that stand for others.

    Attributes
    ----------
    centers : (K, D) uint8
        Rounded means; K may be less than asked for when vectors coincide.
    labels : (n,) int32
        The nearest centre of each vector, ties to the lowest.
    inertia : int
        Sum of squared distances of vectors to their centres.
    """

    centers: NDArray[np.uint8]
    labels: NDArray[np.int32]
    inertia: int


def find_codebook(
    vectors: NDArray[np.uint8],
    n_clusters: int,
    *,
    effort: int = DEFAULT_EFFORT,
    seed: int = 0,
    threads: int | None = 1,
    progress: Callable[[float], None] | None = None,
) -> Codebook:
    """Find at most `n_clusters` centres of vectors, by greedy k-means++ and Lloyd's iteration.

    No more distinct vectors than clusters are all centres. Clusters that run empty take the
    vectors that are farthest from their centres.

    Parameters
    ----------
    vectors : (n, D) uint8
    n_clusters : int
        1 to 65536.
    effort : int
        1 (4 steps) to 9 (60); fewer if no label changes.
    seed : int
        0 to 2**32 - 1, for the seeds.
    threads : int, optional
        The result does not depend on it.
    progress : callable, optional
        Takes the share that is done, 0 to 1; what it raises is passed on.

    Raises
    ------
    InputError
        A shape or an option is out of bounds.
    """
    if vectors.ndim != 2 or vectors.size == 0 or vectors.dtype != np.uint8:
        raise InputError(
            f"vectors are {vectors.dtype} of shape {vectors.shape}, expected (n, D) uint8"
        )
    n_clusters = check_integer(n_clusters, 1, MOST_CLUSTERS, "n_clusters")
    steps = STEPS[check_effort(effort)]
    seed = check_integer(seed, 0, MAX_SEED, "seed")
    exact = _few_distinct(vectors, n_clusters)
    if exact is not None:
        return exact
    report = progress or (lambda _share: None)
    work = _Lloyd(vectors, resolve_threads(threads))
    draw = Draw(seed)
    sample = draw.rows(len(vectors), TRAINING_SAMPLE * n_clusters)
    centers = plus_plus(vectors[sample], None, n_clusters, draw)
    if len(sample) < len(vectors):
        training = _Lloyd(vectors[sample], work.threads)
        centers = training.run(centers, steps, lambda share: report(share / 2))
        steps = min(steps, LAST_STEPS)
        centers = work.run(centers, steps, lambda share: report((1 + share) / 2))
    else:
        centers = work.run(centers, steps, report)
    labels, distances = work.assign(centers)
    used = np.bincount(labels, minlength=len(centers)) > 0
    labels = (np.cumsum(used) - 1).astype(np.int32)[labels]
    return Codebook(centers[used], labels, int(distances.sum()))


def _few_distinct(vectors: NDArray[np.uint8], n_clusters: int) -> Codebook | None:
    """Return each distinct vector as a centre if they are few enough, else None."""
    if len(np.unique(vectors[: 2 * n_clusters + 1], axis=0)) > n_clusters:
        return None
    centers, labels = np.unique(vectors, axis=0, return_inverse=True)
    if len(centers) > n_clusters:
        return None
    return Codebook(centers, labels.reshape(-1).astype(np.int32), 0)


class _Lloyd:
    """Assignment and update steps for one set of vectors."""

    def __init__(self, vectors: NDArray[np.uint8], threads: int) -> None:
        kind = np.float32 if vectors.shape[1] <= EXACT_IN_FLOAT32 else np.float64
        self.vectors = vectors
        self.threads = threads
        self.kind: Any = kind
        self.norms = norms_of(vectors)

    def assign(self, centers: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return each vector's nearest centre, ties to the lowest, and its squared distance."""
        labels = np.empty(len(self.vectors), dtype=np.int32)
        distances = np.empty(len(self.vectors), dtype=np.int64)
        matrix = (centers.astype(self.kind) - MIDDLE).T * -2
        norms = norms_of(centers).astype(self.kind)
        rows = max(1, CELLS_AT_A_TIME // len(centers))

        def assign_range(start: int, stop: int) -> None:
            for lo in range(start, stop, rows):
                part = slice(lo, min(lo + rows, stop))
                scores = (self.vectors[part].astype(self.kind) - MIDDLE) @ matrix
                scores += norms
                best = scores.argmin(axis=1)
                labels[part] = best
                least = scores[np.arange(len(best)), best].astype(np.int64)
                distances[part] = least + self.norms[part]

        map_ranges(assign_range, len(labels), threads=self.threads, smallest=rows)
        return labels, distances

    def run(
        self, centers: NDArray[np.uint8], steps: int, report: Callable[[float], None]
    ) -> NDArray[np.uint8]:
        """Return the centres after at most so many steps, rounded after each."""
        before = np.full(len(self.vectors), -1, dtype=np.int32)
        for step in range(steps):
            report(step / steps)
            labels, distances = self.assign(centers)
            if np.array_equal(labels, before):
                return self._moved(centers, labels, distances, WHOLE_WAY)
            last = step == steps - 1
            centers = self._moved(centers, labels, distances, WHOLE_WAY if last else STRIDE)
            before = labels
        return centers

    def _moved(
        self,
        centers: NDArray[np.uint8],
        labels: NDArray[np.int32],
        distances: NDArray[np.int64],
        stride: int,
    ) -> NDArray[np.uint8]:
        """Return centres after stride / 4 of the way to their means, rounded.

        Empty clusters take the vectors that are worst served.
        """
        k = len(centers)
        counts = np.bincount(labels, minlength=k).astype(np.int64)
        sums = np.empty(centers.shape, dtype=np.int64)
        for column, values in enumerate(self.vectors.T):
            sums[:, column] = np.bincount(labels, values, k)  # exact: below 2**53
        filled = np.maximum(counts, 1)[:, None]
        beyond = stride * sums - (stride - WHOLE_WAY) * filled * centers  # times 4 filled
        means: NDArray[np.uint8] = (
            ((beyond + 2 * filled) // (4 * filled)).clip(0, 255).astype(np.uint8)
        )
        empty = np.flatnonzero(counts == 0)
        if len(empty):
            means[empty] = self.vectors[np.argsort(-distances, kind="stable")[: len(empty)]]
        return means
