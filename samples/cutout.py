"""Cut a flower out of a photograph: its clusters, one click, and the picture of it.

    python samples/cutout.py SHEET.webp

shows the photograph, its regions and the cut-out side by side.
"""

from __future__ import annotations

import sys

import numpy as np
from PIL import Image
from sklearn.datasets import load_sample_image

import kmcodec
from kmcodec.drawing.overlay import draw_overlay

CLICK = 440, 215  # x and y of a place on the flower
GAP = 16
SQUARE = 16  # of the checkerboard, in pixels


def on_checkerboard(cutout: Image.Image) -> Image.Image:
    """Return a picture with alpha on the ground that shows it."""
    rows, columns = np.indices((cutout.height, cutout.width)) // SQUARE
    board = Image.fromarray(np.where((rows + columns) % 2, 240, 210).astype(np.uint8))
    board = board.convert("RGBA")
    board.alpha_composite(cutout)
    return board


def side_by_side(images: list[Image.Image]) -> Image.Image:
    """Return pictures of one size in a row."""
    step = images[0].width + GAP
    sheet = Image.new("RGB", (step * len(images) - GAP, images[0].height), "white")
    for number, image in enumerate(images):
        sheet.paste(image.convert("RGB"), (number * step, 0))
    return sheet


def main() -> None:
    """Cut out, and write the sheet if asked to."""
    pixels = np.ascontiguousarray(load_sample_image("flower.jpg"))
    flower = kmcodec.segment(pixels, 2).region_at(*CLICK)
    cutout = Image.fromarray(kmcodec.cut_out(pixels, flower))
    regions = kmcodec.segment(pixels, features="color+position", scale=0.6)
    if len(sys.argv) == 2:
        shown = [Image.fromarray(pixels), draw_overlay(regions, pixels), on_checkerboard(cutout)]
        side_by_side(shown).reduce(2).save(sys.argv[1], quality=88)
    print(
        f"the flower is {flower.mean():.1%} of the picture, which has {regions.n_clusters} regions"
    )


if __name__ == "__main__":
    main()
