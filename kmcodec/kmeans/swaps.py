"""Swap refinement: take a centre from where it is hardly missed to where error is large.

Splitting a cluster in two halves lowers the inertia by what lies between the halves; merging two
clusters raises it by Ward's cost. Both are exact, so a swap whose gain exceeds its cost lowers the
inertia for certain, and the Lloyd steps that follow lower it further.

Patane and Russo, "The enhanced LBG algorithm", Neural Networks 14 (2001),
doi:10.1016/S0893-6080(01)00104-6; Ward, JASA 58 (1963), doi:10.1080/01621459.1963.10500845.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec import _kernels
from kmcodec.kmeans.lloyd import LARGEST_LISTED, Lloyd, State
from kmcodec.kmeans.seeding import divide_rounded

if TYPE_CHECKING:
    from numpy.typing import NDArray

PARTNERS = 8  # nearest neighbours considered as the other half of a merge
DARING = 5, 4  # a swap is tried when gain * 5 > cost * 4: Lloyd adds what the bounds miss


def _between(
    weight_a: NDArray[np.int64],
    mean_a: NDArray[np.int64],
    weight_b: NDArray[np.int64],
    mean_b: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the squared error between two groups: wa * wb / (wa + wb) * distance squared."""
    share = weight_a * weight_b // np.maximum(weight_a + weight_b, 1)
    cost: NDArray[np.int64] = share * ((mean_a - mean_b) ** 2).sum(axis=-1)
    return cost


def _propose(lloyd: Lloyd, state: State) -> tuple[NDArray[np.int32], int]:
    """Return centres after a round of independent swaps, and how many there were."""
    centers = state.means()
    n_clusters = len(centers)
    near = lloyd.neighbors(centers)
    spread = np.zeros((n_clusters, 4), dtype=np.int64)
    axes = np.zeros(n_clusters, dtype=np.int32)
    upper = np.zeros((n_clusters, 5), dtype=np.int64)
    _kernels.load("lloyd").halve_clusters(
        lloyd.points, lloyd.weights, state.labels, centers, spread, axes, upper
    )
    lower = state.sums - upper
    upper_mean = divide_rounded(upper[:, 1:], np.maximum(upper[:, :1], 1))
    lower_mean = divide_rounded(lower[:, 1:], np.maximum(lower[:, :1], 1))
    gain = _between(lower[:, 0], lower_mean, upper[:, 0], upper_mean)

    partners = near[:, :PARTNERS] & 65535
    weight = state.sums[:, 0]
    wide = centers.astype(np.int64)
    costs = _between(weight[:, None], wide[:, None], weight[partners], wide[partners])
    best = costs.argmin(axis=1)
    cost = np.take_along_axis(costs, best[:, None], axis=1)[:, 0]
    partner = np.take_along_axis(partners, best[:, None], axis=1)[:, 0]

    pairs = _pair(gain, cost, partner)
    for split, merged, other in pairs:
        total = state.sums[merged] + state.sums[other]
        if total[0] > 0:
            centers[other] = divide_rounded(total[1:], total[0])
        centers[split] = lower_mean[split]
        centers[merged] = upper_mean[split]
    return centers, len(pairs)


def _pair(
    gain: NDArray[np.int64], cost: NDArray[np.int64], partner: NDArray[np.int64]
) -> list[tuple[int, int, int]]:
    """Match the largest gains with the smallest costs; no cluster takes part twice."""
    givers = iter(np.argsort(cost, kind="stable").tolist())
    busy = np.zeros(len(gain), dtype=bool)
    pairs: list[tuple[int, int, int]] = []
    limit = max(1, len(gain) // 4)
    for split in np.argsort(-gain, kind="stable").tolist():
        if busy[split]:
            continue
        for merged in givers:
            other = int(partner[merged])
            if not (busy[merged] or busy[other] or split in (merged, other)):
                break
        else:
            return pairs
        if int(gain[split]) * DARING[0] <= int(cost[merged]) * DARING[1]:
            return pairs
        busy[[split, merged, other]] = True
        pairs.append((split, merged, other))
        if len(pairs) == limit:
            return pairs
    return pairs


def swap(lloyd: Lloyd, state: State, *, rounds: int, steps: int) -> State:
    """Improve a state by up to `rounds` rounds of swaps with `steps` Lloyd steps after each.

    Stops at the first round that does not lower the inertia, and returns the best state.
    """
    if not 3 <= len(state.centers) <= LARGEST_LISTED:
        return state
    for _ in range(rounds):
        centers, n_swaps = _propose(lloyd, state)
        if n_swaps == 0:
            return state
        tried, _ = lloyd.iterate(lloyd.assign(centers, state.labels), steps)
        if tried.inertia >= state.inertia:
            return state
        state = tried
    return state
