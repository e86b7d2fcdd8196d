"""What both sides of an index coder know before a plane's first index."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from kmcodec.coding.rectangle import Rectangle
from kmcodec.coding.tree import PaletteTree, grow_tree

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kmcodec.coding.tiling import Grid


@dataclass(frozen=True, eq=False)
class Setting:
    """The size of a plane, or of each plane of a stack, and the palette of the indices.

    Whatever else a coder may take from outside the plane belongs here, so that encoder and decoder
    are given the same.

    Attributes
    ----------
    shape : (int, int)
        Height and width.
    palette : (K, C) uint8
        K at least 2.
    planes : int
        Those of a stack; 1 for a picture.
    grid : Grid, optional
        The tiles, where a coder's own choice does not serve. Only encoders use it.
    """

    shape: tuple[int, int]
    palette: NDArray[np.uint8]
    planes: int = 1
    grid: Grid | None = None

    @property
    def n_colors(self) -> int:
        """Number of palette entries, K."""
        return len(self.palette)

    @property
    def whole(self) -> Rectangle:
        """The rectangle of the whole plane, or of all planes."""
        return Rectangle(0, self.shape[0], 0, self.shape[1], 0, self.planes)

    @property
    def laid_out(self) -> Setting:
        """The setting of one plane that has all planes one below another."""
        if self.planes == 1:
            return self
        return Setting((self.planes * self.shape[0], self.shape[1]), self.palette)

    @cached_property
    def tree(self) -> PaletteTree:
        """The palette's entries as leaves of a tree (spec 6.3.2)."""
        return grow_tree(self.palette)
