"""Colours with their points: converted once, whatever quantizing does with them."""

from __future__ import annotations

import numpy as np
import pytest

import kmcodec
from kmcodec import Histogram, color
from kmcodec.histogram import count_pixels
from kmcodec.quantizer import colors as module
from kmcodec.quantizer.colors import Colors, WeightedColors
from kmcodec.quantizer.metric import Metric
from kmcodec.quantizer.request import Request


@pytest.fixture
def converted(monkeypatch):
    """Return a list to which every conversion to points adds its rows and its space."""
    calls: list[tuple[int, str]] = []
    convert = color.to_points

    def counting(colors: np.ndarray, space: str) -> np.ndarray:
        calls.append((len(colors), space))
        return convert(colors, space)

    monkeypatch.setattr(color, "to_points", counting)
    return calls


def request(channels: int, **options: object) -> Request:
    """Return a request for 5 colours beside pixels of `channels`."""
    chosen = {"n_colors": 5, "space": "oklab", "effort": 1, "seed": 0, **options}
    return Request.checked(**chosen).beside(channels)


OPTIONS = [
    {},
    {"dither": 1.0},
    {"dither": 0.5, "dither_method": "blue-noise"},
    {"keep": [[1, 2, 3]], "keep_rare": 0.001},
    {"quality": (0, 40)},
    {"posterize": 2},
    {"palette": [[0, 0, 0], [90, 80, 70], [255, 255, 255]]},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("space", ["oklab", "srgb"])
def test_a_pictures_colours_become_points_once(photo, converted, space, options):
    """Once where distances are measured, and once in sRGB, where the error is: that may be one."""
    n = Histogram.from_pixels(photo).n_colors
    kmcodec.quantize(photo, n_colors=20, space=space, effort=3, **options)
    whole = [where for rows, where in converted if rows >= n]
    assert sorted(whole) == sorted({space, "srgb"})


def test_a_lossless_picture_needs_no_oklab(converted):
    """A palette of all the colours is no matter of distances."""
    kmcodec.quantize(np.arange(60, dtype=np.uint8).reshape(5, 12))
    assert {where for _, where in converted} == {"srgb"}


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("space", ["oklab", "srgb"])
def test_points_belong_to_their_colours(space, channels):
    """Also after some of the colours are taken, in another order."""
    values = np.random.default_rng(channels).integers(0, 256, (50, channels), dtype=np.uint8)
    rows = np.array([7, 3, 44])
    colors = Colors(values, Metric(space))
    taken = colors.take(rows)
    assert (colors.points == color.to_points(values, space)).all()
    assert (taken.points == color.to_points(values[rows], space)).all()
    assert (taken.in_srgb.points == color.to_points(values[rows], "srgb")).all()
    assert (taken.channels, len(taken)) == (channels, 3)


@pytest.mark.parametrize("space", ["oklab", "srgb"])
def test_the_error_is_that_of_the_pixels(photo, space, monkeypatch):
    """By colours or by pixels, across the borders of bands, as the 8-bit values tell."""
    monkeypatch.setattr(module, "BAND", 333)
    histogram, numbers = count_pixels(photo)
    colors = WeightedColors(histogram, request(3, space=space))
    values = np.array([[20, 30, 40], [120, 99, 80], [250, 1, 200]], dtype=np.uint8)
    palette = Colors(values, Metric(space))
    labels = colors.label_with(palette)
    indices = numbers.gather(labels, 3)
    gaps = palette.values[indices].astype(int) - photo
    assert colors.mse(palette, labels) == (gaps**2).sum() / indices.size
    assert colors.mse_of_pixels(palette, numbers, indices) == colors.mse(palette, labels)
    worse = (indices + 1) % 3
    gaps = palette.values[worse].astype(int) - photo
    assert colors.mse_of_pixels(palette, numbers, worse) == (gaps**2).sum() / indices.size


def test_counts_beyond_what_kmeans_takes_are_halved():
    """Until their sum is below 2**31; none becomes zero."""
    keys = np.array([3, 5, 200], dtype=np.uint32)
    histogram = Histogram(keys, np.array([1 << 32, 1 << 33, 1], dtype=np.int64), 1)
    colors = WeightedColors(histogram, request(1))
    assert colors.counts.tolist() == [1 << 29, 1 << 30, 1]
    assert colors.weights is colors.counts
    weighed = WeightedColors(histogram, request(1), np.array([4, 1 << 32, 9], dtype=np.int64))
    assert weighed.weights.tolist() == [1, 1 << 30, 2]


def test_a_request_has_the_channels_that_hold_it_and_the_picture():
    """Colours beside gray pixels ask for RGB, opacity beside opaque ones for alpha."""
    gray = request(1, keep=[[7, 7, 7]])
    assert (gray.channels, gray.keep.tolist()) == (1, [[7]])
    assert request(2, keep=[[7, 8, 9]]).keep.tolist() == [[7, 8, 9, 255]]
    assert request(3, palette=[[7, 0]]).palette.tolist() == [[7, 7, 7, 0]]
    assert [request(channels).channels for channels in (1, 2, 3, 4)] == [1, 2, 3, 4]
