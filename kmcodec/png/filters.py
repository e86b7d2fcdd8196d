"""Filters of PNG rows (PNG 3rd edition, 9) and their choice for each row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec.arithmetic import scaled_log2
from kmcodec.png.palette_order import LOG_UNIT, sampled_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]

NONE, SUB, UP, AVERAGE, PAETH = range(5)  # PNG 9.2
BAND = 1 << 20  # bytes filtered at a time
LEARNED = 1 << 18  # bytes from which symbol costs are learnt
ROUNDS = 4


def filtered(rows: Bytes, above: Bytes) -> Bytes:
    """Return rows under each filter.

    Parameters
    ----------
    rows : (H, W) uint8
        Packed, one byte to a pixel or several pixels to a byte.
    above : (H, W) uint8
        The row above each; zeros above the first of a picture.

    Returns
    -------
    (5, H, W) uint8
    """
    left, corner = np.zeros_like(rows), np.zeros_like(rows)
    left[:, 1:] = rows[:, :-1]
    corner[:, 1:] = above[:, :-1]
    a, b, c = (part.astype(np.int16) for part in (left, above, corner))
    near_a, near_b, near_c = np.abs(b - c), np.abs(a - c), np.abs(a + b - 2 * c)
    take_a = (near_a <= near_b) & (near_a <= near_c)
    paeth = np.where(take_a, left, np.where(near_b <= near_c, above, corner))
    average = ((a + b) >> 1).astype(np.uint8)
    return np.stack([rows, rows - left, rows - above, rows - average, rows - paeth])


def _bands(rows: Bytes) -> Iterator[tuple[int, Bytes]]:
    """Yield the filtered rows of a whole picture band by band, each with its first row's number."""
    height, width = rows.shape
    step = max(1, BAND // width)
    padded = np.zeros((1, width), dtype=np.uint8)
    for start in range(0, height, step):
        band = rows[start : start + step]
        yield start, filtered(band, np.concatenate([padded, band[:-1]]))
        padded = band[-1:]


def _symbol_costs(rows: Bytes) -> NDArray[np.int32]:
    """Return the bits of each byte value under an ideal code for these rows, in 1/64 bit."""
    counts = np.bincount(rows.reshape(-1), minlength=256) + 1
    whole = scaled_log2(counts.sum(), LOG_UNIT)
    return np.array([whole - scaled_log2(count, LOG_UNIT) for count in counts], dtype=np.int32)


def _cheapest(variants: Bytes, costs: NDArray[np.int32]) -> NDArray[np.intp]:
    """Return the filter of each row that costs least; ties go to the lower number."""
    totals = [costs[variant].sum(axis=1, dtype=np.int64) for variant in variants]
    kinds: NDArray[np.intp] = np.array(totals).argmin(axis=0)
    return kinds


def learn_costs(rows: Bytes) -> NDArray[np.int32]:
    """Return symbol costs under which rows choose filters that share one code.

    Rows begin with what suits each of them alone, then choose again under the code that all their
    choices together ask for.

    Parameters
    ----------
    rows : (H, W) uint8

    Returns
    -------
    (256,) int32
        In 1/64 bit.
    """
    height, width = rows.shape
    chosen = sampled_rows(height, width, LEARNED)
    above = np.where(chosen[:, None] > 0, rows[chosen - 1], 0).astype(np.uint8)
    variants = filtered(rows[chosen], above)
    costs = _symbol_costs(variants[SUB])
    for _ in range(ROUNDS):
        kinds = _cheapest(variants, costs)
        costs = _symbol_costs(variants[kinds, np.arange(len(chosen))])
    return costs


def unfiltered(rows: Bytes) -> bytes:
    """Return rows with filter 0, as a PNG compresses them."""
    return np.pad(rows, ((0, 0), (1, 0))).tobytes()


def adapted(rows: Bytes) -> bytes:
    """Return rows, each with the filter of least cost, as a PNG compresses them.

    Parameters
    ----------
    rows : (H, W) uint8
        The whole picture, packed.

    Returns
    -------
    bytes
        H times the filter's number and W bytes.
    """
    costs = learn_costs(rows)
    height, width = rows.shape
    out = np.empty((height, width + 1), dtype=np.uint8)
    for start, variants in _bands(rows):
        kinds = _cheapest(variants, costs)
        band = out[start : start + len(kinds)]
        band[:, 0] = kinds
        band[:, 1:] = variants[kinds, np.arange(len(kinds))]
    return out.tobytes()
