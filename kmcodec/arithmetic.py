"""Exact whole-number arithmetic that several rooms need, the same on every machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def divide_rounded(
    sums: NDArray[np.integer[Any]], weights: NDArray[np.integer[Any]] | int
) -> NDArray[np.int64]:
    """Return ``sums / weights`` rounded to the nearest integer, halves up.

    Parameters
    ----------
    sums : array of integers
        Twice their size must fit into their type.
    weights : array of integers, or int
        Positive; broadcast against `sums`.
    """
    quotients: NDArray[np.int64] = (2 * sums + weights) // (2 * weights)
    return quotients


def scaled_log2(value: int, unit: int) -> int:
    """Return ``unit`` times the binary logarithm of a positive integer, rounded down, exactly."""
    power: int = int(value) ** unit
    return power.bit_length() - 1


def index_type(n_entries: int) -> type[np.unsignedinteger[Any]]:
    """Return the NumPy type of indices into `n_entries` entries, at most 65536."""
    return np.uint8 if n_entries <= 256 else np.uint16
