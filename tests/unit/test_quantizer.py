"""The quantizer's conditions: given palettes, kept colours, importance, quality, progress."""

from __future__ import annotations

import numpy as np
import pytest

import kmcodec
from kmcodec import CancelledError, Histogram, InputError, QualityError, color
from kmcodec.quantizer.quality import most_error, quality_of


@pytest.fixture(scope="module")
def sea() -> np.ndarray:
    """Return a gray-blue sea, 100 x 100, with a red buoy of 20 pixels."""
    rng = np.random.default_rng(3)
    picture = np.empty((100, 100, 3))
    picture[...] = np.linspace(60, 160, 100)[:, None, None] + (0, 10, 25)
    picture += rng.normal(0, 4, picture.shape)
    picture[50:54, 70:75] = (230, 20, 30)
    return np.clip(picture, 0, 255).astype(np.uint8)


def squared_error(image: kmcodec.IndexedImage, pixels: np.ndarray) -> float:
    """Return the mean squared error of an image's pixels, summed over channels."""
    gaps = image.to_pixels().astype(int) - pixels
    return float((gaps**2).sum() / image.indices.size)


def test_a_given_palette_is_used_as_it_is(photo):
    """Its order and repetitions stay; each pixel takes the nearest entry, ties to the lowest."""
    palette = [[255, 0, 0], [0, 0, 0], [255, 255, 255], [0, 0, 0]]
    image = kmcodec.quantize(photo, palette=palette, space="srgb")
    assert image.palette.tolist() == palette
    assert image.authored
    gaps = photo[:, :, None].astype(int) - np.array(palette)
    assert (image.indices == (gaps**2).sum(axis=3).argmin(axis=2)).all()
    assert image.facts is not None
    assert image.facts.mse == pytest.approx(squared_error(image, photo))


def test_a_palette_with_colours_makes_gray_pictures_coloured(photo):
    """A given palette decides whether the result is gray or coloured."""
    image = kmcodec.quantize(photo[..., 0], palette=[[0, 0, 0], [200, 30, 30]])
    assert image.to_pixels().shape == photo.shape
    gray = kmcodec.quantize(photo[..., 0], palette=[[0, 0, 0], [200, 200, 200]])
    assert gray.to_pixels().shape == photo.shape[:2]


def test_a_palette_with_alpha_gives_alpha(photo, sprite):
    """A given palette with alpha gives alpha, and opaque entries stay opaque."""
    image = kmcodec.quantize(photo, palette=[[0, 0, 0, 0], [250, 250, 250, 255]])
    assert image.channels == 4
    opaque = kmcodec.quantize(sprite, palette=[[0, 0, 0], [250, 250, 250]])
    assert (opaque.palette[:, 3] == 255).all()


@pytest.mark.parametrize(
    "other",
    [
        {"keep": [[1, 2, 3]]},
        {"keep_rare": 0.1},
        {"quality": (0, 50)},
        {"posterize": 1},
        {"importance": np.ones((60, 80), dtype=np.uint8)},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_given_palette_excludes_what_would_change_it(photo, other):
    """Options that would change a given palette raise InputError."""
    with pytest.raises(InputError, match=f"palette and {next(iter(other))} exclude each other"):
        kmcodec.quantize(photo, palette=[[0, 0, 0]], **other)


@pytest.mark.parametrize("n_colors", [3, 16, 300])
def test_kept_colours_are_in_the_palette(photo, n_colors):
    """Exactly, whether or not a pixel takes them; the others still fit the picture."""
    keep = np.array([[255, 0, 255], [1, 2, 3], [255, 0, 255]])
    image = kmcodec.quantize(photo, n_colors=n_colors, keep=keep)
    rows = image.palette.tolist()
    assert [255, 0, 255] in rows
    assert [1, 2, 3] in rows
    assert image.n_colors <= n_colors
    if n_colors == 16:
        alone = kmcodec.quantize(photo, n_colors=14)
        assert squared_error(image, photo) <= 1.05 * squared_error(alone, photo)


def test_kept_colours_join_the_colours_of_a_small_picture():
    """Kept colours are added where the picture's own are few."""
    pixels = np.array([[0, 50], [0, 200]], dtype=np.uint8)
    image = kmcodec.quantize(pixels, n_colors=4, keep=[[7]])
    assert image.palette.tolist() == [[0], [7], [50], [200]]
    assert (image.to_pixels() == pixels).all()


def test_only_kept_colours_leave_nothing_to_find(photo):
    """Kept colours that fill n_colors are the palette."""
    image = kmcodec.quantize(photo, n_colors=2, keep=[[0, 0, 0], [255, 255, 255]])
    assert image.palette.tolist() == [[0, 0, 0], [255, 255, 255]]


def test_transparency_keeps_an_entry(sprite):
    """However few pixels are transparent, they stay fully transparent."""
    picture = sprite.copy()
    picture[..., 3] = 200
    picture[0, 0, 3] = 0
    image = kmcodec.quantize(picture, n_colors=4)
    assert image.to_pixels()[0, 0].tolist() == picture[0, 0].tolist()
    assert (image.palette[:, 3] == 0).sum() == 1


def test_keep_rare_saves_the_buoy(sea):
    """K-means with 4 colours drowns it; from its share on it stays red."""
    where = (slice(50, 54), slice(70, 75))
    plain = kmcodec.quantize(sea, n_colors=4, space="srgb")
    lost = plain.to_pixels()[where][0, 0].astype(int)
    assert lost[0] - lost[1] < 60
    kept = kmcodec.quantize(sea, n_colors=4, space="srgb", keep_rare=0.001)
    assert abs(kept.to_pixels()[where][0, 0].astype(int) - (230, 20, 30)).max() <= 3
    below = kmcodec.quantize(sea, n_colors=4, space="srgb", keep_rare=0.01)
    assert (below.palette == plain.palette).all()


def test_keep_rare_counts_pixels_whatever_their_importance(sea):
    """The buoy's 20 of 10,000 pixels are enough although they hardly count in K-means."""
    importance = np.full((100, 100), 255, dtype=np.uint8)
    importance[50:54, 70:75] = 40
    kept = kmcodec.quantize(sea, n_colors=4, keep_rare=0.002, importance=importance)
    assert abs(kept.to_pixels()[51, 72].astype(int) - (230, 20, 30)).max() <= 3


def test_importance_moves_the_error(sea):
    """Where it is bright the error falls, at the cost of the rest."""
    importance = np.full((100, 100), 1, dtype=np.uint8)
    importance[:20] = 255
    plain = kmcodec.quantize(sea, n_colors=6, space="srgb").to_pixels()
    weighed = kmcodec.quantize(sea, n_colors=6, space="srgb", importance=importance).to_pixels()
    error = [((out.astype(int) - sea) ** 2) for out in (plain, weighed)]
    assert error[1][:20].sum() < 0.6 * error[0][:20].sum()
    assert error[1][20:].sum() > error[0][20:].sum()


def test_equal_importance_changes_nothing(photo):
    """The same importance everywhere gives the result where pixels count alike."""
    importance = np.full(photo.shape[:2], 200, dtype=np.uint8)
    for options in ({"n_colors": 9, "space": "srgb"}, {"n_colors": 256}):
        one = kmcodec.quantize(photo, **options)
        two = kmcodec.quantize(photo, importance=importance, **options)
        assert (one.indices == two.indices).all()


def test_importance_replaces_the_weights_of_even_areas(photo):
    """What a person says counts, however large the numbers are, and not what pixels show."""
    flat = [np.full(photo.shape[:2], value, dtype=np.uint8) for value in (1, 255)]
    one, two = (kmcodec.quantize(photo, n_colors=9, importance=each).indices for each in flat)
    assert (one == two).all()
    assert (one != kmcodec.quantize(photo, n_colors=9).indices).any()


@pytest.mark.parametrize(
    "importance", [np.ones((60, 79), dtype=np.uint8), np.ones((60, 80)), np.uint8(3)]
)
def test_importance_of_another_shape_is_refused(photo, importance):
    """Importance of another shape or type raises InputError."""
    with pytest.raises(InputError, match="importance is"):
        kmcodec.quantize(photo, importance=importance)


def test_quality_takes_the_fewest_colours(photo):
    """One colour less would not reach it, by the documented measure."""
    image = kmcodec.quantize(photo, quality=(0, 40))
    limit = 255**2 * 3 / 10 ** ((20 + 0.3 * 40) / 10)
    assert squared_error(image, photo) <= limit
    assert 2 < image.n_colors < 256
    fewer = kmcodec.quantize(photo, n_colors=image.n_colors - 1)
    assert squared_error(fewer, photo) > limit


def test_quality_out_of_reach_takes_what_there_is_or_raises(photo):
    """An unreached wish takes all colours, an unreached minimum raises QualityError."""
    image = kmcodec.quantize(photo, n_colors=30, quality=(5, 100))
    assert image.n_colors == 30
    with pytest.raises(QualityError, match=r"4 colours reach quality \d+, less than 95"):
        kmcodec.quantize(photo, n_colors=4, quality=(95, 100))


def test_quality_100_is_lossless():
    """Quality 100 takes every colour, quality 60 fewer."""
    ramp = np.tile(np.arange(50, dtype=np.uint8), (3, 1))
    assert kmcodec.quantize(ramp, quality=(100, 100)).n_colors == 50
    assert kmcodec.quantize(ramp, quality=(0, 60)).n_colors < 50


def test_quality_and_error_are_inverse():
    """Quality of the error that a quality allows is that quality, from 100 down to 0."""
    for quality in (1, 50, 99):
        assert quality_of(most_error(quality, 3), 3) == pytest.approx(quality)
    assert quality_of(0, 1) == 100
    assert quality_of(1e9, 1) == 0


@pytest.mark.parametrize("posterize", range(5))
def test_posterizing_leaves_even_levels(photo, posterize):
    """Palettes hold only the levels of posterize, black and white among them."""
    image = kmcodec.quantize(photo, n_colors=32, posterize=posterize)
    levels = np.unique(color.levels(posterize))
    assert len(levels) == 256 >> posterize
    assert {0, 255} <= set(levels.tolist())
    assert np.isin(image.palette, levels).all()


def test_posterizing_few_colours_takes_the_nearest_levels():
    """Few colours go to their nearest levels."""
    pixels = np.array([[0, 120], [250, 255]], dtype=np.uint8)
    image = kmcodec.quantize(pixels, posterize=4)
    assert image.to_pixels().tolist() == [[0, 119], [255, 255]]


def test_posterizing_leaves_one_transparent_colour(sprite):
    """Alpha that is rounded to 0 takes its colour along, in few colours and in many."""
    few = np.array([[[200, 100, 50, 3], [10, 20, 30, 8]], [[9, 9, 9, 0], [1, 2, 3, 255]]])
    many = sprite.copy()
    many[12:, :, 3] = np.arange(20) % 9
    for picture, n_colors in ((few.astype(np.uint8), 256), (many, 60), (many, 400)):
        image = kmcodec.quantize(picture, n_colors=n_colors, posterize=4)
        clear = image.palette[image.palette[:, 3] == 0]
        assert clear.tolist() == [[0, 0, 0, 0]]


@pytest.mark.parametrize("space", ["oklab", "srgb"])
@pytest.mark.parametrize("keep", [None, [[90, 61, 30], [1, 1, 1]]])
def test_posterized_colours_take_the_nearest_entry(space, keep):
    """Not their own level, where another's, or a kept colour, is nearer."""
    pixels = np.random.default_rng(5).integers(0, 120, (12, 20, 3), dtype=np.uint8)
    image = kmcodec.quantize(pixels, posterize=4, space=space, keep=keep)
    points = color.to_points(pixels.reshape(-1, 3), space)
    entries = color.to_points(image.palette, space).astype(np.int64)
    squares = ((points[:, None] - entries) ** 2).sum(axis=2)
    chosen = squares[np.arange(len(points)), image.indices.reshape(-1)]
    assert (chosen == squares.min(axis=1)).all()
    used = set(image.indices.reshape(-1).tolist())
    kept = {tuple(row) for row in keep or []}
    assert all(i in used or tuple(row) in kept for i, row in enumerate(image.palette.tolist()))


@pytest.mark.parametrize(
    "options",
    [
        {"keep": [[300, 0, 0]]},
        {"keep": [[0.5, 0, 0]]},
        {"keep": [1, 2, 3]},
        {"keep": [[1], [2, 3]]},
        {"keep": np.arange(9).reshape(9, 1), "n_colors": 8},
        {"palette": np.empty((0, 3), dtype=np.uint8)},
        {"palette": [[1, 2, 3, 4, 5]]},
        {"keep_rare": -0.1},
        {"keep_rare": float("nan")},
        {"quality": (60, 40)},
        {"quality": 50},
        {"quality": (0, 101)},
        {"posterize": 5},
    ],
    ids=str,
)
def test_wrong_conditions_are_refused(photo, options):
    """Each wrong condition raises InputError with its name."""
    with pytest.raises(InputError, match=next(iter(options))):
        kmcodec.quantize(photo, **options)


def test_progress_rises_to_the_end(photo):
    """It begins with 0, never falls, ends with 1, and changes nothing."""
    shares: list[float] = []
    image = kmcodec.quantize(photo, n_colors=20, progress=shares.append)
    assert shares[0] == 0
    assert shares[-1] == 1
    assert shares == sorted(shares)
    assert len(shares) > 5
    assert (image.indices == kmcodec.quantize(photo, n_colors=20).indices).all()


@pytest.mark.parametrize("after", [0.0, 0.2])
def test_progress_can_stop_the_work(photo, after):
    """A progress function that returns False raises CancelledError, at once or later."""
    with pytest.raises(CancelledError):
        kmcodec.quantize(photo, n_colors=20, progress=lambda share: share <= after and share < 0.2)


def test_what_progress_raises_is_passed_on(photo):
    """An exception of the progress function comes through."""

    def fail(_share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kmcodec.find_palette(photo, progress=fail)


def test_a_shared_palette_is_that_of_all_pixels(photo):
    """Parts in any order, as pixels or histograms, give the palette of the whole.

    Where pixels are does not count in it: all weigh alike.
    """
    importance = np.ones(photo.shape[:2], dtype=np.uint8)
    whole = kmcodec.quantize(photo, n_colors=12, importance=importance).palette
    parts = [photo[:20], Histogram.from_pixels(photo[20:35]), photo[35:]]
    assert (kmcodec.find_palette(parts, n_colors=12) == whole).all()
    assert (kmcodec.find_palette(reversed(parts), n_colors=12) == whole).all()
    assert (kmcodec.find_palette(photo, n_colors=12) == whole).all()


def test_a_shared_palette_tells_all_channels(photo, sprite):
    """Gray, colour and transparency in one palette; each picture maps to it."""
    pictures = [photo[..., 0], photo, sprite]
    palette = kmcodec.find_palette(pictures, n_colors=40)
    assert palette.shape == (40, 4)
    for picture in pictures:
        image = kmcodec.quantize(picture, palette=palette)
        assert (image.palette == palette).all()
    assert (image.to_pixels()[..., 3][sprite[..., 3] == 0] == 0).all()


def test_no_pictures_have_no_palette():
    """No pictures at all raise InputError."""
    with pytest.raises(InputError, match="no pictures"):
        kmcodec.find_palette([])
