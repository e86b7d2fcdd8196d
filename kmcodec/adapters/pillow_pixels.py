"""From Pillow's images to pixels, and from several to an animation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec.color import with_channels
from kmcodec.errors import InputError
from kmcodec.files.animation_reading import frames_of, plays_of, timing_of
from kmcodec.files.depths import SIXTEEN_BITS, to_8_bits
from kmcodec.files.modes import direct_pixels, own_palette
from kmcodec.image import Animation, IndexedImage
from kmcodec.quantizer import quantize_frames

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from PIL import Image

    from kmcodec.image import Timing

WITHOUT_RANGE = ("I", "F")


def pixels_of(im: Image.Image) -> NDArray[np.uint8]:
    """Return an image's pixels, (H, W) or (H, W, C) uint8.

    Raises
    ------
    OSError
        The mode has no range of values that a picture's could be made from.
    """
    if im.mode in WITHOUT_RANGE:
        raise OSError(
            f"cannot write mode {im.mode} as KMQ: its values have no known range;"
            " scale them to 0..255 and convert to 'L'"
        )
    if im.mode.startswith("I;16"):
        return to_8_bits(im, SIXTEEN_BITS)
    if im.mode == "CMYK":
        return np.asarray(im.convert("RGB"))
    return direct_pixels(im)


def animation_of(
    images: Iterable[Image.Image], options: dict[str, Any], quantizing: dict[str, Any]
) -> Animation:
    """Return all frames of all images with one palette.

    Their own palette is kept where all have the same, of few enough colours.

    Parameters
    ----------
    images : iterable of Image
    options : dict
        Of ``Image.save``: ``duration`` and ``loop``.
    quantizing : dict
        As for ``quantize_frames``.

    Raises
    ------
    OSError
        As from ``pixels_of``.
    InputError
        The frames differ in size, or an option is out of its range.
    """
    found: list[NDArray[np.uint8] | IndexedImage] = []
    shown: list[float | None] = []
    plays = 0
    for image in images:
        for frame in frames_of(image):
            found.append(own_palette(frame) if frame.mode == "P" else pixels_of(frame))
            shown.append(frame.info.get("duration"))
        if getattr(image, "n_frames", 1) > 1:
            plays = plays or plays_of(image)
    timing = _timing(shown, options.get("duration"), options.get("loop"), plays)
    own = _own_animation(found, timing, quantizing["n_colors"])
    if own is not None:
        return own
    direct = [one.to_pixels() if isinstance(one, IndexedImage) else one for one in found]
    given = dict(quantizing)
    importance = given.get("importance")
    if importance is not None:
        given["importance"] = np.tile(importance, (len(direct), 1))
    return quantize_frames(_stacked(direct), timing=timing, **given)


def _timing(
    shown: list[float | None], asked: float | list[float] | None, loop: int | None, plays: int
) -> Timing | None:
    """Return the timing asked for, or else the frames' own; None if nobody says any."""
    plays = plays if loop is None else loop
    if isinstance(asked, (list, tuple)):
        if len(asked) != len(shown):
            raise InputError(f"duration has {len(asked)} numbers for {len(shown)} frames")
        return timing_of(asked, plays)
    if asked is None and loop is None and all(one is None for one in shown):
        return None
    own = [one or 0 for one in shown]
    return timing_of(own if asked is None else [asked] * len(shown), plays)


def _own_animation(
    found: list[NDArray[np.uint8] | IndexedImage], timing: Timing | None, n_colors: int
) -> Animation | None:
    """Return frames that have the same palette as they are; None if they do not."""
    own = [one for one in found if isinstance(one, IndexedImage)]
    if len(own) < len(found) or own[0].n_colors > n_colors:
        return None
    if any(not np.array_equal(one.palette, own[0].palette) for one in own):
        return None
    indices = np.stack(_same_size([one.indices for one in own]))
    return Animation(own[0].palette, indices, timing, authored=True)


def _stacked(frames: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Return frames of any channels as (T, H, W, C) with as many as they need."""
    full = [one.reshape(*one.shape[:2], -1) for one in _same_size(frames)]
    kinds = {one.shape[2] for one in full}
    channels = kinds.pop() if len(kinds) == 1 else 4 if kinds & {2, 4} else 3
    flat = [with_channels(one.reshape(-1, one.shape[2]), channels) for one in full]
    return np.stack(flat).reshape(len(full), *full[0].shape[:2], channels)


def _same_size(frames: list[Any]) -> list[Any]:
    """Return arrays that have the same height and width, or raise ``InputError``."""
    sizes = {one.shape[:2] for one in frames}
    if len(sizes) > 1:
        told = " and ".join(f"{width} x {height}" for height, width in sorted(sizes)[:2])
        raise InputError(f"the frames of a KMQ file have one size, these have {told}")
    return frames
