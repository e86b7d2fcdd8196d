"""Pillow's images where pixels are wanted; Pillow itself is not imported."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image
    from typing_extensions import TypeIs

    Pixels = NDArray[np.uint8] | Image.Image

# what a mode has one meaning in; inks need a profile, and wider samples a range
TO_MODE = {"1": "L", "L": "L", "LA": "LA", "La": "LA", "PA": "RGBA", "RGBa": "RGBA"}
TO_MODE |= {"RGB": "RGB", "RGBA": "RGBA", "RGBX": "RGB"}
TO_MODE |= dict.fromkeys(("YCbCr", "LAB", "HSV"), "RGB")
WITH_CLEAR_COLOR = ("1", "L", "P", "RGB")
REASONS = {
    "CMYK": "inks become colours by a profile; convert it to RGB first, as with im.convert('RGB')",
    "I": "its values have no known range; scale them to 0..255 and convert to L first",
}


def is_image(value: object) -> TypeIs[Image.Image]:
    """Whether a value is an image of Pillow's."""
    module: Any = sys.modules.get("PIL.Image")
    return module is not None and isinstance(value, module.Image)


def image_pixels(image: Image.Image) -> NDArray[np.uint8]:
    """Return an image's pixels, (H, W) uint8 for gray, else (H, W, C) with C from 2 to 4.

    Palettes and transparent colours are applied; YCbCr, Lab and HSV become RGB.

    Raises
    ------
    InputError
        The mode has no one meaning in 8-bit colours: CMYK, and samples of more than 8 bits.
    """
    mode = TO_MODE.get(image.mode)
    if image.mode == "P":
        has_alpha = image.palette is not None and image.palette.mode == "RGBA"
        mode = "RGBA" if has_alpha else "RGB"
    if mode is None:
        reason = REASONS["CMYK" if image.mode == "CMYK" else "I"]
        raise InputError(f"pixels are a Pillow image of mode {image.mode}: {reason}")
    if "transparency" in image.info and image.mode in WITH_CLEAR_COLOR:
        mode = "RGBA"
    return np.asarray(image if image.mode == mode else image.convert(mode))
