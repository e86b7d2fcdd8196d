"""K-means of 8-bit samples with many features: most of the way in few dimensions.

Several starts run on the first principal components, which hold most of the distances; the best
goes on with more components, and its end is the start in all dimensions, where few steps remain.
Source of the idea: C. Ding, X. He, K-means clustering via principal component analysis, ICML 2004,
doi:10.1145/1015330.1015408.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sklearn.cluster import kmeans_plusplus

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_FEATURES = 100  # fewer are no trouble for scikit-learn
LEAST_SAMPLES = 500
MOST_FEATURES = 4096  # whose covariances are a matrix of 16 million
FIRST, SECOND = 20, 50  # principal components
SPARE, SUBSPACE_STEPS = 10, 4  # of the search for these
STARTS = 8
FINALISTS = 2
FIRST_STEPS, MORE_STEPS = 6, 60
RESTLESS = 0.003  # share of samples whose change of cluster ends the steps of the starts
LAST_RESTLESS = 0.0002  # and those in all dimensions


@dataclass(frozen=True, eq=False)
class WideFit:
    """What was found: (K, d) float64 centres, (n,) int32 labels, inertia, steps in d dimensions."""

    centers: NDArray[np.float64]
    labels: NDArray[np.int32]
    inertia: float
    n_iter: int


def is_wide(values: NDArray[np.uint8], n_clusters: int) -> bool:
    """Whether (n, d) samples are worth this engine."""
    n, d = values.shape
    large = n >= max(LEAST_SAMPLES, 4 * n_clusters) and LEAST_FEATURES <= d <= MOST_FEATURES
    return values.dtype == np.uint8 and large


def fit(values: NDArray[np.uint8], n_clusters: int, seed: int, max_iter: int) -> WideFit | None:
    """Cluster (n, d) samples, or return None where clusters run empty, as with equal samples."""
    middle = values.mean(axis=0, dtype=np.float64).astype(np.float32)
    points = values - middle
    reduced = points @ _leading_axes(points.T @ points, SECOND)
    labels = _best_start(np.ascontiguousarray(reduced[:, :FIRST]), n_clusters, seed)
    run = _Run(labels, 0)
    for stage, most, restless in ((reduced, max_iter, 0.0), (points, max_iter, LAST_RESTLESS)):
        run = _lloyd(stage, run.labels, n_clusters, most, restless)
        if np.bincount(run.labels, minlength=n_clusters).min() == 0:
            return None
    centers = _means(points, run.labels, n_clusters)
    labels = _scores(points, centers).argmin(axis=1)
    if np.bincount(labels, minlength=n_clusters).min() == 0:
        return None
    inertia = sum(
        float(np.square(points[labels == number] - center).sum(dtype=np.float64))
        for number, center in enumerate(centers)
    )
    shown = centers.astype(np.float64) + middle
    return WideFit(shown, labels.astype(np.int32), inertia, run.n_iter + 1)


def _leading_axes(covariance: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Return about the first eigenvectors (d, count) of a matrix, by subspace iteration.

    Where the last ones end exactly matters little to a start.
    """
    draw = np.random.RandomState(0)
    basis = draw.standard_normal((len(covariance), count + SPARE)).astype(np.float32)
    for _ in range(SUBSPACE_STEPS):
        basis = np.linalg.qr(covariance @ basis)[0]
    turn = np.linalg.eigh(basis.T @ (covariance @ basis))[1]
    axes: NDArray[np.float32] = basis @ turn[:, ::-1][:, :count]
    return axes


@dataclass(frozen=True, eq=False)
class _Run:
    """Labels after some steps, and how many these were."""

    labels: NDArray[np.int64]
    n_iter: int


def _best_start(points: NDArray[np.float32], n_clusters: int, seed: int) -> NDArray[np.int64]:
    """Return the labels of the best of several starts by k-means++."""
    draw = np.random.RandomState(seed)
    runs = []
    for _ in range(STARTS):
        centers, _ = kmeans_plusplus(points, n_clusters, random_state=draw)
        labels = _scores(points, centers).argmin(axis=1)
        labels = _lloyd(points, labels, n_clusters, FIRST_STEPS, RESTLESS).labels
        runs.append((_error(points, labels, n_clusters), labels))
    runs.sort(key=lambda run: run[0])
    ends = [
        _lloyd(points, labels, n_clusters, MORE_STEPS, RESTLESS).labels
        for _, labels in runs[:FINALISTS]
    ]
    return min(ends, key=lambda labels: _error(points, labels, n_clusters))


def _lloyd(
    points: NDArray[np.float32],
    labels: NDArray[np.int64],
    n_clusters: int,
    most: int,
    restless: float,
) -> _Run:
    """Move centres and labels in turn until at most this share of the labels changes."""
    for step in range(most):
        moved = _scores(points, _means(points, labels, n_clusters)).argmin(axis=1)
        changes = np.count_nonzero(moved != labels)
        labels = moved
        if changes <= restless * len(labels):
            return _Run(labels, step + 1)
    return _Run(labels, most)


def _means(
    points: NDArray[np.float32], labels: NDArray[np.int64], n_clusters: int
) -> NDArray[np.float32]:
    """Return the mean of each cluster's points, (K, d); zero for an empty one."""
    member = np.zeros((n_clusters, len(points)), dtype=np.float32)
    member[labels, np.arange(len(points))] = 1
    means: NDArray[np.float32] = member @ points
    means /= np.maximum(member.sum(axis=1, keepdims=True), 1)
    return means


def _scores(points: NDArray[np.float32], centers: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return squared distances of points to centres, less the points' own squares, (n, K)."""
    scores: NDArray[np.float32] = points @ (centers.T * np.float32(-2))
    scores += np.einsum("ij,ij->i", centers, centers)
    return scores


def _error(points: NDArray[np.float32], labels: NDArray[np.int64], n_clusters: int) -> float:
    """Return what the sum of squared distances to means is, up to a constant: the less the better.

    It is the sum of the points' squares, which is left out, less that of the means.
    """
    means = _means(points, labels, n_clusters)
    sizes = np.bincount(labels, minlength=n_clusters)
    return -float(sizes @ np.einsum("ij,ij->i", means, means).astype(np.float64))
