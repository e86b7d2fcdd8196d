"""Weighted K-means of integer vectors of any dimension: the same centres and labels everywhere.

Centres are multiples of 1/64. Distances come from matrix products in single precision, whose
rounding differs between machines; where two centres are so close that rounding could decide between
them, a product in double precision decides, whose terms and partial sums are whole numbers below
2**53: exact, in whatever order they are summed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kmcodec.errors import InputError
from kmcodec.kmeans.descent import SCALE, Descent, Means
from kmcodec.kmeans.exchanges import exchange
from kmcodec.kmeans.sampling import Draw, plus_plus
from kmcodec.options import DEFAULT_EFFORT, MAX_SEED, check_effort, check_integer
from kmcodec.parallel import one_blas_thread, resolve_threads

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_CLUSTERS = 65536
LARGEST_WEIGHT = 1 << 31
LARGEST_ERROR = 1 << 62  # of all vectors together, in the integers of seeding
CAREFUL = 4096  # clusters up to which seeds are drawn by k-means++
SAMPLE = 4096  # vectors at least that take part in the starts
SAMPLE_PER_CLUSTER = 64


class _Spending(NamedTuple):
    """What an effort spends.

    Starts; Lloyd steps of each before swaps; rounds of swaps, and Lloyd steps after each; Lloyd
    steps over all vectors.
    """

    starts: int
    warmup: int
    rounds: int
    steps: int
    last: int


EFFORTS = {
    1: _Spending(1, 4, 0, 0, 10),
    2: _Spending(1, 4, 2, 2, 20),
    3: _Spending(1, 4, 5, 3, 40),
    4: _Spending(1, 6, 10, 4, 60),
    5: _Spending(2, 6, 10, 4, 100),
    6: _Spending(2, 6, 20, 4, 150),
    7: _Spending(2, 6, 20, 6, 200),
    8: _Spending(3, 6, 20, 4, 300),
    9: _Spending(3, 6, 20, 6, 300),
}
SMALL = 1 << 21  # products of a Lloyd step, of which fewer cost next to nothing
MORE_STARTS = 4  # times as many, where they do; the added ones differ more from one another
RESTLESS = 0.01  # share of labels whose change ends the steps of starts and swaps


@dataclass(frozen=True, eq=False)
class VectorClustering:
    """The result of K-means of vectors.

    Attributes
    ----------
    centers : (K, D) int32
        Means of the clusters in units of 1/64, rounded.
    labels : (n,) int32
        The nearest centre of each vector, ties to the lowest.
    inertia : int
        Weighted sum of squared distances to the centres, in units of 1/64**2.
    n_iter : int
        Lloyd steps over all vectors, beside those of starts and swaps.
    """

    centers: NDArray[np.int32]
    labels: NDArray[np.int32]
    inertia: int
    n_iter: int


def cluster_vectors(
    vectors: NDArray[np.uint8],
    weights: NDArray[np.int64],
    n_clusters: int,
    *,
    effort: int = DEFAULT_EFFORT,
    seed: int = 0,
    threads: int | None = 1,
    max_iter: int | None = None,
) -> VectorClustering:
    """Find `n_clusters` centres of weighted vectors.

    Several starts by k-means++ run on a sample: a few Lloyd steps, then swaps of centres from where
    they save little to where the error is large. The best goes on with all vectors in the same way.

    Parameters
    ----------
    vectors : (n, D) uint8
        Distinct; no more than clusters are all centres.
    weights : (n,) int64
        Positive, with a sum below 2**31 that times the largest possible squared distance,
        65025 * D, stays below 2**62.
    n_clusters : int
        1 to 65536.
    effort : int
        1 (quick) to 9 (thorough).
    seed : int
        0 to 2**32 - 1, for the starts.
    threads : int, optional
        The result does not depend on it.
    max_iter : int, optional
        Lloyd steps over all vectors at most; by default the effort decides.

    Raises
    ------
    InputError
        A shape, weight or option is out of bounds.
    """
    _check(vectors, weights)
    n_clusters = check_integer(n_clusters, 1, MOST_CLUSTERS, "n_clusters")
    spending = EFFORTS[check_effort(effort)]
    draw = Draw(check_integer(seed, 0, MAX_SEED, "seed"))
    if len(vectors) <= n_clusters:
        labels = np.arange(len(vectors), dtype=np.int32)
        return VectorClustering(vectors.astype(np.int32) * SCALE, labels, 0, 0)
    steps = spending.last if max_iter is None else check_integer(max_iter, 1, 1 << 31, "max_iter")
    with one_blas_thread():
        whole = Descent(vectors, weights, resolve_threads(threads))
        best, n_iter = _fit(whole, n_clusters, spending, steps, draw)
    return VectorClustering(best.centers, best.labels, best.inertia, n_iter)


def assign_vectors(
    vectors: NDArray[np.uint8], centers: NDArray[np.int32], *, threads: int | None = 1
) -> NDArray[np.int32]:
    """Return the nearest of (K, D) centres in units of 1/64 to each of (n, D) vectors, (n,) int32.

    Ties go to the lowest.
    """
    with one_blas_thread():
        work = Descent(vectors, np.ones(len(vectors), dtype=np.int64), resolve_threads(threads))
        return work.assign(centers)


def _check(vectors: NDArray[np.uint8], weights: NDArray[np.int64]) -> None:
    """Raise ``InputError`` where the integer arithmetic could overflow."""
    if vectors.ndim != 2 or vectors.size == 0 or vectors.dtype != np.uint8:
        raise InputError(
            f"vectors are {vectors.dtype} of shape {vectors.shape}, expected (n, D) uint8"
        )
    if weights.shape != (len(vectors),) or weights.dtype != np.int64 or int(weights.min()) <= 0:
        raise InputError(f"weights are not {len(vectors)} positive int64")
    total = int(weights.sum()) if int(weights.max()) < LARGEST_WEIGHT else LARGEST_WEIGHT
    if total >= LARGEST_WEIGHT or total * most_squared(vectors.shape[1]) >= LARGEST_ERROR:
        raise InputError("the sum of weights is too large")


def most_squared(dimensions: int) -> int:
    """Return the largest squared distance of 8-bit vectors."""
    return 255 * 255 * dimensions


def _fit(
    whole: Descent, n_clusters: int, spending: _Spending, steps: int, draw: Draw
) -> tuple[Means, int]:
    """Return means that begin from the best of several starts, and the steps over all vectors."""
    rows = draw.rows(len(whole.vectors), max(SAMPLE, SAMPLE_PER_CLUSTER * n_clusters))
    part = whole if len(rows) == len(whole.vectors) else whole.take(rows)
    times = min(MORE_STARTS, max(1, SMALL // (part.vectors.size * n_clusters)))
    starts = [
        _start(part, n_clusters, spending, draw, greedy=number < spending.starts)
        for number in range(times * spending.starts)
    ]
    means = min(starts, key=lambda start: start.inertia)
    if part is not whole:
        means = whole.begin(means.centers)
    means, done = whole.run(means, steps, RESTLESS)
    means = _escape(whole, means, spending)
    means, more = whole.run(means, steps - done)
    for _ in range(n_clusters):
        if (means.sizes > 0).all():
            break
        means = whole.follow(whole.moved(means), means)
    return means, done + more


def _start(
    part: Descent, n_clusters: int, spending: _Spending, draw: Draw, *, greedy: bool
) -> Means:
    """Return means of a part of the vectors, from seeds of their own."""
    seeds = plus_plus(part.vectors, part.weights, n_clusters, draw, greedy=greedy, careful=CAREFUL)
    means = part.begin(seeds.astype(np.int32) * SCALE)
    return _escape(part, part.run(means, spending.warmup, RESTLESS)[0], spending)


def _escape(work: Descent, means: Means, spending: _Spending) -> Means:
    """Return means after swaps of centres."""
    return exchange(work, means, spending.rounds, spending.steps, RESTLESS)
