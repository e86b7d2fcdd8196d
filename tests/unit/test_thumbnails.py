"""Thumbnails: sizes, alpha, colours, memory."""

from __future__ import annotations

import io
import json
import tracemalloc

import numpy as np
import pytest
from pictures import gray_profile, swapped_profile
from PIL import Image

import kmcodec
from kmcodec.codec import Metadata
from kmcodec.files.thumbnails import thumbnail_png


def drawn(data, size, **options):
    """Return a thumbnail's pixels."""
    png, shape = thumbnail_png(data, size, **options)
    image = Image.open(io.BytesIO(png))
    assert image.size == shape
    return np.asarray(image)


@pytest.mark.parametrize(
    ("shape", "size", "expected"),
    [
        ((60, 80), 256, (60, 80)),
        ((60, 80), 40, (30, 40)),
        ((1, 1), 1, (1, 1)),
        ((1, 3000), 128, (1, 128)),
        ((3000, 2), 128, (128, 1)),
        ((301, 1203), 100, (25, 100)),
        ((2000, 1999), 16, (16, 16)),
    ],
)
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_sizes(shape, size, expected, channels):
    """A thumbnail fits the size, keeps shape and shade, and has a pixel a side at least."""
    pixels = np.full((*shape, channels), 77, dtype=np.uint8)
    if channels in (2, 4):
        pixels[..., -1] = 255
    data = kmcodec.encode(pixels[..., 0] if channels == 1 else pixels, effort=1)
    made = drawn(data, size)
    assert made.shape == (*expected, 4 if channels in (2, 4) else 3)
    assert (made[..., :3] == 77).all()
    assert (made[..., 3:] == 255).all()


def test_small_pictures_stay_as_they_are(sprite):
    """A picture smaller than the thumbnail keeps its pixels."""
    data = kmcodec.encode(sprite, n_colors=512)
    expected = kmcodec.decode(data)
    made = drawn(data, 256)
    assert (made == expected).all()


def test_transparent_colours_do_not_shine_through():
    """Half of the columns are opaque blue, the others transparent red."""
    pixels = np.zeros((64, 64, 4), dtype=np.uint8)
    pixels[:, ::2] = (0, 0, 255, 255)
    pixels[:, 1::2] = (255, 0, 0, 0)
    made = drawn(kmcodec.encode_indexed(kmcodec.quantize(pixels)), 8)
    inner = made[2:-2, 2:-2]
    assert (inner[..., 0] == 0).all()
    assert (inner[..., 2] == 255).all()
    assert np.abs(inner[..., 3].astype(int) - 128).max() < 12


def test_strips_give_what_the_whole_does(photo, monkeypatch):
    """Strips give the thumbnail of the whole, which is close to Pillow's."""
    big = np.kron(photo, np.ones((5, 5, 1), np.uint8))
    data = kmcodec.encode(big, n_colors=200, effort=1)
    whole = drawn(data, 50)
    monkeypatch.setattr("kmcodec.files.thumbnails.STRIP_PIXELS", 1000)
    assert (drawn(data, 50) == whole).all()
    reference = Image.fromarray(kmcodec.decode(data)).resize((50, 38), Image.Resampling.LANCZOS)
    assert np.abs(np.asarray(reference).astype(int) - whole).mean() < 1.5


def test_blocks_and_lists(photo):
    """A file of blocks has a thumbnail."""
    assert drawn(kmcodec.encode(photo, n_colors=60, block=(4, 4)), 40).shape == (30, 40, 3)


def test_colours_become_srgb(photo):
    """By a profile of exchanged channels, or of linear gray; what is none changes nothing."""
    plain = drawn(kmcodec.encode(photo), 40).astype(int)
    swapped = kmcodec.encode(photo, metadata=Metadata(icc=swapped_profile()))
    assert np.abs(drawn(swapped, 40) - plain[..., ::-1]).max() <= 2
    useless = kmcodec.encode(photo, metadata=Metadata(icc=b"none"))
    assert (drawn(useless, 40) == plain).all()
    gray = photo[..., 1]
    linear = drawn(kmcodec.encode(gray, metadata=Metadata(icc=gray_profile(1))), 40)
    assert linear.mean() > drawn(kmcodec.encode(gray), 40).mean() + 20


def test_limits():
    """A picture beyond the limits raises LimitError."""
    data = kmcodec.encode(np.zeros((100, 100, 3), np.uint8))
    with pytest.raises(kmcodec.LimitError):
        thumbnail_png(data, 64, limits=kmcodec.Limits(max_pixels=9_999))


def test_memory_is_that_of_the_indices():
    """16 megapixels: one byte each, and not four or more."""
    indices = np.zeros((4096, 4096), dtype=np.uint8)
    palette = np.array([[1, 2, 3, 4]], dtype=np.uint8)
    data = kmcodec.encode_indexed(kmcodec.IndexedImage(palette, indices))
    thumbnail_png(data, 64)
    tracemalloc.start()
    thumbnail_png(data, 256)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2.5 * indices.size


def test_the_command(run, tmp_path, photo):
    """The command writes a thumbnail of the size, to a file or to standard output."""
    source = tmp_path / "a.kmq"
    source.write_bytes(kmcodec.encode(photo, n_colors=9))
    target = tmp_path / "out"
    done = run("thumbnail", source, "-o", target, "--size", 20, "--json")
    report = json.loads(done.out)
    assert (report["width"], report["height"]) == (20, 15)
    assert report["bytes"] == target.stat().st_size
    assert run("thumbnail", source, "-o", target).code == 7
    assert run("thumbnail", source, "-f", "-o", target).code == 0
    to_stdout = run("thumbnail", source, "-o", "-")
    assert to_stdout.out == target.read_bytes()
    assert run("thumbnail", source).code == 2
    assert run("thumbnail", source, "-o", target, "--size", 0).code == 2
