"""Files that this version writes, as checksums; run this script to renew them.

A change of output bytes is a change that users see: it belongs into the changelog's "Format" line.
The pictures are made of integers alone, so they are the same on every machine.
"""

from __future__ import annotations

import json
import zlib
from itertools import product
from pathlib import Path

import numpy as np

import kmcodec

GOLDENS = Path(__file__).with_name("goldens.json")


def pictures() -> dict[str, np.ndarray]:
    """Return an RGB picture with shades, edges and noise, its gray, and one with soft alpha."""
    noise = np.random.PCG64(5).random_raw(96 * 128 * 4) >> np.uint64(40)
    noise = (noise % np.uint64(23)).astype(np.int64).reshape(96, 128, 4)
    y, x = np.mgrid[0:96, 0:128]
    shades = np.stack([x * 2, y * 2 + x // 3, 255 - x - y, x * 4 + 90], axis=-1)
    shades[30:60, 40:90, :3] = (210, 60, 40)
    picture = np.clip(shades + noise, 0, 255).astype(np.uint8)
    return {"rgb": picture[..., :3].copy(), "gray": picture[..., 1].copy(), "rgba": picture}


def checksums() -> dict[str, str]:
    """Return the CRC-32 of every file, by picture and options."""
    found = {}
    for (name, pixels), k, space, dither in product(
        pictures().items(), (4, 40, 256), ("oklab", "srgb"), (0.0, 1.0)
    ):
        for effort in (1, 5, 7):
            options = {"n_colors": k, "space": space, "dither": dither, "effort": effort}
            data = kmcodec.encode(pixels, **options)
            found[f"{name} {k} {space} {dither} {effort}"] = f"{zlib.crc32(data):08x}"
    return found


if __name__ == "__main__":
    GOLDENS.write_text(json.dumps(checksums(), indent=0) + "\n", encoding="utf-8")
