"""Pixels -> a tree of segmentations: superpixels, their contrasts, and the order they merge in.

After Arbelaez et al., "Contour detection and hierarchical image segmentation", IEEE TPAMI 33
(2011), doi:10.1109/TPAMI.2010.161: the height at which two regions merge never falls, so a cut at
any height nests within the cuts above it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kmcodec.errors import InputError
from kmcodec.options import MAX_SEED, check_integer
from kmcodec.progress import reporter
from kmcodec.segmenter.canvas import Canvas
from kmcodec.segmenter.graph import region_graph
from kmcodec.segmenter.merging import merge_regions
from kmcodec.segmenter.superpixels import DEFAULT_POSITION_WEIGHT, superpixels
from kmcodec.showing import Shown, thinned

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.progress import Progress

SUPERPIXEL_SHARE = 0.4  # of the progress
GRAPH_SHARE = 0.8


@dataclass(frozen=True, eq=False, repr=False)
class Hierarchy(Shown):
    """Initial regions of a picture and the order in which they merge.

    Attributes
    ----------
    initial : (H, W) int32
        Connected regions, 0 to n - 1.
    merges : (n - 1, 2) int32
        The two that merge; merge i makes region n + i.
    heights : (n - 1,) float64
        How different they were, as in ``merge_regions``, but never falling: 0 or more, mostly
        below 2. The height of a cut is its scale.
    """

    initial: NDArray[np.int32]
    merges: NDArray[np.int32]
    heights: NDArray[np.float64]

    def __repr__(self) -> str:
        """Return size and initial regions, on one line."""
        height, width = self.initial.shape
        return f"<Hierarchy {width} x {height}, {self.n_initial} initial regions>"

    @property
    def n_initial(self) -> int:
        """Number of initial regions."""
        return len(self.merges) + 1

    def labels(self, scale: float) -> NDArray[np.int32]:
        """Return the regions at a scale.

        Parameters
        ----------
        scale : float
            0 keeps every initial region, 1 leaves a few: regions that differ by less are merged.
            The same scale is the same coarseness on any picture of any size; photographs have
            about 100 regions at 0.3, 30 at 0.5, 10 at 0.75 and 4 at 1. Regions of a lower scale
            lie within those of a higher one.

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
        return self._after(int(np.searchsorted(self.heights, scale, side="left")))

    def labels_of(self, n_regions: int) -> NDArray[np.int32]:
        """Return `n_regions` connected regions (H, W), or all initial ones if there are fewer."""
        n_regions = check_integer(n_regions, 1, 1 << 31, "n_regions")
        return self._after(max(0, self.n_initial - n_regions))

    def _picture(self, most: int) -> NDArray[np.uint8]:
        """Return the borders, the darker the longer they last, for notebooks and plots."""
        plane = thinned(self.initial, most)
        strength = np.zeros(plane.shape)
        across = (plane[:, :-1], plane[:, 1:], strength[:, :-1])
        parts = (across, (plane[:-1], plane[1:], strength[:-1]))
        for one, other, at in parts:
            differ = one != other
            pairs = np.stack([one[differ], other[differ]], axis=1)
            found, where = np.unique(pairs, axis=0, return_inverse=True)
            at[differ] = np.maximum(at[differ], self._joined_at(found)[where.reshape(-1)])
        return np.rint(255 * (1 - np.clip(strength, 0, 1))).astype(np.uint8)

    def _joined_at(self, pairs: NDArray[np.int32]) -> NDArray[np.float64]:
        """Return the scale at which the two initial regions of each pair (m, 2) are one."""
        n = self.n_initial
        parent = np.arange(n + len(self.merges))
        parent[self.merges] = n + np.arange(len(self.merges))[:, None]
        one, other = pairs[:, 0].astype(np.int64), pairs[:, 1].astype(np.int64)
        while (one != other).any():  # a region's number is lower than that of what it is part of
            lower = one < other
            higher = other < one
            one[lower], other[higher] = parent[one[lower]], parent[other[higher]]
        return self.heights[one - n]

    def _extent(self, _pixels: NDArray[np.uint8]) -> tuple[int, int]:
        """Return width and height, for the ticks of a plot."""
        return self.initial.shape[1], self.initial.shape[0]

    def _after(self, n_merges: int) -> NDArray[np.int32]:
        """Return the regions after the first `n_merges`."""
        n = self.n_initial
        top = np.arange(n + n_merges)
        for i in range(n_merges - 1, -1, -1):
            top[self.merges[i]] = top[n + i]
        numbers = np.unique(top[:n], return_inverse=True)[1]
        return numbers.astype(np.int32)[self.initial]


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

    Two regions are as different as their colours, their textures (histograms over K-means
    codebooks of the picture) and the contrast along their common border say, and the more the
    larger both are. Pictures of more than 300,000 pixels are analysed at a reduced size; the
    borders are drawn in full detail.

    Parameters
    ----------
    pixels : (H, W), (H, W, 2), (H, W, 3) or (H, W, 4) uint8
        Gray, gray + alpha, RGB, RGB + alpha. Fully transparent pixels are one colour.
    position_weight : float, default 0.05
        0 to 1: the OKLab distance that counts as much as the width of an initial region.
    min_region : int, default 0
        No region has fewer pixels, unless the picture has.
    seed : int, default 0
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
    return hierarchy_of(
        Canvas(pixels, threads=threads),
        position_weight=position_weight,
        min_region=min_region,
        seed=seed,
        progress=progress,
    )


def hierarchy_of(
    canvas: Canvas,
    *,
    position_weight: float,
    min_region: int,
    seed: int,
    progress: Progress | None,
) -> Hierarchy:
    """Return the hierarchy of a canvas, as ``build_hierarchy`` does."""
    report = reporter(progress)
    report(0.0)
    initial, n_regions = superpixels(
        canvas,
        position_weight=position_weight,
        min_region=min_region,
        report=lambda share: report(SUPERPIXEL_SHARE * share),
    )
    graph = region_graph(canvas, initial, n_regions, seed=seed)
    report(GRAPH_SHARE)
    merges, heights = merge_regions(graph)
    for array in (initial, merges, heights):
        array.flags.writeable = False
    report(1.0)
    return Hierarchy(initial, merges, heights)
