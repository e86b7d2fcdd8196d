"""The order of a palette's entries in which near places are near colours (spec 6.3.2).

Both sides derive it from the colours.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class PaletteTree:
    """A palette's entries in the order of its tree's leaves.

    Attributes
    ----------
    order : ndarray of int64, shape (K,)
        The entry at each leaf.
    colors : ndarray of uint8, shape (K, C)
        Each leaf's colour.
    """

    order: NDArray[np.int64]
    colors: NDArray[np.uint8]

    def __len__(self) -> int:
        """Return the number of leaves, K."""
        return len(self.order)

    @cached_property
    def ranks(self) -> NDArray[np.uint16]:
        """The leaf of each entry, (K,): the inverse of `order`."""
        ranks = np.empty(len(self.order), dtype=np.uint16)
        ranks[self.order] = np.arange(len(self.order), dtype=np.uint16)
        return ranks


def _left_sizes(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many leaves are left of the split, for nodes of two leaves or more.

    About half, but a multiple of 16, 256 or 4096 for nodes of more leaves than that: models code
    four bits of a leaf at a time, and leaves with the same highest bits are below one node.
    """
    groups = np.ones_like(sizes)
    for group in (16, 256, 4096):
        groups[sizes > group] = group
    most = (sizes - 1) // groups * groups
    halves = ((sizes + 1) // 2 + groups // 2) // groups * groups
    left: NDArray[np.int64] = np.minimum(np.maximum(halves, groups), most)
    return left


def grow_tree(palette: NDArray[np.uint8]) -> PaletteTree:
    """Return the tree of a (K, C) palette.

    Level by level, each run of leaves is sorted by the channel in which it varies most and split;
    sorting is stable, and among equal channels the first is taken.
    """
    count = len(palette)
    order = np.arange(count)
    starts = np.array([0, count])
    while len(starts) <= count:
        sizes = np.diff(starts)
        values = palette[order].astype(np.int64)
        sums = np.add.reduceat(values, starts[:-1])
        spread = sizes[:, None] * np.add.reduceat(values * values, starts[:-1]) - sums * sums
        channel = spread.argmax(axis=1)
        run = np.repeat(np.arange(len(sizes)), sizes)
        key = values[np.arange(count), channel[run]]
        order = order[np.argsort(run * 256 + key, kind="stable")]
        inner = sizes > 1
        splits = starts[:-1][inner] + _left_sizes(sizes[inner])
        starts = np.sort(np.concatenate([starts, splits]))
    return PaletteTree(order, palette[order])
