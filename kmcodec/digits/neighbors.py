"""Exact nearest neighbours, by matrix products a block at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CELLS_AT_A_TIME = 1 << 23  # distances of a block of queries to all samples


def nearest_neighbors(
    queries: NDArray[np.float32], samples: NDArray[np.float32], count: int
) -> NDArray[np.int64]:
    """Return the numbers of the `count` samples nearest to each query, (n, count), nearest first.

    Parameters
    ----------
    queries : (n, d) float32
    samples : (m, d) float32
    count : int
        1 to m.
    """
    norms = np.einsum("ij,ij->i", samples, samples)
    rows = max(1, CELLS_AT_A_TIME // len(samples))
    found = np.empty((len(queries), count), dtype=np.int64)
    for start in range(0, len(queries), rows):
        block = queries[start : start + rows]
        scores = norms - 2 * (block @ samples.T)
        nearest = np.argpartition(scores, count - 1, axis=1)[:, :count]
        order = np.take_along_axis(scores, nearest, axis=1).argsort(axis=1, kind="stable")
        found[start : start + rows] = np.take_along_axis(nearest, order, axis=1)
    return found
