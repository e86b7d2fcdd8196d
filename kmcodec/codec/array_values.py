"""The values of an array, one for each rank, as they are listed in a file (spec 4.5).

Lists that ascend are told in runs of neighbours, other ones as differences.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec.codec.varints import MOST_BYTES, read_varints, write_varints
from kmcodec.errors import FormatError, InputError
from kmcodec.options import refuse_mask
from kmcodec.varint import read_varint, write_varint

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Values = NDArray[Any]


def ascends(values: Values) -> bool:
    """Whether each value is larger than the one before."""
    return bool(np.all(values[1:] > values[:-1]))


def build_ascending(values: Values) -> bytes:
    """Return the runs of an ascending list of at least one value."""
    first = int(values[0])
    offsets = _modular(values) - _modular(values[:1])
    breaks = np.flatnonzero(np.diff(offsets) != 1)
    starts = np.concatenate([[0], breaks + 1])
    ends = np.concatenate([breaks, [len(values) - 1]])
    told = np.empty(2 * len(starts), dtype=np.uint64)
    told[0] = 0
    told[2::2] = offsets[starts[1:]] - offsets[ends[:-1]] - np.uint64(2)
    told[1::2] = ends - starts
    return write_varint(_fold(first)) + write_varints(told[1:])


def parse_ascending(data: memoryview, n_values: int, dtype: np.dtype[Any]) -> Values:
    """Return the values of runs, or raise ``FormatError``; IndexError if they end early."""
    folded, at = read_varint(data, 0, "first value", MOST_BYTES)
    told = read_varints(data[at:], "values")
    if len(told) % 2 == 0:
        raise FormatError("the last run of values ends early")
    gaps, lengths = told[1::2], told[::2]
    n_told = len(lengths) + _sum(lengths)
    if n_told != n_values:
        raise FormatError(f"{n_told} values are told, not {n_values}")
    first = _unfold(folded)
    last = first + _sum(gaps) + 2 * len(gaps) + _sum(lengths)
    _check_range(first, last, dtype)  # so that no sum is 2^64 or more
    steps = np.concatenate([np.zeros(1, dtype=np.uint64), gaps + np.uint64(2) + lengths[:-1]])
    counts = lengths.astype(np.int64) + 1
    within = np.arange(n_values) - np.repeat(np.cumsum(counts) - counts, counts)
    offsets = np.repeat(np.cumsum(steps, dtype=np.uint64), counts) + within.astype(np.uint64)
    return _of_modular(offsets + np.uint64(first % (1 << 64)), dtype)


def build_unordered(values: Values) -> bytes:
    """Return each value less the one before, folded, in the type's bits."""
    numbers = _modular(values)
    bits = np.uint64(64 - 8 * values.dtype.itemsize)
    steps = np.diff(numbers, prepend=np.uint64(0)) << bits
    signed = steps.view(np.int64) >> bits.astype(np.int64)
    folded = (signed << np.int64(1)) ^ (signed >> np.int64(63))
    return write_varints(folded.view(np.uint64))


def parse_unordered(data: memoryview, n_values: int, dtype: np.dtype[Any]) -> Values:
    """Return the values of differences, or raise ``FormatError``."""
    folded = read_varints(data, "values")
    if len(folded) != n_values:
        raise FormatError(f"{len(folded)} values are told, not {n_values}")
    bits = 8 * dtype.itemsize
    if bits < 64 and int(folded.max()) >> bits:
        raise FormatError(f"a value differs from the one before by more than {dtype} has")
    steps = (folded >> np.uint64(1)) ^ (np.uint64(0) - (folded & np.uint64(1)))
    numbers = np.cumsum(steps, dtype=np.uint64)
    if dtype.kind == "b" and int(numbers.max()) > 1:
        raise FormatError("a value of a Boolean array is neither 0 nor 1")
    return _of_modular(numbers, dtype)


def _check_range(first: int, last: int, dtype: np.dtype[Any]) -> None:
    """Raise ``FormatError`` unless a type has these values."""
    low, high = (0, 1) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    if not low <= first <= last <= high:
        raise FormatError(f"values go from {first} to {last}, type {dtype}")


def _modular(values: Values) -> NDArray[np.uint64]:
    """Return integers of any type modulo 2**64."""
    kind = np.int64 if values.dtype.kind == "i" else np.uint64
    return values.astype(kind).view(np.uint64)


def _of_modular(numbers: NDArray[np.uint64], dtype: np.dtype[Any]) -> Values:
    """Return the lowest bits of numbers as a type."""
    kind = np.dtype("u1" if dtype.kind == "b" else dtype.newbyteorder("="))
    found = numbers.astype(f"u{dtype.itemsize}").view(kind)
    return found.astype(dtype)


def _sum(numbers: NDArray[np.uint64]) -> int:
    """Return a sum of at most 2**31 numbers that may be 2**64 or more."""
    high = int((numbers >> np.uint64(32)).sum(dtype=np.uint64))
    return (high << 32) + int((numbers & np.uint64(0xFFFFFFFF)).sum(dtype=np.uint64))


def _fold(value: int) -> int:
    """Return 0, -1, 1, -2, 2, ... as 0, 1, 2, 3, 4, ..."""
    return 2 * value if value >= 0 else -2 * value - 1


def _unfold(folded: int) -> int:
    """Return the inverse of ``_fold``."""
    return folded // 2 if folded % 2 == 0 else -(folded + 1) // 2


def new_values(old: Values, asked: Mapping[int, int] | ArrayLike) -> Values:
    """Return what each value becomes, or raise ``InputError``."""
    if not isinstance(asked, Mapping):
        refuse_mask(asked, "the values")
        new = np.asarray(asked)
        if new.dtype.kind not in "biu" or new.shape != old.shape:
            found = f"{new.dtype} of shape {new.shape}"
            raise InputError(f"values are {found}, expected {len(old)} integers")
        return new
    new = old.copy()
    places = {int(value): rank for rank, value in enumerate(old)} if asked else {}
    for value, other in asked.items():
        if not isinstance(value, int | np.integer):
            raise InputError(f"{value!r} is no value of an array of integers")
        rank = places.get(int(value))
        if rank is None:
            continue
        try:
            new[rank] = other
        except (OverflowError, TypeError, ValueError) as error:
            raise InputError(f"{other!r} is no value of type {old.dtype}") from error
        if int(new[rank]) != other:
            raise InputError(f"{other!r} is no value of type {old.dtype}")
    return new
