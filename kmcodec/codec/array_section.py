"""The section that says which array a plane of indices stands for (spec 4.5)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec.codec.array_values import (
    ascends,
    build_ascending,
    build_unordered,
    parse_ascending,
    parse_unordered,
)
from kmcodec.coding import Rectangle
from kmcodec.errors import FormatError
from kmcodec.varint import read_varint, write_varint

if TYPE_CHECKING:
    from numpy.typing import NDArray

ORDERS = b"CF"  # spec 4.5: rows first, columns first; in small letters if values do not ascend
TYPES = ("|b1", "|i1", "|u1", *(f"{e}{k}{n}" for e in "<>" for k in "iu" for n in (2, 4, 8)))
MOST_AXES = 32  # NumPy 1's limit
LARGEST_SHAPE = 1 << 48  # the product of sides is below it, those of 0 apart


@dataclass(frozen=True, eq=False)
class ArraySection:
    """An array but for its ranks.

    Attributes
    ----------
    dtype : numpy.dtype
        Any integer type or bool, of either byte order.
    shape : tuple of int
        Of the array as it is stored, its rows one after another.
    transposed : bool
        The array is the transpose of the stored one.
    values : (n,) of that dtype
        The value of each rank.
    """

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    transposed: bool
    values: NDArray[Any]


def build_section(section: ArraySection) -> bytes:
    """Return the section's payload."""
    ascending = ascends(section.values)
    order = ORDERS[section.transposed : section.transposed + 1]
    out = bytearray(order if ascending else order.lower())
    out += type_name(section.dtype).encode()
    for number in (len(section.shape), *section.shape):
        out += write_varint(number)
    return bytes(out) + (build_ascending if ascending else build_unordered)(section.values)


def type_name(dtype: np.dtype[Any]) -> str:
    """Return one of ``TYPES``: byte order, kind and size, as in "<i4"."""
    return dtype.newbyteorder("<").str if dtype.isnative else dtype.str


def parse_section(payload: memoryview, n_values: int) -> ArraySection:
    """Return the section of a payload, checked, or raise ``FormatError``."""
    order, name = bytes(payload[:1]), bytes(payload[1:4]).decode("latin-1")
    if len(order) == 0 or order.upper() not in ORDERS or name not in TYPES:
        raise FormatError(f"order and type are {bytes(payload[:4])!r}", section="array")
    dtype = np.dtype(name)
    parse_values = parse_ascending if order.isupper() else parse_unordered
    try:
        sides, at = _parse_sides(payload)
        values = parse_values(payload[at:], n_values, dtype)
        if order.islower() and ascends(values):
            raise FormatError("values that ascend are told in runs")  # noqa: TRY301
    except IndexError:
        raise FormatError("the description of the array ends early", section="array") from None
    except FormatError as error:
        raise FormatError(str(error), section="array") from None
    return ArraySection(dtype, sides, order.upper() == b"F", values)


def _parse_sides(payload: memoryview) -> tuple[tuple[int, ...], int]:
    """Return the lengths of the axes, and where the values begin."""
    n_axes, at = read_varint(payload, 4, "axes")
    if n_axes > MOST_AXES:
        raise FormatError(f"the array has {n_axes} axes, the limit is {MOST_AXES}")
    sides = []
    for _ in range(n_axes):
        side, at = read_varint(payload, at, "side")
        sides.append(side)
    if math.prod(side for side in sides if side) >= LARGEST_SHAPE:
        raise FormatError(f"the array has shape {tuple(sides)}")
    return tuple(sides), at


def plane_shape(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return rows and columns of the plane that holds an array's elements, row by row.

    The columns are those of the last axis longer than 1; an empty array has a plane of 1 x 1.
    """
    sides = [side for side in shape if side != 1]
    if not sides or 0 in sides:
        return 1, 1
    return math.prod(sides[:-1]), sides[-1]


def stack_of(shape: tuple[int, ...]) -> Rectangle:
    """Return all planes of the stack, or the plane, that holds an array."""
    planes = count_planes(shape)
    height, width = plane_shape(shape)
    return Rectangle(0, height // planes, 0, width, 0, planes)


def count_planes(shape: tuple[int, ...]) -> int:
    """Return the planes of the stack that holds an array of three axes longer than 1, or more.

    It is 1 for other arrays, which are stored as a picture.
    """
    sides = [side for side in shape if side != 1]
    return 1 if 0 in sides else math.prod(sides[:-2])
