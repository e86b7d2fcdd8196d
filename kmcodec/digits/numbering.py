"""Numbers of clusters by their size, and their means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def by_size(labels: NDArray[Any]) -> NDArray[np.int32]:
    """Return labels numbered by size, the largest first, ties by first member; none is empty."""
    _, firsts, numbers, sizes = np.unique(
        labels, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.lexsort((firsts, -sizes))
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return place[numbers]


def means(
    rows: NDArray[Any], labels: NDArray[np.int32], sizes: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the mean of each cluster's rows, (K, d)."""
    sums = [rows[labels == number].sum(axis=0, dtype=np.float64) for number in range(len(sizes))]
    found: NDArray[np.float64] = np.stack(sums) / sizes[:, None]
    return found
