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
    """Return an RGB picture with shades, edges and noise, its gray, and two with soft alpha."""
    height, width = 180, 220  # more than one segment of the DEFLATE encoder
    noise = np.random.PCG64(5).random_raw(height * width * 4) >> np.uint64(40)
    noise = (noise % np.uint64(23)).astype(np.int64).reshape(height, width, 4)
    y, x = np.mgrid[0:height, 0:width]
    shades = np.stack([x, y + x // 3, 255 - (x + y) // 2, x * 2 + 90], axis=-1)
    shades[30:90, 40:120, :3] = (210, 60, 40)
    picture = np.clip(shades + noise, 0, 255).astype(np.uint8)
    return {
        "rgb": picture[..., :3].copy(),
        "gray": picture[..., 1].copy(),
        "gray + alpha": picture[..., 2:].copy(),
        "rgba": picture,
    }


def checksums() -> dict[str, str]:
    """Return the CRC-32 of every file, by picture and options."""
    dithers = ((0.0, "diffusion"), (1.0, "diffusion"), (1.0, "blue-noise"))
    cases = list(product((4, 40, 256), ("oklab", "srgb"), dithers, (1, 5), ("auto",)))
    cases += [(1100, "oklab", dithers[0], 5, "packed"), (30, "srgb", dithers[0], 9, "deflate")]
    found = {}
    for (name, pixels), (k, space, (dither, method), effort, coding) in product(
        pictures().items(), cases
    ):
        options = {"space": space, "dither": dither, "effort": effort, "coding": coding}
        if method != "diffusion":
            options["dither_method"] = method
        data = kmcodec.encode(pixels, n_colors=k, **options)
        found[f"{name} {k} {' '.join(map(str, options.values()))}"] = f"{zlib.crc32(data):08x}"
    return found


if __name__ == "__main__":
    GOLDENS.write_text(json.dumps(checksums(), indent=0) + "\n", encoding="utf-8")
