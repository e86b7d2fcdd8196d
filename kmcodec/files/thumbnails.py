"""Small pictures of ``.kmq`` files, as desktops show them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from kmcodec.codec import KmqFile
from kmcodec.files.profiles import ProfileError, ToSrgb, colors_to_srgb

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from kmcodec.container import Limits

    Bytes = NDArray[np.uint8]

STRIP_PIXELS = 1 << 20
MODES = {3: ("RGB", "RGB"), 4: ("RGBA", "RGBa")}  # as stored, and with alpha multiplied in


def thumbnail_png(
    data: bytes, size: int, *, limits: Limits | None = None, threads: int | None = None
) -> tuple[bytes, tuple[int, int]]:
    """Return a ``.kmq`` file's picture as a PNG that fits a square, and its width and height.

    The aspect ratio stays, up to a pixel; a picture that fits is not enlarged. Colours become sRGB
    and alpha is kept. Beside the palette plane, memory is needed for a strip of it only.

    Parameters
    ----------
    data : bytes
        The whole file.
    size : int
        Side of the square in pixels, 1 or more.
    limits : Limits, optional
        The largest picture to decode; see ``Limits`` for the defaults.
    threads : int, optional

    Raises
    ------
    FormatError, UnsupportedError, LimitError
        As ``decode``.
    """
    file = KmqFile(data, limits=limits)
    width, height, rows = _rows_of(file, threads)
    small = _shrunk(width, height, rows, size)
    icc = file.metadata.icc
    if icc is not None:
        small = _in_srgb(small, icc)
    notes = PngInfo()
    notes.add_text("Thumb::Image::Width", str(width))
    notes.add_text("Thumb::Image::Height", str(height))
    notes.add_text("Software", "kmcodec")
    buffer = io.BytesIO()
    small.save(buffer, "PNG", pnginfo=notes)
    return buffer.getvalue(), small.size


def _rows_of(file: KmqFile, threads: int | None) -> tuple[int, int, Callable[[int, int], Bytes]]:
    """Return width, height, and what gives the (n, W, 3 or 4) colours of some rows."""
    if not file.has_blocks:
        first = 0 if file.header.planes > 1 else None
        image = file.decode_indexed(frame=first, threads=threads)
        palette = _with_three_colors(image.palette)
        return image.width, image.height, lambda top, end: palette[image.indices[top:end]]
    blocks = file.decode_blocks(threads=threads)
    pixels = blocks.to_sheet() if blocks.is_list else blocks.to_pixels()
    plane = pixels.reshape(*pixels.shape[:2], -1)
    return plane.shape[1], plane.shape[0], lambda top, end: _with_three_colors(plane[top:end])


def _with_three_colors(colors: Bytes) -> Bytes:
    """Return colours (..., C) as RGB, or RGB and alpha."""
    if colors.shape[-1] > 2:
        return colors
    gray = np.repeat(colors[..., :1], 3, axis=-1)
    return np.concatenate([gray, colors[..., 1:]], axis=-1)


def _shrunk(width: int, height: int, rows: Callable[[int, int], Bytes], size: int) -> Image.Image:
    """Return a picture at the size of a thumbnail: boxes first, strip by strip, then Lanczos."""
    scale = min(1.0, size / width, size / height)
    target = max(1, round(width * scale)), max(1, round(height * scale))
    box = max(1, width // (2 * target[0])), max(1, height // (2 * target[1]))
    mode, multiplied = MODES[rows(0, 1).shape[2]]
    if target == (width, height):
        multiplied = mode  # nothing to mix, and no rounding
    canvas = Image.new(multiplied, (-(-width // box[0]), -(-height // box[1])))
    step = box[1] * max(1, STRIP_PIXELS // (width * box[1]))
    for top in range(0, height, step):
        strip = Image.fromarray(rows(top, min(top + step, height))).convert(multiplied)
        canvas.paste(strip.reduce(box), (0, top // box[1]))
    if canvas.size != target:
        edges = (0.0, 0.0, width / box[0], height / box[1])
        canvas = canvas.resize(target, Image.Resampling.LANCZOS, box=edges)
    return canvas.convert(mode)


def _in_srgb(image: Image.Image, icc: bytes) -> Image.Image:
    """Return an RGB or RGBA image in sRGB, or as it is where its profile cannot be used."""
    try:
        return Image.fromarray(colors_to_srgb(ToSrgb(icc), np.asarray(image)))
    except ProfileError:
        return image
