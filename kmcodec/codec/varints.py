"""Many numbers in groups of 7 bits at once (spec 2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec.errors import FormatError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_BYTES = 10  # of a number below 2**64
AT_A_TIME = 1 << 18  # bytes that are read at a time


def write_varints(values: NDArray[np.uint64]) -> bytes:
    """Return the shortest forms of many numbers, one after another."""
    lengths = np.ones(len(values), dtype=np.int64)
    for k in range(1, MOST_BYTES):
        lengths += values >= np.uint64(1) << np.uint64(7 * k)
    starts = np.cumsum(lengths) - lengths
    out = np.empty(int(lengths.sum()), dtype=np.uint8)
    for k in range(int(lengths.max(initial=0))):
        has = lengths > k
        seven = (values[has] >> np.uint64(7 * k)).astype(np.uint8) & np.uint8(0x7F)
        out[starts[has] + k] = seven | ((lengths[has] > k + 1) * np.uint8(0x80))
    return out.tobytes()


def read_varints(data: memoryview, what: str) -> NDArray[np.uint64]:
    """Return the numbers that fill `data`, each below 2**64.

    At most 8 bytes for each number, and some for the work.

    Raises
    ------
    FormatError
        One is larger or not in its shortest form, or the data ends before it does.
    """
    found = np.frombuffer(data, dtype=np.uint8)
    if len(found) and found[-1] >= 0x80:
        raise FormatError(f"{what}: the last number ends early")
    values = np.empty(_count(found), dtype=np.uint64)
    start = filled = 0
    while start < len(found):
        part = found[start : start + AT_A_TIME]
        ends = np.flatnonzero(part < 0x80)
        if len(ends) == 0:
            raise FormatError(f"{what}: a number is 2^64 or more")
        values[filled : filled + len(ends)] = _values(part, ends, what)
        filled += len(ends)
        start += int(ends[-1]) + 1
    return values


def _count(found: NDArray[np.uint8]) -> int:
    """Return how many numbers end in some bytes."""
    parts = range(0, len(found), AT_A_TIME)
    return sum(int(np.count_nonzero(found[at : at + AT_A_TIME] < 0x80)) for at in parts)


def _values(found: NDArray[np.uint8], ends: NDArray[np.intp], what: str) -> NDArray[np.uint64]:
    """Return the numbers that end at `ends`, the first of which begins at 0."""
    lengths = np.diff(ends, prepend=-1)
    starts = ends + 1 - lengths
    last = found[ends]
    if np.any(lengths > MOST_BYTES) or np.any(last[lengths == MOST_BYTES] > 1):
        raise FormatError(f"{what}: a number is 2^64 or more")
    if np.any((last == 0) & (lengths > 1)):
        raise FormatError(f"{what}: a number is not in its shortest form")
    values = np.zeros(len(ends), dtype=np.uint64)
    for k in range(int(lengths.max(initial=0))):
        has = lengths > k
        seven = (found[starts[has] + k] & np.uint8(0x7F)).astype(np.uint64)
        values[has] |= seven << np.uint64(7 * k)
    return values
