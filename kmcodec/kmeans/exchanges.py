"""Swaps of centres in many dimensions: from where they save little to where the error is large.

As in ``swaps``, but what a swap may gain is estimated from some of the vectors. An estimate only
chooses what is tried; whether the inertia falls decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kmcodec.arithmetic import divide_rounded
from kmcodec.kmeans.descent import SCALE, Descent, Means, linear
from kmcodec.kmeans.swaps import pair

if TYPE_CHECKING:
    from numpy.typing import NDArray

ESTIMATED = 2048  # vectors that estimates look at, at least
ESTIMATED_PER_CLUSTER = 32
MOST_CLUSTERS = 1024  # beyond, a table of distances between centres gets large
TURNS = 2  # steps towards the direction in which a cluster is widest


class _Halves(NamedTuple):
    """What splitting each cluster saves, (K,), and the means of the halves, (K, D) each."""

    gains: NDArray[np.float64]
    lower: NDArray[np.int32]
    upper: NDArray[np.int32]


def exchange(
    work: Descent, means: Means, *, rounds: int, steps: int, restless: float
) -> Means:
    """Improve means by up to `rounds` rounds of swaps with `steps` Lloyd steps after each.

    It stops when no swap is worth a try, and returns the best.
    """
    if not 3 <= len(means.centers) <= MOST_CLUSTERS:
        return means
    n_clusters = len(means.centers)
    few = max(ESTIMATED, ESTIMATED_PER_CLUSTER * n_clusters)
    rows = np.arange(0, len(work.points), max(1, len(work.points) // few))
    points, weights = work.points[rows].astype(np.float64), work.weights[rows].astype(np.float64)
    limit = n_clusters
    barred: set[tuple[int, int]] = set()
    for _ in range(rounds):
        centers = means.centers
        costs = _costs(points, weights, centers, means.labels[rows])
        halves = _halve(points, weights, centers, means.labels[rows])
        near = _neighbors(centers)
        pairs = pair(halves.gains, costs, near, limit=limit, n_pinned=0, barred=barred)
        if not pairs:
            break
        moved = centers.copy()
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


def _neighbors(centers: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return for each centre the others, the nearest first, (K, K - 1)."""
    matrix, norms = linear(centers)
    distances = centers @ matrix / SCALE + norms
    np.fill_diagonal(distances, -np.inf)
    return np.argsort(distances, axis=1, kind="stable")[:, 1:]


def _costs(
    points: NDArray[np.float64],
    weights: NDArray[np.float64],
    centers: NDArray[np.int32],
    labels: NDArray[np.int32],
) -> NDArray[np.float64]:
    """Return what removing each centre would add, its vectors going to the second nearest ones."""
    matrix, norms = linear(centers)
    scores = points @ matrix + norms  # whole numbers, exact
    first, second = np.partition(scores, 1, axis=1)[:, :2].T
    return np.bincount(labels, weights * (second - first), len(centers))


def _halve(
    points: NDArray[np.float64],
    weights: NDArray[np.float64],
    centers: NDArray[np.int32],
    labels: NDArray[np.int32],
) -> _Halves:
    """Part each cluster by a plane through its centre, across where it is widest or nearly so."""
    found = _Halves(np.zeros(len(centers)), centers.copy(), centers.copy())
    order = np.argsort(labels, kind="stable")
    edges = np.searchsorted(labels[order], np.arange(len(centers) + 1))
    for label, center in enumerate(centers):
        mine = order[edges[label] : edges[label + 1]]
        if len(mine) < 2:
            continue
        members, masses = points[mine], weights[mine]
        gaps = SCALE * members - center
        direction = gaps[np.einsum("ij,ij->i", gaps, gaps).argmax()]
        for _ in range(TURNS):
            above = gaps @ direction > 0  # whole numbers, exact
            upper, lower = _mean(members, masses, above), _mean(members, masses, ~above)
            direction = upper - lower
        parts = masses[above].sum(), masses[~above].sum()
        share = parts[0] * parts[1] / (parts[0] + parts[1])
        found.gains[label] = share * (direction @ direction)
        found.upper[label], found.lower[label] = upper, lower
    return found


def _mean(
    points: NDArray[np.float64], weights: NDArray[np.float64], chosen: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the rounded mean of some points in units of the centres; zeros of none."""
    total = max(1, int(weights[chosen].sum()))
    sums = (weights * chosen) @ points
    return divide_rounded(SCALE * sums.astype(np.int64), np.int64(total)).astype(np.float64)
