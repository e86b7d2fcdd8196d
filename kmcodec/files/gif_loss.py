"""What it costs to show one colour for another in a GIF, in bits.

A palette of K colours loses D of squared error; with more colours, a bit buys so much less of it. A
pixel may take another entry where that saves more bits than its error is worth at this price:
then both ways of losing are used to the same degree. What loses nothing by its palette loses
nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kmcodec.channels import has_alpha
from kmcodec.color import to_points, with_channels
from kmcodec.files.gif_codes import BIT, IMPOSSIBLE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Colors = NDArray[np.uint8]
    Plane = NDArray[np.int16]

PRICE_BITS = 20  # of a price, behind the point
SPACE = "oklab"


@dataclass(frozen=True, eq=False)
class Loss:
    """How much may be lost.

    Attributes
    ----------
    pixels : (T, H, W) or (T, H, W, C) uint8
        The frames before they were quantized.
    price : int
        Of a unit of squared distance in OKLab, in units of costs, times 2**20.
    """

    pixels: Colors
    price: int

    def between(self, colors: Colors, clear: int | None) -> NDArray[np.int32]:
        """Return (K, K) costs of showing the second of two of K opaque colours for the first."""
        points = to_points(colors, SPACE).astype(np.int64)
        errors = ((points[:, None] - points) ** 2).sum(axis=2)
        costs = np.minimum(errors * self.price >> PRICE_BITS, IMPOSSIBLE).astype(np.int32)
        return _without_clear(costs, clear)

    def of_staying(
        self, number: int, places: NDArray[np.intp], colors: Colors, others: Colors
    ) -> NDArray[np.int64]:
        """Return what it costs that opaque pixels of a frame show others than their own colours."""
        channels = self.pixels.shape[3] if self.pixels.ndim == 4 else 1
        flat = self.pixels[number].reshape(-1, channels)[places]
        true = to_points(with_channels(flat[:, : channels - has_alpha(channels)], 3), SPACE)
        own, other = (_errors(true, to_points(shown, SPACE)) for shown in (colors, others))
        more = np.maximum(other - own, 0)
        return np.minimum(more * self.price >> PRICE_BITS, IMPOSSIBLE)


def exact_costs(count: int, clear: int | None) -> NDArray[np.int32]:
    """Return costs that allow no colour for another one."""
    costs = np.full((count, count), IMPOSSIBLE, dtype=np.int32)
    np.fill_diagonal(costs, 0)
    return _without_clear(costs, clear)


def price_of(error: float, strength: float) -> int:
    """Return the price where a palette loses so much, mean over pixels; 0 if nothing may be lost.

    Parameters
    ----------
    error : float
        Squared distance in OKLab.
    strength : float
        0 (exact) and more.
    """
    if error * strength <= 0:
        return 0
    return max(1, int((BIT << PRICE_BITS) / (error * strength)))


def _errors(points: NDArray[np.int32], others: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return squared distances."""
    gaps = points.astype(np.int64) - others
    return np.asarray((gaps * gaps).sum(axis=1))


def _without_clear(costs: NDArray[np.int32], clear: int | None) -> NDArray[np.int32]:
    """Forbid the clear entry in place of others, and others in its place."""
    if clear is not None:
        costs[clear] = costs[:, clear] = IMPOSSIBLE
        costs[clear, clear] = 0
    return costs
