"""SSIMULACRA2 and the squared error: oracles, edges, alpha, threads, backends, bad input."""

from __future__ import annotations

import io
import math
from fractions import Fraction
from types import SimpleNamespace

import looks
import numpy as np
import pytest
from PIL import Image

import kmcodec
from kmcodec import _kernels
from kmcodec.drawing.difference import draw_difference
from kmcodec.loss import psnr
from kmcodec.similarity import matched, scales, squared_error, tables


def picture(height, width, seed=1):
    """Return smooth shades, a sharp edge and some noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    waves = [100 + 80 * np.sin(x / (9 + 7 * c) + y / (5 + 3 * c)) for c in range(3)]
    pixels = np.stack(waves, axis=2) + rng.normal(0, 5, (height, width, 3))
    pixels[height // 3 : height // 2, width // 4 : width // 2] = (230, 40, 20)
    return np.clip(pixels, 0, 255).astype(np.uint8)


def jpeg(pixels, quality):
    """Return pixels as JPEG leaves them."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return np.array(Image.open(file))


WAYS = {
    "JPEG 5": lambda p: jpeg(p, 5),
    "JPEG 50": lambda p: jpeg(p, 50),
    "JPEG 98": lambda p: jpeg(p, 98),
    "4 colours": lambda p: kmcodec.quantize(p, n_colors=4).to_pixels(),
    "dithered": lambda p: kmcodec.quantize(p, n_colors=32, dither=1.0).to_pixels(),
    "one value": lambda p: np.where(np.arange(p.size).reshape(p.shape) == 999, p ^ 16, p),
    "inverted": lambda p: 255 - p,
}


def close(score, expected):
    """Whether a score is right to 2 decimals, or to 4 digits where it is far below 0."""
    return abs(score - expected) < max(0.01, abs(expected) / 1e4)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("shape", [(270, 300), (131, 257), (8, 400)])
def test_scores_are_those_of_the_plain_definition(shape, way):
    """Whatever is wrong with a picture, its score is that of the definition."""
    pixels = picture(*shape)
    worse = way(pixels)
    assert close(kmcodec.ssimulacra2(pixels, worse), looks.ssimulacra2(pixels, worse))


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_scores_are_those_of_the_package(way):
    """So says the package on PyPI, which reads files."""
    package = pytest.importorskip("ssimulacra2", reason="the package of the extra `bench`")
    pixels = picture(240, 333)
    worse = way(pixels)
    files = []
    for one in (pixels, worse):
        files.append(io.BytesIO())
        Image.fromarray(one).save(files[-1], "PNG")
        files[-1].seek(0)
    expected = package.compute_ssimulacra2(*files)
    assert close(kmcodec.ssimulacra2(pixels, worse), expected)


@pytest.mark.parametrize("height", [8, 9, 63, 64, 65, 69, 128, 129])
@pytest.mark.parametrize("width", [8, 9, 117, 118, 119, 123, 236, 237])
def test_every_size_around_bands_and_tiles(height, width):
    """Where a band or a tile ends, or is very small, nothing is counted twice or left out."""
    pixels = picture(height, width)
    worse = np.clip(pixels + np.random.default_rng(2).normal(0, 9, pixels.shape), 0, 255)
    worse = worse.astype(np.uint8)
    assert close(kmcodec.ssimulacra2(pixels, worse), looks.ssimulacra2(pixels, worse))


@pytest.mark.parametrize(
    ("side", "count"), [(7, 0), (8, 1), (14, 1), (15, 2), (224, 5), (225, 6), (9000, 6)]
)
def test_scales_end_at_eight_pixels(side, count):
    """A picture has as many scales as keep 8 pixels a side; halves are rounded up."""
    assert scales.count_scales(side, 9999) == scales.count_scales(9999, side) == count


def test_equal_pictures_score_100(photo, sprite):
    """What is equal scores exactly 100, and so does what nobody can see."""
    assert kmcodec.ssimulacra2(photo, photo.copy()) == 100.0
    assert kmcodec.ssimulacra2(sprite, sprite) == 100.0
    hidden = sprite.copy()
    hidden[hidden[..., 3] == 0, :3] ^= 255
    assert (hidden != sprite).any()
    assert kmcodec.ssimulacra2(sprite, hidden) == 100.0


def test_the_original_comes_first(photo):
    """Edges lost and edges added count differently: the order matters."""
    worse = jpeg(photo, 20)
    assert kmcodec.ssimulacra2(photo, worse) != kmcodec.ssimulacra2(worse, photo)


def test_better_files_score_higher():
    """The score falls with JPEG's quality."""
    pixels = picture(240, 320)
    found = [kmcodec.ssimulacra2(pixels, jpeg(pixels, quality)) for quality in (98, 70, 40, 10)]
    assert found == sorted(found, reverse=True)
    assert found[0] > 80


def test_what_is_a_picture(photo):
    """Arrays, strided ones, Pillow's images and indexed images give one score."""
    image = kmcodec.quantize(photo, n_colors=8)
    expected = kmcodec.ssimulacra2(photo, image.to_pixels())
    assert type(expected) is float
    assert kmcodec.ssimulacra2(Image.fromarray(photo), image) == expected
    assert kmcodec.ssimulacra2(photo[::-1][::-1], np.asfortranarray(image.to_pixels())) == expected


def test_gray_is_rgb_of_equal_channels(photo):
    """Gray, with and without alpha, scores as the same picture in RGB, also against RGB."""
    gray, worse = photo[..., 0], photo[..., 0] // 16 * 16
    rgb = [np.repeat(p[..., None], 3, axis=2) for p in (gray, worse)]
    expected = kmcodec.ssimulacra2(*rgb)
    opaque = np.stack([worse, np.full_like(worse, 255)], axis=2)
    assert kmcodec.ssimulacra2(gray, worse) == expected
    assert kmcodec.ssimulacra2(gray, opaque) == expected
    assert kmcodec.ssimulacra2(rgb[0], worse) == expected


def test_alpha_is_seen_over_black_and_white(photo):
    """The lower of two scores counts; a light fringe shows over black, a dark one over white."""
    alpha = np.linspace(0, 255, photo.shape[1]).astype(np.uint8)
    first = np.dstack([photo, np.broadcast_to(alpha, photo.shape[:2])])
    second = first.copy()
    second[..., :3] = second[..., :3] // 32 * 32
    second[..., 3] = second[..., 3] // 8 * 8
    found = []
    for ground in (0, 255):
        a, b = (
            np.rint((p[..., :3] * (p[..., 3:] / 255)) + ground * (1 - p[..., 3:] / 255))
            for p in (first, second)
        )
        found.append(looks.ssimulacra2(a, b))
    assert abs(found[0] - found[1]) > 0.1
    assert abs(kmcodec.ssimulacra2(first, second) - min(found)) < 0.01
    assert kmcodec.ssimulacra2(photo, first) < 0


@pytest.mark.parametrize("shape", [(300, 260), (70, 500)])
def test_threads_change_nothing(shape):
    """One, two and four threads give the same score to the last bit."""
    pixels = picture(*shape)
    worse = jpeg(pixels, 30)
    found = {kmcodec.ssimulacra2(pixels, worse, threads=t) for t in (1, 2, 4, None)}
    assert len(found) == 1


@pytest.mark.parametrize("shape", [(8, 8), (17, 130), (70, 21)])
def test_backends_give_the_same_bits(shape, monkeypatch):
    """The interpreted kernel rounds each number as the compiled one does."""
    pixels = picture(*shape)
    worse = jpeg(pixels, 40)
    found = []
    for which in ("interpreted", "compiled" if _kernels.has_compiled() else "interpreted"):
        kernels = {name: _kernels.load(name, which) for name in ("comparing", "lighting")}
        monkeypatch.setattr(scales, "_kernels", SimpleNamespace(**kernels))
        found.append(scales.measure_scales(pixels, worse, 1))
    assert found[0].any()
    assert (found[0] == found[1]).all()


def test_a_score_is_this_to_the_last_bit():
    """The same on every machine: integers made the pictures, and IEEE's operations the score."""
    y, x = np.mgrid[:80, :120]
    pixels = np.stack([x * 2, y * 3, (x * y) % 256], axis=2).astype(np.uint8)
    assert kmcodec.ssimulacra2(pixels, pixels // 24 * 24) == 44.638478925323454


BAD = {
    "floats": (np.zeros((9, 9, 3)), "float64"),
    "wide integers": (np.zeros((9, 9, 3), dtype=np.uint16), "uint16"),
    "flags": (np.zeros((9, 9), dtype=bool), "bool"),
    "five channels": (np.zeros((9, 9, 5), dtype=np.uint8), "shape"),
    "one axis": (np.zeros(81, dtype=np.uint8), "shape"),
    "a stack": (np.zeros((2, 9, 9, 3), dtype=np.uint8), "shape"),
    "no rows": (np.zeros((0, 9, 3), dtype=np.uint8), "at least one pixel"),
    "no columns": (np.zeros((9, 0), dtype=np.uint8), "at least one pixel"),
    "nothing": (None, "expected uint8"),
    "ragged": ([[1], [1, 2]], "no array"),
    "another size": (np.zeros((9, 10, 3), dtype=np.uint8), "9 x 9 and 10 x 9|10 x 9 and 9 x 9"),
}


@pytest.mark.parametrize(("value", "message"), BAD.values(), ids=BAD)
def test_what_is_no_picture_is_told(value, message):
    """Other types, shapes and sizes raise ``InputError``, first or second."""
    good = np.zeros((9, 9, 3), dtype=np.uint8)
    for pair in ((good, value), (value, good)):
        with pytest.raises(kmcodec.InputError, match=message):
            kmcodec.ssimulacra2(*pair)


def test_small_pictures_have_no_score():
    """Less than 8 pixels a side is an error that says so."""
    tiny = np.zeros((7, 90), dtype=np.uint8)
    with pytest.raises(kmcodec.InputError, match="at least 8 x 8 pixels, these have 90 x 7"):
        kmcodec.ssimulacra2(tiny, tiny)
    with pytest.raises(kmcodec.InputError, match="threads"):
        kmcodec.ssimulacra2(tiny.repeat(2, axis=0), tiny.repeat(2, axis=0), threads=0)


def test_the_table_of_light_is_exact():
    """Each entry is the float32 next to sRGB's curve, and the curve's ends are exact."""
    table = tables.light_table()
    assert (table[0], table[255]) == (0, 1)
    expected = looks.linear(np.arange(256)).astype(np.float32)
    assert abs(table.view(np.int32) - expected.view(np.int32)).max() <= 1
    assert (np.diff(table) > 0).all()


def test_starts_of_roots():
    """They are within 2 in 100 for all light above the least, so that one step is enough."""
    starts = tables.root_starts().astype(float)
    values = np.linspace(0.00379, 1.0038, 9999)
    roots = starts[np.minimum((values * len(starts)).astype(int), len(starts) - 1)]
    assert abs(roots / np.cbrt(values) - 1).max() < 0.02


@pytest.mark.parametrize("exponent", [0.6276336467831387, 0.5, 0.25, 1 / 3])
def test_powers(exponent):
    """Square roots give powers to 14 digits."""
    for base in (0.0, 1e-9, 0.37, 1.0, 42.0, 1e5):
        assert math.isclose(tables.power(base, exponent), base**exponent, rel_tol=1e-14)


def test_squared_error_is_exact(photo, sprite):
    """By integers, over black and white with alpha; psnr of it is what quantize reports."""
    image = kmcodec.quantize(photo, n_colors=16)
    mse = squared_error(*matched(photo, image))
    assert mse == ((photo.astype(int) - image.to_pixels()) ** 2).sum() / (60 * 80)
    assert image.facts is not None
    assert psnr(mse, 3) == pytest.approx(psnr(image.facts.mse, 3))
    small = sprite[:6, :5].astype(object)
    other = np.roll(small, 1, axis=1)
    total = Fraction(0)
    for ground in (0, 255):
        a, b = (p[..., :3] * p[..., 3:] + ground * (255 - p[..., 3:]) for p in (small, other))
        total += Fraction(int(((a - b) ** 2).sum()), 2 * 255**2 * 30)
    pair = matched(small.astype(np.uint8), other.astype(np.uint8))
    assert squared_error(*pair) == float(total)


def test_squared_error_of_different_channels():
    """Gray against RGB counts three channels, gray against gray one."""
    gray = np.full((8, 9), 10, dtype=np.uint8)
    rgb = np.full((8, 9, 3), 13, dtype=np.uint8)
    assert squared_error(*matched(gray, gray + 3)) == 9
    assert squared_error(*matched(gray, rgb)) == 27


def test_the_difference_is_gray_where_there_is_none():
    """Lighter where the second has more, darker where it has less, amplified as told."""
    first = np.full((100, 100, 3), 90, dtype=np.uint8)
    second = first.copy()
    second[:10, :10, 0] += 5
    second[90:, 90:] -= 7
    drawn, gain = draw_difference(first, second)
    assert gain == 16
    assert (drawn[50] == 128).all()
    assert drawn[0, 0].tolist() == [128 + 5 * 16, 128, 128]
    assert drawn[99, 99].tolist() == [128 - 7 * 16] * 3
    assert draw_difference(first, first)[1] == 64
    assert draw_difference(first, 255 - first)[1] == 1


def test_the_difference_of_alpha_is_what_shows_more():
    """Black that becomes clear shows over white, white that does over black."""
    first = np.full((8, 8, 4), 255, dtype=np.uint8)
    first[4:, :, :3] = 0
    second = first.copy()
    second[..., 3] = 0
    drawn, gain = draw_difference(first, second)
    assert gain == 1
    assert (drawn[:4] == 0).all()
    assert (drawn[4:] == 255).all()
