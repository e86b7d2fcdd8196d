"""What arrays of images and of labels have to be."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def check_images(images: ArrayLike) -> NDArray[np.uint8]:
    """Return (n, h, w) uint8 images, given those or (n, d) rows of square images.

    Raises
    ------
    InputError
        The array has another shape or type, or is empty.
    """
    array = np.asarray(images)
    if array.dtype != np.uint8 or array.ndim not in (2, 3):
        raise InputError(
            f"images are {array.dtype} of shape {array.shape},"
            " expected (n, h, w) or (n, d) uint8, where d is a square"
        )
    if array.size == 0:
        raise InputError(f"there are no images, the shape is {array.shape}")
    if array.ndim == 2:
        side = square_side(array.shape[1])
        array = array.reshape(-1, side, side)
    return np.ascontiguousarray(array)


def square_side(n_pixels: int) -> int:
    """Return the side of a square image of so many pixels, or raise ``InputError``."""
    side = math.isqrt(n_pixels)
    if side * side != n_pixels:
        raise InputError(f"rows have {n_pixels} values, which is not the area of a square")
    return side


def check_labels(labels: ArrayLike, n_images: int) -> NDArray[np.int64]:
    """Return (n,) integer labels, one per image.

    Raises
    ------
    InputError
        They are not whole numbers, or their number is another one.
    """
    array: NDArray[Any] = np.asarray(labels)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise InputError(
            f"labels are {array.dtype} of shape {array.shape}, expected (n,) whole numbers"
        )
    if len(array) != n_images:
        raise InputError(f"there are {len(array):,} labels for {n_images:,} images")
    return array.astype(np.int64)
