"""Label maps: their connected regions, the borders between these, and small ones absorbed.

A label map is (H, W) int32; neighbours are the four pixels that share an edge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from numpy.typing import NDArray


class PixelPairs(NamedTuple):
    """Neighbouring pixels of different regions.

    Attributes
    ----------
    edges : (P,) int64
        The border each pair lies on: lower label * regions + higher label.
    first, second : (P,) int64
        Positions in the flat picture, `first` left of or above `second`.
    vertical : (P,) bool
        Whether `second` lies below `first`, else to its right.
    """

    edges: NDArray[np.int64]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    vertical: NDArray[np.bool_]


def pixel_pairs(labels: NDArray[np.int32], n_regions: int) -> PixelPairs:
    """Return the pairs of neighbouring pixels that lie in different regions."""
    width = labels.shape[1]
    parts = []
    for vertical in (False, True):
        a, b = (labels[:-1], labels[1:]) if vertical else (labels[:, :-1], labels[:, 1:])
        y, x = np.nonzero(a != b)
        ends = a[y, x].astype(np.int64), b[y, x].astype(np.int64)
        first = y * width + x
        parts.append(
            PixelPairs(
                np.minimum(*ends) * n_regions + np.maximum(*ends),
                first,
                first + (width if vertical else 1),
                np.full(len(first), vertical),
            )
        )
    return PixelPairs(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def connected_regions(labels: NDArray[np.int32]) -> tuple[NDArray[np.int32], int]:
    """Return the connected regions of equal labels, numbered in reading order, and their number.

    Works on runs of equal labels within rows, of which there are far fewer than pixels.
    """
    starts = np.ones(labels.shape, dtype=bool)
    np.not_equal(labels[:, 1:], labels[:, :-1], out=starts[:, 1:])
    runs = np.cumsum(starts, dtype=np.int32).reshape(labels.shape)
    runs -= 1
    n_runs = int(runs[-1, -1]) + 1
    # two runs that touch do so where one of them starts
    touch = (labels[1:] == labels[:-1]) & (starts[1:] | starts[:-1])
    ends = runs[:-1][touch], runs[1:][touch]
    graph = coo_array((np.ones(len(ends[0]), dtype=bool), ends), shape=(n_runs, n_runs))
    n_regions, found = connected_components(graph, directed=False)
    first = np.full(n_regions, n_runs, dtype=np.int64)
    np.minimum.at(first, found, np.arange(n_runs))
    numbers = np.empty(n_regions, dtype=np.int32)
    numbers[np.argsort(first)] = np.arange(n_regions, dtype=np.int32)
    return numbers[found][runs], int(n_regions)


def absorb_small(
    labels: NDArray[np.int32], n_regions: int, min_area: int
) -> tuple[NDArray[np.int32], int]:
    """Give regions of fewer pixels than `min_area` to their neighbours, until there are none.

    Each goes to the larger neighbour with which it has the longest border, ties to the lowest
    label; of equal areas the one with the lower label counts as larger. Connected regions stay
    connected. A picture of fewer pixels becomes one region.
    """
    areas = np.bincount(labels.reshape(-1), minlength=n_regions)
    while n_regions > 1 and int(areas.min()) < min_area:
        target = _absorbers(labels, areas, min_area)
        kept, numbers = np.unique(target, return_inverse=True)
        labels = numbers.astype(np.int32)[labels]
        areas = np.bincount(numbers, areas).astype(np.int64)  # exact: below 2**53
        n_regions = len(kept)
    return labels, n_regions


def _absorbers(
    labels: NDArray[np.int32], areas: NDArray[np.int64], min_area: int
) -> NDArray[np.int64]:
    """Return the region that each one ends in when every small one goes to a larger neighbour."""
    n = len(areas)
    keys, lengths = np.unique(pixel_pairs(labels, n).edges, return_counts=True)
    low, high = keys // n, keys % n
    source, target = np.concatenate([low, high]), np.concatenate([high, low])
    lengths = np.concatenate([lengths, lengths])
    larger = (areas[target] > areas[source]) | (
        (areas[target] == areas[source]) & (target < source)
    )
    use = (areas[source] < min_area) & larger
    source, target, lengths = source[use], target[use], lengths[use]
    order = np.lexsort((target, -lengths, source))
    source, target = source[order], target[order]
    best = np.ones(len(source), dtype=bool)
    best[1:] = source[1:] != source[:-1]
    end = np.arange(n)
    end[source[best]] = target[best]
    while not np.array_equal(end, end[end]):
        end = end[end]
    return end
