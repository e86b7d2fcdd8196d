"""Pictures opened and closed again."""

from __future__ import annotations

import functools
import io
import zlib

import numpy as np
from PIL import Image, ImageCms


def opened(source) -> Image.Image:
    """Return a loaded picture whose file is closed."""
    with Image.open(source) as image:
        image.load()
        return image


def chunk(kind, data=b"", crc=None) -> bytes:
    """Return a PNG chunk, with a right checksum unless another is given."""
    crc = zlib.crc32(kind + data) if crc is None else crc
    return len(data).to_bytes(4) + kind + data + crc.to_bytes(4)


def raw_png(samples, depth=8, color_type=0, *, before=b"", after=b"") -> io.BytesIO:
    """Return an open PNG of samples (H, W) or (H, W, C), with chunks around its pixels."""
    samples = np.asarray(samples)
    height, width = samples.shape[:2]
    flat = samples.reshape(height, -1).astype(np.int64)
    bits = (flat[..., None] >> np.arange(depth - 1, -1, -1)) & 1
    rows = np.packbits(bits.reshape(height, -1).astype(np.uint8), axis=1)
    data = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    header = width.to_bytes(4) + height.to_bytes(4) + bytes([depth, color_type, 0, 0, 0])
    parts = [chunk(b"IHDR", header), before, chunk(b"IDAT", data), after, chunk(b"IEND")]
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"".join(parts))


@functools.cache
def swapped_profile() -> bytes:
    """Return sRGB's profile with the tags of red's and blue's primaries exchanged.

    A profile tells the time it was made, so it is made once.
    """
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return icc.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")


def gray_profile(gamma: int | None = None) -> bytes:
    """Return a minimal ICC 2.4 profile of gray with a power law (ICC.1:2001-04, 6.3.1.1).

    Without `gamma` it has sRGB's curve.
    """
    white = b"XYZ \0\0\0\0" + b"".join(v.to_bytes(4) for v in (0xF6D6, 0x10000, 0xD32D))
    v = np.arange(1024) / 1023
    srgb = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)
    values = np.rint(srgb * 65535) if gamma is None else np.array([gamma * 256])
    curve = b"curv\0\0\0\0" + len(values).to_bytes(4) + values.astype(">u2").tobytes()
    description = b"desc\0\0\0\0\0\0\0\2g\0" + bytes(78)
    text = b"text\0\0\0\0none\0\0\0\0"
    parts = {b"wtpt": white, b"kTRC": curve, b"desc": description, b"cprt": text}
    table, body, offset = len(parts).to_bytes(4), b"", 132 + 12 * len(parts)
    for name, part in parts.items():
        padded = part + bytes(-len(part) % 4)
        table += name + (offset + len(body)).to_bytes(4) + len(part).to_bytes(4)
        body += padded
    header = bytes(8) + b"\x02\x40\0\0" + b"mntrGRAYXYZ " + bytes(12) + b"acsp" + bytes(28)
    header += b"".join(v.to_bytes(4) for v in (0xF6D6, 0x10000, 0xD32D))
    data = header + bytes(128 - len(header)) + table + body
    return len(data).to_bytes(4) + data[4:]


@functools.cache
def soft_picture() -> np.ndarray:
    """Return a picture of soft shades with an even area, half of it with grain; 120 x 90."""
    y, x = np.mgrid[0:90, 0:120]
    grain = np.random.default_rng(3).integers(-8, 9, (90, 120, 1)) * (x > 60)[..., None]
    shades = np.stack([60 + x // 2, 80 + y // 2, 120 + 0 * x], axis=-1) + grain
    shades[20:50, 10:40] = (200, 60, 30)
    return shades.astype(np.uint8)
