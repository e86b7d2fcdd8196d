"""A threshold matrix of blue noise: dots without clumps and without a pattern, at every density.

Ulichney, "The void-and-cluster method for dither array generation", Proc. SPIE 1913 (1993),
doi:10.1117/12.152707. In integers only, so that the matrix is the same on every machine.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZE = 64
MINORITY = 10  # the first pattern has one dot in so many places
DECAY = 52475  # exp(-1 / (2 * 1.5^2)) in 1/2^16: Ulichney's Gaussian of deviation 1.5
PEAK = 1 << 40
NEVER = 1 << 60


def _falloff(size: int) -> NDArray[np.int64]:
    """Return what a dot at (0, 0) adds to each place of a torus, tiled 2 x 2."""
    steps = np.minimum(np.arange(size), size - np.arange(size))
    distances = steps[:, None] ** 2 + steps**2
    powers = [PEAK]
    for _ in range(int(distances.max())):
        powers.append(powers[-1] * DECAY >> 16)
    return np.tile(np.array(powers, dtype=np.int64)[distances], (2, 2))


class _Dots:
    """Dots on a torus, and how crowded each place is."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.falloff = _falloff(size)
        self.placed = np.zeros(size * size, dtype=np.bool_)
        self.crowd = np.zeros(size * size, dtype=np.int64)

    def copy(self) -> _Dots:
        """Return dots that change apart from these."""
        twin = _Dots(self.size)
        twin.placed[:], twin.crowd[:] = self.placed, self.crowd
        return twin

    def toggle(self, place: int) -> None:
        """Put a dot where there is none, or take it away."""
        y, x = divmod(place, self.size)
        around = self.falloff[self.size - y :, self.size - x :][: self.size, : self.size]
        self.crowd += around.reshape(-1) * (-1 if self.placed[place] else 1)
        self.placed[place] = not self.placed[place]

    def tightest(self) -> int:
        """Return the dot in the most crowded place, the first of equals."""
        return int(np.where(self.placed, self.crowd, -1).argmax())

    def widest(self) -> int:
        """Return the place without a dot that is the least crowded, the first of equals."""
        return int(np.where(self.placed, NEVER, self.crowd).argmin())


def _first_dots(size: int) -> _Dots:
    """Return a tenth of the places, scattered, then evened out until nothing moves."""
    dots = _Dots(size)
    state = 1
    while dots.placed.sum() < size * size // MINORITY:
        state = (state * 1103515245 + 12345) % (1 << 31)
        place = (state >> 8) % (size * size)
        if not dots.placed[place]:
            dots.toggle(place)
    while True:
        moved = dots.tightest()
        dots.toggle(moved)
        place = dots.widest()
        dots.toggle(place)
        if place == moved:
            return dots


@functools.cache
def rank_matrix(size: int = SIZE) -> NDArray[np.int32]:
    """Return (size, size): 0 to size^2 - 1, each once; the places below any rank lie evenly.

    The matrix repeats without a seam. It takes 0.1 s, once.
    """
    ranks = np.empty(size * size, dtype=np.int32)
    dots = _first_dots(size)
    fewer, count = dots.copy(), int(dots.placed.sum())
    for rank in range(count - 1, -1, -1):
        place = fewer.tightest()
        fewer.toggle(place)
        ranks[place] = rank
    for rank in range(count, size * size):
        place = dots.widest()
        dots.toggle(place)
        ranks[place] = rank
    ranks.setflags(write=False)
    return ranks.reshape(size, size)
