"""What the channels of a pixel mean: 1 gray, 2 gray and alpha, 3 RGB, 4 RGB and alpha.

Pillow's images become such pixels here, too; Pillow itself is not imported.
"""

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

KINDS = {1: "gray", 2: "gray + alpha", 3: "RGB", 4: "RGB + alpha"}
LUMA_WEIGHTS = (299, 587, 114)  # of red, green and blue, in thousandths: ITU-R BT.601
LUMA_BYTES = (77, 150, 29)  # the same in parts of 256
# what a mode has one meaning in; inks need a profile, and wider samples a range
TO_MODE = {"1": "L", "L": "L", "LA": "LA", "La": "LA", "PA": "RGBA", "RGBa": "RGBA"}
TO_MODE |= {"RGB": "RGB", "RGBA": "RGBA", "RGBX": "RGB"}
TO_MODE |= dict.fromkeys(("YCbCr", "LAB", "HSV"), "RGB")
WITH_CLEAR_COLOR = ("1", "L", "P", "RGB")
REASONS = {
    "CMYK": "inks become colours by a profile; convert it to RGB first, as with im.convert('RGB')",
    "I": "its values have no known range; scale them to 0..255 and convert to L first",
}


def has_alpha(channels: int) -> bool:
    """Whether the last of so many channels, 1 to 4, is alpha."""
    return channels in (2, 4)


def color_channels(channels: int) -> int:
    """Return the number of channels without alpha: 1 or 3."""
    return 3 if channels >= 3 else 1


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
        The mode has no one meaning in 8-bit colours: CMYK, and samples of more than 8 bits. Or the
        image does not convert, for its palette or its transparent colour is none.
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
    try:
        return np.asarray(image if image.mode == mode else image.convert(mode))
    except (TypeError, ValueError) as error:  # what `info` says of transparency may be anything
        raise InputError(f"pixels are a Pillow image that does not convert: {error}") from error
