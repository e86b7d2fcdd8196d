"""Weighted Lloyd iteration over fixed points; threads cannot change the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec import _kernels
from kmcodec.kmeans.state import State
from kmcodec.kmeans.tree import CenterTree
from kmcodec.parallel import map_ranges

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from kmcodec.kmeans.face import Face

    Snap = Callable[[NDArray[np.int32]], NDArray[np.int32]]
    Sums = tuple[NDArray[np.int64], int, int]  # (K, 5), inertia, labels that changed
    Start = tuple[NDArray[np.int32], NDArray[np.int32]]
    Seeds = Callable[[NDArray[np.int32], NDArray[np.int64], int], Start]

NONE_PINNED = np.empty((0, 4), dtype=np.int32)
WITH_FIRM = 2  # the role of a centre with members on the face
LARGEST_LISTED = 1024  # making lists takes K * K steps; beyond, a k-d tree searches
LISTED = 32  # neighbours of each centre
STRIDE = 7  # quarters of the way to the mean: overshooting halves the steps to convergence
SMALLEST_RANGE = 1 << 16  # points per thread from which a second thread pays


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
    face : Face, optional
        The points on it come first, and take only centres on it, as far as there are any.
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
        face: Face | None = None,
        tick: Callable[[], None] = lambda: None,
    ) -> None:
        self.points = np.ascontiguousarray(points, dtype=np.int32)
        self.weights = np.ascontiguousarray(weights, dtype=np.int64)
        self.threads = threads
        self.box = self.points.min(axis=0), self.points.max(axis=0)
        self.pinned = pinned
        self.face = face
        self.n_firm = 0 if face is None else int(face.holds(self.points).sum())
        self.tick = tick
        self.near = np.empty((0, 0), dtype=np.int64)  # neighbour lists of the last centres

    def beside_pinned(self, seeds: Seeds, n_clusters: int) -> Start:
        """Return (centers, labels) to start from: the pinned ones and seeds for the others.

        Seeds of points on the face lie there, too.
        """
        n_pinned = len(self.pinned)
        labels = np.full(len(self.points), -1, dtype=np.int32)
        others = np.ones(len(self.points), dtype=np.bool_)
        if n_pinned:
            labels = CenterTree(self.pinned).find(self.points)
            others = (self.points != self.pinned[labels]).any(axis=1)
        if n_pinned == n_clusters or not others.any():
            return self.pinned.copy(), labels
        own, own_labels = seeds(self.points[others], self.weights[others], n_clusters - n_pinned)
        if self.face is not None:
            firm = own_labels[: int(others[: self.n_firm].sum())]
            self.face.project(own, np.bincount(firm, minlength=len(own)) > 0)
        labels[others] = own_labels + n_pinned
        return np.concatenate([self.pinned, own]), labels

    def neighbors(self, centers: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the neighbour lists of at most ``LARGEST_LISTED`` centres (see the kernel)."""
        k = len(centers)
        if len(self.near) != k:
            self.near = _any_neighbors(k)
        row, seen = np.empty(k, dtype=np.int32), np.full(k, -1, dtype=np.int32)
        columns = np.ascontiguousarray(centers.T)
        _kernels.lloyd.sort_neighbors(columns, self.near, row, seen)
        return self.near

    def roles(self, centers: NDArray[np.int32]) -> NDArray[np.uint8]:
        """Return which of the centres lie on the face, as 1, for the kernels."""
        if self.face is None:
            return np.zeros(len(centers), dtype=np.uint8)
        return self.face.holds(centers).view(np.uint8)

    def assign(self, centers: NDArray[np.int32], guess: NDArray[np.int32]) -> State:
        """Label every point with its nearest centre; a good guess makes that quick."""
        self.tick()
        labels = np.array(guess, dtype=np.int32)
        roles = self.roles(centers)
        n_firm = self.n_firm if self.n_firm and roles.any() else 0
        search = self._by_lists if len(centers) <= LARGEST_LISTED else self._by_trees
        sums, inertia, changed = search(centers, labels, roles, n_firm)
        state = State(centers, labels, sums, inertia, changed, len(self.pinned))
        if n_firm:
            state.face, state.firm = self.face, roles == WITH_FIRM
        return state

    def _by_lists(
        self,
        centers: NDArray[np.int32],
        labels: NDArray[np.int32],
        roles: NDArray[np.uint8],
        n_firm: int,
    ) -> Sums:
        """Label all points and note the roles; return sums, inertia and the number of changes.

        Threads share the roles: a role that several write is the same.
        """
        near = self.neighbors(centers)

        def label(a: int, b: int) -> Sums:
            sums = np.zeros((len(centers), 5), dtype=np.int64)
            return sums, *_kernels.lloyd.assign(
                self.points, self.weights, centers, near, labels, sums, roles, n_firm, a, b
            )

        return self._in_parts(label, 0, len(self.points))

    def _by_trees(
        self,
        centers: NDArray[np.int32],
        labels: NDArray[np.int32],
        roles: NDArray[np.uint8],
        n_firm: int,
    ) -> Sums:
        """Do the same for more centres: firm points search a tree of firm centres."""
        firm = np.flatnonzero(roles)
        if n_firm:
            own_labels = np.zeros(n_firm, dtype=np.int32)
            found = self._by_tree(centers[firm], own_labels, 0, n_firm)
            before = labels[:n_firm].copy()
            labels[:n_firm] = firm[own_labels]
            roles[firm[found[0][:, 0] > 0]] = WITH_FIRM
        sums, inertia, changed = self._by_tree(centers, labels, n_firm, len(self.points))
        if n_firm:
            sums[firm] += found[0]
            inertia += found[1]
            changed += int((labels[:n_firm] != before).sum())
        return sums, inertia, changed

    def _by_tree(
        self, centers: NDArray[np.int32], labels: NDArray[np.int32], start: int, stop: int
    ) -> Sums:
        """Label some points."""
        tree = CenterTree(np.ascontiguousarray(centers))

        def label(a: int, b: int) -> Sums:
            sums = np.zeros((len(centers), 5), dtype=np.int64)
            return sums, *_kernels.nearest.assign_by_tree(
                self.points, self.weights, *tree.arrays, labels, sums, tree.scratch(), a, b
            )

        return self._in_parts(label, start, stop)

    def _in_parts(self, label: Callable[[int, int], Sums], start: int, stop: int) -> Sums:
        """Label the points between two by several threads."""
        parts = map_ranges(
            lambda a, b: label(start + a, start + b),
            stop - start,
            threads=self.threads,
            smallest=SMALLEST_RANGE,
        )
        sums, inertia, changed = parts[0]
        for part in parts[1:]:
            sums += part[0]
            inertia += part[1]
            changed += part[2]
        return sums, inertia, changed

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
