"""Where K-means starts: coarse cells, seeds by splitting, seeds by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec import _kernels
from kmcodec.arithmetic import divide_rounded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from kmcodec.kmeans.face import Face

MASK64 = (1 << 64) - 1


def coarsen(
    columns: NDArray[np.int32],
    weights: NDArray[np.int64],
    cell_bits: int,
    face: Face | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """Merge the points in each cell of a cubic grid into their weighted mean.

    Cells have the smallest power-of-two edge for which the grid has at most 2**cell_bits of them,
    besides those of a face.

    Parameters
    ----------
    columns : (4, n) int32
        The points, one row per axis, which numpy reduces quickly.
    weights : (n,) int64
    cell_bits : int
    face : Face, optional
        The points on it share no cell with the others, and their cells come first.

    Returns
    -------
    cells : (m, 4) int32
    cell_weights : (m,) int64
    cell_of : (n,) int64
        The cell of each point.
    """
    low = columns.min(axis=1).astype(np.int64)
    extent = columns.max(axis=1) - low
    shift = 0
    while int(np.prod((extent >> shift) + 1, dtype=object)) > 1 << cell_bits:
        shift += 1
    grid = (extent >> shift) + 1
    if face is not None:
        grid[face.axis] += 1  # a layer for the face
    key = np.zeros(columns.shape[1], dtype=np.int64)
    for axis in range(4):
        if grid[axis] > 1:
            key *= grid[axis]
            steps = (columns[axis] - low[axis]) >> shift
            if face is not None and axis == face.axis:
                steps[columns[axis] == face.level] = grid[axis] - 1
            key += steps
    size = int(grid.prod())
    cell_weights = _sum_by(key, weights, size)
    used = np.flatnonzero(cell_weights)
    if face is not None:
        layers = used // int(grid[face.axis + 1 :].prod()) % grid[face.axis]
        used = used[np.argsort(layers != grid[face.axis] - 1, kind="stable")]
    cell_weights = cell_weights[used]
    cells = np.zeros((len(used), 4), dtype=np.int32)
    for axis in range(4):
        if extent[axis] > 0:
            sums = _sum_by(key, weights * (columns[axis] - low[axis]), size)[used]
            cells[:, axis] = divide_rounded(sums, cell_weights) + low[axis]
        else:
            cells[:, axis] = low[axis]
    rank = np.empty(size, dtype=np.int64)
    rank[used] = np.arange(len(used))
    return cells, cell_weights, rank[key]


def _sum_by(key: NDArray[np.int64], values: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Sum values by key; exact, because all sums stay below 2**53."""
    return np.bincount(key, values, size).astype(np.int64)


def split_seeds(
    points: NDArray[np.int32], weights: NDArray[np.int64], n_clusters: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return (centers, labels) by repeated splitting: at most `n_clusters` groups, no chance.

    There are fewer only when there are fewer distinct points.
    """
    order = np.arange(len(points), dtype=np.int32)
    groups = np.zeros((n_clusters, 9), dtype=np.int64)
    n_groups = _kernels.splitting.split_groups(points, weights, order, groups)
    groups = groups[:n_groups]
    by_start = np.argsort(groups[:, 0])
    labels = np.empty(len(points), dtype=np.int32)
    labels[order] = np.repeat(by_start, np.diff(groups[by_start, :2], axis=1)[:, 0])
    return groups[:, 3:7].astype(np.int32), labels


def random_words(seed: int) -> Iterator[int]:
    """Yield 64-bit words of the SplitMix64 generator.

    Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014,
    doi:10.1145/2660193.2660195.
    """
    state = seed & MASK64
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK64
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK64
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK64
        yield z ^ (z >> 31)


def random_seeds(
    points: NDArray[np.int32], weights: NDArray[np.int64], n_clusters: int, words: Iterator[int]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return (centers, labels) by k-means++ in exact integers.

    Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007.
    """
    chosen: list[int] = []
    labels = np.zeros(len(points), dtype=np.int32)
    distances = np.ones(len(points), dtype=np.int64)
    while len(chosen) < n_clusters:
        cumulative = np.cumsum(weights * distances)
        total = int(cumulative[-1])
        if total == 0:
            break
        target = (next(words) * total) >> 64
        pick = int(np.searchsorted(cumulative, target, side="right"))
        d = ((points - points[pick]).astype(np.int64) ** 2).sum(axis=1)
        nearer = d < distances if chosen else np.ones(len(points), dtype=bool)
        labels[nearer] = len(chosen)
        distances = np.where(nearer, d, distances)
        chosen.append(pick)
    return points[chosen].copy(), labels
