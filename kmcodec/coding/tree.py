"""The binary tree over a palette (spec 6.3.2), which both sides derive from its colours."""

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
    colors : ndarray of int16, shape (K, 4)
        Each leaf's colour; channels that the palette lacks are 0.
    splits : ndarray of int16, shape (K, 2)
        For the inner node between leaves i - 1 and i: the channel that it compares, and the sum
        of what the two leaves have there.
    """

    order: NDArray[np.int64]
    colors: NDArray[np.int16]
    splits: NDArray[np.int16]

    def __len__(self) -> int:
        """Return the number of leaves, K."""
        return len(self.order)

    @cached_property
    def ranks(self) -> NDArray[np.uint16]:
        """The leaf of each entry, (K,): the inverse of `order`."""
        ranks = np.empty(len(self.order), dtype=np.uint16)
        ranks[self.order] = np.arange(len(self.order), dtype=np.uint16)
        return ranks


def grow_tree(palette: NDArray[np.uint8]) -> PaletteTree:
    """Return the tree of a (K, C) palette.

    Level by level, each run of leaves is sorted by the channel in which it varies most and halved;
    sorting is stable, and among equal channels the first is taken.
    """
    count, channels = palette.shape
    order = np.arange(count)
    splits = np.zeros((count, 2), dtype=np.int16)
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
        middles = starts[:-1] + (sizes + 1) // 2
        inner = sizes > 1
        at = middles[inner]
        chosen = channel[inner]
        splits[at, 0] = chosen
        splits[at, 1] = palette[order[at - 1], chosen].astype(np.int16) + palette[order[at], chosen]
        starts = np.union1d(starts, at)
    colors = np.zeros((count, 4), dtype=np.int16)
    colors[:, :channels] = palette[order]
    return PaletteTree(order, colors, splits)
