"""Animated WebP without loss, frame by frame; Pillow's encoder compresses each.

libwebp's own way to write several frames joins those that are equal, and forgets the colours of
clear pixels. Here every frame is one of the file.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from PIL import Image

from kmcodec.errors import InputError
from kmcodec.files.frame_parts import Part, part_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

LARGEST = 16383  # of width and height
HAS_ANIMATION, HAS_XMP, HAS_EXIF, HAS_ALPHA, HAS_ICC = 0x02, 0x04, 0x08, 0x10, 0x20
OVER, INSTEAD = 0, 2  # whether a frame's part is blended with what is there
LOSSLESS = {"lossless": True, "exact": True, "quality": 100, "method": 3}


def webp_bytes(
    frames: Iterable[Pixels],
    milliseconds: Sequence[float],
    loop: int,
    metadata: dict[str, bytes],
) -> bytes:
    """Return frames as an animated WebP; every frame is kept, and so are colours of clear pixels.

    Parameters
    ----------
    frames : iterable of (H, W, 4) uint8
    milliseconds : sequence of float
        How long each frame is shown; whole numbers below 2**24.
    loop : int
        How often the frames are played, below 2**16; 0 is for ever.
    metadata : dict
        Of "icc_profile", "exif" and "xmp", what there is.

    Raises
    ------
    InputError
        The frames are larger than WebP can say.
    """
    out: list[bytes] = []
    canvas: Pixels | None = None
    soft = False
    for frame, shown in zip(frames, milliseconds, strict=True):
        height, width = frame.shape[:2]
        if max(width, height) > LARGEST:
            raise InputError(f"WEBP holds 16383 x 16383 pixels, a frame has {width} x {height}")
        soft = soft or bool((frame[..., 3] < 255).any())
        out.append(_frame(frame, canvas, int(shown)))
        canvas = frame
    if canvas is None:
        raise InputError("an animation has one frame at least")
    flags = HAS_ANIMATION | HAS_ALPHA * soft
    for name, flag in (("icc_profile", HAS_ICC), ("exif", HAS_EXIF), ("xmp", HAS_XMP)):
        flags |= flag * (name in metadata)
    head = [_chunk(b"VP8X", flags.to_bytes(4, "little") + _less_one(width) + _less_one(height))]
    if "icc_profile" in metadata:
        head.append(_chunk(b"ICCP", metadata["icc_profile"]))
    head.append(_chunk(b"ANIM", bytes(4) + loop.to_bytes(2, "little")))
    named = (("exif", b"EXIF"), ("xmp", b"XMP "))
    tail = [_chunk(kind, metadata[name]) for name, kind in named if name in metadata]
    return _chunk(b"RIFF", b"WEBP" + b"".join([*head, *out, *tail]))


def _frame(frame: Pixels, canvas: Pixels | None, milliseconds: int) -> bytes:
    """Return what of a frame is not on the canvas, with what stays left out if that is smaller."""
    part, stays = Part(0, 0, frame.shape[1], frame.shape[0]), None
    if canvas is not None:
        stays = (frame == canvas).all(axis=2)
        part = part_of(~stays)
        part = Part(part.left // 2 * 2, part.top // 2 * 2, part.right, part.bottom)
    pixels = frame[part.slices]
    coded, how = _compressed(pixels), INSTEAD
    if stays is not None and (pixels[..., 3] == 255).all():
        sparse = pixels.copy()
        sparse[stays[part.slices]] = 0
        other = _compressed(sparse)
        if len(other) < len(coded):
            coded, how = other, OVER
    place = (part.left // 2).to_bytes(3, "little") + (part.top // 2).to_bytes(3, "little")
    size = _less_one(part.right - part.left) + _less_one(part.bottom - part.top)
    return _chunk(b"ANMF", place + size + milliseconds.to_bytes(3, "little") + bytes([how]) + coded)


def _compressed(pixels: Pixels) -> bytes:
    """Return the chunk VP8L of some pixels."""
    image = Image.fromarray(pixels)
    if (pixels[..., 3] == 255).all():
        image = image.convert("RGB")
    buffer = io.BytesIO()
    options: dict[str, Any] = LOSSLESS
    image.save(buffer, "WEBP", **options)
    data = buffer.getvalue()
    at = 12
    while data[at : at + 4] != b"VP8L":
        at += 8 + -(-int.from_bytes(data[at + 4 : at + 8], "little") // 2) * 2
    return _chunk(b"VP8L", data[at + 8 : at + 8 + int.from_bytes(data[at + 4 : at + 8], "little")])


def _chunk(kind: bytes, payload: bytes) -> bytes:
    """Return a chunk, padded to an even length."""
    return kind + len(payload).to_bytes(4, "little") + payload + b"\0" * (len(payload) % 2)


def _less_one(number: int) -> bytes:
    """Return a size as WebP has it."""
    return (number - 1).to_bytes(3, "little")
