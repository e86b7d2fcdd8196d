"""The distinct values of an array, and each element's rank among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec.arithmetic import index_type
from kmcodec.options import MAX_COLORS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.integer[Any] | np.bool_]
    Ranks = NDArray[np.unsignedinteger[Any]]

LARGEST_TABLE = 1 << 20  # steps between the least and the largest value that a table may span


def ranked(array: Integers) -> tuple[Integers, Ranks]:
    """Return the distinct values in ascending order, and each element's rank among them.

    An array without elements has the value 0.
    """
    if array.size == 0:
        return np.zeros(1, dtype=array.dtype), np.zeros(array.shape, dtype=np.uint8)
    least, largest = int(array.min()), int(array.max())
    span = largest - least + 1
    if span <= LARGEST_TABLE:
        return _ranked_by_table(array, least, span)
    values, ranks = np.unique(array, return_inverse=True)
    return values, ranks.reshape(array.shape).astype(_type_of(len(values)))


def _ranked_by_table(array: Integers, least: int, span: int) -> tuple[Integers, Ranks]:
    """Do so for values within `span` steps, without sorting."""
    unsigned = np.dtype(f"u{array.dtype.itemsize}")  # steps are exact modulo its size
    origin = unsigned.type(least % (1 << 8 * unsigned.itemsize))
    steps = array.astype(unsigned) - origin
    present = np.zeros(span, dtype=np.bool_)
    present[steps] = True
    found = np.flatnonzero(present)
    table = np.zeros(span, dtype=_type_of(len(found)))
    table[found] = np.arange(len(found))
    return (found.astype(unsigned) + origin).astype(array.dtype), table[steps]


def _type_of(n_values: int) -> type[np.unsignedinteger[Any]]:
    """Return the type of so many ranks."""
    return index_type(n_values) if n_values <= MAX_COLORS else np.uint32
