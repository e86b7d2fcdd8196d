"""Objects show themselves in notebooks, and on axes of matplotlib."""

from __future__ import annotations

import base64
import io
import re
import sys
import time

import numpy as np
import pytest
from PIL import Image

import kmcodec
from kmcodec.files.samples import bundled_digits


@pytest.fixture(scope="module")
def shown(photo):
    """Return one of each kind of object, by name."""
    frames = np.stack([np.roll(photo, 5 * number, axis=1) for number in range(30)])
    timing = kmcodec.Timing((50,) * 30)
    return {
        "image": kmcodec.quantize(photo, n_colors=9),
        "gray": kmcodec.quantize(photo[..., 0], n_colors=9),
        "segmentation": kmcodec.segment(photo, 3),
        "hierarchy": kmcodec.build_hierarchy(photo),
        "grouping": kmcodec.cluster_digits(bundled_digits()[0][:300], 4),
        "animation": kmcodec.quantize_frames(frames, n_colors=9, timing=timing),
    }


KINDS = ["image", "gray", "segmentation", "hierarchy", "grouping", "animation"]


def opened(png):
    """Return a PNG as a Pillow image."""
    return Image.open(io.BytesIO(png))


@pytest.mark.parametrize("kind", KINDS)
def test_notebooks_get_a_small_png_and_html(shown, kind):
    """Every kind has a PNG with something in it, and HTML of that PNG with the object's line."""
    thing = shown[kind]
    png = thing._repr_png_()
    assert len(png) < 200_000
    assert max(opened(png).size) <= 480
    assert len(np.unique(np.asarray(opened(png).convert("RGB")).reshape(-1, 3), axis=0)) > 2
    html = thing._repr_html_()
    (inside,) = re.findall(r"base64,([^\"]+)", html)
    assert base64.b64decode(inside) == png
    assert repr(thing).strip("<>") in html


def test_a_picture_shows_its_pixels(shown, photo):
    """A picture's PNG has its pixels, enlarged by a whole number where it is small."""
    pixels = np.asarray(opened(shown["image"]._repr_png_()))
    assert (pixels == shown["image"].to_pixels()).all()
    sprite = kmcodec.quantize(photo[:10, :12], n_colors=5)
    enlarged = np.asarray(opened(sprite._repr_png_()))
    assert (enlarged[::8, ::8] == sprite.to_pixels()).all()


def test_a_large_picture_is_scaled_down_at_once():
    """A picture of 64 megapixels takes less than a second and at most 480 pixels a side."""
    indices = np.zeros((8000, 8000), dtype=np.uint8)
    indices[:, 4000:] = 1
    image = kmcodec.IndexedImage(np.array([[0, 0, 0], [255, 255, 255]], dtype=np.uint8), indices)
    started = time.process_time()
    png = image._repr_png_()
    assert time.process_time() - started < 1
    pixels = np.asarray(opened(png))
    assert pixels.shape == (480, 480, 3)
    assert (pixels[0, 0, 0], pixels[0, -1, 0]) == (0, 255)


def test_an_animation_moves(shown):
    """An animation's PNG has at most 24 frames, which last as long as all of its own."""
    with opened(shown["animation"]._repr_png_()) as image:
        assert 10 < image.n_frames <= 24
        total = 0
        for number in range(image.n_frames):
            image.seek(number)
            total += image.info["duration"]
    assert total == 30 * 50


def test_borders_that_last_are_darker(photo):
    """The picture of a hierarchy is dark where the borders of scale 0.9 are, less so elsewhere."""
    tree = kmcodec.build_hierarchy(photo)
    shown = 255 - tree._picture(480).astype(int)
    labels = tree.labels(0.9)
    last = labels[:, :-1] != labels[:, 1:]
    first = tree.initial[:, :-1] != tree.initial[:, 1:]
    if last.any():
        assert shown[:, :-1][last].min() >= 0.9 * 255 - 1
    assert shown[:, :-1][first & ~last].max() > 0
    inner = shown[:-1, :-1][~first[:-1] & (tree.initial[:-1, :-1] == tree.initial[1:, :-1])]
    assert (inner == 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_plot(shown, kind):
    """Every kind draws on given axes or on the current ones, and returns them."""
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figure, axes = plt.subplots()
    assert shown[kind].plot(axes) is axes
    assert len(axes.images) == 1
    assert shown[kind].plot() is axes
    if kind == "image":
        assert axes.get_xlim() == (-0.5, 79.5)
    plt.close(figure)


def test_without_matplotlib_there_is_one_line(shown, monkeypatch):
    """Where matplotlib is missing, plot raises an error that says what to install."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(kmcodec.InputError, match=r"^plot needs matplotlib: pip install .*plots"):
        shown["image"].plot()
