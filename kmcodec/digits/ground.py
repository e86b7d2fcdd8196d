"""Whether signs are dark on a bright ground, as on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_LOOKED_AT = 2000  # images, evenly spaced
SMALLEST_SIDE = 3  # a smaller image is all border
NEARLY_ALL = (1, 99)  # percentiles: a few odd pixels do not count
BRIGHT = 0.75  # of the way from the darkest to the brightest


def has_bright_ground(images: NDArray[np.uint8]) -> bool:
    """Tell whether (n, h, w) images have a bright ground, by their borders all together.

    The median of the border pixels has to be bright in the range of all values, and brighter than
    the mean of what is within. Images of fewer than 3 rows or columns have no such ground.
    """
    if min(images.shape[1:]) < SMALLEST_SIDE:
        return False
    seen = images[:: -(-len(images) // MOST_LOOKED_AT)]
    within = np.zeros(images.shape[1:], dtype=bool)
    within[1:-1, 1:-1] = True
    border = float(np.median(seen[:, ~within]))
    darkest, brightest = np.percentile(seen, NEARLY_ALL).tolist()
    is_bright: bool = border >= darkest + BRIGHT * (brightest - darkest)
    return is_bright and border > float(seen[:, within].mean())
