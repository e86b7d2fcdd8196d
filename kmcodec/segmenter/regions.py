"""Connected regions of label planes: numbers and facts of them, their borders, small ones absorbed.

Pixels are connected when they share a side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.ndimage import find_objects

from kmcodec.arithmetic import divide_rounded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Borders = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True)
class Region:
    """A connected part of a cluster.

    Attributes
    ----------
    cluster : int
        Whose part it is.
    box : (int, int, int, int)
        Left, top, width and height, in pixels.
    area : int
        Pixels.
    color : tuple of int
        Mean of the cluster's colour or, given the picture, of the region's own pixels.
    point : (int, int)
        x and y of its first pixel, row by row: ``region_at(*point)`` is its mask.
    """

    cluster: int
    box: tuple[int, int, int, int]
    area: int
    color: tuple[int, ...]
    point: tuple[int, int]


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


def connected_regions(labels: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Give numbers to the connected regions of equal labels, by their first pixels, row by row.

    Runs within rows are nodes of a graph, and runs that touch in the next row are its edges, so
    that many labels cost no more than few.

    Parameters
    ----------
    labels : (H, W) integer

    Returns
    -------
    regions : (H, W) int32
        0 to n - 1, without gaps.
    firsts : (n,) int64
        The first pixel of each region, as y * W + x; ascending.
    """
    begins = np.ones(labels.shape, dtype=bool)
    begins[:, 1:] = labels[:, 1:] != labels[:, :-1]
    runs = np.cumsum(begins.reshape(-1), dtype=np.int32).reshape(labels.shape)
    runs -= 1
    touch = labels[1:] == labels[:-1]
    touch[:, 1:] &= begins[1:, 1:] | begins[:-1, 1:]  # once for each pair of runs
    starts = np.flatnonzero(begins)
    joined = _components(runs[:-1][touch], runs[1:][touch], len(starts))
    _, first_runs, numbers = np.unique(joined, return_index=True, return_inverse=True)
    order = np.argsort(first_runs)
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return rank[numbers.reshape(-1)][runs], starts[first_runs[order]].astype(np.int64)


def _components(
    one: NDArray[np.int32], other: NDArray[np.int32], n_nodes: int
) -> NDArray[np.int32]:
    """Return a number for each node of a graph, equal for those that edges connect."""
    from scipy.sparse import coo_array  # noqa: PLC0415  (takes a while to import)
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    graph = coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(n_nodes, n_nodes))
    numbers: NDArray[np.int32] = connected_components(graph.tocsr(), directed=False)[1]
    return numbers


def mean_colors(pixels: NDArray[np.uint8], plane: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Return the rounded mean of each region's 8-bit values, (n, C); none is empty."""
    flat = plane.reshape(-1)
    channels = pixels.reshape(plane.size, -1).T
    sums = np.column_stack([np.bincount(flat, channel) for channel in channels])
    return divide_rounded(sums.astype(np.int64), np.bincount(flat)[:, None]).astype(np.uint8)


def describe(
    plane: NDArray[np.int32],
    firsts: NDArray[np.int64],
    clusters: NDArray[np.int32],
    colors: NDArray[np.uint8],
) -> list[Region]:
    """Return the regions of a plane, the largest first, ties by their first pixels.

    Parameters
    ----------
    plane : (H, W) int32
    firsts : (n,) int64
        As ``connected_regions`` returns them.
    clusters : (n,) int32
    colors : (n, C) uint8
    """
    areas = np.bincount(plane.reshape(-1))
    boxes = find_objects(plane + 1)
    found = []
    for i in np.argsort(-areas, kind="stable"):
        rows, columns = boxes[i]
        box = columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start
        y, x = divmod(int(firsts[i]), plane.shape[1])
        color = tuple(colors[i].tolist())
        found.append(Region(int(clusters[i]), box, int(areas[i]), color, (x, y)))
    return found


def _edges(
    labels: NDArray[np.int32], n_regions: int, *, vertical: bool
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the border that each pair of neighbours lies on, and which pairs lie on one."""
    a, b = (labels[:-1], labels[1:]) if vertical else (labels[:, :-1], labels[:, 1:])
    differ = a != b
    ends = a[differ].astype(np.int64), b[differ].astype(np.int64)
    return np.minimum(*ends) * n_regions + np.maximum(*ends), differ


def pixel_pairs(labels: NDArray[np.int32], n_regions: int) -> PixelPairs:
    """Return the pairs of neighbouring pixels that lie in different regions."""
    width = labels.shape[1]
    parts = []
    for vertical in (False, True):
        edges, differ = _edges(labels, n_regions, vertical=vertical)
        first = np.flatnonzero(differ)
        if not vertical:
            first += first // max(width - 1, 1)  # such rows are a pixel shorter
        second = first + (width if vertical else 1)
        parts.append(PixelPairs(edges, first, second, np.full(len(first), vertical)))
    return PixelPairs(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def borders(regions: NDArray[np.int32], n_regions: int) -> Borders:
    """Return which regions touch: (m,) first, (m,) second and (m,) length of the border in sides.

    Each pair occurs in both orders, ascending.
    """
    edges = [_edges(regions, n_regions, vertical=vertical)[0] for vertical in (False, True)]
    pairs, counts = np.unique(np.concatenate(edges), return_counts=True)
    low, high = np.divmod(pairs, n_regions)
    ordered = np.column_stack([low, high, counts]).astype(np.int64)
    both = np.concatenate([ordered, ordered[:, [1, 0, 2]]])
    one, other, lengths = both[np.lexsort((both[:, 1], both[:, 0]))].T
    return one, other, lengths


def absorb_small(labels: NDArray[np.int32], least: int) -> NDArray[np.int32]:
    """Give every connected region of fewer than `least` pixels the label around it.

    A small region joins the neighbour with which it shares the longest border, one that is large
    enough if there is any, else a larger one; ties go to the neighbour that begins first. Repeated
    until none is small; a picture of fewer pixels than `least` ends with one label.
    """
    labels = labels.copy()
    while True:
        regions, firsts = connected_regions(labels)
        areas = np.bincount(regions.reshape(-1))
        small = areas < least
        if len(areas) == 1 or not small.any():
            return labels
        joined = _joined(regions, areas, small)
        labels = labels.reshape(-1)[firsts][joined][regions]


def _joined(
    regions: NDArray[np.int32], areas: NDArray[np.int64], small: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return for each region the one that it becomes a part of, or itself."""
    one, other, lengths = borders(regions, len(areas))
    size = np.empty(len(areas), dtype=np.int64)  # a strict order: no two can join each other
    size[np.lexsort((np.arange(len(areas)), areas))] = np.arange(len(areas))
    able = small[one] & (~small[other] | (size[one] < size[other]))
    one, other, lengths = one[able], other[able], lengths[able]
    best = np.lexsort((other, -lengths, small[other], one))
    one, other = one[best], other[best]
    first = np.ones(len(one), dtype=bool)
    first[1:] = one[1:] != one[:-1]
    joined = np.arange(len(areas))
    joined[one[first]] = other[first]
    while True:  # follow the chains to their ends, in ever longer steps
        further = joined[joined]
        if np.array_equal(further, joined):
            return joined
        joined = further
