"""Swaps of centres in many dimensions: from where they save little to where the error is large.

As in ``swaps``, but what a swap may gain is estimated from some of the vectors. An estimate only
chooses what is tried; whether the inertia falls decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from kmcodec import _kernels
from kmcodec.arithmetic import divide_rounded
from kmcodec.kmeans.descent import SCALE
from kmcodec.kmeans.swaps import pair

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.kmeans.descent import Descent, Means

ESTIMATED = 2048  # vectors that estimates look at, at least
ESTIMATED_PER_CLUSTER = 32
LARGEST_EXCHANGED = 1024  # beyond, a table of distances between centres gets large
TURNS = 3  # steps towards the direction in which a cluster is widest


class _Halves(NamedTuple):
    """What splitting each cluster saves, (K,), and the means of the halves, (K, D) each."""

    gains: NDArray[np.float64]
    lower: NDArray[np.int64]
    upper: NDArray[np.int64]


def exchange(work: Descent, means: Means, rounds: int, steps: int, restless: float) -> Means:
    """Improve means by up to `rounds` rounds of swaps with `steps` Lloyd steps after each.

    It stops when no swap is worth a try, and returns the best.
    """
    n_clusters = len(means.centers)
    if rounds == 0 or not 3 <= n_clusters <= LARGEST_EXCHANGED:
        return means
    few = max(ESTIMATED, ESTIMATED_PER_CLUSTER * n_clusters)
    some = slice(None, None, -(-len(work.points) // few))
    points = work.points[some].astype(np.float64)
    limit = n_clusters
    barred: set[tuple[int, int]] = set()
    for _ in range(rounds):
        halves = _halve(work, means, some)
        costs = _costs(work, points, means, some)
        near = _neighbors(work, means.centers)
        pairs = pair(halves.gains, costs, near, limit=limit, n_pinned=0, barred=barred)
        if not pairs:
            break
        moved = means.centers.copy()
        for split, removed in pairs:
            moved[split] = halves.lower[split]
            moved[removed] = halves.upper[split]
        tried, _ = work.run(work.follow(moved, means), steps, restless)
        if tried.inertia < means.inertia:
            means = tried
            barred.clear()
        else:
            if len(pairs) == 1:
                barred.add(pairs[0])
            limit = max(1, len(pairs) // 2)
    return means


def _neighbors(work: Descent, centers: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return for each centre the others, the nearest first, (K, K - 1)."""
    gaps = (centers - SCALE * work.middle).astype(np.float64)
    squares = np.einsum("ij,ij->i", gaps, gaps)
    distances = squares - 2 * (gaps @ gaps.T)  # whole numbers, exact
    np.fill_diagonal(distances, -np.inf)
    return np.argsort(distances, axis=1, kind="stable")[:, 1:]


def _costs(
    work: Descent, points: NDArray[np.float64], means: Means, some: slice
) -> NDArray[np.float64]:
    """Return what removing each centre would add, its vectors going to the second nearest ones."""
    matrix, squares = work.linear(means.centers)
    scores = points @ matrix + squares
    scores.partition(1, axis=1)
    added = work.weights[some] * (scores[:, 1] - scores[:, 0])
    costs: NDArray[Any] = np.bincount(means.labels[some], added, len(squares))
    return costs  # summed in the vectors' order


def _halve(work: Descent, means: Means, some: slice) -> _Halves:
    """Part each cluster by a plane through its centre, across where it is widest or nearly so."""
    vectors = np.ascontiguousarray(work.vectors[some])
    weights = np.ascontiguousarray(work.weights[some])
    labels = np.ascontiguousarray(means.labels[some])
    room = min(15, ((1 << 23) // vectors.shape[1]).bit_length() - 1)  # bits, for products of 32
    sums, sizes = means.sums, means.sizes
    kernel = _kernels.vectors
    if len(labels) < len(means.labels):
        sums, sizes = np.zeros_like(sums), np.zeros_like(sizes)
        kernel.regroup(vectors, weights, np.full_like(labels, -1), labels, sums, sizes)
    any_member = np.zeros(len(sizes), dtype=np.int64)
    any_member[labels] = np.arange(len(labels))
    directions = SCALE * vectors[any_member].astype(np.int64) - means.centers
    for _ in range(TURNS):
        directions >>= max(0, int(np.abs(directions).max()).bit_length() - room)
        bounds = np.einsum("ij,ij->i", means.centers, directions) // SCALE
        above, above_sizes = np.zeros_like(sums), np.zeros_like(sizes)
        kernel.part(
            vectors,
            weights,
            labels,
            directions.astype(np.int16),
            bounds.astype(np.int32),
            above,
            above_sizes,
        )
        below, below_sizes = sums - above, sizes - above_sizes
        upper = divide_rounded(SCALE * above, np.maximum(above_sizes, 1)[:, None])
        lower = divide_rounded(SCALE * below, np.maximum(below_sizes, 1)[:, None])
        directions = upper - lower
    shares = above_sizes * (below_sizes / np.maximum(sizes, 1))
    gains = shares * np.einsum("ij,ij->i", directions, directions)
    return _Halves(gains, lower, upper)
