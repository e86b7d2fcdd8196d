"""Which part of a frame has to be written where the frame before is still shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Part(NamedTuple):
    """A part of a frame, in pixels; right and bottom are behind it."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns of an array."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def union(self, other: Part) -> Part:
        """Return the smallest part that holds both."""
        left, top = min(self.left, other.left), min(self.top, other.top)
        return Part(left, top, max(self.right, other.right), max(self.bottom, other.bottom))


ONE_PIXEL = Part(0, 0, 1, 1)


def part_of(mask: NDArray[np.bool_]) -> Part:
    """Return the part with all that is true; a format has to write one pixel at least."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return ONE_PIXEL
    return Part(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
