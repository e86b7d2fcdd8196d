"""A small sheet of centres and members, for notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLUMNS = 16  # members of each cluster
MOST_ROWS = 16
MOST_COMPARED = 1000  # members of each cluster, of which the nearest are shown
MOST_SIDE = 32  # pixels of an image
GAP = 2
PAPER = 255


def members_sheet(
    images: NDArray[np.uint8], labels: NDArray[np.int32], centers: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Return a row per cluster, of 16 at most: its centre, a gap, the 16 images most like it.

    Of a cluster's images, the first 1,000 are compared with the centre, pixel by pixel.
    """
    step = -(-max(images.shape[1:]) // MOST_SIDE)
    height, width = images[0, ::step, ::step].shape
    rows = min(MOST_ROWS, len(centers))
    size = (rows * (height + GAP) - GAP, (COLUMNS + 1) * (width + GAP) + 2 * GAP)
    sheet = np.full(size, PAPER, dtype=np.uint8)
    for row in range(rows):
        mine = np.flatnonzero(labels == row)[:MOST_COMPARED]
        gaps = images[mine].astype(np.int32) - centers[row]
        nearest = mine[np.argsort((gaps**2).sum(axis=(1, 2)), kind="stable")[:COLUMNS]]
        top = row * (height + GAP)
        for column, image in enumerate([centers[row], *images[nearest]]):
            left = column * (width + GAP) + 2 * GAP * (column > 0)
            sheet[top : top + height, left : left + width] = image[::step, ::step]
    return sheet
