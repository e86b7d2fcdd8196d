"""Kinds of numbers that the estimator keeps, and those that it converts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def native(values: NDArray[Any]) -> NDArray[Any]:
    """Return 8-bit data as it is, float32 too, and everything else as float64."""
    return values if values.dtype in (np.uint8, np.float32) else values.astype(np.float64)


def as_floats(values: NDArray[Any]) -> NDArray[Any]:
    """Return floating-point data as it is and 8-bit data as float64."""
    return values if values.dtype.kind == "f" else values.astype(np.float64)
