"""Many numbers in groups of 7 bits at once (spec 2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec.errors import FormatError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_BYTES = 10  # of a number below 2**64


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

    Raises
    ------
    FormatError
        One is larger or not in its shortest form, or the data ends before it does.
    """
    found = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(found < 0x80)
    if len(found) and (len(ends) == 0 or ends[-1] != len(found) - 1):
        raise FormatError(f"{what}: the last number ends early")
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
