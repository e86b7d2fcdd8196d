"""Indices chosen by what they cost, and searches for a score or for bytes."""

from __future__ import annotations

import numpy as np
import pytest
from pictures import soft_picture

import kmcodec
from kmcodec.choice.choosing import closest
from kmcodec.choice.masking import error_weights
from kmcodec.choice.searching import LEAST, MOST, Attempt, Bracket, price_of


@pytest.fixture
def picture():
    """Return an RGB picture with shades, an even area and grain."""
    return soft_picture()


def test_a_price_saves_bytes_and_costs_looks(picture):
    """The higher the price of a bit, the smaller the file and the lower the score."""
    flat = kmcodec.quantize(picture, n_colors=64)
    images = [kmcodec.choose_indices(picture, flat, price=p) for p in (0.00002, 0.0001, 0.001)]
    sizes = [len(kmcodec.encode_indexed(image)) for image in images]
    scores = [kmcodec.ssimulacra2(picture, image) for image in images]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] < 0.7 * sizes[0]
    assert scores == sorted(scores, reverse=True)


def test_threads_do_not_change_the_choice():
    """A picture of several tiles gets the same indices on any number of threads."""
    rng = np.random.default_rng(1)
    pixels = np.kron(rng.integers(0, 256, (20, 90, 3)), np.ones((5, 15, 1))).astype(np.uint8)
    pixels ^= rng.integers(0, 8, pixels.shape, dtype=np.uint8)
    flat = kmcodec.quantize(pixels, n_colors=32)
    first, *others = [
        kmcodec.choose_indices(pixels, flat, price=0.0001, threads=n) for n in (1, 2, 4)
    ]
    for image in others:
        np.testing.assert_array_equal(image.indices, first.indices)
        np.testing.assert_array_equal(image.palette, first.palette)


def test_opacity_stays(sprite):
    """Opaque pixels stay opaque and clear ones clear, at a price that changes nearly all."""
    pixels = np.asarray(sprite)
    flat = kmcodec.quantize(pixels, n_colors=16)
    image = kmcodec.choose_indices(pixels, flat, price=0.01)
    before, after = flat.to_pixels()[..., -1], image.to_pixels()[..., -1]
    for level in (0, 255):
        np.testing.assert_array_equal(after[pixels[..., -1] == level], level)
        np.testing.assert_array_equal(before[pixels[..., -1] == level], level)


def test_facts_tell_the_loss(picture):
    """The squared error in the image's facts is that of its pixels."""
    flat = kmcodec.quantize(picture, n_colors=32)
    image = kmcodec.choose_indices(picture, flat, price=0.0002)
    gaps = image.to_pixels().astype(int) - picture
    assert image.facts.mse == pytest.approx((gaps**2).sum(axis=2).mean())
    assert image.facts.mse > flat.facts.mse


def test_an_authored_palette_stays_whole(picture):
    """Entries that no pixel has any more stay in a palette that somebody gave."""
    palette = np.random.default_rng(2).integers(0, 256, (40, 3)).astype(np.uint8)
    image = kmcodec.quantize(picture, palette=palette)
    np.testing.assert_array_equal(
        kmcodec.choose_indices(picture, image, price=0.01).palette, palette
    )


def test_palettes_of_other_channels(picture):
    """Pixels and entries are compared in common channels, and opaque pixels stay opaque."""
    rgb = kmcodec.quantize(picture, n_colors=32).palette
    ghosts = np.hstack([rgb, np.full((len(rgb), 1), 90, np.uint8)])
    palette = np.vstack([np.insert(rgb, 3, 255, axis=1), ghosts])
    image = kmcodec.quantize(picture, palette=palette)
    found = kmcodec.choose_indices(picture, image, price=0, diffusion=0)
    np.testing.assert_array_equal(found.to_pixels(), image.to_pixels())
    found = kmcodec.choose_indices(picture, image, price=0.001)
    assert found.to_pixels()[..., 3].min() == 255
    gray = picture[..., 1]
    two = np.stack([np.arange(0, 250, 10), np.full(25, 255)], axis=1).astype(np.uint8)
    image = kmcodec.quantize(gray, palette=two)
    found = kmcodec.choose_indices(gray, image, price=0, diffusion=0)
    np.testing.assert_array_equal(found.to_pixels(), image.to_pixels())


def test_one_color_is_left_alone():
    """A picture of one colour has nothing to choose."""
    pixels = np.full((9, 9, 3), 7, np.uint8)
    image = kmcodec.quantize(pixels)
    assert kmcodec.choose_indices(pixels, image, price=0.1).n_colors == 1


@pytest.mark.parametrize("score", [30, 50, 70])
def test_a_score_is_reached(picture, score):
    """The image scores what is asked for, and its file decodes to it."""
    found = kmcodec.compress(picture, score=score)
    assert found.reason == "score"
    assert found.score >= score
    assert found.score == kmcodec.ssimulacra2(picture, kmcodec.decode(found.data))


def test_a_lower_score_takes_fewer_bytes(picture):
    """Looks have their price."""
    sizes = [len(kmcodec.compress(picture, score=score).data) for score in (30, 50, 70)]
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == 3


def test_what_colors_do_not_reach(picture):
    """The best is returned if it reaches the least score, and refused if not."""
    found = kmcodec.compress(picture, score=(10, 99.9), n_colors=16)
    assert found.reason == "colors"
    assert 10 <= found.score < 99.9
    with pytest.raises(kmcodec.QualityError, match="16 colours reach score"):
        kmcodec.compress(picture, score=99.9, n_colors=16)


@pytest.mark.parametrize("part", [0.8, 0.5, 0.3])
def test_bytes_are_not_passed_and_used(picture, part):
    """A file has at most the bytes allowed, and most of them where the picture needs more."""
    most = int(part * len(kmcodec.encode(picture, n_colors=256)))
    found = kmcodec.compress(picture, max_bytes=most)
    assert 0.9 * most <= len(found.data) <= most
    assert found.reason == "bytes"


def test_bytes_that_are_too_few(picture):
    """What no price reaches is refused, with the bytes that there have to be."""
    with pytest.raises(kmcodec.LimitError, match=r"smallest file has \d+ bytes, max_bytes allows"):
        kmcodec.compress(picture, max_bytes=40)


def test_other_files(picture):
    """Bytes are those of the files that a function writes."""

    def write(image):
        return b"x" * image.n_colors

    found = kmcodec.compress(picture, score=40, write=write)
    assert found.data == b"x" * found.image.n_colors


def test_threads_do_not_change_the_search(picture):
    """The file is the same on any number of threads."""
    files = {kmcodec.compress(picture, score=50, threads=n).data for n in (1, 2, 4)}
    assert len(files) == 1


def test_a_search_can_be_stopped(picture):
    """A progress function that returns False stops the work, and shares rise to 1."""
    with pytest.raises(kmcodec.CancelledError):
        kmcodec.compress(picture, score=50, progress=lambda _share: False)
    shares = []
    kmcodec.compress(picture, score=50, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "one of score and max_bytes"),
        ({"score": 50, "max_bytes": 9}, "one of score and max_bytes"),
        ({"score": 101}, "score is 101"),
        ({"score": (60, 50)}, "the lesser one first"),
        ({"score": "high"}, "a number or two"),
        ({"score": float("nan")}, "score is nan"),
        ({"score": 50, "n_colors": 1}, "n_colors"),
        ({"score": 50, "n_colors": 5000}, "n_colors"),
        ({"max_bytes": 0}, "max_bytes"),
    ],
)
def test_options_of_searches(picture, options, message):
    """Options out of range are refused in one line."""
    with pytest.raises(kmcodec.InputError, match=message):
        kmcodec.compress(picture, **options)


def test_options_of_choices(picture):
    """So are those of single choices."""
    flat = kmcodec.quantize(picture, n_colors=8)
    for options, message in (
        ({"price": -1}, "price is -1"),
        ({"price": float("nan")}, "price is nan"),
        ({"price": 0.1, "diffusion": 2}, "diffusion is 2"),
        ({"price": 0.1, "effort": 0}, "effort"),
    ):
        with pytest.raises(kmcodec.InputError, match=message):
            kmcodec.choose_indices(picture, flat, **options)
    with pytest.raises(kmcodec.InputError, match="differ in size"):
        kmcodec.choose_indices(picture[:, 1:], flat, price=0.1)
    with pytest.raises(kmcodec.InputError, match="too few for a score"):
        kmcodec.compress(picture[:7], score=50)


def test_weights_of_errors():
    """An error counts less in texture than in an even area, and 256 in the mean."""
    lightness = np.full((40, 60), 9000, np.int32)
    lightness[:, 30:] += np.random.default_rng(0).integers(-3000, 3000, (40, 30)).astype(np.int32)
    weights = error_weights(lightness)
    assert weights[:, :25].min() > 2 * weights[:, 35:].max()
    assert weights.mean() == pytest.approx(256, rel=0.01)
    np.testing.assert_array_equal(error_weights(lightness[:, :20]), 256)


def test_prices_double_each_octave():
    """Prices rise from step to step, to twice the price in 16."""
    prices = [price_of(step) for step in range(LEAST, MOST + 1)]
    assert prices == sorted(set(prices))
    assert price_of(MOST) == 2 * price_of(MOST - 16) == 1 << 20


@pytest.mark.parametrize("sign", [1, -1])
def test_brackets_close_in(sign):
    """Attempts come near the wanted price from either side, within 40 tries, and never repeat."""
    wanted = 250
    bracket, steps, tried = Bracket(0.0, 0.5, sign), [120, 130], []
    while steps and len(tried) < 40:
        assert not set(steps) & set(tried)
        tried += steps
        for step in steps:
            bracket.add(Attempt(step, None, sign * (wanted - step) * 0.3))
        steps = bracket.next_steps(0.45)
    assert steps == []
    assert abs(bracket.good.step - wanted) <= 1


@pytest.mark.parametrize(("n", "count"), [(2, 12), (12, 12), (300, 12), (700, 20)])
def test_close_entries(n, count):
    """They are the nearest by distance and number, even where many have the same place."""
    entries = np.random.default_rng(n).integers(-4, 4, (n, 4)).astype(np.int32) * 5000
    far = ((entries[:, None].astype(np.int64) - entries) ** 2).sum(axis=2)
    np.fill_diagonal(far, -1)
    np.testing.assert_array_equal(
        closest(entries, count), np.argsort(far, axis=1, kind="stable")[:, :count]
    )


def test_the_last_resort_is_the_highest_price(picture, monkeypatch):
    """Where a search finds no price in its rounds, the highest one is taken if it is enough."""
    monkeypatch.setattr(Bracket, "add", lambda *_: None)
    found = kmcodec.compress(picture, max_bytes=1200, n_colors=64)
    assert len(found.data) <= 1200
