"""Swaps: move centres from where they save little to where the error is large.

Lloyd's iteration cannot carry a centre across the palette; a swap can. Several independent swaps
are made at a time, a few Lloyd steps settle them, and the lot is kept only if the inertia fell;
otherwise fewer are tried.

Fritzke, "The breathing k-means algorithm", arXiv:2006.15666 (2020); Patanè and Russo, "The enhanced
LBG algorithm", Neural Networks 14 (2001), doi:10.1016/S0893-6080(01)00104-6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec import _kernels
from kmcodec.arithmetic import divide_rounded
from kmcodec.kmeans.lloyd import LARGEST_LISTED, Lloyd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.kmeans.state import State

SHARES = 16  # nearest neighbours whose means are taken to move when a cluster is shared out
NEVER = 1 << 62  # more than any gain
ADJACENT = 4  # nearest neighbours of a swapped cluster that sit out the round


def _gains(
    lloyd: Lloyd, state: State, centers: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return what splitting each cluster in two would save, and the means of its halves.

    A cluster with members on the face is cut into these and the others where the others lie
    farthest from it; cut across another axis, both halves stay on the face.
    """
    n_clusters = len(centers)
    if state.face is not None:
        centers = centers.copy()
        state.face.keep_off(centers, state.firm)
    spread = np.zeros((n_clusters, 4), dtype=np.int64)
    axes = np.zeros(n_clusters, dtype=np.int32)
    upper = np.zeros((n_clusters, 5), dtype=np.int64)
    _kernels.swapping.halve_clusters(
        lloyd.points, lloyd.weights, state.labels, centers, spread, axes, upper
    )
    lower = state.sums - upper
    upper_mean = divide_rounded(upper[:, 1:], np.maximum(upper[:, :1], 1))
    lower_mean = divide_rounded(lower[:, 1:], np.maximum(lower[:, :1], 1))
    apart = ((upper_mean - lower_mean) ** 2).sum(axis=1)
    gains = apart * lower[:, 0] // np.maximum(state.sums[:, 0], 1) * upper[:, 0]
    if state.face is not None:
        across = axes == state.face.axis
        state.face.project(upper_mean, state.firm)
        state.face.project(lower_mean, state.firm & ~across)
        gaps = (upper_mean - lower_mean)[:, state.face.axis]
        freed = gaps**2 * lower[:, 0] // np.maximum(state.sums[:, 0], 1) * lower[:, 0]
        gains += freed * (state.firm & across)
    return gains, lower_mean, upper_mean


def _costs(
    lloyd: Lloyd, state: State, centers: NDArray[np.int32], near: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return what removing each centre would add: its points go to their second nearest centres.

    These move to their new means, which takes off the squared distance that is left between them.
    The last centre on the face is not to be removed.
    """
    n_shares = min(SHARES, near.shape[1])
    extra = np.zeros(len(centers), dtype=np.int64)
    shares = np.zeros((len(centers), n_shares, 5), dtype=np.int64)
    roles = lloyd.roles(centers)
    _kernels.swapping.share_out(
        lloyd.points,
        lloyd.weights,
        centers,
        near,
        state.labels,
        roles,
        lloyd.n_firm if state.face is not None else 0,
        extra,
        shares,
    )
    takers = near[:, :n_shares] & 65535
    given = shares[:, :, 0]
    gaps = divide_rounded(shares[:, :, 1:], np.maximum(given, 1)[:, :, None]) - centers[takers]
    squares: NDArray[np.int64] = (gaps**2).sum(axis=2)  # as below, each product is below 2**62
    saved = squares * given // np.maximum(given + state.sums[takers, 0], 1) * given
    costs: NDArray[np.int64] = extra - saved.sum(axis=1)
    if state.face is not None and roles.sum() == 1:
        costs[roles.argmax()] = NEVER
    return costs


def pair(
    gains: NDArray[Any],
    costs: NDArray[Any],
    near: NDArray[np.int64],
    *,
    limit: int,
    n_pinned: int,
    barred: set[tuple[int, int]],
) -> list[tuple[int, int]]:
    """Match the largest gains with the smallest costs; neighbours and pinned ones sit out.

    A gain of more than half the cost is worth a try: Lloyd steps add what the estimates miss.
    """
    givers = np.argsort(costs, kind="stable").tolist()
    busy = np.arange(len(gains)) < n_pinned
    pairs: list[tuple[int, int]] = []
    for split in np.argsort(-gains, kind="stable").tolist():
        if len(pairs) == limit:
            break
        if busy[split]:
            continue
        removed = next(
            (r for r in givers if not busy[r] and r != split and (split, r) not in barred), None
        )
        if removed is None or 2 * gains[split] <= costs[removed]:
            break
        for cluster in (split, removed):
            busy[cluster] = True
            busy[near[cluster, :ADJACENT] & 65535] = True
        pairs.append((split, removed))
    return pairs


def swap(lloyd: Lloyd, state: State, *, rounds: int, steps: int) -> State:
    """Improve a state by up to `rounds` rounds of swaps with `steps` Lloyd steps after each.

    Stops when no swap is worth a try, and returns the best state.
    """
    if not 3 <= len(state.centers) <= LARGEST_LISTED:
        return state
    limit = len(state.centers)
    barred: set[tuple[int, int]] = set()
    for _ in range(rounds):
        centers = state.means()
        near = lloyd.neighbors(centers)
        gains, lower_mean, upper_mean = _gains(lloyd, state, centers)
        costs = _costs(lloyd, state, centers, near)
        pairs = pair(gains, costs, near, limit=limit, n_pinned=state.n_pinned, barred=barred)
        if not pairs:
            break
        for split, removed in pairs:
            centers[split] = lower_mean[split]
            centers[removed] = upper_mean[split]
        guess = np.arange(len(centers), dtype=np.int32)
        for _, removed in pairs:
            guess[removed] = near[removed, 0] & 65535
        stranded = state.firm.any() and not lloyd.roles(centers).any()  # several swaps took all
        if not stranded:
            tried, _ = lloyd.iterate(lloyd.assign(centers, guess[state.labels]), steps)
        if not stranded and tried.inertia < state.inertia:
            state = tried
            barred.clear()
        else:
            if len(pairs) == 1:
                barred.add(pairs[0])
            limit = max(1, len(pairs) // 2)
    return state
