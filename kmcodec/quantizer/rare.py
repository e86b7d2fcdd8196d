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
    weights: NDArray[np.int64],
    palette: NDArray[np.uint8],
    labels: NDArray[np.int32],
    request: Request,
) -> NDArray[np.uint8] | None:
    """Return the (1, C) colour whose loss weighs most, or None if nothing is lost.

    Colours clearly unlike their entry are grouped in cells of that size; a cell counts if it holds
    the share ``request.keep_rare`` of all weight, and the heaviest error decides.
    """
    limit = CLEARLY_OTHER[request.space]
    points = color.to_points(colors, request.space).astype(np.int64)
    gaps = points - color.to_points(palette, request.space)[labels]
    squares = (gaps**2).sum(axis=1)
    far = np.flatnonzero(squares > limit**2)
    if len(far) == 0:
        return None
    cells, cell_of = np.unique(points[far] // limit, axis=0, return_inverse=True)
    cell_of = cell_of.reshape(-1)
    cell_weights = np.zeros(len(cells), dtype=np.int64)
    np.add.at(cell_weights, cell_of, weights[far])
    errors = np.zeros(len(cells), dtype=np.int64)
    np.add.at(errors, cell_of, weights[far] * squares[far])
    errors[cell_weights < request.keep_rare * int(weights.sum())] = 0
    worst = int(errors.argmax())
    if errors[worst] == 0:
        return None
    mine = far[cell_of == worst]
    mean = (points[mine] * weights[mine, None]).sum(axis=0) // cell_weights[worst]
    found = color.to_colors(mean[None].astype(np.int32), colors.shape[1], request.space)
    return color.levels(request.posterize)[found]
