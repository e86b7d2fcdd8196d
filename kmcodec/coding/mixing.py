"""One tile of the coder ``mixed``: its adaptive state, and what it can tell while encoding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec import _kernels
from kmcodec.coding.mixing_tables import (
    CELLS,
    EVEN,
    FLAT_ROWS,
    FLAT_WEIGHT,
    ROWS,
    Model,
    steps,
    tables,
)
from kmcodec.coding.tile import TileCoder
from kmcodec.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kmcodec.coding.tree import PaletteTree

LOG_MATCHES = 16
LEAST_LOG = 4  # of buckets and of matches
NONE = np.zeros(0, dtype=np.uint16)


class Mixer(TileCoder):
    """Encode or decode the leaves of a tile, one after another.

    Parameters
    ----------
    model : Model
    tree, shape, stream
        As of any ``TileCoder``.
    """

    def __init__(
        self,
        model: Model,
        tree: PaletteTree,
        shape: tuple[int, int],
        stream: memoryview | None = None,
    ) -> None:
        super().__init__(tree, shape, stream)
        self._model = model
        log_size = max(LEAST_LOG, min(model.log_buckets, (self._pixels - 1).bit_length()))
        log_matches = max(LEAST_LOG, min(LOG_MATCHES, (self._pixels - 1).bit_length()))
        buckets = model.hashed << (log_size + 4)
        self._cells = np.full(buckets + CELLS, EVEN, dtype=np.uint32)
        self._cells[:buckets:16] = 0
        self._weights = np.full(ROWS * model.inputs, model.weight, dtype=np.int16)
        self._weights[: FLAT_ROWS * 8] = FLAT_WEIGHT
        self._visits = np.zeros(ROWS, dtype=np.uint8)
        self._matches = np.zeros(1 << log_matches, dtype=np.uint32)
        self._refined = tables().refined.copy()
        self._predicted = np.zeros(24, dtype=np.int32)
        self._numbers = np.array([model.inputs, log_size], dtype=np.int32)

    def _run(
        self, stop: int, choices: NDArray[np.uint16] = NONE, prices: NDArray[np.int32] | None = None
    ) -> None:
        """Code as far as the pixel `stop`, or price choices for the next one."""
        constant = tables()
        _kernels.mixing.code_pixels(
            self._plane,
            self._tree.colors,
            self._tree.splits,
            self._stream,
            self._saved,
            self._cells,
            self._weights,
            self._visits,
            self._matches,
            self._refined,
            constant.stretch,
            constant.squash,
            constant.rates,
            steps(self._model.patience),
            constant.levels,
            self._predicted,
            self._numbers,
            choices,
            np.zeros(0, dtype=np.int32) if prices is None else prices,
            constant.costs,
            stop,
            self._decoding,
        )

    def price(self, leaves: NDArray[np.uint16]) -> NDArray[np.int32]:
        """Return what each leaf would cost as the next pixel, in 1/4096 bit; nothing is coded.

        A decision counts as 13 bits at most (the surest cost up to 16). What follows may cost
        more or less, since the mixer would learn another leaf.

        Raises
        ------
        InputError
            There is no next pixel, or no such leaf.
        """
        self._check_next(leaves)
        prices = np.zeros(len(leaves), dtype=np.int32)
        if len(leaves):
            self._run(0, np.ascontiguousarray(leaves, dtype=np.uint16), prices)
        return prices

    def _check_next(self, leaves: Sequence[int] | NDArray[np.uint16]) -> None:
        """Raise ``InputError`` unless there is a next pixel and these are leaves."""
        if self._saved[3] >= self._pixels:
            raise InputError("all pixels of the tile are coded")
        if len(leaves) and not 0 <= min(leaves) <= max(leaves) < len(self._tree.order):
            raise InputError(f"leaves are 0 to {len(self._tree.order) - 1}")

    def push(self, leaf: int) -> None:
        """Encode the next pixel; errors are those of ``price``."""
        self._check_next([leaf])
        at = int(self._saved[3])
        y, x = divmod(at, self._shape[1])
        self._plane[3 + y, 4 + x] = leaf
        self._run(at + 1)
