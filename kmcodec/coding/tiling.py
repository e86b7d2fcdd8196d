"""A plane, or a stack, in tiles, and their streams in a payload of ``mixed`` (spec 6.3.1)."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

from kmcodec.coding.rectangle import Rectangle
from kmcodec.coding.tile import LOG2_PIXELS_PER_BYTE
from kmcodec.errors import FormatError
from kmcodec.varint import read_varint, write_varint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kmcodec.coding.setting import Setting

FLAG_TILES = 0x80
MOST_TILES = 1 << 16
FREE_TILES, LOG2_PIXELS_PER_TILE = 16, 12  # so many, and one for 2**12 pixels each
MOST_PIXELS = 1 << 24  # of a tile

Shape = tuple[int, int]


class Grid(NamedTuple):
    """Rows and columns of tiles, and groups of a stack's planes."""

    rows: int
    columns: int
    groups: int = 1

    @classmethod
    def about(cls, shape: Shape, side: int) -> Grid:
        """Return tiles of about `side` x `side` pixels, longer in narrow planes."""
        height, width = shape
        rows = height * min(width, side) / side**2
        columns = width * min(height, side) / side**2
        return cls(max(1, round(rows)), max(1, round(columns)))

    @property
    def n_tiles(self) -> int:
        """Number of tiles."""
        return self.groups * self.rows * self.columns

    def tiles(self, whole: Rectangle) -> list[Rectangle]:
        """Return the tiles of a plane or stack: group by group, row by row."""
        return [
            Rectangle(*vertical, *horizontal, *planes)
            for planes in _edges(whole.planes, self.groups)
            for vertical in _edges(whole.shape[0], self.rows)
            for horizontal in _edges(whole.shape[1], self.columns)
        ]

    def check(self, whole: Rectangle) -> None:
        """Raise ``FormatError`` unless a plane or stack may have these tiles, more than one."""
        height, width = whole.shape
        told = f"{self.groups} x {self.rows} x {self.columns} tiles"
        too_many = self.groups > whole.planes or self.rows > height or self.columns > width
        if too_many or self.n_tiles == 1:
            raise FormatError(f"{told} for {whole.planes} x {height} x {width} pixels")
        most = most_tiles(whole.area)
        if self.n_tiles > most:
            raise FormatError(f"{told}, there may be {most}")


def most_tiles(area: int) -> int:
    """Return how many tiles so many pixels may have."""
    return min(MOST_TILES, FREE_TILES + (area >> LOG2_PIXELS_PER_TILE))


def _edges(length: int, parts: int) -> list[tuple[int, int]]:
    """Return the ends of nearly equal parts of a length."""
    return list(itertools.pairwise(length * i // parts for i in range(parts + 1)))


def build_payload(
    model: int, grid: Grid, streams: Sequence[bytes], *, stack: bool = False
) -> bytes:
    """Return the model's number, the table of tiles if there are several, and their streams."""
    if len(streams) == 1:
        return bytes([model]) + streams[0]
    table = [write_varint(grid.groups - 1)] if stack else []
    table += [write_varint(grid.rows - 1), write_varint(grid.columns - 1)]
    table += [write_varint(len(stream)) for stream in streams[:-1]]
    return b"".join([bytes([model | FLAG_TILES]), *table, *streams])


def model_of(payload: memoryview) -> int:
    """Return the number of a payload's model."""
    if len(payload) == 0:
        raise FormatError("the mixed indices are empty")
    return payload[0] & ~FLAG_TILES


def parse_tiles(payload: memoryview, setting: Setting) -> list[tuple[Rectangle, memoryview]]:
    """Return each tile of a payload with its stream, long enough for its pixels.

    Raises
    ------
    FormatError
        The payload cannot hold such a plane or stack.
    """
    if payload[0] & FLAG_TILES:
        grid, sizes, at = _parse_table(payload, setting)
    else:
        grid, sizes, at = Grid(1, 1), [len(payload) - 1], 1
    parsed = []
    for tile, size in zip(grid.tiles(setting.whole), sizes, strict=True):
        if tile.area > MOST_PIXELS:
            raise FormatError(f"a tile of {tile.area} pixels, the most is {MOST_PIXELS}")
        if size < tile.area >> LOG2_PIXELS_PER_BYTE:
            raise FormatError(f"{size} bytes cannot hold a tile of {tile.area} pixels")
        parsed.append((tile, payload[at : at + size]))
        at += size
    return parsed


def _parse_table(payload: memoryview, setting: Setting) -> tuple[Grid, list[int], int]:
    """Return the tiles, the sizes of their streams, and where these begin."""
    try:
        groups, at = 0, 1
        if setting.planes > 1:
            groups, at = read_varint(payload, at, "groups of planes")
        rows, at = read_varint(payload, at, "rows of tiles")
        columns, at = read_varint(payload, at, "columns of tiles")
        grid = Grid(rows + 1, columns + 1, groups + 1)
        grid.check(setting.whole)
        others = grid.n_tiles - 1
        if others > len(payload) - at:
            raise FormatError(f"{len(payload)} bytes cannot hold {others + 1} tiles")
        sizes = []
        for _ in range(others):
            size, at = read_varint(payload, at, "size of a tile")
            sizes.append(size)
    except IndexError:
        raise FormatError("the table of tiles ends early") from None
    sizes.append(len(payload) - at - sum(sizes))
    if sizes[-1] < 0:
        raise FormatError("the tiles are longer than the payload")
    return grid, sizes, at
