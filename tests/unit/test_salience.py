"""Even areas weigh more than what has contrast, so that a selected tab keeps its colour."""

from __future__ import annotations

import numpy as np
import pytest

import kmcodec
from kmcodec.histogram import count_pixels
from kmcodec.quantizer.salience import EQUAL_FROM, EVEN, HALVING, ONE, Salience

TAB = (slice(80, 90), slice(200, 241))  # 410 of 256,000 pixels, 0.16 %
BLUE = (200, 221, 242)


@pytest.fixture(scope="module")
def screen() -> np.ndarray:
    """Return a gray interface: bars, a shaded toolbar with icons, letters, and a selected tab."""
    rng = np.random.default_rng(5)
    pixels = np.full((400, 640, 3), 250, dtype=np.uint8)
    pixels[:60] = (232 - np.arange(60) // 2)[:, None, None]
    pixels[60:100], pixels[100:, :120], pixels[390:] = 214, 238, 205
    for x in range(200, 600, 40):
        shades = np.linspace(1.2, 0.7, 24)[:, None, None] * rng.integers(30, 220, 3)
        pixels[18:42, x : x + 24] = shades.clip(0, 255)
    pixels[TAB] = BLUE
    for y in range(104, 386, 14):  # strokes one or two pixels wide, with soft edges
        for x in range(8, 620, 5):
            ink = rng.choice([0, 0.3, 0.6, 1], (8, 3), p=[0.4, 0.2, 0.2, 0.2])[..., None]
            part = pixels[y : y + 8, x : x + 3]
            part[:] = part * (1 - ink * (rng.random((8, 3, 1)) / 4 + 0.7)) + 30 * ink * 0.7
    return pixels


def tab_of(image: kmcodec.IndexedImage) -> int:
    """Return how far the tab is from its colour, in 8-bit steps."""
    shown = image.to_pixels()[TAB].reshape(-1, 3).astype(int)
    return int(abs(shown - BLUE).max())


@pytest.mark.parametrize("n_colors", [24, 32])
def test_a_selected_tab_keeps_its_colour(screen, n_colors):
    """Where all pixels count alike, K-means drowns it."""
    assert tab_of(kmcodec.quantize(screen, n_colors=n_colors)) <= 6
    alike = np.ones(screen.shape[:2], dtype=np.uint8)
    assert tab_of(kmcodec.quantize(screen, n_colors=n_colors, importance=alike)) > 12


@pytest.mark.parametrize("wanted", [20, 50, 80])
def test_a_quality_keeps_the_tab(screen, wanted):
    """The fewest colours that reach it are not so few that an even area loses its colour."""
    assert tab_of(kmcodec.quantize(screen, quality=(0, wanted))) <= 12


def test_any_quality_is_reached_by_one_colour(screen):
    """Quality 0 asks for nothing."""
    assert len(kmcodec.quantize(screen, quality=(0, 0)).palette) == 1


def salience_of(pixels: np.ndarray) -> tuple[Salience, np.ndarray]:
    """Return the salience of pixels, and their counts."""
    histogram, numbers = count_pixels(pixels)
    return Salience(pixels, numbers, histogram.counts, 1), histogram.counts


def test_weights_fall_with_contrast():
    """Even pixels weigh four times as much; contrast of the halving halves the weight."""
    pixels = np.zeros((5, 8), dtype=np.uint8)
    pixels[:, 4:] = 4 * HALVING  # each border pixel differs from one of four neighbours
    salience, counts = salience_of(pixels)
    assert salience.even.tolist() == [15, 15]
    assert salience.weights(16).tolist() == [15 * EVEN + 5 * ONE // 2] * 2
    assert salience.weights(2).tolist() == salience.weights(16).tolist()
    assert salience.weights(32).tolist() == [15 * EVEN + 5 * (ONE * 4 // 5)] * 2
    assert salience.weights(EQUAL_FROM) is counts


@pytest.mark.parametrize("channels", [2, 4])
def test_hidden_colours_have_no_contrast(channels):
    """What fully transparent pixels hide changes nothing."""
    pixels = np.random.default_rng(3).integers(0, 256, (9, 9, channels), dtype=np.uint8)
    pixels[2:6, :, -1] = 0
    black = pixels.copy()
    black[2:6] = 0
    visible = pixels[..., -1].reshape(-1) > 0
    found = []
    for each in (pixels, black):
        salience, _ = salience_of(each)
        _, numbers = count_pixels(each)
        positions = numbers.positions(0, each.shape[0] * each.shape[1])
        found.append(salience.weights(8)[positions][visible])
    assert (found[0] == found[1]).all()


def test_weights_do_not_depend_on_threads(screen, monkeypatch):
    """Colours are counted in ranges of pixels; contrasts across their borders count, too."""
    from kmcodec import histogram as module  # noqa: PLC0415

    whole, _ = salience_of(screen)
    monkeypatch.setattr(module, "SMALLEST_RANGE", 1000)
    histogram, numbers = count_pixels(screen, threads=3)
    assert len(numbers.parts) == 3
    parts = Salience(screen, numbers, histogram.counts, 3)
    assert (parts.weights(20) == whole.weights(20)).all()


@pytest.mark.parametrize("n_colors", [24, 32])
def test_a_window_with_clear_corners_keeps_its_tab(screen, n_colors):
    """Textures count more in what is not opaque everywhere, and even areas still more than they."""
    window = np.dstack([screen, np.full(screen.shape[:2], 255, dtype=np.uint8)])
    window[:2, :2] = 0
    image = kmcodec.quantize(window, n_colors=n_colors)
    assert abs(image.to_pixels()[TAB][..., :3].astype(int) - BLUE).max() <= 12


def test_textures_count_more_in_shapes(screen):
    """The halving contrast of a picture with a pixel that is not opaque is four times as large."""
    window = np.dstack([screen, np.full(screen.shape[:2], 255, dtype=np.uint8)])
    opaque, _ = salience_of(window)
    cut = window.copy()
    cut[-1, -1, 3] = 254
    shape, _ = salience_of(cut)
    textured = shape.weights(16).sum()
    assert textured > opaque.weights(16).sum()
