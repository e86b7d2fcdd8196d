"""Any indexed image survives our PNG, read by Pillow."""

from __future__ import annotations

import io

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kmcodec.image import IndexedImage
from kmcodec.png import png_bytes


@st.composite
def indexed_images(draw):
    """Draw an image of odd shape: gray or colour, with alpha or without, flat or noisy."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_colors = draw(st.one_of(st.integers(1, 256), st.sampled_from([1, 2, 3, 4, 16, 17, 255, 256])))
    channels = draw(st.integers(1, 4))
    shape = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    levels = draw(st.sampled_from([2, 4, 16, 256]))
    palette = (rng.integers(0, levels, (n_colors, channels)) * (255 // (levels - 1))).astype("u1")
    indices = rng.integers(0, n_colors, shape)
    if draw(st.booleans()):
        indices = np.sort(indices, axis=draw(st.integers(0, 1)))
    return IndexedImage(palette, indices)


def rgba(image: IndexedImage) -> np.ndarray:
    """Return an image's pixels as RGBA."""
    colors = image.palette[image.indices]
    alpha = colors[..., -1:] if image.channels in (2, 4) else np.full_like(colors[..., :1], 255)
    gray = np.repeat(colors[..., :1], 3, axis=2)
    return np.concatenate([gray if image.channels <= 2 else colors[..., :3], alpha], axis=2)


@given(image=indexed_images(), effort=st.integers(1, 9), keep_order=st.booleans())
def test_pixels_are_read_back(image, effort, keep_order):
    """Pillow verifies our PNG and reads the image's pixels, and its indices where order is kept."""
    data = png_bytes(image, effort=effort, keep_order=keep_order)
    with Image.open(io.BytesIO(data)) as checked:
        checked.verify()
    with Image.open(io.BytesIO(data)) as again:
        found = np.asarray(again.convert("RGBA"))
        if keep_order:
            assert (np.asarray(again) == image.indices).all()
    assert (found == rgba(image)).all()


@given(image=indexed_images(), effort=st.integers(1, 9))
def test_the_file_says_no_more_than_it_must(image, effort):
    """The depth is enough, every palette entry is used, no opaque alpha ends the list."""
    data = png_bytes(image, effort=effort)
    n_used = len(np.unique(image.palette[np.unique(image.indices)], axis=0))
    depth, color_type = data[24], data[25]
    assert 1 << depth >= n_used
    if color_type == 3:
        place = data.index(b"PLTE")
        assert int.from_bytes(data[place - 4 : place]) == 3 * n_used
    if (place := data.find(b"tRNS")) >= 0:
        alphas = data[place + 4 : place + 4 + int.from_bytes(data[place - 4 : place])]
        assert max(alphas) < 255
