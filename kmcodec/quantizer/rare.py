"""Colours that few pixels have and no palette entry resembles.

K-means weighs by area, so with few entries a small red buoy on a large gray sea is lost. This finds
what is lost, so that an entry can be set aside for it, or more colours be taken.
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
# Even areas of a 2048th of the pixels are looked at more closely.
EVEN_SHARE = 1 / 2048
DIFFERENT = color.OKLAB_ONE // 25


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
    cells = _Cells(colors.take(far), limit)
    errors = cells.sums(weights * squares[far])
    errors[cells.sums(colors.counts[far]) < request.keep_rare * int(colors.counts.sum())] = 0
    worst = np.argsort(-errors, kind="stable")[:most]
    worst = worst[errors[worst] > 0]
    means = cells.sums(points * weights[:, None])[worst] // cells.sums(weights)[worst, None]
    return colors.nearest_to(means.astype(np.int32), request.posterize).values


def loses_an_area(colors: WeightedColors, palette: Colors, labels: NDArray[np.int32]) -> bool:
    """Return whether even areas of one colour, a 2048th of all pixels, take one that differs.

    They may be apart: all selected tabs of an interface count together.
    """
    if colors.salience is None:
        return False
    far = np.flatnonzero(
        colors.measured_by(palette.metric).squares_to(palette, labels) > DIFFERENT**2
    )
    cells = _Cells(colors.take(far), DIFFERENT)
    least = EVEN_SHARE * int(colors.salience.counts.sum())
    return bool((cells.sums(colors.salience.even[far]) >= least).any())


class _Cells:
    """Colours grouped by the cells of a cubic grid in which they lie.

    Parameters
    ----------
    colors : Colors
    edge : int
        Of the cells. What is opaque shares none with the rest.
    """

    def __init__(self, colors: Colors, edge: int) -> None:
        places = colors.points // edge
        if colors.face is not None:
            places = np.column_stack([places, colors.face.holds(colors.points)])
        cells, cell_of = np.unique(places, axis=0, return_inverse=True)
        self._n_cells = len(cells)
        self._cell_of = cell_of.reshape(-1)

    def sums(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the sums of each cell."""
        sums = np.zeros((self._n_cells, *values.shape[1:]), dtype=np.int64)
        np.add.at(sums, self._cell_of, values)
        return sums
