"""Weighted Lloyd iteration over fixed points; threads cannot change the result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kmcodec import _kernels
from kmcodec.arithmetic import divide_rounded
from kmcodec.kmeans.tree import CenterTree
from kmcodec.parallel import map_ranges

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Snap = Callable[[NDArray[np.int32]], NDArray[np.int32]]
    Start = tuple[NDArray[np.int32], NDArray[np.int32]]
    Seeds = Callable[[NDArray[np.int32], NDArray[np.int64], int], Start]

NONE_PINNED = np.empty((0, 4), dtype=np.int32)
LARGEST_LISTED = 1024  # making lists takes K * K steps; beyond, a k-d tree searches
LISTED = 32  # neighbours of each centre
STRIDE = 7  # quarters of the way to the mean: overshooting halves the steps to convergence
SMALLEST_RANGE = 1 << 16  # points per thread from which a second thread pays


@dataclass
class State:
    """Centres and the assignment that they gave.

    Attributes
    ----------
    centers : (K, 4) int32
    labels : (n,) int32
        The nearest centre of each point, ties to the lowest.
    sums : (K, 5) int64
        Weight and weighted coordinates of each cluster.
    inertia : int
        Weighted sum of squared distances.
    changed : int
        Labels that differ from the previous assignment.
    n_pinned : int
        The first centres, which stay where they are.
    """

    centers: NDArray[np.int32]
    labels: NDArray[np.int32]
    sums: NDArray[np.int64]
    inertia: int
    changed: int
    n_pinned: int = 0

    def means(self) -> NDArray[np.int32]:
        """Return each cluster's mean; an empty cluster and a pinned one keep their centres."""
        weights = self.sums[:, :1].copy()
        weights[: self.n_pinned] = 0
        means = divide_rounded(self.sums[:, 1:], np.maximum(weights, 1))
        return np.where(weights > 0, means, self.centers).astype(np.int32)

    def moved(
        self, stride: int, low: NDArray[np.int32], high: NDArray[np.int32]
    ) -> NDArray[np.int32]:
        """Return the centres after stride / 4 of the way to their means, kept within a box."""
        moved = self.centers + ((self.means() - self.centers) * stride >> 2)
        moved[self.n_pinned :] = np.clip(moved[self.n_pinned :], low, high)
        return moved


def _any_neighbors(n_clusters: int) -> NDArray[np.int64]:
    """Return for each centre the others that follow it, for the kernel to sort."""
    steps = np.arange(1, min(LISTED, n_clusters - 1) + 1)
    return (np.arange(n_clusters)[:, None] + steps) % n_clusters


class Lloyd:
    """Assignment and update steps for one set of weighted points.

    Parameters
    ----------
    points : (n, 4) int32
        At most 23170 apart on any axis.
    weights : (n,) int64
        Not negative; times the largest squared distance, their sum stays below 2**63.
    threads : int
    pinned : (P, 4) int32
        Centres that stay where they are and come first.
    tick : callable
        Called before each assignment.
    """

    def __init__(
        self,
        points: NDArray[np.int32],
        weights: NDArray[np.int64],
        *,
        threads: int = 1,
        pinned: NDArray[np.int32] = NONE_PINNED,
        tick: Callable[[], None] = lambda: None,
    ) -> None:
        self.points = np.ascontiguousarray(points, dtype=np.int32)
        self.weights = np.ascontiguousarray(weights, dtype=np.int64)
        self.threads = threads
        self.box = self.points.min(axis=0), self.points.max(axis=0)
        self.pinned = pinned
        self.tick = tick
        self.near = np.empty((0, 0), dtype=np.int64)  # neighbour lists of the last centres

    def beside_pinned(self, seeds: Seeds, n_clusters: int) -> Start:
        """Return (centers, labels) to start from: the pinned ones and seeds for the others."""
        n_pinned = len(self.pinned)
        if n_pinned == 0:
            return seeds(self.points, self.weights, n_clusters)
        labels = CenterTree(self.pinned).find(self.points)
        others = (self.points != self.pinned[labels]).any(axis=1)
        if n_pinned == n_clusters or not others.any():
            return self.pinned.copy(), labels
        centers, other_labels = seeds(
            self.points[others], self.weights[others], n_clusters - n_pinned
        )
        labels[others] = other_labels + n_pinned
        return np.concatenate([self.pinned, centers]), labels

    def neighbors(self, centers: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the neighbour lists of at most ``LARGEST_LISTED`` centres (see the kernel)."""
        k = len(centers)
        if len(self.near) != k:
            self.near = _any_neighbors(k)
        row, seen = np.empty(k, dtype=np.int32), np.full(k, -1, dtype=np.int32)
        columns = np.ascontiguousarray(centers.T)
        _kernels.load("lloyd").sort_neighbors(columns, self.near, row, seen)
        return self.near

    def assign(self, centers: NDArray[np.int32], guess: NDArray[np.int32]) -> State:
        """Label every point with its nearest centre; a good guess makes that quick."""
        self.tick()
        labels = np.array(guess, dtype=np.int32)
        near, tree = None, None
        if len(centers) <= LARGEST_LISTED:
            near = self.neighbors(centers)
        else:
            tree = CenterTree(centers)

        def assign_range(start: int, stop: int) -> tuple[NDArray[np.int64], int, int]:
            sums = np.zeros((len(centers), 5), dtype=np.int64)
            if tree is None:
                inertia, changed = _kernels.load("lloyd").assign(
                    self.points, self.weights, centers, near, labels, sums, start, stop
                )
            else:
                inertia, changed = _kernels.load("nearest").assign_by_tree(
                    self.points,
                    self.weights,
                    *tree.arrays,
                    labels,
                    sums,
                    tree.scratch(),
                    start,
                    stop,
                )
            return sums, inertia, changed

        parts = map_ranges(
            assign_range, len(self.points), threads=self.threads, smallest=SMALLEST_RANGE
        )
        sums = np.sum([part[0] for part in parts], axis=0)
        inertia, changed = sum(part[1] for part in parts), sum(part[2] for part in parts)
        return State(centers, labels, sums, inertia, changed, len(self.pinned))

    def iterate(self, state: State, steps: int, *, stride: int = STRIDE) -> tuple[State, int]:
        """Move centres beyond their means and assign again, up to `steps` times.

        A stride of 4 ends at the mean, 8 as far beyond it; below 8 the inertia cannot rise. No
        centre leaves the points' bounding box, so that squared distances stay below 2**31.
        Stops when no label changes. Returns the last state and the number of steps taken.
        """
        for step in range(steps):
            state = self.assign(state.moved(stride, *self.box), state.labels)
            if state.changed == 0:
                return state, step + 1
        return state, steps

    def settle(self, state: State, steps: int, snap: Snap) -> tuple[State, int]:
        """Return the best state with snapped centres after 1 to `steps` steps to the means.

        Stops when the inertia no longer falls. Also returns the number of steps taken.
        """

        def snapped(state: State) -> State:
            centers = snap(state.means())
            centers[: len(self.pinned)] = self.pinned
            return self.assign(centers, state.labels)

        best = snapped(state)
        for step in range(1, steps):
            state = snapped(best)
            if state.inertia >= best.inertia:
                return best, step + 1
            best = state
        return best, max(steps, 1)
