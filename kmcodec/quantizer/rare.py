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

    from kmcodec.quantizer.colors import Colors, WeightedColors
    from kmcodec.quantizer.request import Request

# Distances in points from which a colour is clearly another one: 0.1 in OKLab, 32 steps in sRGB.
CLEARLY_OTHER = {"oklab": color.OKLAB_ONE // 10, "srgb": 32 * color.SRGB_SCALE}


def rarest_lost(
    colors: WeightedColors,
    palette: Colors,
    labels: NDArray[np.int32],
    *,
    request: Request,
    most: int,
) -> NDArray[np.uint8]:
    """Return up to `most` colours (n, C) whose loss weighs most; none if nothing is lost.

    Colours clearly unlike their entry are grouped in cells of that size; a cell counts if it holds
    the share ``request.keep_rare`` of all pixels, and the errors that weigh most come first.
    """
    limit = CLEARLY_OTHER[request.space]
    squares = colors.squares_to(palette, labels)
    far = np.flatnonzero(squares > limit**2)
    points, weights = colors.points[far].astype(np.int64), colors.weights[far]
    places = points // limit
    if colors.face is not None:  # what is opaque shares no cell with the rest
        places = np.column_stack([places, colors.face.holds(colors.points[far])])
    cells, cell_of = np.unique(places, axis=0, return_inverse=True)

    def summed(values: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the sums of each cell."""
        sums = np.zeros((len(cells), *values.shape[1:]), dtype=np.int64)
        np.add.at(sums, cell_of.reshape(-1), values)
        return sums

    errors = summed(weights * squares[far])
    errors[summed(colors.counts[far]) < request.keep_rare * int(colors.counts.sum())] = 0
    worst = np.argsort(-errors, kind="stable")[:most]
    worst = worst[errors[worst] > 0]
    means = summed(points * weights[:, None])[worst] // summed(weights)[worst, None]
    return colors.nearest_to(means.astype(np.int32), request.posterize).values
