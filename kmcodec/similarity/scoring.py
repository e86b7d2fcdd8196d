"""The score: what was measured, weighed, on a scale that people read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec.arithmetic import divide_rounded
from kmcodec.channels import has_alpha
from kmcodec.color import with_channels
from kmcodec.errors import InputError
from kmcodec.histogram import check_pixels
from kmcodec.image import IndexedImage
from kmcodec.parallel import resolve_threads
from kmcodec.similarity.scales import SMALLEST_SIDE, measure_scales
from kmcodec.similarity.tables import power
from kmcodec.similarity.weights import WEIGHTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.channels import Pixels

BLACK, WHITE = 0, 255


def ssimulacra2(
    original: Pixels | IndexedImage, other: Pixels | IndexedImage, *, threads: int | None = None
) -> float:
    """Return how much a picture looks like the original, by SSIMULACRA2 (version 2.1).

    100 is no difference at all, 90 one that nobody sees, 70 high, 50 medium and 30 low quality;
    very bad pictures score below 0. The score changes where the two change places.

    Pictures with alpha are seen over black and over white, blended as sRGB values in 8 bits, and
    the lower score counts.

    Parameters
    ----------
    original, other : (H, W) or (H, W, C) uint8, Pillow image, or IndexedImage
        sRGB pictures of the same size, at least 8 x 8. C is 2 for gray + alpha, 3 for RGB, 4 for
        RGB + alpha, and need not be the same.
    threads : int, optional
        None uses one per processor. The score does not depend on it.

    Returns
    -------
    float
        100 at most; the same on every machine.

    Raises
    ------
    InputError
        The pixels have another type or shape, or the two differ in size.

    Notes
    -----
    Pictures with a side of less than 225 pixels have fewer than six scales. As the reference
    does, the weights are then taken in order, without gaps.

    Jon Sneyers, "SSIMULACRA 2", https://github.com/cloudinary/ssimulacra2.
    """
    pictures = [_checked(original), _checked(other)]
    n_threads = resolve_threads(threads)
    (height, width), other_size = (picture.shape[:2] for picture in pictures)
    if other_size != (height, width):
        raise InputError(
            f"the pictures differ in size: {width} x {height}"
            f" and {other_size[1]} x {other_size[0]} pixels"
        )
    if min(height, width) < SMALLEST_SIDE:
        raise InputError(
            f"SSIMULACRA2 needs pictures of at least {SMALLEST_SIDE} x {SMALLEST_SIDE} pixels,"
            f" these have {width} x {height}"
        )
    if all(_is_opaque(picture) for picture in pictures):
        return _score(*(_opaque(picture) for picture in pictures), n_threads)
    return min(
        _score(*(_over(picture, ground) for picture in pictures), n_threads)
        for ground in (BLACK, WHITE)
    )


def _checked(picture: Pixels | IndexedImage) -> NDArray[np.uint8]:
    """Return the pixels of a picture as (H, W, C)."""
    if isinstance(picture, IndexedImage):
        picture = picture.to_pixels()
    pixels = check_pixels(picture)
    return pixels if pixels.ndim == 3 else pixels[..., None]


def _is_opaque(pixels: NDArray[np.uint8]) -> bool:
    """Whether no pixel is transparent to any degree."""
    return not has_alpha(pixels.shape[2]) or bool((pixels[..., -1] == 255).all())


def _opaque(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return pixels as contiguous (H, W, 3), without alpha."""
    if pixels.shape[2] == 3:
        return np.ascontiguousarray(pixels)
    flat = pixels.reshape(-1, pixels.shape[2])
    return with_channels(flat, 3).reshape(*pixels.shape[:2], 3)


def _over(pixels: NDArray[np.uint8], ground: int) -> NDArray[np.uint8]:
    """Return pixels as they are seen over black or white."""
    if _is_opaque(pixels):
        return _opaque(pixels)
    alpha = pixels[..., -1:].astype(np.int32)
    seen = divide_rounded(_opaque(pixels) * alpha + ground * (255 - alpha), 255)
    return seen.astype(np.uint8)


def _score(first: NDArray[np.uint8], second: NDArray[np.uint8], threads: int) -> float:
    """Return the score of two opaque pictures."""
    measured = measure_scales(first, second, threads).ravel().tolist()
    total = 0.0
    for weight, value in zip(WEIGHTS.tolist(), measured, strict=False):  # small ones have fewer
        total += weight * value
    return _to_scale(total)


def _to_scale(total: float) -> float:
    """Return a weighted sum on the scale on which 100 is no difference."""
    total *= 0.9562382616834844
    total *= 2.326765642916932 + total * (-0.020884521182843837 + total * 6.248496625763138e-05)
    return 100.0 - 10.0 * power(total, 0.6276336467831387) if total > 0 else 100.0
