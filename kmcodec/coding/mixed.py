"""Coder 2, ``mixed`` (spec 6.3): tiles of indices through context mixing and a range coder.

After Mahoney, "Adaptive weighing of context models for lossless data compression", Florida Tech
CS-2005-16 (2005), with contexts for palettes: neighbouring indices, and colours predicted of them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kmcodec.arithmetic import index_type
from kmcodec.coding.mixing import Mixer
from kmcodec.coding.mixing_tables import FULL, LEAN, MODELS, RICH
from kmcodec.coding.plane import PlaneDecoder, PlaneEncoder
from kmcodec.coding.quick import QUICK, QuickCoder
from kmcodec.coding.tiling import Grid, build_payload, model_of, parse_tiles
from kmcodec.errors import CancelledError, InputError, UnsupportedError
from kmcodec.parallel import run_all
from kmcodec.progress import Tally

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from kmcodec.coding.plane import Indices
    from kmcodec.coding.rectangle import Rectangle
    from kmcodec.coding.setting import Setting
    from kmcodec.coding.tile import TileCoder
    from kmcodec.coding.tree import PaletteTree

ID = 2
NAME = "mixed"

TILE_SIDES = {QUICK: 640, LEAN.number: 640, RICH.number: 1448, FULL.number: 1448}  # about
SMALL = 1 << 16  # pixels of a plane that may take its time
FEW_DECISIONS, MANY_DECISIONS = 1.2, 3.0  # per pixel
# what a decision costs at most, by model
NANOSECONDS = {QUICK: 12, LEAN.number: 40, RICH.number: 80, FULL.number: 250}
SMALL_STATE = 1 << 20  # bytes of a quick tile's state
STATES = 56 << 20  # bytes that the states of all tiles at work may take
TRIAL_SIDE = 256
TRIAL_GAIN = 0.9


def tile_coder(
    number: int, tree: PaletteTree, shape: tuple[int, int], stream: memoryview | None = None
) -> TileCoder:
    """Return the coder of a tile by the number of its model."""
    if number == QUICK:
        return QuickCoder(tree, shape, stream)
    return Mixer(MODELS[number], tree, shape, stream)


def _fitting_threads(number: int, pixels: int, threads: int) -> int:
    """Return as many of the threads as leave the states of their tiles within 64 MB or so."""
    model = MODELS.get(number)
    state = SMALL_STATE if model is None else model.hashed << (model.log_buckets + 6)
    return max(1, min(threads, (STATES + pixels) // state))


class MixedDecoder(PlaneDecoder):
    """Tiles with their streams, of which a region decodes those that it touches."""

    NAME = NAME

    def __init__(self, setting: Setting, payload: memoryview) -> None:
        super().__init__(setting, payload)
        self.model = model_of(payload)
        if self.model != QUICK and self.model not in MODELS:
            raise UnsupportedError(
                f"model {self.model} of the mixed coder is unknown to this version"
            )
        self.tiles = parse_tiles(payload, setting.shape)

    def _touched(self, region: Rectangle) -> list[tuple[Rectangle, memoryview]]:
        """Return the tiles that have a pixel of a region, with their streams."""
        return [(tile, stream) for tile, stream in self.tiles if tile.overlaps(region)]

    def cost(self, region: Rectangle) -> int:
        """Return the nanoseconds of the tiles, as if every pixel escaped from its flat area."""
        decisions = 1 + (self.setting.n_colors - 1).bit_length()
        pixels = sum(tile.area for tile, _ in self._touched(region))
        return NANOSECONDS[self.model] * decisions * pixels

    def _decode(self, region: Rectangle, threads: int, tally: Tally | None) -> Indices:
        """Return the indices of a region; tiles outside it are not touched.

        Fewer threads than allowed are used where the states of as many tiles would fill the memory.
        """
        tree = self.setting.tree
        kind = index_type(len(tree))
        order = tree.order.astype(kind)
        indices: Indices = np.empty(region.shape, dtype=kind)
        tally = tally or Tally(region.area)

        def decode_tile(item: tuple[Rectangle, memoryview]) -> None:
            tile, stream = item
            leaves = tile_coder(self.model, tree, tile.shape, stream).decode(tally)
            indices[tile.slices_of(region)] = order[leaves[region.slices_of(tile)]]

        threads = _fitting_threads(self.model, region.area, threads)
        try:
            run_all(decode_tile, self._touched(region), threads)
        except CancelledError as error:
            raise tally.cause or error from None  # which may have come from another tile's thread
        except BaseException:
            tally.stop()  # nobody wants the other tiles any more
            raise
        return indices


class MixedEncoder(PlaneEncoder):
    """Tiles of one model, each coded alone.

    Parameters
    ----------
    setting : Setting
    model : int
        Its number.
    grid : Grid, optional
        The tiles; by default of the size that suits the model.
    """

    def __init__(self, setting: Setting, model: int, grid: Grid | None = None) -> None:
        super().__init__(setting)
        self.model = model
        self.grid = grid or Grid.about(setting.shape, TILE_SIDES[model])
        self.tiles = self.grid.tiles(setting.shape)

    def encode(self, indices: Indices, *, threads: int = 1) -> bytes:
        """Return the payload; tiles are coded in parallel, as many as their states leave room."""
        leaves = self.setting.tree.ranks[indices]

        def encode_tile(tile: Rectangle) -> bytes:
            piece = leaves[tile.top : tile.bottom, tile.left : tile.right]
            return tile_coder(self.model, self.setting.tree, tile.shape).encode(piece)

        threads = _fitting_threads(self.model, indices.size, threads)
        return self.join(run_all(encode_tile, self.tiles, threads))

    def begin_tile(self, number: int) -> PricedTile:
        """Return one of the tiles for a caller that chooses its indices by what they cost.

        Raises
        ------
        InputError
            The model is ``quick``, which tells no prices.
        """
        if self.model == QUICK:
            raise InputError("the quick model tells no prices")
        mixer = Mixer(MODELS[self.model], self.setting.tree, self.tiles[number].shape)
        return PricedTile(mixer, self.setting.tree)

    def join(self, streams: list[bytes]) -> bytes:
        """Return the payload of all tiles' streams, in their order."""
        return build_payload(self.model, self.grid, streams)


class PricedTile:
    """A tile that is coded pixel by pixel, row by row, and tells what each choice would cost."""

    def __init__(self, mixer: Mixer, tree: PaletteTree) -> None:
        self._mixer = mixer
        self._tree = tree

    def _leaves(self, indices: ArrayLike) -> NDArray[np.uint16]:
        """Return the leaves of indices, which must be less than K."""
        checked = np.asarray(indices)
        whole = checked.dtype.kind in "iu"
        if checked.size and not (whole and 0 <= checked.min() <= checked.max() < len(self._tree)):
            raise InputError(f"indices are whole numbers from 0 to {len(self._tree) - 1}")
        leaves: NDArray[np.uint16] = self._tree.ranks[checked.astype(np.int64)]
        return leaves

    def price(self, indices: ArrayLike) -> NDArray[np.int32]:
        """Return what each of (n,) indices would cost as the next pixel, in 1/4096 bit.

        Nothing is coded. See ``Mixer.price`` for the largest price and the errors.
        """
        return self._mixer.price(self._leaves(indices))

    def push(self, index: int) -> None:
        """Code the next pixel; errors are those of ``price``."""
        self._mixer.push(int(self._leaves(index)))

    def finish(self) -> bytes:
        """Return the tile's stream; all its pixels must be coded."""
        return self._mixer.finish()


def _flat_share(indices: Indices) -> float:
    """Return the share of pixels that are equal to five neighbours before them."""
    if min(indices.shape) < 3:
        return 0.0
    left = indices[2:, 1:-1]
    flat = left == indices[2:, :-2]
    for other in (indices[1:-1, 2:], indices[1:-1, 1:-1], indices[:-2, 2:]):
        flat &= left == other
    return float(np.count_nonzero(flat)) / indices.size


def _rich_gains(indices: Indices, tree: PaletteTree) -> bool:
    """Whether the rich model gains enough on a piece in the middle."""
    top, left = (max(0, (side - TRIAL_SIDE) // 2) for side in indices.shape)
    piece = tree.ranks[indices[top : top + TRIAL_SIDE, left : left + TRIAL_SIDE]]
    rich, lean = (len(Mixer(m, tree, piece.shape).encode(piece)) for m in (RICH, LEAN))
    return rich < TRIAL_GAIN * lean


def choose_models(indices: Indices, tree: PaletteTree, effort: int) -> list[int]:
    """Return the numbers of the models to try: what is flat or repeats itself wants rich."""
    lean, rich, full = LEAN.number, RICH.number, FULL.number
    if effort <= 3:
        return [QUICK if effort == 1 else lean]
    if effort >= 9:
        return [rich, full]
    decisions = (1 - _flat_share(indices)) * math.log2(len(tree))
    few = decisions < FEW_DECISIONS
    if effort >= 7:
        return [rich if few else full]
    if indices.size <= SMALL or few:
        return [rich]
    return [rich if decisions < MANY_DECISIONS and _rich_gains(indices, tree) else lean]


def begin(indices: Indices, setting: Setting, effort: int) -> list[PlaneEncoder]:
    """Return an encoder for each model that is worth a try; one model serves all tiles."""
    return [MixedEncoder(setting, model) for model in choose_models(indices, setting.tree, effort)]
