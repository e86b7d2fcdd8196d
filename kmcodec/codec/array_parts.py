"""Parts of an array, and where they lie in the planes that hold it."""

from __future__ import annotations

from collections.abc import Sequence
from types import EllipsisType
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec.coding import Rectangle
from kmcodec.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Part = slice | EllipsisType | Sequence[slice | EllipsisType]


def checked_ranges(part: Part | None, shape: tuple[int, ...]) -> list[range]:
    """Return what is wanted of each axis, or raise ``InputError``.

    `part` are slices in steps of 1, as NumPy takes them; one of them may be ``...``.
    """
    told = f"part is {part!r}, expected slices in steps of 1, one for each axis"
    if part is None:
        slices: list[Any] = []
    elif isinstance(part, slice | EllipsisType):
        slices = [part]
    elif isinstance(part, Sequence) and not isinstance(part, str | bytes):
        slices = list(part)
    else:
        raise InputError(told)
    if not any(one is ... for one in slices):
        slices.append(...)
    at = next(number for number, one in enumerate(slices) if one is ...)
    missing = len(shape) - len(slices) + 1
    if missing < 0:
        raise InputError(f"part has {len(slices) - 1} slices, the array has {len(shape)} axes")
    slices[at : at + 1] = [slice(None)] * missing
    if not all(isinstance(one, slice) for one in slices):
        raise InputError(told)
    try:
        ranges = [range(*one.indices(side)) for one, side in zip(slices, shape, strict=True)]
    except (TypeError, ValueError) as error:
        raise InputError(told) from error
    if any(one.step != 1 for one in ranges):
        raise InputError(told)
    return ranges


def layers_of(axes: list[tuple[int, range]]) -> NDArray[np.int64]:
    """Return which layers ranges of some axes are, the last axis the fastest.

    `axes` has the length of each axis, and what is wanted of it.
    """
    places = np.zeros(1, dtype=np.int64)
    for side, wanted in axes:
        places = (places[:, None] * side + np.array(wanted)).reshape(-1)
    return places


def in_groups(layers: NDArray[np.int64], groups: list[tuple[int, int]]) -> list[NDArray[np.int64]]:
    """Return layers that follow one another as they are, others as those of each group."""
    if int(layers[-1]) - int(layers[0]) + 1 == len(layers):
        return [layers]
    ends = np.searchsorted(layers, [end for _, end in groups])
    return [some for some in np.split(layers, ends) if len(some)]


def region_of(layers: NDArray[np.int64], last: list[range]) -> Rectangle:
    """Return the rectangle from the first layer to the last: planes, or rows of a picture.

    `last` are columns, or rows and columns.
    """
    first, end = int(layers[0]), int(layers[-1]) + 1
    columns = last[-1]
    if len(last) == 1:
        return Rectangle(first, end, columns[0], columns[-1] + 1)
    rows = last[0]
    return Rectangle(rows[0], rows[-1] + 1, columns[0], columns[-1] + 1, first, end)
