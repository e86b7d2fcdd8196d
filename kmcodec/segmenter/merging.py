"""Neighbouring regions merged pair by pair, the most alike first.

Heights are floating-point numbers that come of exact integers by single operations of IEEE 754,
so they, and all decisions, are the same on every machine.
"""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING

import numpy as np

from kmcodec.segmenter import contrast

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.segmenter.graph import RegionGraph


def weight_of(area: int, other: int, total: int) -> float:
    """Return the 3/16th power of Ward's factor: the product of two areas over their sum.

    Both are parts of the whole. The exponent is between that of Ward's criterion, which keeps
    small regions from surviving, and none, which leaves them all. Square roots are the same on
    every machine, other powers are not.
    """
    root = math.sqrt(math.sqrt(area * other / ((area + other) * total)))
    return math.sqrt(root * math.sqrt(root))


class _Merger:
    """Regions that merge, and a heap of their borders; merge i of n regions makes region n + i."""

    def __init__(self, graph: RegionGraph) -> None:
        n = len(graph.areas)
        self._n = n
        self._areas: list[int] = graph.areas.tolist() + [0] * (n - 1)
        self._total = sum(self._areas)
        self._counts = np.zeros((2 * n - 1, graph.counts.shape[1]), dtype=np.int64)
        self._counts[:n] = graph.counts
        self._shares = np.zeros_like(self._counts)
        self._shares[:n] = graph.counts * contrast.ONE // graph.areas[:, None]
        self._borders: list[dict[int, tuple[int, int]]] = [{} for _ in range(2 * n - 1)]
        for (a, b), length, strength in zip(
            graph.ends.tolist(), graph.lengths.tolist(), graph.strengths.tolist(), strict=True
        ):
            self._borders[a][b] = self._borders[b][a] = (length, strength)
        self._heap: list[tuple[float, int, int]] = []
        for a in range(n):
            self._push(a, [b for b in self._borders[a] if b > a])

    def _push(self, a: int, others: list[int]) -> None:
        """Put the borders of region a with others on the heap."""
        gaps = contrast.chi_square(self._shares[others], self._shares[a]).tolist()
        for b, gap in zip(others, gaps, strict=True):
            length, strength = self._borders[a][b]
            difference = (gap + strength / length) / contrast.ONE
            height = difference * weight_of(self._areas[a], self._areas[b], self._total)
            heapq.heappush(self._heap, (height, min(a, b), max(a, b)))

    def _pop(self) -> tuple[float, int, int]:
        """Return the lowest border that is still there."""
        while True:
            height, a, b = heapq.heappop(self._heap)
            if b in self._borders[a]:
                return height, a, b

    def _join(self, a: int, b: int, new: int) -> None:
        """Make region `new` of regions a and b."""
        self._areas[new] = self._areas[a] + self._areas[b]
        self._counts[new] = self._counts[a] + self._counts[b]
        self._shares[new] = self._counts[new] * contrast.ONE // self._areas[new]
        around = self._borders[new]
        for old in (a, b):
            for other, (length, strength) in self._borders[old].items():
                del self._borders[other][old]
                if other not in (a, b):
                    before = around.get(other, (0, 0))
                    around[other] = (before[0] + length, before[1] + strength)
            self._borders[old] = {}
        for other, border in around.items():
            self._borders[other][new] = border
        self._push(new, list(around))

    def run(self) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Merge until one region is left."""
        merges = np.empty((self._n - 1, 2), dtype=np.int32)
        heights = np.empty(self._n - 1)
        for i in range(self._n - 1):
            heights[i], a, b = self._pop()
            merges[i] = a, b
            self._join(a, b, self._n + i)
        return merges, heights


def merge_regions(graph: RegionGraph) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Merge neighbours until one region is left, each time the two of least height.

    The height of a border is the chi-square distance of the regions' histograms of colours, plus
    that of their textures, plus the mean contrast along the border, times ``weight_of`` their
    areas. Of equal heights, the one between the lower regions comes first.

    Parameters
    ----------
    graph : RegionGraph
        Of n connected regions.

    Returns
    -------
    merges : (n - 1, 2) int32
        The two that merge, the lower first; merge i makes region n + i.
    heights : (n - 1,) float64
        Those of the merges, each at least as high as the one before: a cut at any height nests
        within the cuts above it.
    """
    merges, heights = _Merger(graph).run()
    return merges, np.maximum.accumulate(heights)
