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
from kmcodec.coding.tiling import Grid, build_payload, model_of, parse_tiles
from kmcodec.errors import CancelledError, UnsupportedError
from kmcodec.parallel import run_all
from kmcodec.progress import Tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kmcodec.coding.plane import Indices
    from kmcodec.coding.rectangle import Rectangle
    from kmcodec.coding.setting import Setting

ID = 2
NAME = "mixed"

QUICK, LEAN, RICH, FULL = MODELS = (0, 1, 2, 3)
TILE_SIDES = {QUICK: 640, LEAN: 640, RICH: 1448, FULL: 1448}  # about
SMALL = 1 << 16  # pixels of a plane that may take its time
NANOSECONDS = {QUICK: 60, LEAN: 100, RICH: 450, FULL: 800}  # that four bits of an index cost at most
STATES = 56 << 20  # bytes that the states of all tiles at work may take
MANY_COLORS = 128
LIVELY = 1 / 4


def _fitting_threads(model: int, n_colors: int, tiles: Sequence[Rectangle], threads: int) -> int:
    """Return as many of the threads as leave the states of their tiles within 64 MB or so.

    The plane's own size comes on top of that: tiles hold a copy of what they decode.
    """
    if not tiles:
        return 1
    largest = max(_kernels.core.tile_bytes(model, n_colors, *tile.shape) for tile in tiles)
    pixels = sum(tile.area for tile in tiles)
    return max(1, min(threads, (STATES + pixels) // largest))


class MixedDecoder(PlaneDecoder):
    """Tiles with their streams, of which a region decodes those that it touches."""

    NAME = NAME

    def __init__(self, setting: Setting, payload: memoryview) -> None:
        super().__init__(setting, payload)
        self.model = model_of(payload)
        if self.model not in MODELS:
            raise UnsupportedError(
                f"model {self.model} of the mixed coder is unknown to this version"
            )
        self.tiles = parse_tiles(payload, setting.shape)

    def _touched(self, region: Rectangle) -> list[tuple[Rectangle, memoryview]]:
        """Return the tiles that have a pixel of a region, with their streams."""
        return [(tile, stream) for tile, stream in self.tiles if tile.overlaps(region)]

    def cost(self, region: Rectangle) -> int:
        """Return the nanoseconds of the tiles, as if every pixel escaped from its flat area."""
        steps = -(-(self.setting.n_colors - 1).bit_length() // 4)
        pixels = sum(tile.area for tile, _ in self._touched(region))
        return NANOSECONDS[self.model] * steps * pixels

    def _decode(self, region: Rectangle, threads: int, tally: Tally | None) -> Indices:
        """Return the indices of a region; tiles outside it are not touched.

        Fewer threads than allowed are used where the states of as many tiles would fill the memory.
        """
        tree = self.setting.tree
        kind = index_type(len(tree))
        order = tree.order.astype(kind)
        indices: Indices = np.empty(region.shape, dtype=kind)
        tally = tally or Tally(region.area)
        touched = self._touched(region)

        def decode_part(item: tuple[Rectangle, memoryview]) -> None:
            tile, stream = item
            leaves = decode_tile(self.model, tree, tile.shape, stream, tally)
            indices[tile.slices_of(region)] = order[leaves[region.slices_of(tile)]]

        threads = _fitting_threads(self.model, len(tree), [tile for tile, _ in touched], threads)
        try:
            run_all(decode_part, touched, threads)
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
        tree = self.setting.tree
        leaves = tree.ranks[indices]

        def encode_part(tile: Rectangle) -> bytes:
            return encode_tile(
                self.model, tree, leaves[tile.top : tile.bottom, tile.left : tile.right]
            )

        threads = _fitting_threads(self.model, len(tree), self.tiles, threads)
        return build_payload(self.model, self.grid, run_all(encode_part, self.tiles, threads))


def _repeated_share(indices: Indices) -> float:
    """Return the share of pixels that are equal to the one left of them, or to that above."""
    left = indices[1:, 1:] == indices[1:, :-1]
    above = indices[1:, 1:] == indices[:-1, 1:]
    return float(np.count_nonzero(left | above)) / indices.size


def choose_models(indices: Indices, n_colors: int, effort: int) -> list[int]:
    """Return the numbers of the models to try.

    Where nothing is flat and nothing repeats itself, as in photographs of many colours, what the
    rich model has beside the lean one tells it least: it gains a few percent, at six times the
    time. Below effort 9 it is then not tried.
    """
    if effort == 1:
        return [QUICK]
    if effort >= 9 or indices.size <= SMALL:
        return [QUICK, LEAN, RICH, FULL]
    if effort <= 3 or (n_colors >= MANY_COLORS and _repeated_share(indices) < LIVELY):
        return [LEAN]
    return [LEAN, RICH]


def begin(indices: Indices, setting: Setting, effort: int) -> list[PlaneEncoder]:
    """Return an encoder for each model that is worth a try; one model serves all tiles."""
    models = choose_models(indices, setting.n_colors, effort)
    return [MixedEncoder(setting, model) for model in models]
