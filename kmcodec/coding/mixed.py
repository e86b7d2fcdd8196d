"""Coder 2, ``mixed`` (spec 6.3): tiles of indices through context mixing and a range coder.

After Mahoney, "Adaptive weighing of context models for lossless data compression", Florida Tech
CS-2005-16 (2005), with contexts for palettes: neighbouring indices, and colours predicted of them.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec.coding.mixing import Mixer
from kmcodec.coding.mixing_tables import FULL, LEAN, MODELS, RICH
from kmcodec.coding.quick import QUICK, QuickCoder
from kmcodec.coding.rectangle import Rectangle
from kmcodec.coding.tile import PIXELS_PER_BYTE, TileCoder
from kmcodec.coding.tree import PaletteTree, grow_tree
from kmcodec.errors import CancelledError, FormatError, UnsupportedError
from kmcodec.parallel import run_all
from kmcodec.progress import Tally
from kmcodec.varint import read_varint, write_varint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Indices = NDArray[np.unsignedinteger[Any]]

ID = 2
NAME = "mixed"

FLAG_TILES = 0x80  # spec 6.3.1
MOST_TILES = 1 << 16
FREE_TILES, PIXELS_PER_TILE = 16, 12  # so many, and one for 2**12 pixels each
MOST_PIXELS = 1 << 24  # of a tile
TILE_SIDES = {QUICK: 640, LEAN.number: 640, RICH.number: 1448, FULL.number: 1448}  # about
SMALL = 1 << 16  # pixels of a plane that may take its time
FEW_DECISIONS, MANY_DECISIONS = 1.2, 3.0  # per pixel
# what a decision costs at most, by model; and memory, in bytes, for the states of several tiles
NANOSECONDS = {QUICK: 12, LEAN.number: 40, RICH.number: 80, FULL.number: 250}
SMALL_STATE = 1 << 20
STATES = 56 << 20
TRIAL_SIDE = 256
TRIAL_GAIN = 0.9


def _edges(length: int, parts: int) -> list[tuple[int, int]]:
    """Return the ends of nearly equal parts of a length."""
    return list(itertools.pairwise(length * i // parts for i in range(parts + 1)))


def _tiles(shape: tuple[int, int], rows: int, columns: int) -> list[Rectangle]:
    """Return the tiles of a plane, row by row."""
    return [
        Rectangle(*vertical, *horizontal)
        for vertical in _edges(shape[0], rows)
        for horizontal in _edges(shape[1], columns)
    ]


def tile_coder(
    number: int, tree: PaletteTree, shape: tuple[int, int], stream: memoryview | None = None
) -> TileCoder:
    """Return the coder of a tile by the number of its model."""
    if number == QUICK:
        return QuickCoder(tree, shape, stream)
    return Mixer(MODELS[number], tree, shape, stream)


def _flat_share(indices: Indices) -> float:
    """Return the share of pixels that are equal to five neighbours before them."""
    if min(indices.shape) < 3:
        return 0.0
    left = indices[2:, 1:-1]
    flat = left == indices[2:, :-2]
    for other in (indices[1:-1, 2:], indices[1:-1, 1:-1], indices[:-2, 2:]):
        flat &= left == other
    return float(np.count_nonzero(flat)) / indices.size


def _trial(indices: Indices, tree: PaletteTree) -> bool:
    """Whether the rich model gains enough on a piece in the middle."""
    top, left = (max(0, (side - TRIAL_SIDE) // 2) for side in indices.shape)
    piece = indices[top : top + TRIAL_SIDE, left : left + TRIAL_SIDE]
    rich, lean = (len(Mixer(m, tree, piece.shape).encode(piece)) for m in (RICH, LEAN))
    return rich < TRIAL_GAIN * lean


def _choose_models(leaves: Indices, tree: PaletteTree, effort: int) -> list[int]:
    """Return the numbers of the models to try: what is flat or repeats itself wants rich."""
    lean, rich, full = LEAN.number, RICH.number, FULL.number
    if effort <= 3:
        return [QUICK if effort == 1 else lean]
    if effort >= 9:
        return [rich, full]
    decisions = (1 - _flat_share(leaves)) * math.log2(len(tree.order))
    few = decisions < FEW_DECISIONS
    if effort >= 7:
        return [rich if few else full]
    if leaves.size <= SMALL or few:
        return [rich]
    return [rich if decisions < MANY_DECISIONS and _trial(leaves, tree) else lean]


def _grid(shape: tuple[int, int], side: int) -> tuple[int, int]:
    """Return rows and columns of tiles of about `side` x `side` pixels, longer in narrow planes."""
    height, width = shape
    rows = height * min(width, side) / side**2
    columns = width * min(height, side) / side**2
    return max(1, round(rows)), max(1, round(columns))


def _encode_with(number: int, leaves: NDArray[np.uint16], tree: PaletteTree, threads: int) -> bytes:
    """Return the payload of a plane in one model."""
    rows, columns = _grid(leaves.shape, TILE_SIDES[number])

    def encode_tile(tile: Rectangle) -> bytes:
        piece = leaves[tile.top : tile.bottom, tile.left : tile.right]
        return tile_coder(number, tree, tile.shape).encode(piece)

    streams = run_all(encode_tile, _tiles(leaves.shape, rows, columns), threads)
    if len(streams) == 1:
        return bytes([number]) + streams[0]
    table = [write_varint(rows - 1), write_varint(columns - 1)]
    table += [write_varint(len(stream)) for stream in streams[:-1]]
    return b"".join([bytes([number | FLAG_TILES]), *table, *streams])


def encode(indices: Indices, palette: NDArray[np.uint8], effort: int, threads: int) -> bytes:
    """Return the payload; one model serves all tiles."""
    tree = grow_tree(palette)
    ranks = np.empty(len(palette), dtype=np.uint16)
    ranks[tree.order] = np.arange(len(palette), dtype=np.uint16)
    leaves = ranks[indices]
    models = _choose_models(leaves, tree, effort)
    return min((_encode_with(number, leaves, tree, threads) for number in models), key=len)


def _parse_table(
    payload: memoryview, shape: tuple[int, int]
) -> tuple[list[Rectangle], list[int], int]:
    """Return the tiles, the sizes of their streams, and where these begin."""
    try:
        rows, at = read_varint(payload, 1, "rows of tiles")
        columns, at = read_varint(payload, at, "columns of tiles")
        rows, columns = rows + 1, columns + 1
        if rows > shape[0] or columns > shape[1] or rows * columns == 1:
            raise FormatError(f"{rows} x {columns} tiles for {shape[0]} x {shape[1]} pixels")
        most = min(MOST_TILES, FREE_TILES + (shape[0] * shape[1] >> PIXELS_PER_TILE))
        if rows * columns > most:
            raise FormatError(f"{rows} x {columns} tiles, there may be {most}")
        if rows * columns - 1 > len(payload) - at:
            raise FormatError(f"{len(payload)} bytes cannot hold {rows * columns} tiles")
        sizes = []
        for _ in range(rows * columns - 1):
            size, at = read_varint(payload, at, "size of a tile")
            sizes.append(size)
    except IndexError:
        raise FormatError("the table of tiles ends early") from None
    sizes.append(len(payload) - at - sum(sizes))
    if sizes[-1] < 0:
        raise FormatError("the tiles are longer than the payload")
    return _tiles(shape, rows, columns), sizes, at


def _parse(
    payload: memoryview, shape: tuple[int, int]
) -> tuple[int, list[tuple[Rectangle, memoryview]]]:
    """Return the model's number, and each tile with its stream, long enough for its pixels."""
    if len(payload) == 0:
        raise FormatError("the mixed indices are empty")
    number, tiled = payload[0] & ~FLAG_TILES, bool(payload[0] & FLAG_TILES)
    if number != QUICK and number not in MODELS:
        raise UnsupportedError(f"model {number} of the mixed coder is unknown to this version")
    if tiled:
        tiles, sizes, at = _parse_table(payload, shape)
    else:
        tiles, sizes, at = _tiles(shape, 1, 1), [len(payload) - 1], 1
    parsed = []
    for tile, size in zip(tiles, sizes, strict=True):
        pixels = tile.shape[0] * tile.shape[1]
        if pixels > MOST_PIXELS:
            raise FormatError(f"a tile of {pixels} pixels, the most is {MOST_PIXELS}")
        if size < pixels >> PIXELS_PER_BYTE:
            raise FormatError(f"{size} bytes cannot hold a tile of {pixels} pixels")
        parsed.append((tile, payload[at : at + size]))
        at += size
    return number, parsed


def check_size(payload: memoryview, shape: tuple[int, int], n_colors: int) -> None:  # noqa: ARG001
    """Raise ``FormatError`` if the payload cannot hold the plane."""
    _parse(payload, shape)


def cost(payload: memoryview, shape: tuple[int, int], n_colors: int, region: Rectangle) -> int:
    """Return the nanoseconds that decoding a region takes at most, about.

    The tiles that the region touches count, each pixel with the decisions of one that escaped.
    """
    number, parsed = _parse(payload, shape)
    pixels = sum(t.shape[0] * t.shape[1] for t, _ in parsed if t.overlaps(region))
    return NANOSECONDS[number] * (1 + (n_colors - 1).bit_length()) * pixels


def _fitting_threads(number: int, pixels: int, threads: int) -> int:
    """Return as many of the threads as leave the states of their tiles within 64 MB or so."""
    model = MODELS.get(number)
    state = SMALL_STATE if model is None else model.hashed << (model.log_buckets + 6)
    return max(1, min(threads, (STATES + pixels) // state))


def decode(
    payload: memoryview,
    shape: tuple[int, int],
    palette: NDArray[np.uint8],
    region: Rectangle,
    threads: int,
    *,
    tally: Tally | None = None,
) -> Indices:
    """Return the indices of a region; tiles outside it are not touched.

    Fewer threads than allowed are used where the states of as many tiles would fill the memory.

    Raises
    ------
    FormatError
        The payload is not exactly one such plane, as far as it was read.
    UnsupportedError
        The model is unknown.
    """
    number, parsed = _parse(payload, shape)
    tree = grow_tree(palette)
    order = tree.order.astype(np.uint8 if len(palette) <= 256 else np.uint16)
    indices = np.empty(region.shape, dtype=order.dtype)

    def decode_tile(item: tuple[Rectangle, memoryview]) -> None:
        tile, stream = item
        leaves = tile_coder(number, tree, tile.shape, stream).decode(tally)
        indices[tile.slices_of(region)] = order[leaves[region.slices_of(tile)]]

    threads = _fitting_threads(number, region.shape[0] * region.shape[1], threads)
    tally = tally or Tally(region.shape[0] * region.shape[1])
    try:
        run_all(decode_tile, [item for item in parsed if item[0].overlaps(region)], threads)
    except CancelledError as error:
        raise tally.cause or error from None  # which may have come from another tile's thread
    except BaseException:
        tally.stop()  # nobody wants the other tiles any more
        raise
    return indices
