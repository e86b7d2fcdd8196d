"""Length-limited Huffman codes, the canonical ones of DEFLATE (RFC 1951, 3.2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec import _kernels

if TYPE_CHECKING:
    from numpy.typing import NDArray


def code_lengths(frequencies: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
    """Return the bits of each symbol's code: 0 where the frequency is 0, `limit` at most.

    The code is optimal under the limit; one symbol alone has 1 bit. Ties are broken by symbol, so
    the result is the same everywhere.
    """
    n = len(frequencies)
    lengths, keys = np.empty((2, n), dtype=np.int64)
    sums = np.empty((2, 2 * n), dtype=np.int64)
    packed = np.empty((limit, 2 * n), dtype=np.uint8)
    _kernels.huffman.code_lengths(frequencies, keys, sums, packed, lengths)
    return lengths


def canonical_codes(lengths: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return (n, 2) int32: each symbol's code with its bits reversed, and its length."""
    codes = np.zeros((len(lengths), 2), dtype=np.int32)
    _kernels.huffman.canonical_codes(lengths, codes)
    return codes


def symbol_costs(counts: NDArray[np.int64], unit_bits: int) -> NDArray[np.int32]:
    """Return each symbol's ideal code length in ``1 / 2**unit_bits`` bit, at least 1."""
    costs = np.empty(len(counts), dtype=np.int32)
    _kernels.huffman.symbol_costs(counts, unit_bits, costs)
    return costs


def length_runs(lengths: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return (n, 2): code lengths as symbols of their own alphabet, with extra values (3.2.7)."""
    runs = np.empty((len(lengths), 2), dtype=np.int32)
    return runs[: _kernels.huffman.length_runs(lengths, runs)]
