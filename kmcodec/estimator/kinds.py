"""What the estimator accepts: kinds of numbers that it keeps or converts, and weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import (
    _check_sample_weight,  # scikit-learn offers it under no public name
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def native(values: NDArray[Any]) -> NDArray[Any]:
    """Return 8-bit data as it is, float32 too, and everything else as float64."""
    return values if values.dtype in (np.uint8, np.float32) else values.astype(np.float64)


def as_floats(values: NDArray[Any]) -> NDArray[Any]:
    """Return floating-point data as it is and 8-bit data as float64."""
    return values if values.dtype.kind == "f" else values.astype(np.float64)


def checked_weights(
    values: NDArray[np.uint8], sample_weight: ArrayLike | None, *, may_be_zero: bool = False
) -> NDArray[np.float64] | None:
    """Return checked sample weights, or None."""
    if sample_weight is None:
        return None
    given = np.asarray(sample_weight)
    if may_be_zero and given.shape == (len(values),) and not given.any():
        return given.astype(np.float64)
    weights: NDArray[np.float64] = _check_sample_weight(
        sample_weight, values, dtype=np.float64, ensure_non_negative=True
    )
    return weights
