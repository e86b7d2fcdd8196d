"""A balanced k-d tree over centres, for the kernels in ``nearest``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec import _kernels

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAF_SIZE = 8


class CenterTree:
    """Find the centre nearest to any point, ties to the lowest.

    Parameters
    ----------
    centers : (K, 4) int32
        As in ``kmeans.cluster``; K from 1 to 65536.

    Attributes
    ----------
    arrays : tuple
        nodes, leaf_points, leaf_centers: what the kernels in ``nearest`` take.
    """

    def __init__(self, centers: NDArray[np.int32]) -> None:
        depth = max(0, (-(-len(centers) // LEAF_SIZE) - 1).bit_length())
        slots = LEAF_SIZE << depth
        order = np.arange(slots).reshape(1, -1)
        order = np.minimum(order, len(centers) - 1)  # the last one repeated changes nothing
        nodes = np.zeros((1 << depth, 3), dtype=np.int32)
        for level in range(depth):
            order = _split_level(centers, order, nodes[1 << level : 2 << level])
        leaf_centers = np.ascontiguousarray(order.reshape(-1), dtype=np.int32)
        self.arrays = nodes, np.ascontiguousarray(centers[leaf_centers]), leaf_centers
        self._centers = np.ascontiguousarray(centers)
        self._depth = depth

    def scratch(self) -> NDArray[np.int64]:
        """Return a stack for one thread's searches."""
        return np.zeros((self._depth + 2, 2), dtype=np.int64)

    def find(self, points: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the nearest centre of each of (n, 4) points."""
        labels = np.empty(len(points), dtype=np.int32)
        _kernels.nearest.find_nearest(points, *self.arrays, labels, self.scratch(), 0, len(points))
        return labels

    def find_neighbors(self, most: int) -> NDArray[np.int64]:
        """Return (K, M): of each centre its nearest others, M = `most` or all K - 1.

        An entry is (squared distance << 16) | centre; they rise along each row.
        """
        n_centers = len(self._centers)
        near = np.empty((n_centers, min(most, n_centers - 1)), dtype=np.int64)
        if near.size:
            _kernels.nearest.find_neighbors(self._centers, *self.arrays, near, self.scratch())
        return near


def _split_level(
    centers: NDArray[np.int32], order: NDArray[np.int64], nodes: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Halve every group (row of `order`) across its widest axis; describe the cuts in `nodes`."""
    members = centers[order]
    axes = np.ptp(members, axis=1).argmax(axis=1)
    values = np.take_along_axis(members, axes[:, None, None], axis=2)[:, :, 0]
    ranks = np.argsort(values, axis=1, kind="stable")
    values = np.take_along_axis(values, ranks, axis=1)
    half = order.shape[1] // 2
    nodes[:, 0] = axes
    nodes[:, 1] = values[:, half - 1]
    nodes[:, 2] = values[:, half]
    return np.take_along_axis(order, ranks, axis=1).reshape(-1, half)
