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
from kmcodec.errors import FormatError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.coding.tree import PaletteTree

LOG_MATCHES = 16
LEAST_LOG = 4  # of buckets and of matches
FIRST_BYTES = 4  # that the range decoder reads ahead
PIXELS_PER_BYTE = 18  # log2: a stream has at least a byte for so many pixels

NONE = np.zeros(0, dtype=np.uint16)


class Mixer:
    """Encode or decode the leaves of a tile, one after another.

    Parameters
    ----------
    model : Model
    tree : PaletteTree
        With two leaves or more.
    shape : (int, int)
        Height and width of the tile.
    stream : bytes-like, optional
        What to decode; by default the mixer encodes.
    """

    def __init__(
        self,
        model: Model,
        tree: PaletteTree,
        shape: tuple[int, int],
        stream: memoryview | None = None,
    ) -> None:
        height, width = shape
        self._model = model
        self._tree = tree
        self._shape = shape
        self._decoding = stream is not None
        pixels = height * width
        log_size = max(LEAST_LOG, min(model.log_buckets, (pixels - 1).bit_length()))
        log_matches = max(LEAST_LOG, min(LOG_MATCHES, (pixels - 1).bit_length()))
        buckets = model.hashed << (log_size + 4)
        self._cells = np.full(buckets + CELLS, EVEN, dtype=np.uint32)
        self._cells[:buckets:16] = 0
        self._weights = np.full(ROWS * model.inputs, model.weight, dtype=np.int16)
        self._weights[: FLAT_ROWS * 8] = FLAT_WEIGHT
        self._visits = np.zeros(ROWS, dtype=np.uint8)
        self._matches = np.zeros(1 << log_matches, dtype=np.uint32)
        self._refined = tables().refined.copy()
        self._plane = np.zeros((height + 3, width + 8), dtype=np.uint16)
        self._predicted = np.zeros(24, dtype=np.int32)
        self._numbers = np.array([model.inputs, log_size], dtype=np.int32)
        self._saved = np.array([0, 0, (1 << 32) - 1, 0, 0], dtype=np.uint64)
        if stream is None:
            most = 2 * ((len(tree.order) - 1).bit_length() + 1)  # bytes of a pixel
            self._stream = np.empty(pixels * most + 8, dtype=np.uint8)
        else:
            self._stream = np.array(stream, dtype=np.uint8)
            start = bytes(stream[:FIRST_BYTES]).ljust(FIRST_BYTES, b"\0")
            self._saved[:2] = FIRST_BYTES, int.from_bytes(start, "big")

    def _run(
        self, stop: int, choices: NDArray[np.uint16] = NONE, prices: NDArray[np.int32] | None = None
    ) -> None:
        """Code as far as the pixel `stop`, or price choices for the next one."""
        constant = tables()
        _kernels.load("mixing").code_pixels(
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

        What follows may cost more or less, since the mixer would learn another leaf.
        """
        prices = np.zeros(len(leaves), dtype=np.int32)
        if len(leaves):
            self._run(0, np.ascontiguousarray(leaves, dtype=np.uint16), prices)
        return prices

    def push(self, leaf: int) -> None:
        """Encode the next pixel."""
        at = int(self._saved[3])
        y, x = divmod(at, self._shape[1])
        self._plane[3 + y, 4 + x] = leaf
        self._run(at + 1)

    def encode(self, leaves: NDArray[np.uint16]) -> bytes:
        """Encode the whole tile and return its stream."""
        self._plane[3:, 4:-4] = leaves
        self._run(leaves.size)
        return self.finish()

    def finish(self) -> bytes:
        """Return the stream of all pixels: the shortest number within the coder's last interval."""
        position, low, size = (int(value) for value in self._saved[:3])
        number = int.from_bytes(self._stream[:position].tobytes(), "big") << 32 | low
        for zeros in range(32, -1, -8):
            short = -(-number >> zeros) << zeros
            if short < number + size:
                break
        stream = short.to_bytes(position + FIRST_BYTES, "big").rstrip(b"\0")
        pixels = self._shape[0] * self._shape[1]
        return stream.ljust(pixels >> PIXELS_PER_BYTE, b"\0")

    def decode(self) -> NDArray[np.uint16]:
        """Return the (H, W) leaves of the whole tile.

        Raises
        ------
        FormatError
            The stream has bytes that say nothing.
        """
        pixels = self._shape[0] * self._shape[1]
        self._run(pixels)
        size = len(self._stream)
        if size > self._saved[0]:
            raise FormatError(f"{size - int(self._saved[0])} bytes follow the last decision")
        if size > pixels >> PIXELS_PER_BYTE and self._stream[-1] == 0:
            raise FormatError("a tile's stream ends with a zero byte")
        return self._plane[3:, 4:-4]
