"""Frames -> ``Animation``: one palette for all, and indices that stay where pixels do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from kmcodec.errors import InputError
from kmcodec.image import Animation, IndexedImage, Timing
from kmcodec.options import refuse_mask
from kmcodec.quantizer.quantizing import QuantizeOptions, quantize

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from kmcodec.channels import Pixels

    Indices = NDArray[np.unsignedinteger[Any]]


def quantize_frames(
    frames: ArrayLike | Pixels, *, timing: Timing | None = None, **options: Unpack[QuantizeOptions]
) -> Animation:
    """Find one palette for all frames by K-means, and the index of every pixel.

    A pixel that is as in the frame before has the index that it has there, dithered or not.

    Parameters
    ----------
    frames : (T, H, W, C) uint8
        C from 1 to 4: gray, gray + alpha, RGB, RGB + alpha.
    timing : Timing, optional
        When the frames are shown.
    **options
        As for ``quantize``; `importance` is (T * H, W), the frames one below another.

    Returns
    -------
    Animation
        The same for the same frames and options, whatever the machine.

    Raises
    ------
    InputError
        A type, shape or option is out of its range.
    QualityError, CancelledError
        As from ``quantize``.
    """
    pixels = checked_frames(frames)
    count, height, width, channels = pixels.shape
    tall = pixels.reshape(count * height, width, channels)
    flat: QuantizeOptions = {**options, "dither": 0.0}
    image = quantize(tall[..., 0] if channels == 1 else tall, **flat)
    indices = image.indices.reshape(count, height, width)
    if options.get("dither", 0.0) != 0:
        indices = _dithered(pixels, image, options)
    return Animation(image.palette, indices, timing, image.authored, image.facts)


def checked_frames(frames: ArrayLike | Pixels) -> NDArray[np.uint8]:
    """Return (T, H, W, C) uint8 frames, or raise ``InputError``."""
    refuse_mask(frames, "the frames")
    pixels = np.asarray(frames)
    if pixels.dtype != np.uint8 or pixels.ndim != 4 or not 1 <= pixels.shape[3] <= 4:
        raise InputError(
            f"frames are {pixels.dtype} of shape {pixels.shape}, expected (T, H, W, C) uint8"
        )
    if pixels.size == 0:
        raise InputError(f"frames have shape {pixels.shape}, expected at least one pixel")
    return pixels


def _dithered(pixels: NDArray[np.uint8], image: IndexedImage, options: QuantizeOptions) -> Indices:
    """Return the dithered indices of each frame; where a pixel stays, so does its index."""
    names = ("space", "dither", "dither_method", "threads")
    given: dict[str, Any] = {n: value for n, value in options.items() if n in names}
    found: list[Indices] = []
    for number, frame in enumerate(pixels):
        shown = frame[..., 0] if frame.shape[2] == 1 else frame
        indices = quantize(shown, palette=image.palette, **given).indices
        if number:
            same = (frame == pixels[number - 1]).all(axis=2)
            indices = np.where(same, found[-1], indices)
        found.append(indices)
    return np.stack(found)
