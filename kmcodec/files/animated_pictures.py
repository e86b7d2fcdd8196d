"""Animated picture files as all their frames, composited by Pillow."""

from __future__ import annotations

import io
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from kmcodec.errors import InputError, LimitError
from kmcodec.files.animation_reading import frames_of, plays_of, timing_of
from kmcodec.files.depths import depth_of
from kmcodec.files.opening import most_pixels, opened
from kmcodec.files.orientation import upright
from kmcodec.files.picture_colors import in_srgb
from kmcodec.files.pictures import Picture, colors_of, first_only, read_picture
from kmcodec.files.png_reading import is_png, open_png

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

FORMATS = ("GIF", "PNG", "WEBP")
CUT = "frames that are larger than the first one were cut to its size"


def read_frames(
    source: Path | BinaryIO, *, keep_profile: bool = False, max_pixels: int | None = None
) -> Picture:
    """Read a picture with all frames of a GIF, an animated PNG or an animated WebP.

    Frames are as Pillow composites them: RGB, or RGB + alpha where any pixel is not opaque. What
    is no such animation, or a damaged one, is read by ``read_picture``, with its notes.

    Parameters
    ----------
    source : Path or binary file
    keep_profile : bool
        As for ``read_picture``.
    max_pixels : int, optional
        Pixels that all frames together may have.

    Raises
    ------
    InputError, LimitError
        As from ``read_picture``.
    """
    again: Path | BinaryIO = source
    if not isinstance(source, Path):
        try:
            data = source.read()
        except OSError as error:
            raise InputError(f"cannot read standard input: {error.strerror or error}") from error
        source, again = io.BytesIO(data), io.BytesIO(data)
    first = read_picture(source, keep_profile=keep_profile, max_pixels=max_pixels)
    note = first_only(first.frames)
    if note not in first.notes or (isinstance(again, Path) and not again.is_file()):
        return first
    try:
        animated = _read(again, first, most_pixels(max_pixels), keep_profile=keep_profile)
    except (LimitError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001  (Pillow raises many kinds on damaged frames)
        reason = f"{note}, for others are damaged: {error}"
        return replace(first, notes=tuple(reason if n == note else n for n in first.notes))
    if animated is None:
        return first
    return replace(animated, notes=tuple(n for n in animated.notes if n != note))


def _read(
    source: Path | BinaryIO, first: Picture, limit: int | None, *, keep_profile: bool
) -> Picture | None:
    """Return a picture with all its frames; None if it is no animation that is read."""
    with ExitStack() as stack:
        file = stack.enter_context(source.open("rb")) if isinstance(source, Path) else source
        info = open_png(file).info if is_png(file) else {}
        file.seek(0)
        image = stack.enter_context(opened(file, limit))
        if image.format not in FORMATS or depth_of(image) is not None:
            return None
        n_frames = getattr(image, "n_frames", 1)
        if limit is not None and image.width * image.height * n_frames > limit:
            raise LimitError(
                f"{n_frames} frames of {image.width} x {image.height} exceed the limit of"
                f" {limit:,} pixels; --max-pixels allows more, --first-frame takes one"
            )
        pixels, milliseconds, notes = _composited(image)
        if len(pixels) < 2:
            return None
        timing = timing_of(milliseconds, plays_of(image))
        image.info.update(info)
        icc, gamma = colors_of(image, [])
    count, height, width, channels = pixels.shape
    tall = pixels.reshape(count * height, width, channels)
    picture = replace(first, pixels=tall, indexed=None)
    picture = in_srgb(picture, icc, gamma, keep_profile=keep_profile)
    frames = picture.pixels.reshape(count, height, width, -1)
    told = (*first.notes, *notes)
    return replace(picture, pixels=frames, timing=timing, frames=count, notes=told)


def _composited(image: Image.Image) -> tuple[NDArray[np.uint8], list[float], list[str]]:
    """Return all frames as (T, H, W, C), how long each is shown, and notes."""
    found: list[NDArray[np.uint8]] = []
    milliseconds: list[float] = []
    size: tuple[int, int] | None = None
    notes: list[str] = []
    for frame in frames_of(image):
        turned = upright(frame.convert("RGBA"))[0]
        size = size or turned.size
        if turned.size != size:  # of a GIF whose frames reach out of its screen
            turned, notes = turned.crop((0, 0, *size)), [CUT]
        found.append(np.asarray(turned))
        milliseconds.append(frame.info.get("duration") or 0)
    pixels = np.stack(found)
    opaque = bool((pixels[..., 3] == 255).all())
    return np.ascontiguousarray(pixels[..., :3]) if opaque else pixels, milliseconds, notes
