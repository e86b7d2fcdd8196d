"""Animated GIF (GIF89a), frame by frame; Pillow's encoder compresses each.

Pillow's own way to write several frames joins those that are equal, and goes wrong where a frame is
all clear. Here every frame is one of the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import GifImagePlugin, Image

from kmcodec.files.frame_parts import Part, part_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Plane = NDArray[np.uint8]

KEPT, CLEARED = 1, 2  # disposals: what becomes of a frame's part before the next one
LOOP = b"\x21\xff\x0bNETSCAPE2.0\x03\x01"
END = b";"


def gif_bytes(
    indices: NDArray[np.uint8],
    palette: NDArray[np.uint8],
    clear: int | None,
    milliseconds: Sequence[float],
    loop: int | None,
) -> bytes:
    """Return frames as a GIF; every frame is kept, also one that equals the one before.

    Parameters
    ----------
    indices : (T, H, W) uint8
    palette : (K, 3) uint8
        K at most 256.
    clear : int, optional
        The entry that is fully transparent; None if all are opaque.
    milliseconds : sequence of float
        How long each frame is shown, multiples of 10.
    loop : int, optional
        How often the frames are played again; 0 is for ever, None never.
    """
    spare = len(palette) if clear is None and len(palette) < 256 else clear
    colors = len(palette) + (spare == len(palette))
    out = [_screen(indices.shape[2], indices.shape[1], palette, colors)]
    if loop is not None:
        out.append(LOOP + loop.to_bytes(2, "little") + b"\0")
    canvas = np.full(indices.shape[1:], 0 if clear is None else clear, dtype=np.uint8)
    for number, frame in enumerate(indices):
        following = indices[number + 1] if number + 1 < len(indices) else frame
        part = part_of(frame != canvas) if number else Part(0, 0, frame.shape[1], frame.shape[0])
        going = np.zeros_like(frame, dtype=bool)
        if clear is not None:
            going = (following == clear) & (frame != clear)
        after = KEPT
        if going.any():
            part, after = part.union(part_of(going)), CLEARED
        options = {"duration": milliseconds[number], "disposal": after}
        before = canvas[part.slices] if number else None
        out.append(_frame(frame[part.slices], before, part, spare, options))
        canvas = frame.copy()
        if after == CLEARED:
            canvas[part.slices] = clear
    return b"".join([*out, END])


def _screen(width: int, height: int, palette: NDArray[np.uint8], colors: int) -> bytes:
    """Return the beginning of a file: size, and a palette of a power of two entries."""
    bits = max(1, (colors - 1).bit_length())
    size = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    flags = 0x80 | 0x70 | bits - 1
    table = palette.tobytes().ljust(3 << bits, b"\0")
    return b"GIF89a" + size + bytes([flags, 0, 0]) + table


def _frame(
    pixels: Plane, before: Plane | None, part: Part, spare: int | None, options: dict[str, Any]
) -> bytes:
    """Return a part of a frame, with what stays left out where that is smaller."""
    if spare is not None:
        options = options | {"transparency": spare}
    coded = _compressed(pixels, part, options)
    if spare is None or before is None:
        return coded
    sparse = np.where(pixels == before, np.uint8(spare), pixels)
    return min(coded, _compressed(sparse, part, options), key=len)


def _compressed(pixels: Plane, part: Part, options: dict[str, Any]) -> bytes:
    """Return a part of a frame as GIF has it."""
    height, width = pixels.shape
    image = Image.frombytes("P", (width, height), pixels.tobytes())
    return b"".join(GifImagePlugin.getdata(image, (part.left, part.top), **options))
