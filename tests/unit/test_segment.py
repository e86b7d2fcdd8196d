"""``segment``: clusters by colour, their order, and pictures at the edge of what there can be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import kmcodec
from kmcodec import InputError, color

SHAPES = st.sampled_from([(3, 4), (1, 1), (2, 5, 2), (4, 3, 3), (1, 7, 3), (3, 3, 4)])
PICTURES = SHAPES.flatmap(lambda shape: arrays(np.uint8, shape))


def stripes():
    """Return a picture of three colours: 5 rows of green, 3 of red, 2 of blue."""
    colors = np.array([[20, 160, 40], [200, 30, 30], [20, 30, 200]], dtype=np.uint8)
    return np.repeat(np.repeat(colors, [5, 3, 2], axis=0)[:, None], 6, axis=1)


def test_clusters_come_by_area():
    """Clusters are numbered from the largest, with their colours."""
    found = kmcodec.segment(stripes(), 3)
    assert found.labels[:, 0].tolist() == [0] * 5 + [1] * 3 + [2] * 2
    assert found.areas.tolist() == [30, 18, 12]
    assert found.palette.tolist() == [[20, 160, 40], [200, 30, 30], [20, 30, 200]]
    assert found.labels.dtype == np.int32


def test_equal_areas_come_by_colour():
    """Clusters of equal area are numbered by colour."""
    pixels = np.array([[200, 10, 90]], dtype=np.uint8)
    assert kmcodec.segment(pixels, 3).palette[:, 0].tolist() == [10, 90, 200]


def test_fewer_colours_than_clusters():
    """A picture of three colours has three clusters, whatever was asked for."""
    found = kmcodec.segment(stripes(), 8)
    assert found.n_clusters == 3
    assert (found.palette[found.labels] == stripes()).all()


@settings(deadline=None)
@given(PICTURES, st.sampled_from([1, 2, 3, 7, "auto"]), st.sampled_from(["oklab", "srgb"]))
def test_any_picture_gives_clusters_without_gaps(pixels, n_clusters, space):
    """Any picture has clusters numbered without gaps, by falling area."""
    found = kmcodec.segment(pixels, n_clusters, space=space)
    assert found.labels.shape == pixels.shape[:2]
    assert np.unique(found.labels).tolist() == list(range(found.n_clusters))
    assert found.areas.tolist() == sorted(found.areas.tolist(), reverse=True)
    assert found.areas.sum() == found.labels.size
    if n_clusters != "auto":
        assert found.n_clusters <= n_clusters


def test_fully_transparent_pixels_are_one_colour():
    """Colours below alpha 0 are one cluster."""
    rng = np.random.default_rng(3)
    pixels = rng.integers(0, 256, (6, 7, 4), dtype=np.uint8)
    pixels[..., 3] = 0
    assert kmcodec.segment(pixels, 4).n_clusters == 1
    pixels[2:4, :, :] = [250, 20, 20, 255]
    found = kmcodec.segment(pixels, 2)
    assert found.areas.tolist() == [28, 14]
    assert (found.mask(1) == (pixels[..., 3] > 0)).all()


def test_threads_do_not_change_anything(photo):
    """One and two threads give the same labels and palette."""
    one, two = (kmcodec.segment(photo, 5, threads=threads) for threads in (1, 2))
    assert (one.labels == two.labels).all()
    assert (one.palette == two.palette).all()


def test_seed_is_heard_of():
    """A seed is taken, and a negative one raises InputError."""
    assert kmcodec.segment(stripes(), 2, seed=7).n_clusters == 2
    with pytest.raises(InputError, match="seed is -1"):
        kmcodec.segment(stripes(), 2, seed=-1)


def test_shade_counts_less_than_colour():
    """Two things, each half in the light: by default they are told apart, not light and shade."""
    light = np.linspace(0.35, 1.0, 60)[None, :, None]
    skin, wall = np.array([230, 160, 130]), np.array([130, 165, 225])
    pixels = np.concatenate([np.repeat(light * c, 20, axis=0) for c in (skin, wall)])
    pixels = pixels.astype(np.uint8)
    labels = kmcodec.segment(pixels, 2).labels
    assert len(np.unique(labels[:20])) == len(np.unique(labels[20:])) == 1
    assert labels[0, 0] != labels[-1, 0]
    plain = kmcodec.segment(pixels, 2, lightness=1.0).labels
    assert len(np.unique(plain[:20])) == 2


def test_auto_finds_few_clusters_for_few_colours():
    """Three noisy stripes are three clusters."""
    rng = np.random.default_rng(1)
    pixels = np.repeat(stripes(), 8, axis=1).astype(int) + rng.integers(-4, 5, (10, 48, 3))
    assert kmcodec.segment(pixels.astype(np.uint8), "auto").n_clusters == 3


def test_min_region_absorbs_specks():
    """Regions below min_region join their neighbours, down to one."""
    pixels = stripes()
    pixels[1, 2] = pixels[-1, 0]
    assert len(kmcodec.segment(pixels, 3).regions()) == 4
    cleaned = kmcodec.segment(pixels, 3, min_region=2)
    assert len(cleaned.regions()) == 3
    assert cleaned.labels[1, 2] == 0
    assert kmcodec.segment(pixels, 3, min_region=60).n_clusters == 1
    assert kmcodec.segment(pixels, 3, min_region=10**6).n_clusters == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_clusters": 0}, "n_clusters is 0, it may be 1 to 65536"),
        ({"n_clusters": "many"}, "n_clusters is 'many'"),
        ({"features": "texture"}, "features is 'texture'"),
        ({"space": "cmyk"}, "cmyk"),
        ({"lightness": 2.0}, r"lightness is 2\.0"),
        ({"min_region": -1}, "min_region is -1, it may be 0 to "),
        ({"threads": 0}, "threads"),
        ({"scale": 0.5}, r"scale goes with features='color\+position'"),
        ({"position_weight": 0.5}, r"position_weight goes with features='color\+position'"),
        ({"features": "color+position", "scale": 1.5}, r"scale is 1\.5"),
        ({"features": "color+position", "scale": float("nan")}, "scale is nan"),
        ({"features": "color+position", "position_weight": -1}, "position_weight is -1"),
        ({"features": "color+position", "lightness": 0.5}, "lightness goes with features='color'"),
        ({"features": "color+position", "space": "srgb"}, "space goes with features='color'"),
    ],
)
def test_wrong_options(options, message):
    """Wrong options and those of the other features raise InputError."""
    with pytest.raises(InputError, match=message):
        kmcodec.segment(stripes(), **options)


REGIONS = {"features": "color+position"}


def test_regions_of_a_scale_are_those_of_the_hierarchy(photo):
    """Regions of a scale are the hierarchy's cut, connected, by falling area."""
    hierarchy = kmcodec.build_hierarchy(photo)
    for scale in (0, 0.4, 1):
        found = kmcodec.segment(photo, **REGIONS, scale=scale)
        expected = hierarchy.labels(scale)
        assert found.n_clusters == int(expected.max()) + 1
        assert len(np.unique(found.labels * 1000 + expected)) == found.n_clusters
        assert len(found.regions()) == found.n_clusters  # each is connected
        assert found.areas.tolist() == sorted(found.areas.tolist(), reverse=True)
    assert found.n_clusters < hierarchy.n_initial


def test_regions_have_their_mean_colours(photo):
    """The palette holds the mean colour of each region."""
    found = kmcodec.segment(photo, **REGIONS, scale=0.5)
    points = color.to_points(np.ascontiguousarray(photo.reshape(-1, 3)), "oklab")
    for number in range(found.n_clusters):
        mean = points[(found.labels == number).reshape(-1)].mean(axis=0)
        of_palette = color.to_points(found.palette[number : number + 1], "oklab")[0]
        assert np.abs(mean - of_palette).max() < color.OKLAB_ONE / 150  # of 8-bit colours


def test_a_number_of_regions(photo):
    """A number of regions is had exactly, and "auto" is the scale 0.75."""
    for n_clusters in (1, 2, 3, 9):
        assert kmcodec.segment(photo, n_clusters, **REGIONS).n_clusters == n_clusters
    auto = kmcodec.segment(photo, "auto", **REGIONS)
    assert (auto.labels == kmcodec.segment(photo, **REGIONS, scale=0.75).labels).all()


@settings(deadline=None, max_examples=40)
@given(PICTURES, st.sampled_from([1, 3, "auto"]))
def test_any_picture_gives_regions(pixels, n_clusters):
    """Any picture has connected regions without gaps, none below min_region."""
    found = kmcodec.segment(pixels, n_clusters, **REGIONS, min_region=2)
    assert np.unique(found.labels).tolist() == list(range(found.n_clusters))
    assert len(found.regions()) == found.n_clusters
    assert found.palette.shape[1] == (pixels.shape[2] if pixels.ndim == 3 else 1)
    assert found.areas.min() >= min(2, found.labels.size)


def test_stripes_are_regions():
    """Three stripes are three regions of their colours."""
    found = kmcodec.segment(np.repeat(np.repeat(stripes(), 8, axis=0), 8, axis=1), **REGIONS)
    assert found.labels[::8, 0].tolist() == [0] * 5 + [1] * 3 + [2] * 2
    assert found.palette.tolist() == [[20, 160, 40], [200, 30, 30], [20, 30, 200]]


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        (np.zeros((0, 3), np.uint8), "at least one pixel"),
        (np.zeros((2, 2)), "pixels are float64"),
        ("picture", "pixels are <U7"),
    ],
)
def test_wrong_pictures(pixels, message):
    """What is no picture raises InputError that says why."""
    with pytest.raises(InputError, match=message):
        kmcodec.segment(pixels)


def test_progress_and_cancel(photo):
    """Progress rises within 0 to 1, and False raises CancelledError."""
    shares = []
    kmcodec.segment(photo, 4, progress=shares.append)
    assert shares == sorted(shares)
    assert 0 <= shares[0] <= shares[-1] <= 1
    with pytest.raises(kmcodec.CancelledError):
        kmcodec.segment(photo, 4, progress=lambda _: False)


def halves(height, width, *, across=False):
    """Return a picture of two halves, black and yellow."""
    pixels = np.zeros((height, width, 3), dtype=np.uint8)
    if across:
        pixels[height // 2 :] = (255, 255, 0)
    else:
        pixels[:, width // 2 :] = (255, 255, 0)
    return pixels


@pytest.mark.parametrize("shape", [(4, 4), (1, 2), (2, 3), (5, 7), (15, 17), (3, 40)])
@pytest.mark.parametrize("n_clusters", [2, 3, "auto"])
def test_tiny_pictures_of_two_halves_have_two_regions(shape, n_clusters):
    """A picture too small for cells has the regions that anybody sees."""
    pixels = halves(*shape)
    found = kmcodec.segment(pixels, n_clusters, features="color+position")
    assert found.n_clusters == 2
    assert (found.palette[found.labels] == pixels).all()


def test_tiny_pictures_of_one_colour_and_of_many():
    """One colour is one region; where all pixels differ there are as many as asked for."""
    flat = np.full((4, 4, 3), 9, dtype=np.uint8)
    assert kmcodec.segment(flat, features="color+position").n_clusters == 1
    many = np.arange(48, dtype=np.uint8).reshape(4, 4, 3) * 5
    for count in (1, 3, 16):
        found = kmcodec.segment(many, count, features="color+position")
        assert found.n_clusters == count
    apart = kmcodec.segment(halves(4, 4, across=True), 2, features="color+position", min_region=9)
    assert apart.n_clusters == 1
