"""Opening pictures with a limit of pixels that is the caller's, not Pillow's."""

from __future__ import annotations

import struct
import threading
from typing import TYPE_CHECKING, BinaryIO

from PIL import Image, UnidentifiedImageError

from kmcodec.errors import LimitError

if TYPE_CHECKING:
    from pathlib import Path

_lock = threading.Lock()


def most_pixels(asked: int | None) -> int | None:
    """Return the pixels that a picture may have: Pillow's own limit unless another is asked for."""
    if asked is not None:
        return asked
    usual = Image.MAX_IMAGE_PIXELS
    return None if usual is None else 2 * usual


def check_pixels(width: int, height: int, limit: int | None) -> None:
    """Raise ``LimitError`` for a picture of more pixels than the limit."""
    if limit is not None and width * height > limit:
        raise LimitError(
            f"the picture's size, {width} x {height}, exceeds limit of {limit:,} pixels;"
            " --max-pixels allows more"
        )


def opened(file: Path | BinaryIO, limit: int | None, *, is_png: bool = False) -> Image.Image:
    """Open a picture, without Pillow's alarm for what the limit allows.

    Pillow's limit is one for the whole process. It is another for as long as the headers are read,
    by one thread at a time. A PNG goes to Pillow's module for PNGs at once: it imports no others.

    Raises
    ------
    LimitError
        The picture has more pixels.
    """
    with _lock:
        usual = Image.MAX_IMAGE_PIXELS
        Image.MAX_IMAGE_PIXELS = limit
        try:
            image = _open_png(file) if is_png else Image.open(file)
        finally:
            Image.MAX_IMAGE_PIXELS = usual
    try:
        check_pixels(*image.size, limit)
    except LimitError:
        image.close()
        raise
    return image


def _open_png(file: Path | BinaryIO) -> Image.Image:
    """Open a PNG, or raise what ``Image.open`` raises."""
    from PIL.PngImagePlugin import PngImageFile  # noqa: PLC0415  (only PNGs need it)

    try:
        return PngImageFile(file)
    except (SyntaxError, IndexError, TypeError, struct.error) as error:
        raise UnidentifiedImageError("cannot identify image file") from error
