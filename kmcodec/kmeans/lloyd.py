"""Weighted Lloyd iteration over fixed points; threads cannot change the result."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from kmcodec import _kernels
from kmcodec.arithmetic import divide_rounded
from kmcodec.kmeans.tree import CenterTree
from kmcodec.parallel import map_ranges

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from kmcodec.kmeans.face import Face

    Snap = Callable[[NDArray[np.int32]], NDArray[np.int32]]
    Start = tuple[NDArray[np.int32], NDArray[np.int32]]

    class Seeds(Protocol):
        """What finds (centers, labels) to start from."""

        def __call__(
            self,
            points: NDArray[np.int32],
            weights: NDArray[np.int64],
            n_clusters: int,
            *,
            n_firm: int,
        ) -> Start:
            """Return seeds; the first `n_firm` points have seeds of their own."""
            ...


NONE_PINNED = np.empty((0, 4), dtype=np.int32)
NO_LISTS = np.empty((0, 0), dtype=np.int64)
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
        The nearest centre of each point, ties to the lowest; of a point on the face, the nearest
        on the face.
    sums : (K, 5) int64
        Weight and weighted coordinates of each cluster.
    inertia : int
        Weighted sum of squared distances.
    changed : int
        Labels that differ from the previous assignment.
    n_pinned : int
        The first centres, which stay where they are.
    face : Face, optional
    firm : (K,) bool
        Centres with members on the face.
    """

    centers: NDArray[np.int32]
    labels: NDArray[np.int32]
    sums: NDArray[np.int64]
    inertia: int
    changed: int
    n_pinned: int = 0
    face: Face | None = None
    firm: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=np.bool_))

    def means(self) -> NDArray[np.int32]:
        """Return each cluster's best centre: its mean, on the face for a member's sake.

        An empty cluster and a pinned one keep their centres.
        """
        means = self.free_means()
        if self.face is not None:
            self.face.project(means, self.firm)
        return means

    def free_means(self) -> NDArray[np.int32]:
        """Return the means without regard to the face."""
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
        if self.face is not None:
            free = ~self.firm
            free[: self.n_pinned] = False
            self.face.keep_off(moved, free)
        return moved


def _any_neighbors(n_clusters: int) -> NDArray[np.int64]:
    """Return for each centre the others that follow it, for the kernel to sort."""
    steps = np.arange(1, min(LISTED, n_clusters - 1) + 1)
    return (np.arange(n_clusters)[:, None] + steps) % n_clusters


def sorted_neighbors(centers: NDArray[np.int32], near: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the neighbour lists of centres; those of before, if any, are made into them."""
    k = len(centers)
    if len(near) != k:
        near = _any_neighbors(k)
    row, seen = np.empty(k, dtype=np.int32), np.full(k, -1, dtype=np.int32)
    columns = np.ascontiguousarray(centers.T)
    _kernels.lloyd.sort_neighbors(columns, near, row, seen)
    return near


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
        self.near = NO_LISTS  # neighbour lists of the last centres
        self.firm_near = NO_LISTS  # of those on the face among themselves

    def beside_pinned(self, seeds: Seeds, n_clusters: int) -> Start:
        """Return (centers, labels) to start from: the pinned ones and seeds for the others."""
        n_pinned = len(self.pinned)
        if n_pinned == 0:
            return self._seeded(seeds, self.points, self.weights, n_clusters, self.n_firm)
        labels = CenterTree(self.pinned).find(self.points)
        others = (self.points != self.pinned[labels]).any(axis=1)
        if n_pinned == n_clusters or not others.any():
            return self.pinned.copy(), labels
        centers, other_labels = self._seeded(
            seeds,
            self.points[others],
            self.weights[others],
            n_clusters - n_pinned,
            int(others[: self.n_firm].sum()),
        )
        labels[others] = other_labels + n_pinned
        return np.concatenate([self.pinned, centers]), labels

    def _seeded(
        self,
        seeds: Seeds,
        points: NDArray[np.int32],
        weights: NDArray[np.int64],
        n_clusters: int,
        n_firm: int,
    ) -> Start:
        """Return seeds, of which some lie on the face if points do; a single one serves all."""
        together = n_clusters == 1 or n_firm == len(points)
        centers, labels = seeds(points, weights, n_clusters, n_firm=0 if together else n_firm)
        if together and n_firm and self.face is not None:
            self.face.project(centers, np.ones(len(centers), dtype=np.bool_))
        return centers, labels

    def neighbors(self, centers: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the neighbour lists of at most ``LARGEST_LISTED`` centres (see the kernel)."""
        self.near = sorted_neighbors(centers, self.near)
        return self.near

    def firm_neighbors(self, centers: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the same of the centres on the face, when only these are given."""
        self.firm_near = sorted_neighbors(centers, self.firm_near)
        return self.firm_near

    def on_face(self, centers: NDArray[np.int32]) -> NDArray[np.intp]:
        """Return the numbers of the centres on the face, where there is one."""
        if self.face is None:
            return np.empty(0, dtype=np.intp)
        return np.flatnonzero(self.face.holds(centers))

    def assign(self, centers: NDArray[np.int32], guess: NDArray[np.int32]) -> State:
        """Label every point with its nearest centre; a good guess makes that quick."""
        self.tick()
        labels = np.array(guess, dtype=np.int32)
        n, n_firm, n_pinned = len(self.points), self.n_firm, len(self.pinned)
        firm = self.on_face(centers) if n_firm else ()
        if len(firm) == 0:
            return State(centers, labels, *self._label(centers, labels, 0, n), n_pinned)
        place = np.zeros(len(centers), dtype=np.int32)
        place[firm] = np.arange(len(firm))
        own, own_labels = np.ascontiguousarray(centers[firm]), place[labels[:n_firm]]
        own_sums, own_inertia, own_changed = self._label(own, own_labels, 0, n_firm)
        labels[:n_firm] = firm[own_labels]
        sums, inertia, changed = self._label(centers, labels, n_firm, n)
        sums[firm] += own_sums
        has_member = np.zeros(len(centers), dtype=np.bool_)
        has_member[firm] = own_sums[:, 0] > 0
        inertia, changed = inertia + own_inertia, changed + own_changed
        return State(centers, labels, sums, inertia, changed, n_pinned, self.face, has_member)

    def _label(
        self,
        centers: NDArray[np.int32],
        labels: NDArray[np.int32],
        start: int,
        stop: int,
    ) -> tuple[NDArray[np.int64], int, int]:
        """Label some of the points in place; return sums, inertia and the number of changes."""
        near, tree = NO_LISTS, None
        if len(centers) > LARGEST_LISTED:
            tree = CenterTree(centers)
        elif stop <= self.n_firm:
            near = self.firm_neighbors(centers)
        else:
            near = self.neighbors(centers)

        def label_range(a: int, b: int) -> tuple[NDArray[np.int64], int, int]:
            sums = np.zeros((len(centers), 5), dtype=np.int64)
            a, b = start + a, start + b
            points, weights = self.points, self.weights
            if tree is None:
                found = _kernels.lloyd.assign(points, weights, centers, near, labels, sums, a, b)
            else:
                found = _kernels.nearest.assign_by_tree(
                    points, weights, *tree.arrays, labels, sums, tree.scratch(), a, b
                )
            return sums, *found

        parts = map_ranges(label_range, stop - start, threads=self.threads, smallest=SMALLEST_RANGE)
        sums = np.sum([part[0] for part in parts], axis=0)
        return sums, sum(part[1] for part in parts), sum(part[2] for part in parts)

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
