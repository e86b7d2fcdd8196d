"""Neighbouring regions merged pair by pair, the most alike first: a tree of segmentations.

After Arbelaez et al., "Contour detection and hierarchical image segmentation", IEEE TPAMI 33
(2011), doi:10.1109/TPAMI.2010.161: the height at which two regions merge never falls, so a cut at
any height nests within the cuts above it.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kmcodec.errors import InputError
from kmcodec.options import check_integer
from kmcodec.quantizer.progress import reporter
from kmcodec.quantizer.request import MAX_SEED
from kmcodec.segment import contrast
from kmcodec.segment.canvas import Canvas
from kmcodec.segment.graph import region_graph
from kmcodec.segment.superpixels import DEFAULT_POSITION_WEIGHT, superpixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.quantizer.progress import Progress
    from kmcodec.segment.graph import RegionGraph

SUPERPIXEL_SHARE = 0.4  # of the progress
GRAPH_SHARE = 0.8


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """Initial regions of a picture and the order in which they merge.

    Attributes
    ----------
    initial : (H, W) int32
        Connected regions, 0 to n - 1.
    merges : (n - 1, 2) int32
        The two that merge; merge i makes region n + i.
    heights : (n - 1,) float64
        How different they were, never falling. 1 is about two regions of the whole picture's size
        with neither colours nor textures in common.
    """

    initial: NDArray[np.int32]
    merges: NDArray[np.int32]
    heights: NDArray[np.float64]

    @property
    def n_initial(self) -> int:
        """Number of initial regions."""
        return len(self.merges) + 1

    def labels(self, scale: float) -> NDArray[np.int32]:
        """Return the regions at a scale.

        Parameters
        ----------
        scale : float
            0 keeps every initial region, 1 leaves a few. The same scale is the same difference
            between regions in any picture. Regions of a lower scale lie within those of a higher.

        Returns
        -------
        (H, W) int32
            Connected regions 0 to m - 1.

        Raises
        ------
        InputError
            The scale is not from 0 to 1.
        """
        if not 0 <= scale <= 1:
            raise InputError(f"scale is {scale!r}, it may be 0 to 1")
        return self._after(int(np.searchsorted(self.heights, _height(scale), side="left")))

    def labels_of(self, n_regions: int) -> NDArray[np.int32]:
        """Return `n_regions` connected regions (H, W), or all initial ones if there are fewer."""
        n_regions = check_integer(n_regions, 1, 1 << 31, "n_regions")
        return self._after(max(0, self.n_initial - n_regions))

    def _after(self, n_merges: int) -> NDArray[np.int32]:
        """Return the regions after the first `n_merges`."""
        n = self.n_initial
        top = np.arange(n + n_merges)
        for i in range(n_merges - 1, -1, -1):
            top[self.merges[i]] = top[n + i]
        numbers = np.unique(top[:n], return_inverse=True)[1]
        return numbers.astype(np.int32)[self.initial]


def _height(scale: float) -> float:
    """Return the height at which a scale cuts."""
    return scale


def _weight(area: int, other: int, total: int) -> float:
    """Return the 3/16th power of Ward's factor, the product of two areas over their sum.

    Both are parts of the whole picture. Square roots are the same on every machine, powers not.
    """
    root = math.sqrt(math.sqrt(area * other / ((area + other) * total)))
    return math.sqrt(root * math.sqrt(root))


class _Merger:
    """Regions that merge, and a heap of their borders."""

    def __init__(self, graph: RegionGraph) -> None:
        n = len(graph.areas)
        self._total = sum(graph.areas.tolist())
        self._areas: list[int] = graph.areas.tolist() + [0] * (n - 1)
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
        self._n = n

    def _push(self, a: int, others: list[int]) -> None:
        """Put the borders of region a with others on the heap."""
        if not others:
            return
        gaps = contrast.chi_square(self._shares[others], self._shares[a]).tolist()
        for b, gap in zip(others, gaps, strict=True):
            length, strength = self._borders[a][b]
            difference = (gap + strength / length) / contrast.ONE
            height = difference * _weight(self._areas[a], self._areas[b], self._total)
            heapq.heappush(self._heap, (height, min(a, b), max(a, b)))

    def run(self) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Merge until one region is left; return the merges and their heights."""
        merges = np.empty((self._n - 1, 2), dtype=np.int32)
        heights = np.empty(self._n - 1)
        for i in range(self._n - 1):
            while True:
                height, a, b = heapq.heappop(self._heap)
                if b in self._borders[a]:
                    break
            merges[i] = a, b
            heights[i] = height
            self._join(a, b, self._n + i)
        return merges, np.maximum.accumulate(heights)

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


def build_hierarchy(
    pixels: NDArray[np.uint8],
    *,
    position_weight: float = DEFAULT_POSITION_WEIGHT,
    min_region: int = 0,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Hierarchy:
    """Divide a picture into regions and merge them, the most alike neighbours first.

    Two regions are as different as their colours and textures (chi-square distance of histograms
    over K-means codebooks) and the contrast along their common border, times the fourth root of
    the smaller one's area: small differences end between small regions first.

    Parameters
    ----------
    pixels : (H, W), (H, W, 2), (H, W, 3) or (H, W, 4) uint8
        Gray, gray + alpha, RGB, RGB + alpha. Fully transparent pixels are one colour.
    position_weight : float
        0 to 1: the OKLab distance that counts as much as the width of an initial region.
    min_region : int
        No region has fewer pixels, unless the picture has.
    seed : int
        0 to 2**32 - 1, for the codebooks.
    threads : int, optional
        None uses every processor.
    progress : callable, optional
        Takes the share that is done, 0 to 1, from time to time; returning False stops the work.

    Returns
    -------
    Hierarchy
        The same for the same options, whatever the machine and `threads`: histograms, gradients
        and sums are integers, and heights come of them by single operations of IEEE 754.

    Raises
    ------
    InputError
        A type, shape or option is out of its range.
    CancelledError
        `progress` returned False.
    """
    seed = check_integer(seed, 0, MAX_SEED, "seed")
    report = reporter(progress)
    report(0.0)
    canvas = Canvas(pixels, threads=threads)
    initial, n_regions = superpixels(
        canvas,
        position_weight=position_weight,
        min_region=min_region,
        report=lambda share: report(SUPERPIXEL_SHARE * share),
    )
    graph = region_graph(canvas, initial, n_regions, seed=seed)
    report(GRAPH_SHARE)
    merges, heights = _Merger(graph).run()
    for array in (initial, merges, heights):
        array.flags.writeable = False
    report(1.0)
    return Hierarchy(initial, merges, heights)
