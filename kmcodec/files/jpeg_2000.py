"""Colours of more than 8 bits in JPEG 2000 (ISO/IEC 15444-1), where Pillow makes white black.

It rounds samples to 8 bits and lets what becomes 256 overflow to 0. A second reading, of the same
file with samples declared a bit deeper, halves the contrast around the middle level and has no 256:
it tells which zeros are white. That is exact for the reversible transform only.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from kmcodec.errors import InputError
from kmcodec.files.opening import opened

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

HEAD = b"\xff\x4f\xff\x51"  # SOC and SIZ, A.4.1 and A.5.1
COD, SOT = 0xFF52, 0xFF90  # A.6.1, A.4.2
MOST_COMPONENTS = 4
MIDDLE = 128
SEARCHED = 1 << 20  # bytes


def bits_of(image: ImageFile) -> int:
    """Return the bits of an opened file's first component."""
    head = _content(image, SEARCHED)
    at = head.find(HEAD)
    return (head[at + 42] & 0x7F) + 1 if 0 <= at < len(head) - 42 else 8


def _content(image: ImageFile, size: int = -1) -> bytes:
    """Return an opened file's bytes, which stands where it stood afterwards."""
    file = image.fp
    if file is None:
        return b""
    position = file.tell()
    file.seek(0)
    data: bytes = file.read(size)
    file.seek(position)
    return data


def deeper(image: ImageFile) -> Image.Image | None:
    """Return an opened file as if its samples had a bit more, or None where that is not exact."""
    data = bytearray(_content(image))
    at = data.find(HEAD)
    count = int.from_bytes(data[at + 40 : at + 42])
    if at < 0 or not 1 <= count <= MOST_COMPONENTS or not _is_reversible(data, at + 2):
        return None
    for component in range(count):
        data[at + 42 + 3 * component] += 1
    with opened(io.BytesIO(bytes(data)), None) as twin:
        twin.load()
        return twin


def _is_reversible(data: bytearray, at: int) -> bool:
    """Whether the main header from SIZ on declares the reversible transform (A.6.1)."""
    while at + 14 <= len(data):
        marker, length = int.from_bytes(data[at : at + 2]), int.from_bytes(data[at + 2 : at + 4])
        if marker == COD:
            return data[at + 13] == 1
        if marker == SOT or marker < 0xFF00 or length < 2:
            return False
        at += 2 + length
    return False


def with_white(image: Image.Image, twin: Image.Image | None) -> Image.Image:
    """Return a loaded picture in which zeros that are white became 255.

    Raises
    ------
    InputError
        There are zeros, and nothing tells which of them are white.
    """
    samples = np.array(image)
    zeros = samples == 0
    if not zeros.any():
        return image
    if twin is None or twin.size != image.size or twin.mode != image.mode:
        raise InputError(
            "colours have more than 8 bits, and Pillow takes white for black in this JPEG 2000;"
            " convert them to 8 bits first"
        )
    samples[zeros & (np.asarray(twin) >= MIDDLE)] = 255
    out = Image.fromarray(samples, image.mode)
    out.info = image.info
    return out
