"""The leaves of one tile, by a member of the family of models (spec 6.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec._kernels.twin.members import MEMBERS
from kmcodec._kernels.twin.pixels import code_pixels
from kmcodec._kernels.twin.range_coder import RangeDecoder, RangeEncoder, RangeInput
from kmcodec._kernels.twin.state import State

if TYPE_CHECKING:
    from numpy.typing import NDArray

PIXELS_PER_BYTE = 1 << 22  # a stream has a byte for so many, at least
MOST_PIXELS = 1 << 24  # of a tile
BYTES_OF_ROW = 1000  # a list of 16 numbers, which are objects


def _check_size(n_leaves: int, height: int, width: int) -> None:
    """Raise ValueError for what no tile has."""
    if not 2 <= n_leaves <= 65536:
        raise ValueError("a tile has 2 to 65536 colours")
    if not (height > 0 and width > 0 and height * width <= MOST_PIXELS):
        raise ValueError("a tile has 1 to 16777216 pixels")


def tile_bytes(model: int, n_leaves: int, height: int, width: int) -> int:
    """Return about how many bytes the state of a tile takes, or 0 if there is no such model."""
    _check_size(n_leaves, height, width)
    if not 0 <= model < len(MEMBERS):
        return 0
    member = MEMBERS[model]
    inputs = member.few if n_leaves <= 16 else member.many
    pixels, steps = height * width, -(-(n_leaves - 1).bit_length() // 4)
    rows = len(inputs) * min(steps * pixels, (1 << member.log_rows) + 17)
    return BYTES_OF_ROW * rows + 8 * (height + 3) * (width + 8) + (1 << 20)


class _Tile:
    """A tile that has begun."""

    def __init__(self, model: int, colors: NDArray[np.uint8], height: int, width: int) -> None:
        _check_size(len(colors), height, width)
        if not 1 <= colors.shape[1] <= 4:
            raise ValueError("a tile has 2 to 65536 colours of 1 to 4 channels")
        if not 0 <= model < len(MEMBERS):
            raise ValueError("there is no such model")
        self._state = State(model, colors, height, width)

    @property
    def pixels(self) -> int:
        """Pixels of the tile."""
        return self._state.height * self._state.width

    @property
    def done(self) -> int:
        """Pixels that are coded."""
        return self._state.done

    @property
    def _leaves(self) -> NDArray[np.int64]:
        """The padded plane without its padding."""
        state = self._state
        return np.array(state.plane).reshape(-1, state.stride)[3:, 4:-4]


class TileDecoder(_Tile):
    """The tile of a stream. ``decode`` it until all pixels are done, or no more are."""

    def __init__(
        self,
        model: int,
        colors: NDArray[np.uint8],
        height: int,
        width: int,
        stream: NDArray[np.uint8],
    ) -> None:
        super().__init__(model, colors, height, width)
        self._source = RangeInput(bytes(stream), self.pixels // PIXELS_PER_BYTE)
        state = self._state
        state.source = self._source
        state.decoders = [RangeDecoder(self._source) for _ in range(state.sides)]

    def decode(self, budget: int) -> int:
        """Decode at least `budget` more pixels, or all; return how many are done."""
        if not self._source.fault:
            code_pixels(self._state, budget)
        return self.done

    def is_sound(self) -> bool:
        """Whether all pixels came from the very stream that an encoder writes for them."""
        finished = all(decoder.is_finished() for decoder in self._state.decoders)
        return self.done == self.pixels and finished

    def copy_leaves(self, leaves: NDArray[np.uint16]) -> None:
        """Fill (height, width) leaves; those that are not done are less than K, too."""
        if leaves.shape != (self._state.height, self._state.width):
            raise ValueError("the tile has another size")
        leaves[:] = self._leaves


class TileEncoder(_Tile):
    """The tile of (height, width) leaves. ``encode`` all pixels, then ``finish``."""

    def __init__(self, model: int, colors: NDArray[np.uint8], leaves: NDArray[np.uint16]) -> None:
        super().__init__(model, colors, *leaves.shape)
        if int(leaves.max()) >= len(colors):
            raise ValueError("a leaf is not less than the number of colours")
        state = self._state
        plane = np.zeros((state.height + 3, state.stride), dtype=np.int64)
        plane[3:, 4:-4] = leaves
        state.plane = plane.reshape(-1).tolist()
        self._order = bytearray()
        state.encoders = [RangeEncoder(self._order, who) for who in range(state.sides)]
        self._is_finished = False

    def encode(self, budget: int) -> int:
        """Encode at least `budget` more pixels, or all; return how many are done."""
        if self._is_finished:
            raise RuntimeError("the tile is finished")
        code_pixels(self._state, budget)
        return self.done

    def finish(self) -> bytes:
        """Return the stream of all pixels. Nothing can be asked of the tile afterwards."""
        if self._is_finished or self.done != self.pixels:
            raise RuntimeError("a tile is finished once, with all of its pixels")
        self._is_finished = True
        streams = [encoder.close() for encoder in self._state.encoders]
        rests = [iter(stream[4:]) for stream in streams]
        stream = b"".join(stream[:4] for stream in streams)
        stream += bytes(next(rests[who]) for who in self._order)
        return stream.rstrip(b"\0").ljust(self.pixels // PIXELS_PER_BYTE, b"\0")
