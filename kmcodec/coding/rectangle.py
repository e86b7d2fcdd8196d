"""A rectangle of a plane."""

from __future__ import annotations

from typing import NamedTuple


class Rectangle(NamedTuple):
    """Rows from `top` to before `bottom`, columns from `left` to before `right`."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.bottom - self.top, self.right - self.left

    @property
    def area(self) -> int:
        """Number of pixels."""
        return (self.bottom - self.top) * (self.right - self.left)

    def overlaps(self, other: Rectangle) -> bool:
        """Whether both have a pixel in common."""
        return (
            self.top < other.bottom
            and other.top < self.bottom
            and self.left < other.right
            and other.left < self.right
        )

    def divided(self, height: int, width: int) -> Rectangle:
        """Return the blocks of so many pixels that this rectangle touches, as a rectangle."""
        return Rectangle(
            self.top // height,
            -(-self.bottom // height),
            self.left // width,
            -(-self.right // width),
        )

    def slices_of(self, outer: Rectangle) -> tuple[slice, slice]:
        """Return where the part of this region within `outer` stands in an array of `outer`."""
        return (
            slice(max(self.top, outer.top) - outer.top, min(self.bottom, outer.bottom) - outer.top),
            slice(
                max(self.left, outer.left) - outer.left, min(self.right, outer.right) - outer.left
            ),
        )
