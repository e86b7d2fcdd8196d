"""A sprite sheet with one palette for all sprites: smaller than a file for each.

python samples/sprite_sheet.py [SHEET.kmq]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from embed import draw_ball

import kmcodec

TINTS = np.array([[1, 1, 1], [0.3, 1, 0.5], [0.4, 0.6, 1.3], [1.2, 0.9, 0.1]])
SIZE = 48


def main() -> None:
    """Quantize sprites together, lay them side by side, and take one out again."""
    ball = draw_ball(SIZE)
    tinted = [np.clip(ball[..., :3] * tint, 0, 255) for tint in TINTS]
    sprites = [np.dstack([colors, ball[..., 3]]).astype(np.uint8) for colors in tinted]

    palette = kmcodec.find_palette(sprites, n_colors=48)
    sheet = kmcodec.encode(np.hstack(sprites), palette=palette)
    alone = sum(len(kmcodec.encode(sprite, n_colors=48)) for sprite in sprites)
    third = kmcodec.decode(sheet, region=(2 * SIZE, 0, SIZE, SIZE))

    whole = kmcodec.decode(sheet)
    assert np.array_equal(third, whole[:, 2 * SIZE : 3 * SIZE])  # noqa: S101  (what this shows)
    print(f"{len(sprites)} sprites: {len(sheet)} bytes in a sheet, {alone} as files of their own")
    if len(sys.argv) == 2:
        with Path(sys.argv[1]).open("xb") as file:
            file.write(sheet)


if __name__ == "__main__":
    main()
