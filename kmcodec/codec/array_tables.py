"""The section of local tables: each block of an array has indices of its own (spec 4.6).

They serve arrays of more distinct values than a codebook has entries, and volumes of which each
part has few of the values.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec.arithmetic import index_type
from kmcodec.codec.varints import read_varints, write_varints
from kmcodec.coding import Grid
from kmcodec.errors import FormatError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.coding import Rectangle

    Ranks = NDArray[np.unsignedinteger[Any]]

FIELDS = 4  # numbers before the tables


@dataclass(frozen=True, eq=False)
class LocalTables:
    """Which of an array's values each of its blocks has.

    Attributes
    ----------
    grid : Grid
        The blocks, which lie as tiles do.
    n_values : int
        Distinct values of the array.
    counts : (B,) int64
        How many of them each block has, 1 or more.
    ranks : (sum of counts,) of an unsigned type
        The ranks of these, ascending in each block.
    """

    grid: Grid
    n_values: int
    counts: NDArray[np.int64]
    ranks: Ranks

    @cached_property
    def ends(self) -> NDArray[np.int64]:
        """Where the table of each block ends."""
        return np.cumsum(self.counts)

    def table(self, block: int) -> Ranks:
        """Return the rank that each index of a block stands for."""
        end = self.ends[block]
        return self.ranks[end - self.counts[block] : end]


def localized(ranks: Ranks, grid: Grid, whole: Rectangle) -> tuple[Ranks, LocalTables]:
    """Return each element's place among the ranks of its block, at most 65536, and the tables.

    Parameters
    ----------
    ranks : (planes, height, width) of an unsigned type
    grid : Grid
    whole : Rectangle
        Of these planes.
    """
    local = np.empty(ranks.shape, dtype=np.uint16)
    tables = []
    for tile in grid.tiles(whole):
        block = ranks[tile.slices_of(whole)]
        table, places = np.unique(block, return_inverse=True)
        local[tile.slices_of(whole)] = places.reshape(block.shape)
        tables.append(table)
    counts = np.array([len(table) for table in tables])
    found = LocalTables(grid, int(ranks.max()) + 1, counts, np.concatenate(tables))
    return local.astype(index_type(int(counts.max()))), found


def divided_until(ranks: Ranks, grid: Grid, whole: Rectangle, most: int) -> Grid:
    """Return a grid, divided further until no block has more than `most` distinct ranks."""
    while True:
        tiles = grid.tiles(whole)
        large = (ranks[tile.slices_of(whole)] for tile in tiles if tile.area > most)
        if all(len(np.unique(block)) <= most for block in large):
            return grid
        grid = _halved(grid, whole)  # blocks of 4096 elements may be as many as are needed


def _halved(grid: Grid, whole: Rectangle) -> Grid:
    """Return a grid of twice the blocks, which are the less oblong."""
    sides = (
        (whole.shape[0] / grid.rows, "rows"),
        (whole.shape[1] / grid.columns, "columns"),
        (whole.planes / grid.groups, "groups"),
    )
    name = max(sides)[1]
    return grid._replace(**{name: 2 * getattr(grid, name)})


def build_tables(tables: LocalTables) -> bytes:
    """Return the section's payload."""
    grid, starts = tables.grid, tables.ends - tables.counts
    steps = np.diff(tables.ranks.astype(np.int64), prepend=0) - 1
    steps[starts] = tables.ranks[starts]
    told = np.insert(steps, starts, tables.counts - 1)
    fields = (tables.n_values, grid.groups, grid.rows, grid.columns)
    return write_varints(np.concatenate([np.array(fields) - 1, told]).astype(np.uint64))


def parse_tables(payload: memoryview, n_colors: int, whole: Rectangle) -> LocalTables:
    """Return the section of a payload, checked, or raise ``FormatError``."""
    try:
        return _parse(payload, n_colors, whole)
    except FormatError as error:
        raise FormatError(str(error), section="tables") from None


def _parse(payload: memoryview, n_colors: int, whole: Rectangle) -> LocalTables:
    """Do so; errors do not name the section."""
    told = read_varints(payload, "tables")
    if len(told) < FIELDS or int(told.max()) >= 1 << 31:
        raise FormatError("the tables end early, or have a number of 2^31 or more")
    n_values, groups, rows, columns = (int(number) + 1 for number in told[:FIELDS])
    grid = Grid(rows, columns, groups)
    grid.check(whole)
    counts, starts = _find_tables(told, grid.n_tiles)
    if max(counts) != n_colors:
        raise FormatError(f"the largest table has {max(counts)} values, not {n_colors}")
    ranks = np.concatenate(
        [_ranks_of(told[at : at + n], n_values) for at, n in zip(starts, counts, strict=True)]
    )
    if len(ranks) < n_values:
        raise FormatError(f"{len(ranks)} places in tables of {n_values} values")
    return LocalTables(grid, n_values, np.array(counts), ranks)


def _find_tables(told: NDArray[np.uint64], n_tables: int) -> tuple[list[int], list[int]]:
    """Return how many values each table has, and where its places begin."""
    at, counts, starts = FIELDS, [], []
    for _ in range(n_tables):
        if at >= len(told):
            raise FormatError("the tables end early")
        counts.append(int(told[at]) + 1)
        starts.append(at + 1)
        at += 1 + counts[-1]
    if at != len(told):
        raise FormatError(f"{len(told)} numbers are told, the tables have {at}")
    return counts, starts


def _ranks_of(told: NDArray[np.uint64], n_values: int) -> NDArray[np.uint32]:
    """Return the ranks of a table, of the first one and the steps to the others."""
    ranks = np.cumsum(told.astype(np.int64) + 1) - 1  # of at most 2^28 numbers below 2^31
    if ranks[-1] >= n_values:
        raise FormatError(f"place {ranks[-1]} in a list of {n_values} values")
    return ranks.astype(np.uint32)
