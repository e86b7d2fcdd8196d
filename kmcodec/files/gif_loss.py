"""What it costs to show one colour for another in a GIF, in bits.

A palette of K colours loses D of squared error; with more colours, a bit buys so much less of it. A
pixel may take another entry that resembles its own where that saves more bits than its error is
worth: a bit is worth so many times D. What loses nothing by its palette loses nothing here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kmcodec.channels import has_alpha
from kmcodec.color import OKLAB_ONE, to_points, with_channels
from kmcodec.files.gif_codes import BIT, IMPOSSIBLE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Colors = NDArray[np.uint8]
    Plane = NDArray[np.int16]

PRICE_BITS = 20  # of a price, behind the point
SPACE = "oklab"
FARTHEST = (OKLAB_ONE // 10) ** 2  # squared distance of colours that still resemble each other
WEIGHTS = np.array([1, 1, 2, 4, 255], dtype=np.uint8)  # by neighbours of the same colour, of four
SAMPLES = 1 << 17  # pixels that a palette's error is measured on, at most


@dataclass(frozen=True, eq=False)
class Loss:
    """How much may be lost.

    Attributes
    ----------
    pixels : (T, H, W, C) uint8
        The frames before they were quantized, C from 1 to 4.
    price : int
        Of a unit of squared distance in OKLab, in units of costs, times 2**20.
    """

    pixels: Colors
    price: int

    @classmethod
    def of(cls, pixels: Colors, palette: Colors, strength: float) -> Loss | None:
        """Return what may be lost of frames with such a palette; None if nothing may.

        Parameters
        ----------
        pixels : (T, H, W, C) uint8
        palette : (K, C) uint8
        strength : float
            How many times the palette's mean squared error a bit is worth; 0 allows no loss.
        """
        price = _price(_error(pixels, palette), strength)
        return cls(pixels, price) if price else None

    def between(self, colors: Colors, clear: int | None) -> NDArray[np.int32]:
        """Return (K, K) costs of showing the second of two of K opaque colours for the first."""
        points = to_points(colors, SPACE).astype(np.int64)
        errors = ((points[:, None] - points) ** 2).sum(axis=2)
        return _without_clear(self._costs(errors, errors).astype(np.int32), clear)

    def of_staying(
        self,
        number: int,
        places: NDArray[np.intp],
        wanted: NDArray[np.int32],
        others: NDArray[np.int32],
    ) -> NDArray[np.int64]:
        """Return what it costs that opaque pixels of a frame show others than are wanted.

        Parameters
        ----------
        number : int
            Of the frame.
        places : (n,) int
            Of the pixels, row by row.
        wanted, others : (n, 4) int32
            Points of entries.
        """
        true = points_of(self.pixels[number].reshape(-1, self.pixels.shape[3])[places])
        errors = _errors(true, others)
        return self._costs(np.maximum(errors - _errors(true, wanted), 0), errors)

    def _costs(self, more: NDArray[np.int64], errors: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the costs of losing so much more; errors that are too large are impossible."""
        costs = np.minimum(more * self.price >> PRICE_BITS, IMPOSSIBLE)
        return np.where(errors > FARTHEST, IMPOSSIBLE, costs)


def weights_of(indices: Plane) -> Colors:
    """Return how much more the error of each of (H, W) pixels costs: it shows in even areas."""
    alike = np.zeros(indices.shape, dtype=np.uint8)
    for one, other in ((np.s_[1:], np.s_[:-1]), (np.s_[:, 1:], np.s_[:, :-1])):
        same = indices[one] == indices[other]
        alike[one] += same
        alike[other] += same
    return WEIGHTS[alike]


def exact_costs(count: int, clear: int | None) -> NDArray[np.int32]:
    """Return costs that allow no colour for another one."""
    costs = np.full((count, count), IMPOSSIBLE, dtype=np.int32)
    np.fill_diagonal(costs, 0)
    return _without_clear(costs, clear)


def _price(error: float, strength: float) -> int:
    """Return the price where a palette loses so much; 0 if nothing may be lost."""
    worth = error * strength
    return max(1, int((BIT << PRICE_BITS) / worth)) if worth > 0 else 0


def _error(pixels: Colors, palette: Colors) -> float:
    """Return about what a palette loses, mean over pixels: of some that lie evenly."""
    step = -(-pixels[..., 0].size // SAMPLES)
    while math.gcd(step, pixels.shape[2]) > 1:
        step += 1  # else they would lie in a few columns
    flat = pixels.reshape(-1, pixels.shape[3])[::step]
    colors, counts = np.unique(flat, axis=0, return_counts=True)
    if has_alpha(pixels.shape[3]):
        colors, counts = colors[colors[:, -1] > 0], counts[colors[:, -1] > 0]
        palette = palette[palette[:, -1] > 0]
    if not (len(colors) and len(palette)):
        return 0.0
    points, entries = points_of(colors), points_of(palette)
    least = np.full(len(points), np.iinfo(np.int64).max)
    for entry in entries:
        least = np.minimum(least, _errors(points, entry))
    return int(least @ counts) / len(flat)


def points_of(colors: Colors) -> NDArray[np.int32]:
    """Return the points of colours, of which no alpha counts."""
    channels = colors.shape[1] - has_alpha(colors.shape[1])
    return to_points(with_channels(np.ascontiguousarray(colors[:, :channels]), 3), SPACE)


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
