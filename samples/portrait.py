"""Cut a face out of a portrait: one click (``pip install scikit-image`` for the portrait).

python samples/portrait.py [FACE.png]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image
from skimage.data import astronaut

import kmcodec

CLICK = 215, 120  # x and y, on the forehead


def main() -> None:
    """Divide the portrait, take the region that was clicked, make the rest transparent."""
    pixels = astronaut()
    found = kmcodec.segment(pixels, features="color+position", scale=0.5)
    face = found.region_at(*CLICK)
    rows, columns = np.nonzero(face)
    cutout = kmcodec.cut_out(pixels, face)[
        rows.min() : rows.max() + 1, columns.min() : columns.max() + 1
    ]
    size = len(kmcodec.encode(cutout, n_colors=64))
    height, width = cutout.shape[:2]
    print(f"the face is {face.mean():.1%} of the portrait, {width} x {height}, {size} bytes")
    if len(sys.argv) == 2:
        with Path(sys.argv[1]).open("xb") as file:
            Image.fromarray(cutout).save(file, "PNG")


if __name__ == "__main__":
    main()
