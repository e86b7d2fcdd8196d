"""A rectangle of a plane, or of several planes of a stack."""

from __future__ import annotations

from typing import NamedTuple


class Rectangle(NamedTuple):
    """Rows from `top` to before `bottom`, columns from `left` to before `right`.

    In a stack, those of the planes from `first` to before `end`.
    """

    top: int
    bottom: int
    left: int
    right: int
    first: int = 0
    end: int = 1

    @property
    def planes(self) -> int:
        """Number of planes."""
        return self.end - self.first

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.bottom - self.top, self.right - self.left

    @property
    def plane_area(self) -> int:
        """Number of pixels in each plane."""
        return (self.bottom - self.top) * (self.right - self.left)

    @property
    def area(self) -> int:
        """Number of pixels in all planes."""
        return self.planes * self.plane_area

    def overlaps(self, other: Rectangle) -> bool:
        """Whether both have a pixel in common."""
        return (
            self.top < other.bottom
            and other.top < self.bottom
            and self.left < other.right
            and other.left < self.right
            and self.first < other.end
            and other.first < self.end
        )

    def over(self, height: int) -> Rectangle:
        """Return where this region lies with planes of so many rows one below another.

        The rows between its parts in two planes come with it.
        """
        top, bottom = self.first * height + self.top, (self.end - 1) * height + self.bottom
        return Rectangle(top, bottom, self.left, self.right)

    def divided(self, height: int, width: int) -> Rectangle:
        """Return the blocks of so many pixels that this rectangle touches, as a rectangle."""
        return Rectangle(
            self.top // height,
            -(-self.bottom // height),
            self.left // width,
            -(-self.right // width),
        )

    def slices_of(self, outer: Rectangle) -> tuple[slice, slice, slice]:
        """Return where the part of this region within `outer` stands in an array of `outer`.

        The array's axes are planes, rows and columns.
        """
        return (
            slice(
                max(self.first, outer.first) - outer.first, min(self.end, outer.end) - outer.first
            ),
            slice(max(self.top, outer.top) - outer.top, min(self.bottom, outer.bottom) - outer.top),
            slice(
                max(self.left, outer.left) - outer.left, min(self.right, outer.right) - outer.left
            ),
        )
