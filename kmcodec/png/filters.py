"""Filters of PNG rows (PNG 3rd edition, 9) and their choice for each row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec import _kernels
from kmcodec.deflate.huffman import symbol_costs
from kmcodec.png.palette_order import sampled_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]

NONE, SUB, UP, AVERAGE, PAETH = range(5)  # PNG 9.2
UNIT_BITS = 6  # costs are in 1/64 bit
LEARNED = 1 << 16  # bytes from which symbol costs are learnt
ROUNDS = 2


def filtered(rows: Bytes, chosen: NDArray[np.intp], kinds: Bytes) -> Bytes:
    """Return chosen rows, each filtered as its kind says, after the kind.

    Parameters
    ----------
    rows : (H, W) uint8
        The whole picture, packed: one byte to a pixel or several pixels to a byte.
    chosen : (R,) intp
        Numbers of rows.
    kinds : (R,) uint8
        Their filters, 0 to 4.

    Returns
    -------
    (R, W + 1) uint8
    """
    out = np.empty((len(chosen), rows.shape[1] + 1), dtype=np.uint8)
    _kernels.filtering.filter_rows(rows, chosen, kinds, out)
    return out


def _cheapest(rows: Bytes, chosen: NDArray[np.intp], costs: NDArray[np.int32]) -> Bytes:
    """Return the filter of each chosen row that costs least; ties go to the lower number."""
    kinds = np.empty(len(chosen), dtype=np.uint8)
    _kernels.filtering.choose_filters(rows, chosen, costs, kinds)
    return kinds


def _costs_of(lines: Bytes) -> NDArray[np.int32]:
    """Return the bits of each byte value under an ideal code for filtered rows."""
    counts = np.bincount(lines[:, 1:].reshape(-1), minlength=256) + 1
    return symbol_costs(counts, UNIT_BITS)


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
    kinds = np.full(len(chosen), SUB, dtype=np.uint8)
    costs = _costs_of(filtered(rows, chosen, kinds))
    for _ in range(ROUNDS):
        kinds = _cheapest(rows, chosen, costs)
        costs = _costs_of(filtered(rows, chosen, kinds))
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
    every = np.arange(len(rows))
    return filtered(rows, every, _cheapest(rows, every, costs)).tobytes()
