"""What arrays of images and of labels have to be."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

CONVERTED = 1 << 12  # images at a time


def check_images(images: ArrayLike) -> NDArray[np.uint8]:
    """Return (n, h, w) uint8 images, given those or (n, d) rows of square images.

    Other numbers become such bytes: integers from 0 to 255 as they are; floats from 0 to 1, and
    bool, times 255; floats beyond 1, up to 255, as they are; rounded.

    Raises
    ------
    InputError
        The array has another shape or other values, or is empty.
    """
    array = np.asarray(images)
    if array.dtype.kind not in "biuf" or array.ndim not in (2, 3):
        raise InputError(
            f"images are {array.dtype} of shape {array.shape},"
            " expected (n, h, w) or (n, d) numbers, where d is a square"
        )
    if array.size == 0:
        raise InputError(f"there are no images, the shape is {array.shape}")
    if array.ndim == 2:
        side = square_side(array.shape[1])
        array = array.reshape(-1, side, side)
    factor = scale_of(array)
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    out = np.empty(array.shape, dtype=np.uint8)
    for start in range(0, len(array), CONVERTED):
        part = array[start : start + CONVERTED]
        out[start : start + CONVERTED] = np.rint(part * factor) if factor > 1 else np.rint(part)
    return out


def scale_of(images: NDArray[Any]) -> int:
    """Return what the values of images are multiplied by to be from 0 to 255: 255 or 1.

    Raises
    ------
    InputError
        Values lie outside, or are no numbers.
    """
    kind = images.dtype.kind
    if kind == "b" or images.dtype == np.uint8:
        return 255 if kind == "b" else 1
    least, largest = images.min(), images.max()
    if not (least >= 0 and largest <= 255):
        raise InputError(f"images have values from {least} to {largest}, expected 0 to 255")
    return 255 if kind == "f" and largest <= 1 else 1


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
    if array.size and int(array.max()) > np.iinfo(np.int64).max:
        raise InputError(f"a label is {int(array.max())}, expected at most 2**63 - 1")
    return array.astype(np.int64)
