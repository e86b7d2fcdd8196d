"""One tile of the coder ``mixed`` in its quick model (spec 6.3.12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec import _kernels
from kmcodec.coding.tile import TileCoder
from kmcodec.errors import FormatError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.coding.tree import PaletteTree
    from kmcodec.progress import Tally

QUICK = 0  # the model's number
TABLES = 13_056
FLAT_END = 2000  # the first chance that a flat area ends, in 1/65536
RATES = ((2, 2), (3, 3), (5, 4), (30, 5), (216, 6))  # for so many uses, the shift of a step


class QuickCoder(TileCoder):
    """Encode or decode the leaves of a tile, in steps of four bits."""

    def __init__(
        self, tree: PaletteTree, shape: tuple[int, int], stream: memoryview | None = None
    ) -> None:
        super().__init__(tree, shape, stream)
        self._tables = np.tile(np.arange(0, 16384, 1024, dtype=np.int16), TABLES)
        self._counts = np.zeros(TABLES, dtype=np.uint8)
        self._rates = np.repeat(*np.array(RATES, dtype=np.uint8).T[::-1])
        self._flats = np.full(8, FLAT_END, dtype=np.int32)

    def _run(self, stop: int) -> None:  # noqa: ARG002
        """Code the whole tile; this model tells no prices."""
        _kernels.quick.code_plane(
            self._plane,
            self._stream,
            self._saved,
            self._tables,
            self._counts,
            self._rates,
            self._flats,
            ((len(self._tree.order) - 1).bit_length() + 3) // 4,
            self._decoding,
        )
        self._saved[3] = self._pixels

    def decode(self, tally: Tally | None = None) -> NDArray[np.uint16]:
        """Return the (H, W) leaves of the whole tile; `tally` is told when all pixels are done.

        Raises
        ------
        FormatError
            The stream has bytes that say nothing, or a leaf that the tree does not have.
        """
        leaves = super().decode(tally)
        if leaves.max() >= len(self._tree.order):
            raise FormatError(
                f"leaf {leaves.max()} found, the palette has {len(self._tree.order)} entries"
            )
        return leaves
