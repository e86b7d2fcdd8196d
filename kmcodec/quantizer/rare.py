"""Colours that few pixels have and no palette entry resembles.

K-means weighs by area, so with few entries a small red buoy on a large gray sea is lost. This finds
what is lost, so that an entry can be set aside for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec import color

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.quantizer.request import Request

# Distances in points from which a colour is clearly another one: 0.1 in OKLab, 32 steps in sRGB.
CLEARLY_OTHER = {"oklab": color.OKLAB_ONE // 10, "srgb": 32 * color.SRGB_SCALE}


def rarest_lost(
    colors: NDArray[np.uint8],
    counts: NDArray[np.int64],
    weights: NDArray[np.int64],
    palette: NDArray[np.uint8],
    labels: NDArray[np.int32],
    *,
    request: Request,
    most: int,
) -> NDArray[np.uint8]:
    """Return up to `most` colours (n, C) whose loss weighs most; none if nothing is lost.

    Colours clearly unlike their entry are grouped in cells of that size; a cell counts if it holds
    the share ``request.keep_rare`` of all pixels, as `counts` tell them, and the errors that weigh
    most come first.
    """
    limit = CLEARLY_OTHER[request.space]
    points = color.to_points(colors, request.space).astype(np.int64)
    gaps = points - color.to_points(palette, request.space)[labels]
    squares = (gaps**2).sum(axis=1)
    far = np.flatnonzero(squares > limit**2)
    cells, cell_of = np.unique(points[far] // limit, axis=0, return_inverse=True)
    cell_of = cell_of.reshape(-1)
    cell_counts = np.zeros(len(cells), dtype=np.int64)
    np.add.at(cell_counts, cell_of, counts[far])
    cell_weights = np.zeros(len(cells), dtype=np.int64)
    np.add.at(cell_weights, cell_of, weights[far])
    errors = np.zeros(len(cells), dtype=np.int64)
    np.add.at(errors, cell_of, weights[far] * squares[far])
    errors[cell_counts < request.keep_rare * int(counts.sum())] = 0
    worst = np.argsort(-errors, kind="stable")[:most]
    worst = worst[errors[worst] > 0]
    sums = np.zeros((len(cells), 4), dtype=np.int64)
    np.add.at(sums, cell_of, points[far] * weights[far, None])
    means = (sums[worst] // cell_weights[worst, None]).astype(np.int32)
    found = color.to_colors(means, colors.shape[1], request.space)
    return color.posterized(found, request.posterize)
