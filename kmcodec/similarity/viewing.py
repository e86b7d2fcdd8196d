"""Two pictures as somebody sees them: RGB, over a ground where they are transparent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec.arithmetic import divide_rounded
from kmcodec.channels import has_alpha
from kmcodec.color import with_channels
from kmcodec.errors import InputError
from kmcodec.histogram import check_pixels
from kmcodec.image import IndexedImage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from kmcodec.channels import Pixels

GROUNDS = (0, 255)  # black and white


def matched(
    original: Pixels | IndexedImage, other: Pixels | IndexedImage
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return two pictures as (H, W, C) uint8, each with channels of its own.

    Raises
    ------
    InputError
        The pixels have another type or shape, or the two differ in size.
    """
    first, second = _checked(original), _checked(other)
    if first.shape[:2] != second.shape[:2]:
        sizes = [f"{width} x {height}" for height, width in (first.shape[:2], second.shape[:2])]
        raise InputError(f"the pictures differ in size: {sizes[0]} and {sizes[1]} pixels")
    return first, second


def _checked(picture: Pixels | IndexedImage) -> NDArray[np.uint8]:
    """Return the pixels of a picture as (H, W, C)."""
    if isinstance(picture, IndexedImage):
        picture = picture.to_pixels()
    pixels = check_pixels(picture)
    return pixels if pixels.ndim == 3 else pixels[..., None]


def seen(
    first: NDArray[np.uint8], second: NDArray[np.uint8]
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """Yield two pictures as contiguous (H, W, 3): once, or over black and over white.

    Parameters
    ----------
    first, second : (H, W, C) uint8
        C from 1 to 4. Colours are blended as sRGB values and rounded to 8 bits.
    """
    if is_opaque(first) and is_opaque(second):
        yield _opaque(first), _opaque(second)
        return
    for ground in GROUNDS:
        yield _over(first, ground), _over(second, ground)


def is_opaque(pixels: NDArray[np.uint8]) -> bool:
    """Whether no pixel is transparent to any degree."""
    return not has_alpha(pixels.shape[2]) or bool((pixels[..., -1] == 255).all())


def _opaque(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return pixels as contiguous (H, W, 3), without alpha."""
    if pixels.shape[2] == 3:
        return np.ascontiguousarray(pixels)
    flat = pixels.reshape(-1, pixels.shape[2])
    return with_channels(flat, 3).reshape(*pixels.shape[:2], 3)


def _over(pixels: NDArray[np.uint8], ground: int) -> NDArray[np.uint8]:
    """Return pixels as they are seen over a gray."""
    if is_opaque(pixels):
        return _opaque(pixels)
    alpha = pixels[..., -1:].astype(np.int32)
    blended = divide_rounded(_opaque(pixels) * alpha + ground * (255 - alpha), 255)
    return blended.astype(np.uint8)
