"""A picture with the borders of its clusters and their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import distance_transform_edt

from kmcodec import color
from kmcodec.arithmetic import divide_rounded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.segmenter import Segmentation

TINT = 0.35  # of a cluster's own colour over the picture
LIGHT, DARK = (255, 255, 255), (0, 0, 0)
FONT_SHARE = 24  # of the picture's shorter side to the height of a number
SMALLEST_FONT, LARGEST_FONT = 11, 96
MOST_NUMBERS = 200  # more cannot be read anyway


def draw_overlay(segmentation: Segmentation, pixels: NDArray[np.uint8]) -> Image.Image:
    """Return the picture, tinted, with white and black borders and a number in each cluster.

    The number stands where the cluster's largest connected region is widest; in a segmentation of
    more than 200 clusters the largest ones have numbers.

    Parameters
    ----------
    segmentation : Segmentation
    pixels : (H, W) or (H, W, C) uint8
        The picture that was segmented.
    """
    shown = _tinted(segmentation, pixels)
    inner, outer = _borders(segmentation.labels)
    shown[outer] = DARK
    shown[inner] = LIGHT
    image = Image.fromarray(shown)
    draw = ImageDraw.Draw(image)
    size = min(segmentation.width, segmentation.height) // FONT_SHARE
    font = ImageFont.load_default(min(max(size, SMALLEST_FONT), LARGEST_FONT))
    for number, (x, y) in _places(segmentation).items():
        draw.text((x, y), str(number), LIGHT, font, "mm", stroke_width=2, stroke_fill=DARK)
    return image


def _tinted(segmentation: Segmentation, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the picture over white, mixed with the clusters' colours, (H, W, 3)."""
    height, width = segmentation.labels.shape
    flat = np.ascontiguousarray(pixels).reshape(height * width, -1)
    own = _opaque(color.with_channels(flat, 4)).reshape(height, width, 3)
    flat_colors = _opaque(color.with_channels(segmentation.palette, 4))
    mixed = (1 - TINT) * own + TINT * flat_colors.astype(float)[segmentation.labels]
    tinted: NDArray[np.uint8] = np.rint(mixed).astype(np.uint8)
    return tinted


def _opaque(colors: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return (n, 4) colours as they look over white, (n, 3)."""
    alpha = colors[:, 3:].astype(np.int64)
    return divide_rounded(colors[:, :3] * alpha + 255 * (255 - alpha), 255).astype(np.uint8)


def _borders(labels: NDArray[np.int32]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the pixels left of and above a border, and those right of and below it."""
    inner = np.zeros(labels.shape, dtype=bool)
    outer = np.zeros(labels.shape, dtype=bool)
    across, down = labels[:, 1:] != labels[:, :-1], labels[1:] != labels[:-1]
    inner[:, :-1] |= across
    inner[:-1] |= down
    outer[:, 1:] |= across
    outer[1:] |= down
    return inner, outer


def _places(segmentation: Segmentation) -> dict[int, tuple[int, int]]:
    """Return for each cluster the point of its largest region that is farthest from its border."""
    places: dict[int, tuple[int, int]] = {}
    for region in segmentation.regions():
        if region.cluster in places:
            continue
        left, top, width, height = region.box
        inside = np.zeros((height + 2, width + 2), dtype=bool)
        part = (slice(top, top + height), slice(left, left + width))
        inside[1:-1, 1:-1] = segmentation.region_at(*region.point)[part]
        y, x = np.unravel_index(distance_transform_edt(inside).argmax(), inside.shape)
        places[region.cluster] = (left + int(x) - 1, top + int(y) - 1)
        if len(places) == min(MOST_NUMBERS, segmentation.n_clusters):
            break
    return places
