"""Alpha as people mean it: 255 stays 255 and 0 stays 0 in every pixel."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import kmcodec
from kmcodec.dither import choices
from kmcodec.png.writing import png_bytes
from kmcodec.quantizer import find_palette

DITHERS = [(0.0, "diffusion"), (1.0, "diffusion"), (1.0, "blue-noise")]
MAGENTA = (255, 0, 255)


def picture(seed, shape=(24, 30), channels=4, *, clear=True, soft=True):
    """Return pixels whose alpha is 255, nearly 255, anything between, nearly 0, or 0."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (*shape, channels)).astype(np.uint8)
    kinds = [np.full(shape, 255), rng.integers(252, 255, shape), rng.integers(1, 255, shape)]
    kinds += [rng.integers(1, 4, shape), np.zeros(shape)]
    chosen = [0] + [1, 2, 3] * soft + [4] * clear
    kind = rng.choice(chosen, shape)
    pixels[..., -1] = np.choose(kind, kinds)
    pixels[0, 0, -1], pixels[0, 1, -1] = 255, 0 if clear else 255
    return pixels


def shaded(shape=(48, 64)):
    """Return a disc with a soft rim and shades, on a clear ground: thousands of colours."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]]
    far = np.hypot(y - shape[0] / 2, x - shape[1] / 2)
    alpha = np.clip((22 - far) * 40, 0, 255)
    shades = np.stack([x * 4, y * 5, (x + y) * 2, alpha], axis=-1)
    return np.clip(shades, 0, 255).astype(np.uint8)


def assert_kept(pixels, shown):
    """Assert that no opaque pixel and no clear one has another alpha."""
    assert (shown[pixels[..., -1] == 255, -1] == 255).all()
    assert (shown[pixels[..., -1] == 0, -1] == 0).all()


@given(
    seed=st.integers(0, 2**32 - 1),
    n_colors=st.sampled_from([2, 3, 4, 9, 40]),
    channels=st.sampled_from([2, 4]),
    space=st.sampled_from(["oklab", "srgb"]),
    dither=st.sampled_from(DITHERS),
    effort=st.sampled_from([1, 5]),
    posterize=st.sampled_from([0, 4]),
)
def test_opaque_stays_opaque_and_clear_stays_clear(
    seed, n_colors, channels, space, dither, effort, posterize
):
    """Random pixels of all kinds of alpha, by every space and dithering, from 2 colours on."""
    pixels = picture(seed, channels=channels)
    image = kmcodec.quantize(
        pixels,
        n_colors=n_colors,
        space=space,
        dither=dither[0],
        dither_method=dither[1],
        effort=effort,
        posterize=posterize,
    )
    assert image.n_colors <= n_colors
    assert_kept(pixels, image.to_pixels())


@pytest.mark.parametrize("space", ["oklab", "srgb"])
@pytest.mark.parametrize("effort", range(1, 10))
def test_a_sprite_keeps_its_alpha_at_every_effort(space, effort):
    """A shaded disc with a soft rim, where K-means alone makes 255 into 250."""
    pixels = shaded()
    for n_colors in (2, 3, 8, 50):
        image = kmcodec.quantize(pixels, n_colors=n_colors, space=space, effort=effort)
        assert_kept(pixels, image.to_pixels())
        assert image.n_colors == n_colors


@pytest.mark.parametrize(("dither", "method"), DITHERS)
@pytest.mark.parametrize(
    "options",
    [
        {"keep": [[9, 8, 7, 250]]},
        {"keep": [[9, 8, 7, 255]]},
        {"keep": [[9, 8, 7]]},
        {"keep": [[9, 8, 7, 250], [200, 0, 0, 3]], "n_colors": 4},
        {"keep": [[9, 8, 7, 255]], "n_colors": 2},
        {"keep": [[0, 0, 0, 0], [255, 255, 255, 128]], "n_colors": 3},
        {"keep_rare": 0.01},
        {"keep_rare": 0.001, "n_colors": 3},
        {"quality": (0, 30)},
        {"quality": (0, 0)},
        {"posterize": 3},
        {"seed": 77, "n_colors": 6},
    ],
    ids=str,
)
def test_no_option_changes_that(options, dither, method):
    """Kept colours, rare ones, quality and posterizing leave alpha as it is."""
    for pixels in (shaded(), picture(1)):
        image = kmcodec.quantize(
            pixels, **{"n_colors": 12} | options, dither=dither, dither_method=method
        )
        assert_kept(pixels, image.to_pixels())


def test_importance_changes_neither():
    """Pixels that hardly count keep their alpha."""
    pixels = shaded()
    importance = (pixels[..., 3] != 255).astype(np.uint8) * 255
    for counts in (importance, 255 - importance):
        image = kmcodec.quantize(pixels, n_colors=5, importance=counts)
        assert_kept(pixels, image.to_pixels())


@pytest.mark.parametrize(("dither", "method"), DITHERS)
def test_a_shared_palette_keeps_alpha(dither, method):
    """What one palette for many holds serves each, also a picture without soft pixels."""
    pictures = [shaded(), picture(2), picture(3, soft=False), picture(4, clear=False)]
    for n_colors in (2, 5, 30):
        palette = find_palette(pictures, n_colors=n_colors)
        for pixels in pictures:
            image = kmcodec.quantize(pixels, palette=palette, dither=dither, dither_method=method)
            assert_kept(pixels, image.to_pixels())


def test_a_given_palette_is_taken_as_it_is():
    """Without an opaque entry the nearest serves; with a far one, opaque pixels take that."""
    pixels = shaded()
    soft = [[200, 100, 50, 254], [0, 0, 0, 0]]
    shown = kmcodec.quantize(pixels, palette=soft).to_pixels()
    assert (shown[pixels[..., 3] == 255, 3] == 254).all()
    shown = kmcodec.quantize(pixels, palette=[*soft, [0, 0, 0, 255]]).to_pixels()
    assert_kept(pixels, shown)


def test_one_entry_is_opaque():
    """A single colour cannot be both; it is opaque, of the opaque pixels' colour or nearly."""
    pixels = np.zeros((2, 2, 4), dtype=np.uint8)
    pixels[0, :, :] = [(200, 100, 0, 255), (210, 100, 0, 255)]
    image = kmcodec.quantize(pixels, n_colors=1)
    assert image.palette.shape == (1, 4)
    assert image.palette[0, 3] == 255


def test_quality_leaves_entries_for_both():
    """However low the quality, there are as many entries as opaque and clear pixels take."""
    pixels = shaded()
    assert kmcodec.quantize(pixels, quality=(0, 0)).n_colors == 2
    opaque = pixels[pixels[..., 3] == 255][None]
    assert kmcodec.quantize(opaque, quality=(0, 0)).n_colors == 1


def test_soft_pixels_share_opaque_entries():
    """Alpha 254 is no reason for an entry of its own; alpha 200 over a large area is."""
    pixels = picture(6, soft=False, clear=False)
    pixels[..., :3] //= 64
    pixels[::2, :, 3] = 254
    image = kmcodec.quantize(pixels, n_colors=6)
    assert (image.palette[:, 3] == 255).all()
    pixels[::2, :, 3] = 200
    image = kmcodec.quantize(pixels, n_colors=6)
    assert 0 < (image.palette[:, 3] < 255).sum() < 6


@pytest.mark.parametrize("method", ["diffusion", "blue-noise"])
def test_soft_shades_are_dithered_up_to_opaque(method):
    """A fade of alpha shows its means between an opaque entry and a soft one."""
    pixels = np.zeros((64, 64, 4), dtype=np.uint8)
    pixels[..., 3] = 200 + np.arange(64) * 55 // 63
    palette = [[0, 0, 0, 200], [0, 0, 0, 255]]
    image = kmcodec.quantize(pixels, palette=palette, dither=1.0, dither_method=method)
    shown = image.to_pixels()
    assert_kept(pixels, shown)
    assert abs(shown[:, 40:56, 3].mean() - pixels[:, 40:56, 3].mean()) < 6
    assert 0 < (shown[:, 50:60, 3] == 200).mean() < 0.5


@pytest.mark.parametrize("method", ["diffusion", "blue-noise"])
def test_labels_that_do_not_fit_twice_serve_once(method, monkeypatch):
    """Beyond 65,536 labels no pixel takes another's colours either."""
    monkeypatch.setattr(choices, "MOST_LABELS", 20)
    for n_colors in (16, 60):
        pixels = shaded()
        image = kmcodec.quantize(pixels, n_colors=n_colors, dither=1.0, dither_method=method)
        assert_kept(pixels, image.to_pixels())


@pytest.mark.parametrize("channels", [2, 4])
def test_one_hidden_colour_is_kept(channels):
    """Where all clear pixels hide the same colour, the clear entry has it; more are none."""
    pixels = shaded()
    pixels = pixels if channels == 4 else np.ascontiguousarray(pixels[..., 2:])
    clear = pixels[..., -1] == 0
    hidden = (*MAGENTA, 0) if channels == 4 else (77, 0)
    pixels[clear] = hidden
    for dither, method in DITHERS:
        image = kmcodec.quantize(pixels, n_colors=9, dither=dither, dither_method=method)
        assert (image.to_pixels()[clear] == hidden).all()
        assert (image.palette[:, -1] == 0).sum() == 1
    assert (find_palette(pixels, n_colors=9) == hidden).all(axis=1).any()
    pixels[0, 0, 0] ^= 1
    image = kmcodec.quantize(pixels, n_colors=9)
    assert not image.to_pixels()[clear].any()
    assert (image.palette[:, -1] == 0).sum() == 1


def test_a_hidden_colour_comes_back_from_a_file():
    """PNG and the package's own format hold the hidden colour."""
    pixels = shaded()
    clear = pixels[..., 3] == 0
    pixels[clear, :3] = MAGENTA
    assert (kmcodec.decode(kmcodec.encode(pixels, n_colors=9))[clear, :3] == MAGENTA).all()
    for n_colors in (3, 9, 60):
        data = png_bytes(kmcodec.quantize(pixels, n_colors=n_colors))
        shown = np.array(Image.open(io.BytesIO(data)).convert("RGBA"))
        assert_kept(pixels, shown)
        assert (shown[clear, :3] == MAGENTA).all()


def test_a_kept_clear_colour_comes_before_the_hidden_one():
    """Clear pixels take the clear colour that was asked for."""
    pixels = shaded()
    clear = pixels[..., 3] == 0
    pixels[clear, :3] = MAGENTA
    image = kmcodec.quantize(pixels, n_colors=9, keep=[[1, 2, 3, 0]])
    assert (image.to_pixels()[clear] == (1, 2, 3, 0)).all()


def test_pictures_of_few_colours_keep_all_hidden_ones():
    """Without loss, every hidden colour stays."""
    pixels = np.array([[[1, 2, 3, 0], [4, 5, 6, 0], [7, 8, 9, 255]]], dtype=np.uint8)
    assert (kmcodec.quantize(pixels, n_colors=3).to_pixels() == pixels).all()
