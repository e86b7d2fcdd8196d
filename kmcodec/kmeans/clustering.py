"""Weighted K-means in exact integers: same points, same options, same centres, everywhere.

Seeds come from variance splits on a coarse grid, swaps and Lloyd steps refine them there, and the
last Lloyd steps run on all points. Nothing here knows colours, pictures or files.
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kmcodec.errors import InputError
from kmcodec.kmeans.face import firm_first
from kmcodec.kmeans.lloyd import Lloyd
from kmcodec.kmeans.seeding import coarsen, random_seeds, random_words, split_seeds
from kmcodec.kmeans.settings import Settings, settings_for
from kmcodec.kmeans.swaps import swap
from kmcodec.options import DEFAULT_EFFORT, check_integer
from kmcodec.parallel import resolve_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from kmcodec.kmeans.face import Face
    from kmcodec.kmeans.lloyd import Snap
    from kmcodec.kmeans.state import State

CELLS_PER_CLUSTER = 4  # a coarse stage with fewer cells than this is left out
MANY = 1 << 17  # points: beyond, cells of a medium size come between
MEDIUM_BITS = 3  # halves the coarse cells' edges
MOST_FOR_MEDIUM = 512  # clusters, for which medium cells are fine enough
LAST_AFTER_MEDIUM = 4  # Lloyd steps over all points
LARGEST_EXTENT = 23170  # 4 * 23170**2 < 2**31
LARGEST_WEIGHT = 1 << 31


@dataclass(frozen=True, eq=False)
class Clustering:
    """The result of K-means.

    Attributes
    ----------
    centers : (K, 4) int32
        Means of the clusters, rounded; K may be less than asked for when points coincide.
    labels : (n,) int32
        The nearest centre of each point, ties to the lowest.
    weights : (K,) int64
        Weight of each cluster.
    inertia : int
        Weighted sum of squared distances of points to their centres.
    n_iter : int
        Lloyd steps over all points, beside those that seeds and swap rounds take.
    """

    centers: NDArray[np.int32]
    labels: NDArray[np.int32]
    weights: NDArray[np.int64]
    inertia: int
    n_iter: int


class _Ticks:
    """Turns assignment steps into a share of what was planned."""

    def __init__(self, planned: int, progress: Callable[[float], None] | None) -> None:
        self._planned = planned
        self._done = 0
        self._progress = progress

    def __call__(self) -> None:
        """Count one step."""
        self._done += 1
        if self._progress is not None:
            self._progress(min(1.0, self._done / self._planned))


def _check(points: NDArray[np.int32], weights: NDArray[np.int64]) -> None:
    """Raise ``InputError`` where the integer arithmetic could overflow."""
    if points.ndim != 2 or points.shape[1] != 4 or len(points) == 0:
        raise InputError(f"points have shape {points.shape}, expected (n, 4) with n at least 1")
    if weights.shape != (len(points),):
        raise InputError(f"weights have shape {weights.shape}, expected ({len(points)},)")
    if int(weights.min()) <= 0 or int(weights.sum()) >= LARGEST_WEIGHT:
        raise InputError(f"weights must be positive, with a sum below {LARGEST_WEIGHT}")


def _check_extent(columns: NDArray[np.int32]) -> None:
    """Raise ``InputError`` if squared distances of (4, n) points could reach 2**31."""
    if int((columns.max(axis=1).astype(np.int64) - columns.min(axis=1)).max()) > LARGEST_EXTENT:
        raise InputError(f"points lie more than {LARGEST_EXTENT} apart on an axis")


def _best_coarse(lloyd: Lloyd, n_clusters: int, settings: Settings, words: Iterator[int]) -> State:
    """Return the best of all starts on one set of (coarse) points."""

    def refine(seeds: tuple[NDArray[np.int32], NDArray[np.int32]]) -> State:
        state, _ = lloyd.iterate(lloyd.assign(*seeds), settings.warmup)
        state = swap(lloyd, state, rounds=settings.swap_rounds, steps=settings.swap_steps)
        return lloyd.iterate(state, settings.coarse)[0]

    best = refine(lloyd.beside_pinned(split_seeds, n_clusters))
    for _ in range(settings.restarts_for(n_clusters)):
        seeds = functools.partial(random_seeds, words=words)
        state = refine(lloyd.beside_pinned(seeds, n_clusters))
        if state.inertia < best.inertia:
            best = state
    return best


class _Level(NamedTuple):
    """Points of one fineness: cells (m, 4), their weights (m,), and each point's cell (n,)."""

    points: NDArray[np.int32]
    weights: NDArray[np.int64]
    cell_of: NDArray[np.int64]


def _levels(
    points: NDArray[np.int32],
    weights: NDArray[np.int64],
    n_clusters: int,
    settings: Settings,
    grid: Callable[[int], tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]],
) -> list[_Level]:
    """Return coarse cells if they are many enough, medium ones for many points, the points."""
    levels = [_Level(points, weights, np.arange(len(points)))]
    if len(points) > MANY and n_clusters <= MOST_FOR_MEDIUM and not settings.thorough:
        levels.insert(0, _Level(*grid(settings.cell_bits + MEDIUM_BITS)))
    coarse = _Level(*grid(settings.cell_bits))
    if CELLS_PER_CLUSTER * n_clusters <= len(coarse.points) < len(levels[0].points):
        levels.insert(0, coarse)
    return levels


def _refine(
    lloyd: Lloyd,
    state: State,
    settings: Settings,
    steps: int,
    *,
    n_cells: int,
    max_iter: int | None,
) -> tuple[State, int]:
    """Continue on finer points; also return the number of steps, without those of swap rounds.

    The steps before swaps come in addition to `steps`, but all are at most `max_iter`.
    """
    most = settings.settle + steps if max_iter is None else max_iter
    done = 0
    if n_cells < settings.enough_cells * len(state.centers):
        state, done = lloyd.iterate(state, min(settings.settle, most))
        state = swap(lloyd, state, rounds=settings.fine_rounds, steps=settings.swap_steps)
    state, more = lloyd.iterate(state, min(steps, most - done))
    return state, done + more


def _descend(
    levels: list[_Level],
    lloyd: Lloyd,
    state: State,
    make: Callable[[NDArray[np.int32], NDArray[np.int64]], Lloyd],
    *,
    settings: Settings,
    max_iter: int | None,
) -> tuple[Lloyd, State, int]:
    """Refine the clusters of the coarsest level down to the points, and count the last steps."""
    steps = settings.fine if max_iter is None else max_iter
    refine = functools.partial(_refine, settings=settings, max_iter=max_iter)
    if len(levels) == 1:
        return lloyd, *refine(lloyd, state, steps=steps, n_cells=0)
    n_iter = 0
    for coarse, level in itertools.pairwise(levels):
        guess = np.empty(len(level.points), dtype=np.int32)
        guess[level.cell_of] = state.labels[coarse.cell_of]  # any point of a cell will do
        near = lloyd.near
        lloyd = make(*level[:2])
        lloyd.near = near
        state = lloyd.assign(state.means(), guess)
        if coarse is not levels[0] and max_iter is None:
            steps = min(steps, LAST_AFTER_MEDIUM)
        state, n_iter = refine(lloyd, state, steps=steps, n_cells=len(coarse.points))
    return lloyd, state, n_iter


def cluster(
    points: NDArray[np.int32],
    weights: NDArray[np.int64],
    n_clusters: int,
    *,
    effort: int = DEFAULT_EFFORT,
    seed: int = 0,
    threads: int | None = 1,
    max_iter: int | None = None,
    snap: Snap | None = None,
    pinned: NDArray[np.int32] | None = None,
    face: Face | None = None,
    progress: Callable[[float], None] | None = None,
) -> Clustering:
    """Find at most `n_clusters` centres of weighted points.

    Parameters
    ----------
    points : (n, 4) int32
        At most 23170 apart on any axis; unused columns are zero.
    weights : (n,) int64
        Positive, with a sum below 2**31.
    n_clusters : int
        1 to 65536.
    effort : int
        1 (quick) to 9 (thorough).
    seed : int
        Chooses the random starts; efforts below 8 make some for 8 clusters or fewer, the others
        for 1024 or fewer.
    threads : int, optional
        None uses every processor. The result does not depend on it.
    max_iter : int, optional
        Lloyd steps over all points at most, beside those that seeds, swap rounds and `snap`
        take; by default the effort decides.
    snap : callable, optional
        Moves (K, 4) int32 centres to the nearest ones that are allowed, row by row; the centres
        found are such ones.
    pinned : (P, 4) int32, optional
        Centres that stay where they are, at most `n_clusters`; they come first in the result.
    face : Face, optional
        Points on it take only centres on it. There is at least one if there are such points, unless
        all centres are pinned elsewhere; `snap` leaves centres on it there. Other points take any.
    progress : callable, optional
        Takes the share that is done, 0 to 1, from time to time; what it raises is passed on.

    Raises
    ------
    InputError
        A shape, weight or option is out of bounds.
    """
    _check(points, weights)
    n_clusters = check_integer(n_clusters, 1, 65536, "n_clusters")
    settings = settings_for(effort)
    threads = resolve_threads(threads)
    pinned = np.empty((0, 4), dtype=np.int32) if pinned is None else pinned
    if len(pinned) > n_clusters:
        raise InputError(f"{len(pinned)} centres are pinned, there are {n_clusters} clusters")
    if face is not None and not face.parts(points, pinned):
        face = None
    order, points, weights = firm_first(points, weights, face)
    columns = np.ascontiguousarray(np.concatenate([points, pinned]).T)
    _check_extent(columns)
    tick = _Ticks(settings.steps(n_clusters), progress)
    make = functools.partial(Lloyd, threads=threads, pinned=pinned, face=face, tick=tick)
    grid = functools.partial(coarsen, columns[:, : len(points)], weights, face=face)
    levels = _levels(points, weights, n_clusters, settings, grid)
    coarse = make(*levels[0][:2])
    state = _best_coarse(coarse, n_clusters, settings, random_words(seed))
    fine, state, n_iter = _descend(
        levels, coarse, state, make, settings=settings, max_iter=max_iter
    )
    if snap is not None:
        state, more = fine.settle(state, settings.snapped, snap)
        n_iter += more
    return _clustering(state, order, n_iter)


def _clustering(state: State, order: NDArray[np.intp] | None, n_iter: int) -> Clustering:
    """Return a state as a result, its labels in the order of the points as they were given."""
    labels = state.labels
    if order is not None:
        labels = np.empty_like(labels)
        labels[order] = state.labels
    return Clustering(state.centers, labels, state.sums[:, 0], state.inertia, n_iter)


def assign(
    points: NDArray[np.int32],
    weights: NDArray[np.int64],
    centers: NDArray[np.int32],
    guess: NDArray[np.int32],
    *,
    threads: int | None = 1,
    face: Face | None = None,
) -> Clustering:
    """Label points with their nearest centres, which stay where they are.

    `guess` (n,) int32 is any valid label per point; the better, the faster. Points on the face
    take centres on it, if there are any.
    """
    _check(points, weights)
    _check_extent(np.ascontiguousarray(np.concatenate([points, centers]).T))
    if int(guess.min()) < 0 or int(guess.max()) >= len(centers):
        raise InputError(f"guesses go beyond the {len(centers)} centres")
    if face is not None and not face.parts(points, centers):
        face = None
    order, points, weights = firm_first(points, weights, face)
    lloyd = Lloyd(points, weights, threads=resolve_threads(threads), face=face)
    state = lloyd.assign(np.ascontiguousarray(centers), guess if order is None else guess[order])
    return _clustering(state, order, 0)
