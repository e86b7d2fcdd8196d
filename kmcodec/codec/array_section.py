"""The section that says which array a plane of indices stands for (spec 4.5)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec.errors import FormatError
from kmcodec.varint import read_varint, write_varint

if TYPE_CHECKING:
    from numpy.typing import NDArray

ORDERS = b"CF"  # spec 4.5: rows first, columns first
TYPES = ("|b1", "|i1", "|u1", *(f"{e}{k}{n}" for e in "<>" for k in "iu" for n in (2, 4, 8)))
MOST_AXES = 32  # NumPy 1's limit
LARGEST_SHAPE = 1 << 48  # the product of sides is below it, those of 0 apart
LONGEST_VALUE = 10  # bytes of a varint: folded values have 65 bits


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
    values : (K,) of that dtype
        The value of each rank, ascending.
    """

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    transposed: bool
    values: NDArray[Any]


def build_section(section: ArraySection) -> bytes:
    """Return the section's payload."""
    out = bytearray([ORDERS[section.transposed]])
    out += type_name(section.dtype).encode()
    for number in (len(section.shape), *section.shape):
        out += write_varint(number)
    values = [int(value) for value in section.values]
    ends = [i for i in range(1, len(values)) if values[i] != values[i - 1] + 1]
    previous = None
    for start, stop in zip([0, *ends], [*ends, len(values)], strict=True):
        first = values[start]
        out += write_varint(_fold(first) if previous is None else first - previous - 2)
        out += write_varint(stop - start - 1)
        previous = values[stop - 1]
    return bytes(out)


def type_name(dtype: np.dtype[Any]) -> str:
    """Return one of ``TYPES``: byte order, kind and size, as in "<i4"."""
    return dtype.newbyteorder("<").str if dtype.isnative else dtype.str


def parse_section(payload: memoryview, n_values: int) -> ArraySection:
    """Return the section of a payload, checked, or raise ``FormatError``."""
    order, name = bytes(payload[:1]), bytes(payload[1:4]).decode("latin-1")
    if len(order) == 0 or order not in ORDERS or name not in TYPES:
        raise FormatError(f"order and type are {bytes(payload[:4])!r}", section="array")
    try:
        n_axes, at = read_varint(payload, 4, "axes")
        if n_axes > MOST_AXES:
            raise FormatError(f"the array has {n_axes} axes, the limit is {MOST_AXES}")  # noqa: TRY301
        sides = []
        for _ in range(n_axes):
            side, at = read_varint(payload, at, "side")
            sides.append(side)
        values = _parse_values(payload[at:], n_values)
    except IndexError:
        raise FormatError("the description of the array ends early", section="array") from None
    except FormatError as error:
        raise FormatError(str(error), section="array") from None
    dtype = np.dtype(name)
    low, high = (0, 1) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    if not low <= values[0] <= values[-1] <= high:
        found = f"values go from {values[0]} to {values[-1]}, type {name}"
        raise FormatError(found, section="array")
    if math.prod(side for side in sides if side) >= LARGEST_SHAPE:
        raise FormatError(f"the array has shape {tuple(sides)}", section="array")
    return ArraySection(dtype, tuple(sides), order == b"F", np.array(values, dtype=dtype))


def plane_shape(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return rows and columns of the plane that holds an array's elements, row by row.

    The columns are those of the last axis longer than 1; an empty array has a plane of 1 x 1.
    """
    sides = [side for side in shape if side != 1]
    if not sides or 0 in sides:
        return 1, 1
    return math.prod(sides[:-1]), sides[-1]


def count_planes(shape: tuple[int, ...]) -> int:
    """Return the planes of the stack that holds an array of three axes longer than 1, or more.

    It is 1 for other arrays, which are stored as a picture.
    """
    sides = [side for side in shape if side != 1]
    return 1 if 0 in sides else math.prod(sides[:-2])


def _parse_values(runs: memoryview, n_values: int) -> list[int]:
    """Return the values that runs of neighbours list."""
    values: list[int] = []
    at = 0
    while len(values) < n_values:
        step, at = read_varint(runs, at, "value", LONGEST_VALUE)
        length, at = read_varint(runs, at, "run of values")
        if len(values) + length >= n_values:
            raise FormatError(f"there are more values than {n_values} indices")
        first = values[-1] + step + 2 if values else _unfold(step)
        values += range(first, first + length + 1)
    if at != len(runs):
        raise FormatError("bytes follow the last value")
    return values


def _fold(value: int) -> int:
    """Return 0, -1, 1, -2, 2, ... as 0, 1, 2, 3, 4, ..."""
    return 2 * value if value >= 0 else -2 * value - 1


def _unfold(folded: int) -> int:
    """Return the inverse of ``_fold``."""
    return folded // 2 if folded % 2 == 0 else -(folded + 1) // 2
