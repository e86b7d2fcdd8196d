"""How many bits the samples of an opened picture have, and gray ones of more than 8 made of 8."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kmcodec.arithmetic import divide_rounded
from kmcodec.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

LARGEST_16 = 65535
J2K_HEAD = b"\xff\x4f\xff\x51"  # SOC and SIZ, ISO/IEC 15444-1, A.4.1 and A.5.1
J2K_SEARCHED = 1 << 20  # bytes
PHOTOMETRIC, WHITE_IS_ZERO = 262, 0  # TIFF 6.0, section 4


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
    """Return the depth of an opened, not yet loaded picture, or None for 8 bits and less."""
    if image.format == "PPM":
        return _of_ppm(image)
    if image.format == "JPEG2000":
        return _of_jpeg_2000(image)
    tiles = " ".join(str(tile) for tile in getattr(image, "tile", []))
    if "I;12" in tiles:
        return Depth(4095, 4095)
    if ";16" not in tiles or "BGR;16" in tiles:  # the latter is 16 bits a pixel
        return None
    tags = getattr(image, "tag_v2", {})
    inverted = image.mode.startswith("I;16") and tags.get(PHOTOMETRIC) == WHITE_IS_ZERO
    return SIXTEEN_BITS._replace(inverted=inverted)


def _of_ppm(image: Image.Image) -> Depth | None:
    """Return the depth of a PGM or PPM: Pillow makes gray of 16 bits, colours of 8."""
    arguments = getattr(image, "tile", [(None, None, None, None)])[0][3]
    if arguments and arguments[0] == "I;16B":
        return SIXTEEN_BITS
    largest = arguments[1] if isinstance(arguments, tuple) and len(arguments) == 2 else 255
    return Depth(largest, LARGEST_16, cut=False) if 255 < largest <= LARGEST_16 else None


def _of_jpeg_2000(image: Image.Image) -> Depth | None:
    """Return the depth of a JPEG 2000's first component: Pillow shifts gray to 16 bits."""
    file = getattr(image, "fp", None) or io.BytesIO()
    position = file.tell()
    file.seek(0)
    data = file.read(J2K_SEARCHED)
    file.seek(position)
    at = data.find(J2K_HEAD)
    bits = (data[at + 42] & 0x7F) + 1 if 0 <= at < len(data) - 42 else 8
    bits = min(bits, 16)
    return Depth((1 << bits) - 1, (1 << bits) - 1 << 16 - bits) if bits > 8 else None


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
