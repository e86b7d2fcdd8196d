"""Dithering: what both methods promise."""

from __future__ import annotations

import numpy as np
import oracles
import pytest

import kmcodec
from kmcodec.dither import Dithering
from kmcodec.dither.blue_noise import rank_matrix
from kmcodec.options import DITHER_METHODS

BOTH = pytest.mark.parametrize("method", DITHER_METHODS)


def dithered(points, palette, method, *, strength=256, threads=1):
    """Return the indices of (H, W, 4) points."""
    flat = points.reshape(-1, 4)
    return Dithering(method, strength).find_indices(
        lambda a, b: flat[a:b], palette, points.shape[:2], threads=threads
    )


def scattered(seed, *shape):
    """Return (..., 4) points anywhere."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 16321, (*shape, 4)).astype(np.int32)


def gray_ramp():
    """Return 100 x 256 gray points from black to white."""
    points = np.zeros((100, 256, 4), dtype=np.int32)
    points[..., 0] = np.arange(256) * 64
    return points


@BOTH
@pytest.mark.parametrize("k", [1, 2, 30, 300])
def test_strength_0_takes_the_nearest_colors(method, k):
    """Without strength, each pixel takes its nearest colour."""
    points, palette = scattered(1, 20, 30), scattered(2, k)
    found = dithered(points, palette, method, strength=0)
    assert (found.reshape(-1) == oracles.nearest(points.reshape(-1, 4), palette)[0]).all()
    assert found.dtype == (np.uint8 if k <= 256 else np.uint16)


@BOTH
@pytest.mark.parametrize("strength", [1, 128, 256])
def test_colors_of_the_palette_stay(method, strength):
    """A picture made of the palette's colours has no error to show, nor to pass on."""
    palette = scattered(3, 40)
    indices = np.random.default_rng(4).integers(0, 40, (50, 60))
    assert (dithered(palette[indices], palette, method, strength=strength) == indices).all()


@BOTH
def test_a_pixel_of_the_palette_stays_among_others(method):
    """Errors of neighbours do not reach a pixel whose colour the palette has."""
    points, palette = scattered(5, 30, 30), scattered(6, 10)
    points[10:20, 10:20] = palette[7]
    assert (dithered(points, palette, method)[10:20, 10:20] == 7).all()


@BOTH
def test_a_ramp_keeps_its_shades(method):
    """Between black and white: the mean, and rising shades a tenth off at most."""
    palette = np.array([[0, 0, 0, 0], [255 * 64, 0, 0, 0]], dtype=np.int32)
    found = dithered(gray_ramp(), palette, method)
    assert abs(found.mean() - 0.5) < 0.01
    shades = found.reshape(100, 16, 16).mean(axis=(0, 2))
    assert (np.diff(shades) >= 0).all()
    assert np.abs(shades - (np.arange(16) + 0.5) / 16).max() < 0.1


@BOTH
def test_dithering_shows_smooth_shades_better_than_flat(method):
    """Seen from afar (means of 8 x 8 pixels), the error is less than half."""
    points, palette = gray_ramp()[:96], np.zeros((6, 4), dtype=np.int32)
    palette[:, 0] = np.arange(6) * 51 * 64
    errors = []
    for strength in (0, 256):
        found = dithered(points, palette, method, strength=strength)
        gaps = (palette[found] - points)[..., 0]
        errors.append(np.abs(gaps.reshape(12, 8, 32, 8).mean(axis=(1, 3))).mean())
    assert errors[1] < errors[0] / 2


@BOTH
@pytest.mark.parametrize("shape", [(1, 1), (1, 70001), (40000, 2), (300, 450)])
def test_threads_and_bands_change_nothing(method, shape, monkeypatch):
    """The same indices for every number of threads, and when bands are a row."""
    points, palette = scattered(8, *shape) // 4, scattered(9, 20) // 4
    expected = dithered(points, palette, method)
    for threads in (2, 3, 4):
        assert (dithered(points, palette, method, threads=threads) == expected).all()
    monkeypatch.setattr("kmcodec.dither.dithering.BAND", 1000)
    assert (dithered(points, palette, method, threads=2) == expected).all()


@pytest.mark.parametrize("size", [1, 8, 64])
def test_blue_noise_is_a_permutation(size):
    """The matrix of any size holds each rank once."""
    ranks = rank_matrix(size)
    assert ranks.dtype == np.int32
    assert sorted(ranks.reshape(-1).tolist()) == list(range(size * size))


def test_blue_noise_has_no_low_frequencies():
    """White noise spreads its power evenly; here the longest waves have under a fiftieth."""
    power = np.abs(np.fft.fft2(rank_matrix() - 2047.5)) ** 2
    waves = np.hypot(*np.meshgrid(*[np.fft.fftfreq(64) * 64] * 2))
    assert power[(waves > 0) & (waves < 10)].mean() < power.mean() / 50


@pytest.mark.parametrize("n_colors", [16, 64])
def test_blue_noise_costs_fewer_bytes_than_diffusion(photo, n_colors):
    """On pictures with texture; a bare gradient may cost more."""
    options = {"n_colors": n_colors, "coding": "deflate", "dither": 1.0}
    sizes = [len(kmcodec.encode(photo, dither_method=m, **options)) for m in DITHER_METHODS]
    assert sizes[DITHER_METHODS.index("blue-noise")] < sizes[DITHER_METHODS.index("diffusion")]
