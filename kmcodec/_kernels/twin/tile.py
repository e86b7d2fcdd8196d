"""The leaves of one tile, by a member of the family of models (spec 6.3)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kmcodec._kernels.twin.choosing import CHOOSERS, Choice, Costs
from kmcodec._kernels.twin.members import MEMBERS
from kmcodec._kernels.twin.pixels import code_pixels
from kmcodec._kernels.twin.range_coder import RangeDecoder, RangeEncoder, RangeInput
from kmcodec._kernels.twin.state import State

if TYPE_CHECKING:
    from numpy.typing import NDArray

PIXELS_PER_BYTE = 1 << 22  # a stream has a byte for so many, at least
MOST_CLOSE = 32
MOST_PIXELS = 1 << 24  # of a tile
BYTES_OF_ROW = 1000  # a list of 16 numbers, which are objects


def _check_size(n_leaves: int, size: tuple[int, int, int]) -> None:
    """Raise ValueError for what no tile has."""
    if not 2 <= n_leaves <= 65536:
        raise ValueError("a tile has 2 to 65536 colours")
    if not (min(size) > 0 and math.prod(size) <= MOST_PIXELS):
        raise ValueError("a tile has 1 to 16777216 pixels")


def _has_model(model: int, planes: int) -> bool:
    """Whether there is a model of this number for so many planes."""
    return 0 <= model < len(MEMBERS) and (planes == 1 or MEMBERS[model].stack)


def tile_bytes(model: int, n_leaves: int, planes: int, height: int, width: int) -> int:
    """Return about how many bytes a tile takes, or 0 if there is no such model for its planes."""
    _check_size(n_leaves, (planes, height, width))
    if not _has_model(model, planes):
        return 0
    member = MEMBERS[model]
    inputs = member.few if n_leaves <= 16 and not member.stack else member.many
    pixels, steps = planes * height * width, -(-(n_leaves - 1).bit_length() // 4)
    rows = len(inputs) * min(steps * pixels, (1 << member.log_rows) + 17)
    leaves = (3 if member.stack else 1) * (height + 4) * (width + 8)
    return BYTES_OF_ROW * rows + 8 * leaves + (1 << 20)


class _Tile:
    """A tile that has begun: one plane, or several of a stack."""

    def __init__(self, model: int, colors: NDArray[np.uint8], size: tuple[int, int, int]) -> None:
        _check_size(len(colors), size)
        if not 1 <= colors.shape[1] <= 4:
            raise ValueError("a tile has 2 to 65536 colours of 1 to 4 channels")
        if not _has_model(model, size[0]):
            raise ValueError("there is no such model for a tile of so many planes")
        self._model = model
        self._state = State(model, colors, size)
        self._area = size[1] * size[2]  # pixels of a plane
        self._planes = size[0]  # that are coded, of those that there are

    @property
    def pixels(self) -> int:
        """Pixels to code."""
        return self._planes * self._area

    @property
    def done(self) -> int:
        """Pixels that are coded."""
        return self._state.z * self._area + self._state.done

    def _code(self, budget: int) -> None:
        """Code at least `budget` more pixels, or all, plane by plane."""
        state, stop = self._state, min(self.done + budget, self.pixels)
        while self.done < stop and not (state.source and state.source.fault):
            if state.done == self._area:
                state.next_plane(self._plane(state.z + 1))
            code_pixels(state, stop - self.done)
            if state.done == self._area:
                self._end_plane()

    def _plane(self, number: int) -> list[int]:
        """Return the padded leaves of a plane that begins."""
        raise NotImplementedError

    def _end_plane(self) -> None:
        """Take the leaves of a plane that is done."""


class TileDecoder(_Tile):
    """The first planes of a tile of `planes`, of which there are as many as `leaves` has.

    ``decode`` them until all pixels are done, or no more are. (n, H, W) `leaves` are filled plane
    by plane; all of them are less than K.
    """

    def __init__(
        self,
        model: int,
        colors: NDArray[np.uint8],
        planes: int,
        stream: NDArray[np.uint8],
        leaves: NDArray[np.uint16],
    ) -> None:
        n, height, width = leaves.shape
        if not 0 < n <= planes:
            raise ValueError("the tile has fewer planes, or none is wanted")
        super().__init__(model, colors, (planes, height, width))
        self._planes = n
        self._leaves = leaves
        state = self._state
        self._source = RangeInput(bytes(stream), math.prod(state.size) // PIXELS_PER_BYTE)
        state.source = self._source
        state.decoders = [RangeDecoder(self._source) for _ in range(state.sides)]

    def _plane(self, _: int) -> list[int]:
        """Return a plane to fill."""
        return self._state.empty_plane()

    def _end_plane(self) -> None:
        """Copy the plane's leaves, unless they are what followed a fault."""
        if not self._source.fault:
            state = self._state
            plane = np.array(state.plane).reshape(-1, state.stride)
            self._leaves[state.z] = plane[3:-1, 4:-4]

    def decode(self, budget: int) -> int:
        """Decode at least `budget` more pixels, or all; return how many are done."""
        self._code(budget)
        return self.done

    def is_sound(self) -> bool:
        """Whether all pixels came from the very stream that an encoder writes for them.

        Of a stream that was not decoded to its end, it is not known.
        """
        if self.done != self.pixels or self._source.fault:
            return False
        is_part = self._planes < self._state.size[0]
        return is_part or all(decoder.is_finished() for decoder in self._state.decoders)


class TileEncoder(_Tile):
    """The tile of (planes, height, width) leaves. ``encode`` all pixels, then ``finish``."""

    def __init__(self, model: int, colors: NDArray[np.uint8], leaves: NDArray[np.uint16]) -> None:
        planes, height, width = leaves.shape
        super().__init__(model, colors, (planes, height, width))
        if int(leaves.max()) >= len(colors):
            raise ValueError("a leaf is not less than the number of colours")
        self._leaves = leaves
        state = self._state
        state.plane = self._plane(0)
        self._order = bytearray()
        state.encoders = [RangeEncoder(self._order, who) for who in range(state.sides)]
        self._is_finished = False

    def _plane(self, number: int) -> list[int]:
        """Return a plane with padding. A leaf that has become too large is cut."""
        state = self._state
        leaves = np.minimum(self._leaves[number], state.n_leaves - 1)
        found: list[int] = np.pad(leaves, ((3, 1), (4, 4))).reshape(-1).tolist()
        return found

    def encode(self, budget: int) -> int:
        """Encode at least `budget` more pixels, or all; return how many are done."""
        if self._is_finished:
            raise RuntimeError("the tile is finished")
        self._code(budget)
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

    def choose(
        self,
        points: NDArray[np.int32],
        weights: NDArray[np.uint16],
        entries: NDArray[np.int32],
        close: NDArray[np.uint16],
        price: int,
        diffusion: int,
    ) -> None:
        """Set out to choose leaves by their error and their price; theirs is another stream.

        The search for each begins at the one given. (H, W, 4) `points` are those of the pixels,
        (H, W) `weights` count their errors in 1/256, (K, 4) `entries` are the points of the leaves,
        with coordinates of 16 bits, and (K, n) `close` are n different leaves near each, itself
        first. `price` is the squared distance that a bit may cost. A pixel makes up for its
        neighbours' errors by `diffusion`, in 1/256.
        """
        state = self._state
        if self.done > 0:
            raise RuntimeError("a tile chooses all of its leaves, or none")
        if points.shape != (state.height, state.width, 4):
            raise ValueError("each pixel has a point")
        if weights.shape != (state.height, state.width):
            raise ValueError("each pixel has a weight")
        if entries.shape != (state.n_leaves, 4) or len(close) != state.n_leaves:
            raise ValueError("each leaf has a point, and close leaves")
        if not 2 <= close.shape[1] <= MOST_CLOSE:
            raise ValueError("a leaf has 2 to 32 close ones, itself included")
        if not 0 <= diffusion <= 256:
            raise ValueError("diffusion is 0 to 256")
        if int(close.max()) >= state.n_leaves:
            raise ValueError("a close leaf is not less than the number of colours")
        if self._model >= CHOOSERS or self._planes > 1:
            raise ValueError("the model does not choose")
        costs = Costs(
            points.tolist(), weights.tolist(), entries.tolist(), close.tolist(), price, diffusion
        )
        state.choice = Choice(costs, (state.height, state.width))

    def take(self, leaves: NDArray[np.uint16]) -> None:
        """Fill (H, W) leaves with those of the plane: the chosen ones, where they are chosen."""
        state = self._state
        if self.done != self.pixels:
            raise RuntimeError("the leaves of a tile are taken when all are chosen")
        if leaves.shape != (state.height, state.width):
            raise ValueError("the leaves have another shape than the tile")
        leaves[:] = np.array(state.plane).reshape(-1, state.stride)[3:-1, 4:-4]
