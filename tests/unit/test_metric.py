"""The metric of a palette: what chroma counts beside lightness."""

from __future__ import annotations

import numpy as np
import pytest

from kmcodec import color
from kmcodec.quantizer.metric import CHROMA_ONE, Metric


def lattice(channels: int) -> np.ndarray:
    """Return colours all over the cube of 8-bit colours."""
    steps = np.arange(0, 256, 51, dtype=np.uint8)
    return np.stack(np.meshgrid(*[steps] * channels), axis=-1).reshape(-1, channels)


def test_chroma_counts_the_more_the_fewer_colours():
    """As (64 / n_colors) ** 0.3, within a 256th; from 64 colours on once."""
    for n_colors in range(4, 65):
        chroma = Metric.of_palette("oklab", n_colors).chroma / CHROMA_ONE
        assert 0 <= (64 / n_colors) ** 0.3 - chroma < 1 / CHROMA_ONE + 1e-9
    assert Metric.of_palette("oklab", 1) == Metric.of_palette("oklab", 4)
    assert {Metric.of_palette("oklab", n) for n in (64, 65, 65536)} == {Metric("oklab")}
    assert Metric.of_palette("srgb", 2) == Metric("srgb")


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("n_colors", [1, 5, 10, 40])
def test_colours_survive_the_way_to_points_and_back(n_colors, channels):
    """Opaque ones within one step per channel; others hold the same opacity."""
    colors = lattice(channels)
    metric = Metric.of_palette("oklab", n_colors)
    back = metric.to_colors(metric.to_points(colors), channels).astype(int)
    opaque = np.ones(len(colors), dtype=bool)
    if channels in (2, 4):
        opaque = colors[:, -1] == 255
        assert (back[:, -1] == colors[:, -1]).all()
    assert abs(back - colors)[opaque].max() <= 1


def test_lightness_and_opacity_are_those_of_the_space():
    """Only OKLab's a and b are scaled; squared distances stay below 2**31."""
    colors = lattice(4)
    plain, points = (
        color.to_points(colors, "oklab"),
        Metric.of_palette("oklab", 1).to_points(colors),
    )
    assert (points[:, [0, 3]] == plain[:, [0, 3]]).all()
    assert (abs(points[:, 1:3]) >= abs(plain[:, 1:3])).all()
    extent = np.ptp(points.astype(np.int64), axis=0)
    assert extent.max() <= 23170
    rgb = Metric.of_palette("oklab", 1).to_points(lattice(3)).astype(np.int64)
    assert ((rgb[:, None] - rgb[None]) ** 2).sum(axis=2).max() < 1 << 31
