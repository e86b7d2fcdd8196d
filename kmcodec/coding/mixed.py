"""Coder 2, ``mixed`` (spec 6.3): tiles of indices through context mixing and a range coder.

Chances are mixed as by Mahoney, "Adaptive weighing of context models for lossless data
compression", Florida Tech CS-2005-16 (2005), but for 16 symbols at a time, with contexts for
palettes: neighbouring indices, and colours predicted of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec import _kernels
from kmcodec.arithmetic import index_type
from kmcodec.coding.plane import PlaneDecoder, PlaneEncoder
from kmcodec.coding.tile import decode_tile, encode_tile
from kmcodec.coding.tiling import (
    Grid,
    build_payload,
    model_of,
    most_tiles,
    parse_tiles,
)
from kmcodec.errors import CancelledError, FormatError, UnsupportedError
from kmcodec.parallel import run_all
from kmcodec.progress import Tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kmcodec.coding.plane import Indices
    from kmcodec.coding.rectangle import Rectangle
    from kmcodec.coding.setting import Setting

ID = 2
NAME = "mixed"

QUICK, LEAN, RICH, FULL = MODELS = (0, 1, 2, 3)
QUICK_STACK, RICH_STACK, FULL_STACK = STACK_MODELS = (4, 5, 6)
TILE_SIDES = {QUICK: 640, LEAN: 640, RICH: 1448, FULL: 1448}  # about
STACK_SIDE = 512
PLANES_OF_GROUP = 32  # about: what has to be decoded to have the last of them
SMALL = 1 << 16  # pixels of a plane that may take its time
THOROUGH = 7  # the least effort at which slow decoding has no price
PRICE = 5  # percent by which the rich model's payload counts as larger below that
NANOSECONDS = {
    QUICK: 60,
    LEAN: 120,
    RICH: 450,
    FULL: 900,
    QUICK_STACK: 80,
    RICH_STACK: 550,
    FULL_STACK: 1200,
}  # that four bits of an index cost at most
STATES = 56 << 20  # bytes that the states of all tiles at work may take
SAMPLE_SIDE = 1024  # pixels of a plane that are searched for what returns
TRIAL_SIDE = 128  # pixels of a plane that the quick model is tried on
LOG2_BLOCKS = 23  # eight places at least for each of its blocks
STEPS = (  # of doubling a block: the axis, how far, an odd factor of its hash
    (1, 1, np.uint32(0x9E3779B1)),
    (1, 2, np.uint32(0x85EBCA6B)),
    (0, 1, np.uint32(0xC2B2AE35)),
    (0, 2, np.uint32(0x27D4EB2F)),
    (1, 4, np.uint32(0x165667B1)),
    (0, 4, np.uint32(0xD3A2646D)),
)


def _fitting_threads(model: int, n_colors: int, tiles: Sequence[Rectangle], threads: int) -> int:
    """Return as many of the threads as leave the states of their tiles within 64 MB or so.

    The plane's own size comes on top of that: tiles hold a copy of what they decode.
    """
    if not tiles:
        return 1
    largest = max(
        _kernels.core.tile_bytes(model, n_colors, tile.planes, *tile.shape) for tile in tiles
    )
    pixels = sum(tile.area for tile in tiles)
    return max(1, min(threads, (STATES + pixels) // largest))


def suitable_grid(setting: Setting, model: int) -> Grid:
    """Return the tiles that suit a model: not so small that each has to learn everything anew."""
    if setting.grid is not None:
        return setting.grid
    if setting.planes == 1:
        return Grid.about(setting.shape, TILE_SIDES[model])
    return stack_grid(setting.whole, STACK_SIDE)


def stack_grid(whole: Rectangle, side: int) -> Grid:
    """Return tiles of about so many pixels a side, in groups of some planes."""
    groups = max(1, round(whole.planes / PLANES_OF_GROUP))
    grid = Grid.about(whole.shape, side)._replace(groups=groups)
    while grid.n_tiles > most_tiles(whole.area) and grid.groups > 1:
        grid = grid._replace(groups=grid.groups // 2)
    return grid


def _planes_of(tile: Rectangle, region: Rectangle) -> int:
    """Return how many of a tile's planes have to be decoded for a region that it overlaps."""
    return min(tile.end, region.end) - tile.first


class MixedDecoder(PlaneDecoder):
    """Tiles with their streams, of which a region decodes those that it touches."""

    NAME = NAME
    KNOWS_STACKS = True

    def __init__(self, setting: Setting, payload: memoryview) -> None:
        super().__init__(setting, payload)
        self.model = model_of(payload)
        if self.model not in MODELS + STACK_MODELS:
            raise UnsupportedError(
                f"model {self.model} of the mixed coder is unknown to this version"
            )
        if (self.model in STACK_MODELS) != (setting.planes > 1):
            raise FormatError(f"model {self.model} is not one for {setting.planes} planes")
        self.tiles = parse_tiles(payload, setting)

    def groups(self) -> list[tuple[int, int]]:
        """Return the planes that are decoded at once: first and end of each group."""
        return sorted({(tile.first, tile.end) for tile, _ in self.tiles})

    def _touched(self, region: Rectangle) -> list[tuple[Rectangle, memoryview]]:
        """Return the tiles that have a pixel of a region, with their streams."""
        return [(tile, stream) for tile, stream in self.tiles if tile.overlaps(region)]

    def _cost(self, region: Rectangle) -> int:
        """Return the nanoseconds of the tiles, as if every pixel escaped from its flat area."""
        steps = -(-(self.setting.n_colors - 1).bit_length() // 4)
        pixels = sum(
            _planes_of(tile, region) * tile.plane_area for tile, _ in self._touched(region)
        )
        return NANOSECONDS[self.model] * steps * pixels

    def _decode(self, region: Rectangle, threads: int, tally: Tally | None) -> Indices:
        """Return the indices of a region; tiles outside it are not touched.

        Fewer threads than allowed are used where the states of as many tiles would fill the memory.
        """
        tree = self.setting.tree
        kind = index_type(len(tree))
        order = tree.order.astype(kind)
        indices: Indices = np.empty((region.planes, *region.shape), dtype=kind)
        tally = tally or Tally(region.area)
        touched = self._touched(region)

        def decode_part(item: tuple[Rectangle, memoryview]) -> None:
            tile, stream = item
            part = (tile, _planes_of(tile, region))
            leaves = decode_tile(self.model, tree, part, stream, tally)
            indices[tile.slices_of(region)] = order[leaves[region.slices_of(tile)]]

        threads = _fitting_threads(self.model, len(tree), [tile for tile, _ in touched], threads)
        try:
            run_all(decode_part, touched, threads)
        except CancelledError as error:
            raise tally.cause or error from None  # which may have come from another tile's thread
        except BaseException:
            tally.stop()  # nobody wants the other tiles any more
            raise
        return indices.reshape(-1, region.shape[1])


class MixedEncoder(PlaneEncoder):
    """Tiles of one model, each coded alone.

    Parameters
    ----------
    setting : Setting
    model : int
        Its number.
    grid : Grid, optional
        The tiles; by default of the size that suits the model.
    price : int
        Percent by which its payload counts as larger.
    """

    KNOWS_STACKS = True

    def __init__(
        self, setting: Setting, model: int, grid: Grid | None = None, *, price: int = 0
    ) -> None:
        super().__init__(setting)
        self.price = price
        self.model = model
        self.grid = grid or suitable_grid(setting, model)
        self.tiles = self.grid.tiles(setting.whole)

    def encode(self, indices: Indices, *, threads: int = 1) -> bytes:
        """Return the payload; tiles are coded in parallel, as many as their states leave room."""
        tree, whole = self.setting.tree, self.setting.whole
        leaves = tree.ranks[indices].reshape(whole.planes, *whole.shape)

        def encode_part(tile: Rectangle) -> bytes:
            return encode_tile(self.model, tree, leaves[tile.slices_of(whole)])

        threads = _fitting_threads(self.model, len(tree), self.tiles, threads)
        streams = run_all(encode_part, self.tiles, threads)
        return build_payload(self.model, self.grid, streams, stack=whole.planes > 1)


def _middle(indices: Indices, side: int) -> Indices:
    """Return the middle of a plane, of so many pixels a side at most."""
    top, left = (max(0, length - side) // 2 for length in indices.shape)
    return indices[top : top + side, left : left + side]


def _blocks(indices: Indices, n_colors: int) -> NDArray[np.uint32]:
    """Return a hash, in its high bits, of the block of 64 bits at each place of a plane.

    It is 4 by 2 pixels, of at most 16, 4 or 2 colours 4 by 4, 8 by 4 or 8 by 8.
    """
    doublings = 3 + sum(n_colors <= few for few in (16, 4, 2))
    blocks = indices.astype(np.uint32)
    for axis, step, factor in STEPS[:doublings]:
        if axis:
            blocks = blocks[:, :-step] * factor + blocks[:, step:]
        else:
            blocks = blocks[:-step] * factor + blocks[step:]
    return blocks * STEPS[0][-1]


def _returns(indices: Indices, n_colors: int) -> bool:
    """Return whether all blocks but a third, in the middle of a plane, have been there before."""
    blocks = _blocks(_middle(indices, SAMPLE_SIDE), n_colors)
    seen = np.zeros(1 << LOG2_BLOCKS, dtype=np.bool_)
    seen[blocks >> np.uint32(32 - LOG2_BLOCKS)] = True
    return 3 * int(np.count_nonzero(seen)) <= blocks.size


def _quick_may_win(indices: Indices, setting: Setting) -> bool:
    """Return whether the lean model saves less than 1 % in the middle of a plane."""
    tree = setting.tree
    leaves = tree.ranks[_middle(indices, TRIAL_SIDE)]
    quick, lean = (len(encode_tile(model, tree, leaves[None])) for model in (QUICK, LEAN))
    return 100 * lean > 99 * quick


def _stack_models(indices: Indices, effort: int) -> list[int]:
    """Return the numbers of the models to try on a stack, those that decode quickly first."""
    if effort <= 3:
        return [QUICK_STACK]
    if effort >= 9 or indices.size <= SMALL:
        return list(STACK_MODELS)
    return [QUICK_STACK, RICH_STACK]


def choose_models(indices: Indices, setting: Setting, effort: int) -> list[int]:
    """Return the numbers of the models to try, those that decode quickly first.

    The lean model saves 2 to 15 % of what the quick one takes, and loses 1 % at most, on noise
    that nothing helps to foresee. There both are tried, so that a file is not larger for more
    effort.

    The rich model looks farther than the lean one for what returns. Where little does, as in most
    photographs, it saves 0 to 4 % and takes up to five times as long: below effort 7 it is not
    tried on such planes.
    """
    if setting.planes > 1:
        return _stack_models(indices, effort)
    if effort == 1:
        return [QUICK]
    if effort >= 9 or indices.size <= SMALL:
        return list(MODELS)
    models = [QUICK, LEAN] if _quick_may_win(indices, setting) else [LEAN]
    if effort >= THOROUGH or (effort > 3 and _returns(indices, setting.n_colors)):
        models.append(RICH)
    return models


def begin(indices: Indices, setting: Setting, effort: int) -> list[PlaneEncoder]:
    """Return an encoder for each model that is worth a try; one model serves all tiles.

    Below effort 7 the rich model has a price on planes that are not small: it is taken where it
    saves about 5 % of what a quicker decoder would read. It saves 8 to 70 % of screenshots and
    sprite sheets, and up to 10 % of photographs with smooth areas.
    """
    models = choose_models(indices, setting, effort)
    paid = effort < THOROUGH and indices.size > SMALL
    prices = {RICH: PRICE, RICH_STACK: PRICE} if paid else {}
    return [MixedEncoder(setting, model, price=prices.get(model, 0)) for model in models]
