"""The regions of a picture as a graph: what each holds, and how strong the borders are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kmcodec.segmenter import contrast
from kmcodec.segmenter.regions import pixel_pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.segmenter.canvas import Canvas

RADIUS = 4  # of the windows compared on both sides of a border
GRADIENT_GAIN = 24  # parts of contrast.ONE per point unit and pixel: a sixth of OKLab counts as 1
WINDOW_DIVISOR = 2


@dataclass(frozen=True, eq=False)
class RegionGraph:
    """Regions and their borders.

    Attributes
    ----------
    areas : (n,) int64
        Pixels of each region.
    counts : (n, 64) int64
        Pixels of each entry of the codebooks of colours (32) and of textures (32).
    ends : (m, 2) int64
        The two regions of each border, the lower first; rows ascend.
    lengths : (m,) int64
        Pixel pairs along each border.
    strengths : (m,) int64
        Sum of the pairs' contrasts, in parts of ``contrast.ONE``.
    """

    areas: NDArray[np.int64]
    counts: NDArray[np.int64]
    ends: NDArray[np.int64]
    lengths: NDArray[np.int64]
    strengths: NDArray[np.int64]


def _counted(
    canvas: Canvas, labels: NDArray[np.int32], n_regions: int, codes: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return how often each code (h, w) of the reduced picture occurs in each region."""
    factor = canvas.factor
    total = np.zeros(n_regions * contrast.CODES, dtype=np.int64)
    for start, stop in canvas.strips():
        part = codes[start // factor : -(-stop // factor)]
        if factor > 1:
            part = part.repeat(factor, axis=0).repeat(factor, axis=1)
            part = part[: stop - start, : canvas.width]
        keys = labels[start:stop].astype(np.int64) * contrast.CODES + part
        total += np.bincount(keys.reshape(-1), minlength=len(total))
    return total.reshape(n_regions, contrast.CODES)


def region_graph(
    canvas: Canvas, labels: NDArray[np.int32], n_regions: int, *, seed: int
) -> RegionGraph:
    """Return the graph of the regions 0 to `n_regions` - 1 of a label map (H, W)."""
    colors = contrast.color_codes(canvas.reduced, seed, canvas.threads)
    textures = contrast.texture_codes(canvas.reduced, seed, canvas.threads)
    counts = np.hstack([_counted(canvas, labels, n_regions, c) for c in (colors, textures)])
    pairs = pixel_pairs(labels, n_regions)
    places = [
        (flat // canvas.width // canvas.factor, flat % canvas.width // canvas.factor)
        for flat in (pairs.first, pairs.second)
    ]
    steep = contrast.gradient(canvas.reduced)
    strength = np.maximum(steep[places[0]], steep[places[1]]) * GRADIENT_GAIN
    down = RADIUS * pairs.vertical
    right = RADIUS - down
    strength += (
        contrast.window_contrast(
            colors,
            (places[0][0] - down, places[0][1] - right),
            (places[1][0] + down, places[1][1] + right),
            RADIUS,
        )
        // WINDOW_DIVISOR
    )
    keys, edges = np.unique(pairs.edges, return_inverse=True)
    return RegionGraph(
        counts[:, : contrast.CODES].sum(axis=1),
        counts,
        np.stack([keys // n_regions, keys % n_regions], axis=1),
        np.bincount(edges, minlength=len(keys)).astype(np.int64),
        np.bincount(edges, strength, len(keys)).astype(np.int64),  # exact: below 2**53
    )
