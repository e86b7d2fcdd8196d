"""Connected regions of label planes: numbering them, and taking small ones into their neighbours.

Pixels are connected when they share a side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Borders = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


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
    from scipy.sparse import coo_array  # noqa: PLC0415  (SciPy takes a while to import)
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    graph = coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(n_nodes, n_nodes))
    numbers: NDArray[np.int32] = connected_components(graph.tocsr(), directed=False)[1]
    return numbers


def borders(regions: NDArray[np.int32], n_regions: int) -> Borders:
    """Return which regions touch: (m,) first, (m,) second and (m,) length of the border in sides.

    Each pair occurs in both orders, ascending.
    """
    keys = []
    for one, other in ((regions[:, :-1], regions[:, 1:]), (regions[:-1], regions[1:])):
        differ = one != other
        a, b = one[differ].astype(np.int64), other[differ].astype(np.int64)
        keys.append(np.minimum(a, b) * n_regions + np.maximum(a, b))
    pairs, counts = np.unique(np.concatenate(keys), return_counts=True)
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
