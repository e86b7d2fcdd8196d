"""Pillow's modes -> arrays, without looking at profiles; the name of our own format there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec.errors import InputError
from kmcodec.image import IndexedImage

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

FORMAT = "KMQ"
MODE_OF_CHANNELS = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
TO_ARRAY_MODE = {"1": "L", "L": "L", "LA": "LA", "RGB": "RGB", "RGBA": "RGBA"}
TO_CONVERT = {"La": "LA", "PA": "RGBA", "RGBa": "RGBA", "RGBX": "RGB"}
TO_CONVERT |= dict.fromkeys(("YCbCr", "LAB", "HSV"), "RGB")
TOO_DEEP = "{} pixels have more than 8 bits a channel; convert them to 8 first"


def own_palette(image: Image.Image) -> IndexedImage:
    """Return a "P" picture's palette, with alpha where it has transparency, and its indices."""
    indices = np.asarray(image)
    transparency = image.info.get("transparency")
    has_alpha = isinstance(transparency, (bytes, int)) or (
        image.palette is not None and image.palette.mode == "RGBA"
    )
    palette = np.array(image.getpalette("RGBA") or [], dtype=np.uint8).reshape(-1, 4)
    missing = int(indices.max()) + 1 - len(palette)
    if missing > 0:
        black = np.array([[0, 0, 0, 255]], dtype=np.uint8)
        palette = np.vstack([palette, black.repeat(missing, axis=0)])
    if isinstance(transparency, bytes):
        values = np.frombuffer(transparency, dtype=np.uint8)[: len(palette)]
        palette[: len(values), 3] = values
    elif isinstance(transparency, int) and transparency < len(palette):
        palette[transparency, 3] = 0
    return IndexedImage(palette if has_alpha else palette[:, :3], indices, authored=True)


def direct_pixels(image: Image.Image) -> NDArray[np.uint8]:
    """Return the pixels of a picture without a palette."""
    if "transparency" in image.info and image.mode in ("1", "L", "RGB"):
        image = image.convert("RGBA")
    mode = TO_ARRAY_MODE.get(image.mode) or TO_CONVERT.get(image.mode)
    if mode is None:
        raise InputError(TOO_DEEP.format(f"{image.mode} mode"))
    return np.asarray(image.convert(mode))
