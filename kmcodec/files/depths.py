"""How many bits the samples of an opened picture have, and gray ones of more than 8 made of 8."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from kmcodec.arithmetic import divide_rounded
from kmcodec.errors import InputError
from kmcodec.files.jpeg_2000 import bits_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image
    from PIL.ImageFile import ImageFile

LARGEST_16 = 65535
PHOTOMETRIC, WHITE_IS_ZERO = 262, 0  # TIFF 6.0, section 4
BITS_PER_SAMPLE, PLANAR, SEPARATE = 258, 284, 2  # TIFF 6.0


class Depth(NamedTuple):
    """Samples of more than 8 bits.

    Attributes
    ----------
    largest : int
        The sample that stands for white in the file.
    scaled : int
        What Pillow makes of it in a gray picture.
    cut : bool
        Whether Pillow cuts colours to their upper 8 bits, rather than rounding.
    inverted : bool
        Whether gray begins with white.
    """

    largest: int
    scaled: int
    cut: bool = True
    inverted: bool = False

    @property
    def bits(self) -> int:
        """Bits of a sample."""
        return self.largest.bit_length()


SIXTEEN_BITS = Depth(LARGEST_16, LARGEST_16)


def depth_of(image: Image.Image) -> Depth | None:
    """Return the depth of an opened, not yet loaded picture, or None for 8 bits and less.

    Raises
    ------
    InputError
        The picture is a TIFF with deep samples in a plane for each channel: Pillow misreads it.
    """
    if image.format == "PPM":
        return _of_ppm(image)
    if image.format == "JPEG2000":
        return _of_jpeg_2000(image)
    tiles = " ".join(str(tile) for tile in getattr(image, "tile", []))
    if "I;12" in tiles:
        return Depth(4095, 4095)
    tags = getattr(image, "tag_v2", {})
    if ";16" not in tiles or "BGR;16" in tiles:  # the latter is 16 bits a pixel
        deep = max(tags.get(BITS_PER_SAMPLE, (8,)), default=8) > 8
        if deep and image.mode not in ("I", "F") and tags.get(PLANAR) == SEPARATE:
            raise InputError("planes of more than 8 bits a sample are not read; interleave them")
        return None
    inverted = image.mode.startswith("I;16") and tags.get(PHOTOMETRIC) == WHITE_IS_ZERO
    return SIXTEEN_BITS._replace(inverted=inverted)


def _of_ppm(image: Image.Image) -> Depth | None:
    """Return the depth of a PGM or PPM: Pillow makes gray of 16 bits, colours of 8."""
    arguments = getattr(image, "tile", [(None, None, None, None)])[0][3]
    if "I;16B" in (arguments or ()):  # by itself or in a tuple
        return SIXTEEN_BITS
    largest = arguments[1] if isinstance(arguments, tuple) and len(arguments) == 2 else 255
    return Depth(largest, LARGEST_16, cut=False) if 255 < largest <= LARGEST_16 else None


def _of_jpeg_2000(image: Image.Image) -> Depth | None:
    """Return the depth of a JPEG 2000: Pillow shifts gray to 16 bits and rounds colours to 8."""
    bits = min(bits_of(cast("ImageFile", image)), 16)
    largest = (1 << bits) - 1
    return Depth(largest, largest << 16 - bits, cut=False) if bits > 8 else None


def to_8_bits(image: Image.Image, depth: Depth) -> NDArray[np.uint8]:
    """Return gray samples as (H, W) uint8, or (H, W, 2) if one level is transparent.

    Raises
    ------
    InputError
        A sample is out of the range.
    """
    samples = np.asarray(image).astype(np.int64)
    if samples.min() < 0 or samples.max() > LARGEST_16:
        raise InputError(f"samples go from {samples.min()} to {samples.max()}, expected 0 to 65535")
    own = np.minimum(divide_rounded(samples * depth.largest, depth.scaled), depth.largest)
    gray = divide_rounded(own * 255, depth.largest).astype(np.uint8)
    if depth.inverted:
        gray = 255 - gray
    level = image.info.get("transparency")
    if not isinstance(level, int):
        return gray
    alpha = np.where(samples == level, 0, 255).astype(np.uint8)
    return np.stack([gray, alpha], axis=-1)
