"""A map of digits: small images, placed so that alike ones are near, in their cluster's colour."""

from __future__ import annotations

import colorsys
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from kmcodec.digits.plane import place_in_plane
from kmcodec.options import MAX_SEED, check_integer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.digits import Grouping

MOST_PLACED = 1500  # digits, drawn at random from larger groupings
THUMBNAIL = 24  # pixels a side
SIDE = 56  # thumbnails across and down
MARGIN = 16
LEGEND = 28  # height
GOLDEN = 0.618034  # of the circle of hues between two clusters


def draw_map(grouping: Grouping, *, seed: int = 0) -> Image.Image:
    """Return a map of at most 1,500 digits by t-SNE; where two would overlap, the first stays.

    Parameters
    ----------
    grouping : Grouping
    seed : int
        0 to 2**32 - 1, for the choice of digits and their places.
    """
    seed = check_integer(seed, 0, MAX_SEED, "seed")
    n = len(grouping.images)
    draw = np.random.default_rng(seed)
    shown = np.sort(draw.choice(n, min(n, MOST_PLACED), replace=False))
    places = place_in_plane(grouping.points[shown], seed)
    cells = np.rint(places * (SIDE - 1)).astype(np.int64)
    _, firsts = np.unique(cells[:, 1] * SIDE + cells[:, 0], return_index=True)
    size = SIDE * THUMBNAIL
    sheet = np.full((size, size, 3), 255, dtype=np.uint8)
    colors = cluster_colors(grouping.n_clusters)
    for i in firsts.tolist():
        x, y = (int(c) * THUMBNAIL for c in cells[i])
        number = int(shown[i])
        color = colors[int(grouping.labels[number])]
        sheet[y : y + THUMBNAIL, x : x + THUMBNAIL] = _thumbnail(grouping.images[number], color)
    return _with_legend(sheet, colors)


def cluster_colors(n_clusters: int) -> list[tuple[int, int, int]]:
    """Return a colour for each cluster, dark enough for white paper."""
    colors = []
    for number in range(n_clusters):
        lightness = (0.42, 0.30, 0.52)[number // 7 % 3]
        red, green, blue = colorsys.hls_to_rgb(number * GOLDEN % 1, lightness, 0.85)
        colors.append((round(255 * red), round(255 * green), round(255 * blue)))
    return colors


def _thumbnail(image: NDArray[np.uint8], color: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Return a small image in a colour on white, (24, 24, 3)."""
    size = (THUMBNAIL, THUMBNAIL)
    small = Image.fromarray(image).resize(
        size, Image.Resampling.BOX if image.shape[0] > THUMBNAIL else Image.Resampling.BILINEAR
    )
    share = np.asarray(small)[..., None] / 255
    return np.rint(255 * (1 - share) + np.asarray(color) * share).astype(np.uint8)


def _with_legend(sheet: NDArray[np.uint8], colors: list[tuple[int, int, int]]) -> Image.Image:
    """Return the map with margins, and below it the clusters' numbers in their colours."""
    height, width = sheet.shape[:2]
    image = Image.new("RGB", (width + 2 * MARGIN, height + 2 * MARGIN + LEGEND), (255, 255, 255))
    image.paste(Image.fromarray(sheet), (MARGIN, MARGIN))
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(18)
    x = MARGIN
    for number, color in enumerate(colors):
        box = (x, height + MARGIN + 10, x + 15, height + MARGIN + 25)
        draw.rectangle(box, color)
        draw.text((x + 21, height + MARGIN + 18), str(number), color, font, "lm")
        x += 33 + round(font.getlength(str(number)))
        if x > width - MARGIN:
            break
    return image
