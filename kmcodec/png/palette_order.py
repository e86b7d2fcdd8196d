"""Orders of a palette in which DEFLATE finds its indices easy.

Filtered rows hold differences of neighbouring indices, so colours that often meet should have near
numbers; unfiltered rows want frequent colours together, for the description of their code. Whole
numbers only: the same order on every machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec import _kernels
from kmcodec.arithmetic import scaled_log2
from kmcodec.channels import LUMA_WEIGHTS, has_alpha

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Indices = NDArray[np.uint8]
    Order = NDArray[np.intp]

SAMPLE = 1 << 20  # indices; neighbours are counted in so many, spread over the rows
LOG_UNIT = 64  # logarithms are in 1/64
LOGS = np.array([scaled_log2(1 + d, LOG_UNIT) for d in range(257)])  # of distances
ROW_BITS = 15  # of the sum of an index's counts in the kernel


def sampled_rows(height: int, width: int, sample: int = SAMPLE) -> NDArray[np.intp]:
    """Return the numbers of at least one row, evenly spread, of about `sample` indices at most."""
    count = min(height, max(1, sample // width))
    return np.arange(count) * height // count


def by_luma(palette: NDArray[np.uint8]) -> Order:
    """Return the order of brightness; equals stay in their order.

    Parameters
    ----------
    palette : (K, C) uint8
        C from 1 to 4: gray, gray + alpha, RGB, RGB + alpha.
    """
    colors = palette.astype(np.int64)
    luma = colors[:, 0] if palette.shape[1] <= 2 else colors[:, :3] @ np.array(LUMA_WEIGHTS)
    return np.argsort(luma, kind="stable")


def count_indices(indices: Indices, n_colors: int) -> NDArray[np.int64]:
    """Return how often each index occurs, (K,)."""
    counts = np.zeros((4, n_colors), dtype=np.int64)
    _kernels.arranging.count_indices(np.ascontiguousarray(indices), counts)
    total: NDArray[np.int64] = counts.sum(axis=0)
    return total


def by_frequency(indices: Indices, n_colors: int) -> Order:
    """Return the most frequent index first; equals stay in their order."""
    return np.argsort(-count_indices(indices, n_colors), kind="stable")


def count_neighbours(indices: Indices, n_colors: int) -> NDArray[np.int64]:
    """Return how often two indices stand side by side or one above the other.

    Parameters
    ----------
    indices : (H, W) uint8
        Of a large plane, rows that are evenly spread are counted.
    n_colors : int
        K, at most 256.

    Returns
    -------
    (K, K) int64
        Symmetric, with zeros in its diagonal.
    """
    counts = np.zeros((n_colors, n_colors), dtype=np.int64)
    indices = np.ascontiguousarray(indices)
    _kernels.arranging.count_neighbours(indices, sampled_rows(*indices.shape), counts)
    counts = counts + counts.T
    np.fill_diagonal(counts, 0)
    return counts


def by_neighbours(counts: NDArray[np.int64]) -> Order:
    """Return an order in which indices that meet often are near: Zeng's technique, modified.

    The list grows from the index with the most neighbours by the one that meets the listed ones
    most, at the end where it meets more (Pinho and Neves 2004, doi:10.1109/TIP.2004.836158). Ties
    go to the lower index.

    Parameters
    ----------
    counts : (K, K) int64
        From ``count_neighbours``.
    """
    order, ties = np.empty((2, len(counts)), dtype=np.int64)
    _kernels.arranging.grow_list(counts, int(counts.sum(axis=1).argmax()), ties, order)
    return order


def arranged(counts: NDArray[np.int64], order: Order, passes: int) -> Order:
    """Return an order improved by moving single entries to where they cost least.

    The cost of an arrangement is the sum of ``counts[a, b] * log2(1 + distance of a and b)``, about
    the bits of the differences: the minimum logarithmic arrangement of Chierichetti et al. 2009
    (doi:10.1145/1557019.1557049), by local search. Ties keep an entry, or go to the left.

    Parameters
    ----------
    counts : (K, K) int64
        From ``count_neighbours``.
    order : (K,) intp
        Where to begin.
    passes : int
        Over all entries, at most; each takes K**3 operations.
    """
    n_colors = len(order)
    heaviest = int(counts.sum(axis=1).max())
    counts = counts >> max(0, heaviest.bit_length() - ROW_BITS)
    meets = np.ascontiguousarray(counts[np.ix_(order, order)], dtype=np.int16)
    slopes = np.zeros(2 * n_colors, dtype=np.int16)
    steps = np.diff(LOGS[: n_colors + 1])
    slopes[n_colors + 1 :] = -steps[1:n_colors]
    slopes[1:n_colors] = steps[1:n_colors][::-1]
    order = order.astype(np.int64)
    scratch = np.empty(n_colors, dtype=np.int16)
    for _ in range(passes):
        entries = order.copy()
        if not _kernels.arranging.improve_order(meets, slopes, order, scratch, entries):
            break
    return order


def soft_first(order: Order, palette: NDArray[np.uint8]) -> Order:
    """Return an order with all that is not opaque in front, so that the list of alphas is short."""
    if not has_alpha(palette.shape[1]):
        return order
    opaque = palette[order, -1] == 255
    return np.concatenate([order[~opaque], order[opaque]])
