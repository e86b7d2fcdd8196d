"""Which array the indices of a file stand for, and the elements of any part of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec import container
from kmcodec.codec.array_section import ArraySection, count_planes, parse_section, plane_shape
from kmcodec.codec.array_tables import LocalTables, parse_tables
from kmcodec.coding import Rectangle
from kmcodec.errors import FormatError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from kmcodec.coding.plane import Indices
    from kmcodec.container import Container, Limits

    Integers = NDArray[np.integer[Any] | np.bool_]
    Part = slice | Sequence[slice]

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
        allow: Callable[[int], None],
        decode: Callable[[Rectangle], Indices],
    ) -> Integers:
        """Return a part of the array, by default all.

        Parameters
        ----------
        part : slice or sequence of slices, optional
            Of the array's axes, as NumPy takes them, in steps of 1.
        allow : callable
            Is told the bytes of what will be returned, and raises if they are too many.
        decode : callable
            Returns the indices of a part of the planes.
        """
        ranges = self._ranges(part)
        shape = tuple(map(len, ranges))
        allow(math.prod(shape) * self.section.dtype.itemsize)
        if 0 in shape:
            found: Integers = np.empty(shape, dtype=self.section.dtype)
        else:
            found = self._decode(ranges, decode).reshape(shape)
        return found.T if self.section.transposed else found

    def _ranges(self, part: Part | None) -> list[range]:
        """Return what is wanted of each axis, as they are stored."""
        slices = [part] if isinstance(part, slice) else list(part or ())
        shape = self.shape
        if len(slices) > len(shape):
            raise InputError(f"part has {len(slices)} slices, the array has {len(shape)} axes")
        if any(not isinstance(one, slice) or one.step not in {None, 1} for one in slices):
            raise InputError(f"part is {part!r}, expected slices in steps of 1, one for each axis")
        slices += [slice(None)] * (len(shape) - len(slices))
        ranges = [range(side)[one] for one, side in zip(slices, shape, strict=True)]
        return ranges[::-1] if self.section.transposed else ranges

    def _decode(self, ranges: list[range], decode: Callable[[Rectangle], Indices]) -> Integers:
        """Return the elements of ranges of the axes, none of which is empty: layer by layer."""
        sides = self.section.shape
        long = [(side, r) for side, r in zip(sides, ranges, strict=True) if side != 1]
        in_plane = 2 if self.whole.planes > 1 else 1
        lead, last = long[:-in_plane], [r for _, r in long[-in_plane:]] or [range(1)]
        layers = _places(lead)
        span = range(int(layers[0]), int(layers[-1]) + 1)
        region = _region(span, last)
        indices = decode(region).reshape(region.planes, *region.shape)
        elements = np.empty(indices.shape, dtype=self.section.dtype)
        self._look_up(indices, region, elements)
        by_layer = elements.reshape(len(span), -1)
        return by_layer if len(span) == len(layers) else by_layer[layers - span[0]]

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


def _places(axes: list[tuple[int, range]]) -> NDArray[np.int64]:
    """Return which layers ranges of some axes are, the last axis the fastest."""
    places = np.zeros(1, dtype=np.int64)
    for side, wanted in axes:
        places = (places[:, None] * side + np.array(wanted)).reshape(-1)
    return places


def _region(layers: range, last: list[range]) -> Rectangle:
    """Return the rectangle of some layers: planes of a stack, or rows of a picture."""
    columns = last[-1]
    if len(last) == 1:
        return Rectangle(layers[0], layers[-1] + 1, columns[0], columns[-1] + 1)
    rows = last[0]
    sides = (rows[0], rows[-1] + 1, columns[0], columns[-1] + 1)
    return Rectangle(*sides, layers[0], layers[-1] + 1)


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
