"""Orders of a palette in which DEFLATE finds its indices easy.

Filtered rows hold differences of neighbouring indices, so colours that often meet should have near
numbers; unfiltered rows want frequent colours together, for the description of their code. Whole
numbers only: the same order on every machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec.arithmetic import scaled_log2
from kmcodec.channels import LUMA_WEIGHTS, has_alpha

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Indices = NDArray[np.uint8]
    Order = NDArray[np.intp]

SAMPLE = 1 << 20  # indices; neighbours are counted in so many, spread over the rows
LOG_UNIT = 64  # logarithms are in 1/64


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


def by_frequency(indices: Indices, n_colors: int) -> Order:
    """Return the most frequent index first; equals stay in their order."""
    counts = np.bincount(indices.reshape(-1), minlength=n_colors)
    return np.argsort(-counts, kind="stable")


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
    chosen = sampled_rows(*indices.shape)
    rows = indices[chosen].astype(np.int64)
    above = indices[chosen[chosen > 0] - 1]
    counts = np.bincount((rows[:, 1:] * n_colors + rows[:, :-1]).reshape(-1), minlength=n_colors**2)
    below = rows[chosen > 0]
    counts += np.bincount((below * n_colors + above).reshape(-1), minlength=n_colors**2)
    counts = counts.reshape(n_colors, n_colors)
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
    n_colors = len(counts)
    first = int(counts.sum(axis=1).argmax())
    order = [first]
    ties = counts[first].copy()
    ties[first] = -1
    for _ in range(n_colors - 1):
        best = int(ties.argmax())
        weights = len(order) - 1 - 2 * np.arange(len(order))  # positive towards the left end
        if int(weights @ counts[best, order]) > 0:
            order.insert(0, best)
        else:
            order.append(best)
        ties += counts[best]
        ties[order] = -1
    return np.array(order, dtype=np.intp)


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
        Over all entries, at most; each takes K steps of K**2 operations.
    """
    n_colors = len(order)
    logs = np.array([scaled_log2(1 + d, LOG_UNIT) for d in range(n_colors + 1)])  # up to 513
    places = np.arange(n_colors)[:, None]
    others = np.arange(n_colors - 1)[None, :]
    reach = logs[np.where(others < places, places - others, others + 1 - places)]
    gaps = np.abs(others.T - others)
    widening = logs[gaps + 1] - logs[gaps]
    opened = np.zeros((n_colors, n_colors), dtype=np.int64)
    for _ in range(passes):
        moved = False
        for entry in order.tolist():
            place = int(np.flatnonzero(order == entry)[0])
            rest = np.delete(order, place)
            # An entry between a and b widens their gap: pairs that a place divides, by 2-D sums.
            np.cumsum(counts[np.ix_(rest, rest)] * widening, axis=0, out=opened[1:, 1:])
            np.cumsum(opened[1:, 1:], axis=1, out=opened[1:, 1:])
            costs = reach @ counts[entry, rest] + opened[:, -1] - np.diagonal(opened)
            best = int(costs.argmin())
            if costs[best] < costs[place]:
                order = np.insert(rest, best, entry)
                moved = True
        if not moved:
            break
    return order


def soft_first(order: Order, palette: NDArray[np.uint8]) -> Order:
    """Return an order with all that is not opaque in front, so that the list of alphas is short."""
    if not has_alpha(palette.shape[1]):
        return order
    opaque = palette[order, -1] == 255
    return np.concatenate([order[~opaque], order[opaque]])
