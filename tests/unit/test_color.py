"""Colours to points and back."""

from __future__ import annotations

import numpy as np
import pytest

from kmcodec import color
from kmcodec.errors import InputError


def all_gray():
    """Return all gray levels as colours, (256, 1)."""
    return np.arange(256, dtype=np.uint8)[:, None]


def lattice(channels, step):
    """Return the colours of a lattice with steps of so many levels, 255 included."""
    values = np.append(np.arange(0, 255, step), 255).astype(np.uint8)
    return np.stack(np.meshgrid(*[values] * channels, indexing="ij"), -1).reshape(-1, channels)


def float_oklab(rgb):
    """Return OKLab by its published floating-point definition."""
    v = rgb / 255.0
    linear = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)
    cones = (
        linear
        @ np.array(
            [
                [0.4122214708, 0.5363325363, 0.0514459929],
                [0.2119034982, 0.6806995451, 0.1073969566],
                [0.0883024619, 0.2817188376, 0.6299787005],
            ]
        ).T
    )
    return (
        np.cbrt(cones)
        @ np.array(
            [
                [0.2104542553, 0.7936177850, -0.0040720468],
                [1.9779984951, -2.4285922050, 0.4505937099],
                [0.0259040371, 0.7827717662, -0.8086757660],
            ]
        ).T
    )


def test_oklab_points_follow_the_published_definition():
    """Within a thousandth of the lightness range, the darkest colours included."""
    rgb = np.vstack([lattice(3, 15), np.indices((6, 6, 6)).reshape(3, -1).T])
    points = color.to_points(rgb.astype(np.uint8), "oklab")[:, :3] / color.OKLAB_ONE
    assert np.abs(points - float_oklab(rgb)).max() < 0.0015


@pytest.mark.parametrize("space", color.SPACES)
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_colors_survive_the_way_to_points_and_back(space, channels):
    """Opaque colours come back within one step; with alpha, within what alpha hides."""
    colors = all_gray() if channels == 1 else lattice(channels, 15 if channels < 4 else 51)
    back = color.to_colors(color.to_points(colors, space), channels, space)
    if channels in (1, 3):
        off = np.abs(back.astype(int) - colors)
        assert off.max() <= (1 if space == "oklab" else 0)
        assert (off > 0).mean() < 0.002
        return
    assert (back[:, -1] == colors[:, -1]).all()
    alpha = colors[:, -1:].astype(int)
    shown = np.abs(back[:, :-1].astype(int) - colors[:, :-1]) * alpha
    assert shown.max() <= 255


@pytest.mark.parametrize("space", color.SPACES)
def test_fully_transparent_colors_are_one_point(space):
    """Whatever colour hides under alpha 0, it is the same point, and it comes back as zeros."""
    colors = np.array([[255, 0, 9, 0], [0, 0, 0, 0], [255, 255, 255, 0]], dtype=np.uint8)
    points = color.to_points(colors, space)
    assert (points == points[0]).all()
    assert not color.to_colors(points, 4, space).any()


@pytest.mark.parametrize("space", color.SPACES)
@pytest.mark.parametrize("channels", [2, 4])
def test_opaque_colors_lie_on_a_face_of_their_own(space, channels):
    """All with alpha 255 and none with less; back from it, alpha is 255."""
    axis, level = color.opaque_level(channels, space)
    colors = lattice(channels, 51 if channels == 4 else 15)
    colors = np.vstack([colors, np.where(np.arange(channels) == channels - 1, 254, colors)])
    points = color.to_points(colors.astype(np.uint8), space)
    assert ((points[:, axis] == level) == (colors[:, -1] == 255)).all()
    assert points[:, axis].max() == level
    on_face = points[points[:, axis] == level]
    assert (color.to_colors(on_face, channels, space)[:, -1] == 255).all()
    assert color.opaque_level(channels - 1, space) is None


def test_srgb_distance_with_alpha_is_the_mean_over_black_and_white():
    """The squared distance of two points is the mean of the errors seen on black and on white."""
    rng = np.random.default_rng(3)
    a, b = rng.integers(0, 256, (2, 200, 4)).astype(np.uint8)
    gaps = (color.to_points(a, "srgb") - color.to_points(b, "srgb")) / color.SRGB_SCALE
    seen = []
    for ground in (0, 255):
        shown = [c[:, :3] * (c[:, 3:] / 255) + ground * (1 - c[:, 3:] / 255) for c in (a, b)]
        seen.append(((shown[0] - shown[1]) ** 2).sum(axis=1))
    assert np.allclose((gaps**2).sum(axis=1), np.mean(seen, axis=0), rtol=1e-2, atol=2)


@pytest.mark.parametrize("space", color.SPACES)
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_points_keep_the_bounds_of_the_integer_engine(space, channels):
    """No axis is wider than the 23170 that keeps a squared distance below 2**31."""
    points = color.to_points(lattice(channels, 51), space)
    assert np.ptp(points, axis=0).max() <= 23170
    assert np.abs(points).max() <= 16384


def test_no_table_entry_depends_on_the_last_digits_of_pow():
    """Every entry lies so far from a rounding boundary that any C library gives the same table."""
    v = np.arange(256) / 255.0
    exact = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4) * color.LINEAR_ONE
    assert np.abs(np.abs(exact - np.floor(exact)) - 0.5).min() > 1e-5
    roots = color.root_table().astype(object)
    cubes = np.arange(color.TABLE_ONE + 2).astype(object) * color.TABLE_ONE**2
    assert (roots**3 <= cubes).all()
    assert ((roots + 1) ** 3 > cubes).all()


def test_grays_are_achromatic_and_white_is_one():
    """OKLab's opponent axes are exactly zero for grays, and white has lightness 1."""
    points = color.to_points(np.repeat(all_gray(), 3, axis=1), "oklab")
    assert not points[:, 1:].any()
    assert points[255, 0] == color.OKLAB_ONE
    assert (np.diff(points[:, 0]) > 0).all()


def test_unknown_space_is_refused():
    """An unknown colour space raises InputError."""
    with pytest.raises(InputError, match="space is 'lab'"):
        color.check_space("lab")
