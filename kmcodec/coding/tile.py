"""What all models of the coder ``mixed`` share: a tile's plane, its stream, and how that ends."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from kmcodec.errors import FormatError, InputError
from kmcodec.progress import Tally

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.coding.tree import PaletteTree

OUT_OF_RANGE = b"\xff" * 4
FIRST_BYTES = 4  # that the range decoder reads ahead
PIXELS_AT_A_TIME = 1 << 16  # after which a decoder asks whether it is still wanted
LOG2_PIXELS_PER_BYTE = 19  # the surest decisions take a byte for fewer pixels (spec 6.3.1)


class TileCoder(ABC):
    """Encode or decode the leaves of a tile.

    Parameters
    ----------
    tree : PaletteTree
        With two leaves or more.
    shape : (int, int)
        Height and width of the tile.
    stream : bytes-like, optional
        What to decode; by default the coder encodes.
    """

    def __init__(
        self, tree: PaletteTree, shape: tuple[int, int], stream: memoryview | None = None
    ) -> None:
        height, width = shape
        self._tree = tree
        self._shape = shape
        self._decoding = stream is not None
        self._plane = np.zeros((height + 3, width + 8), dtype=np.uint16)
        self._saved = np.array([0, 0, (1 << 32) - 1, 0, 0], dtype=np.uint64)
        if stream is None:
            most = 2 * ((len(tree.order) - 1).bit_length() + 1)  # bytes of a pixel
            self._stream = np.empty(height * width * most + 8, dtype=np.uint8)
        else:
            self._stream = np.array(stream, dtype=np.uint8)
            start = bytes(stream[:FIRST_BYTES]).ljust(FIRST_BYTES, b"\0")
            if start == OUT_OF_RANGE:
                raise FormatError("a tile's stream starts with a number out of range")
            self._saved[:2] = FIRST_BYTES, int.from_bytes(start, "big")

    @property
    def _pixels(self) -> int:
        """Pixels of the tile."""
        return self._shape[0] * self._shape[1]

    @abstractmethod
    def _run(self, stop: int) -> None:
        """Code as far as the pixel `stop`, or farther."""

    def encode(self, leaves: NDArray[np.uint16]) -> bytes:
        """Encode the whole tile and return its stream; nothing may have been coded before."""
        if self._saved[3] or int(leaves.max()) >= len(self._tree.order):
            raise InputError("a tile is encoded once, with leaves of its tree")
        self._plane[3:, 4:-4] = leaves
        self._run(self._pixels)
        return self.finish()

    def finish(self) -> bytes:
        """Return the stream of all pixels: the shortest number within the coder's last interval."""
        if self._saved[3] != self._pixels:
            raise InputError(f"{self._saved[3]} of {self._pixels} pixels are coded")
        position, low, size = (int(value) for value in self._saved[:3])
        number = (int.from_bytes(self._stream[:position].tobytes(), "big") << 32) + low
        for zeros in range(32, -1, -8):
            short = -(-number >> zeros) << zeros
            if short < number + size:
                break
        stream = short.to_bytes(position + FIRST_BYTES, "big").rstrip(b"\0")
        return stream.ljust(self._pixels >> LOG2_PIXELS_PER_BYTE, b"\0")

    def decode(self, tally: Tally | None = None) -> NDArray[np.uint16]:
        """Return the (H, W) leaves of the whole tile; `tally` is told the pixels that are done.

        Raises
        ------
        FormatError
            The stream has bytes that say nothing.
        CancelledError
            `tally` asks to stop.
        """
        tally = tally or Tally(self._pixels)
        done = 0
        while done < self._pixels:
            self._run(min(done + PIXELS_AT_A_TIME, self._pixels))
            before, done = done, int(self._saved[3])
            tally.add(done - before)
        size = len(self._stream)
        if size > self._saved[0]:
            raise FormatError(f"{size - int(self._saved[0])} bytes follow the last decision")
        if size > self._pixels >> LOG2_PIXELS_PER_BYTE and self._stream[-1] == 0:
            raise FormatError("a tile's stream ends with a zero byte")
        return self._plane[3:, 4:-4]
