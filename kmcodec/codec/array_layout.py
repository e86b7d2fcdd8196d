"""Which array the indices of a file stand for, and the elements of any part of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec import container
from kmcodec.codec.array_parts import checked_ranges, in_groups, layers_of, region_of
from kmcodec.codec.array_section import ArraySection, count_planes, parse_section, plane_shape
from kmcodec.codec.array_tables import LocalTables, parse_tables
from kmcodec.coding import Rectangle
from kmcodec.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from kmcodec.codec.array_parts import Part
    from kmcodec.codec.ranking import Integers
    from kmcodec.coding.plane import Indices
    from kmcodec.container import Container, Limits

TAKEN = 1 << 20  # elements that get their values at a time: NumPy widens their indices to 8 bytes


@dataclass(frozen=True, eq=False)
class ArrayLayout:
    """An array but for its indices.

    Attributes
    ----------
    section : ArraySection
    tables : LocalTables, optional
        What the indices of each block stand for, if that differs.
    whole : Rectangle
        The plane, or the planes of the stack, that hold the elements.
    """

    section: ArraySection
    tables: LocalTables | None
    whole: Rectangle

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the array, as it was given."""
        shape = self.section.shape
        return shape[::-1] if self.section.transposed else shape

    def decode(
        self,
        part: Part | None,
        groups: list[tuple[int, int]],
        allow: Callable[[int], None],
        decode: Callable[[Rectangle], Indices],
    ) -> Integers:
        """Return a part of the array, by default all.

        Parameters
        ----------
        part : slice or sequence of slices, optional
            Of the array's axes, as NumPy takes them, in steps of 1.
        groups : list of (int, int)
            The planes that are best decoded at once.
        allow : callable
            Is told the bytes of what is made at once, and raises if they are too many.
        decode : callable
            Returns the indices of a part of the planes.
        """
        section = self.section
        ranges = checked_ranges(part, self.shape)
        ranges = ranges[::-1] if section.transposed else ranges
        shape = tuple(map(len, ranges))
        size = section.dtype.itemsize
        allow(math.prod(shape) * size)
        if 0 in shape:
            found: Integers = np.empty(shape, dtype=section.dtype)
        else:
            axes = [(n, r) for n, r in zip(section.shape, ranges, strict=True) if n != 1]
            in_plane = 2 if self.whole.planes > 1 else 1
            last = [r for _, r in axes[-in_plane:]] or [range(1)]
            parts = in_groups(layers_of(axes[:-in_plane]), groups)
            allow(max(region_of(layers, last).area for layers in parts) * size)
            rows = [self._layers(layers, last, decode) for layers in parts]
            found = (rows[0] if len(rows) == 1 else np.concatenate(rows)).reshape(shape)
        return found.T if section.transposed else found

    def _layers(
        self,
        layers: NDArray[np.int64],
        last: list[range],
        decode: Callable[[Rectangle], Indices],
    ) -> Integers:
        """Return the elements of layers, each in a row, of a range of rows and of columns."""
        region = region_of(layers, last)
        indices = decode(region).reshape(region.planes, *region.shape)
        elements = np.empty(indices.shape, dtype=self.section.dtype)
        self._look_up(indices, region, elements)
        by_layer = elements.reshape(int(layers[-1] - layers[0]) + 1, -1)
        return by_layer if len(by_layer) == len(layers) else by_layer[layers - layers[0]]

    def _look_up(self, indices: Indices, region: Rectangle, elements: Integers) -> None:
        """Write the values that the indices of a region stand for."""
        values = self.section.values
        if self.tables is None:
            _take(values, indices, elements)
            return
        for number, block in enumerate(self.tables.grid.tiles(self.whole)):
            if not block.overlaps(region):
                continue
            here = block.slices_of(region)
            table = values[self.tables.table(number)]
            if int(indices[here].max()) >= len(table):
                raise FormatError(
                    f"an index of block {number} is not below {len(table)}", section="indices"
                )
            _take(table, indices[here], elements[here])


def read_layout(parsed: Container, limits: Limits) -> ArrayLayout:
    """Return the layout that a file's sections describe.

    Raises
    ------
    FormatError
        They do not describe one.
    LimitError
        They are larger than `limits`.
    """
    header = parsed.header
    payload, tables = parsed.find(container.SECTION_ARRAY), None
    if payload is None:
        raise FormatError("the file holds no array")
    whole = Rectangle(0, header.height, 0, header.width, 0, header.planes)
    n_values = header.n_colors
    told = parsed.find(container.SECTION_TABLES)
    limits.check_lists(len(payload) + (0 if told is None else len(told)))
    if told is not None:
        tables = parse_tables(told, header.n_colors, whole)
        n_values = tables.n_values
    section = parse_section(payload, n_values)
    fits = header.planes in {1, count_planes(section.shape)}
    if not fits or plane_shape(section.shape) != (header.height * header.planes, header.width):
        raise FormatError(
            f"an array of shape {section.shape} is not one of {header.width} x {header.height}"
            " indices",
            section="array",
        )
    return ArrayLayout(section, tables, whole)


def _take(values: NDArray[Any], indices: Indices, elements: Integers) -> None:
    """Write values by indices of (planes, height, width), a part at a time."""
    planes, height, width = indices.shape
    if planes * height * width <= TAKEN:
        elements[...] = values[indices]
        return
    rows = max(1, TAKEN // width)
    for plane in range(planes):
        for top in range(0, height, rows):
            elements[plane, top : top + rows] = values[indices[plane, top : top + rows]]
