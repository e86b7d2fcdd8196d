"""Alpha that is clear or opaque and nothing between, as GIF has it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from kmcodec.channels import has_alpha

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.files.pictures import Picture
    from kmcodec.image import Animation, IndexedImage

    Shown = TypeVar("Shown", IndexedImage, Animation)

GIF_THRESHOLD = 128
NOTE = "GIF and --alpha-threshold know no soft alpha: below {0} it became clear, the rest opaque"


def _hardened(colors: NDArray[np.uint8], threshold: int) -> NDArray[np.uint8] | None:
    """Return colours (..., C) without soft alpha, or None where there is none."""
    if not has_alpha(colors.shape[-1]):
        return None
    alpha = colors[..., -1]
    if not ((alpha > 0) & (alpha < 255)).any():
        return None
    out = colors.copy()
    out[..., -1] = np.where(alpha < threshold, 0, 255)
    return out


def with_hard_alpha(picture: Picture, threshold: int) -> Picture:
    """Return a picture whose alpha below the threshold is 0, and 255 elsewhere.

    Parameters
    ----------
    picture : Picture
    threshold : int
        1 to 255.
    """
    if picture.pixels.ndim == 2:
        return picture
    pixels = _hardened(picture.pixels, threshold)
    indexed = picture.indexed
    if indexed is not None:
        palette = _hardened(indexed.palette, threshold)
        indexed = indexed if palette is None else replace(indexed, palette=palette)
    if pixels is None:
        return replace(picture, indexed=indexed)
    notes = (*picture.notes, NOTE.format(threshold))
    return replace(picture, pixels=pixels, indexed=indexed, notes=notes)


def with_hard_palette(image: Shown, threshold: int) -> Shown:
    """Return an image whose palette is clear below the threshold and opaque elsewhere."""
    palette = _hardened(image.palette, threshold)
    return image if palette is None else replace(image, palette=palette)
