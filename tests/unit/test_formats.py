"""Indexed images in each standard format."""

from __future__ import annotations

import io

import numpy as np
import pytest
from pictures import opened
from PIL import Image

import kmcodec
from kmcodec.codec import Metadata
from kmcodec.errors import InputError
from kmcodec.files import check_carried, picture_bytes, pillow_png, to_pillow
from kmcodec.image import IndexedImage


@pytest.mark.parametrize("file_format", ["PNG", "GIF", "WEBP", "BMP", "TIFF"])
@pytest.mark.parametrize("channels", [1, 3])
def test_standard_formats_hold_the_same_pixels(file_format, channels, photo):
    """Each format holds the image's pixels in its own mode."""
    pixels = photo if channels == 3 else photo[..., 0]
    image = kmcodec.quantize(pixels, n_colors=50)
    data = picture_bytes(image, file_format, as_palette=True)
    again = opened(io.BytesIO(data))
    assert again.format == file_format
    assert again.mode == ("RGB" if file_format == "WEBP" else "P")
    expected = np.asarray(to_pillow(image, as_palette=False).convert("RGB"))
    assert (np.asarray(again.convert("RGB")) == expected).all()


@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "TIFF"])
def test_formats_with_alpha_keep_it(file_format, sprite):
    """PNG, WebP and TIFF keep alpha and colour of every pixel."""
    image = kmcodec.quantize(sprite, n_colors=32)
    again = opened(io.BytesIO(picture_bytes(image, file_format, as_palette=True)))
    assert (np.asarray(again.convert("RGBA")) == image.to_pixels()).all()


def test_formats_that_cannot_hold_it_say_so(sprite):
    """Soft alpha and too many colours raise InputError that names the format."""
    image = kmcodec.quantize(sprite, n_colors=32)
    with pytest.raises(InputError, match="GIF holds one fully transparent colour"):
        picture_bytes(image, "GIF", as_palette=True)
    with pytest.raises(InputError, match="BMP has no transparency"):
        picture_bytes(image, "BMP", as_palette=True)
    wide = IndexedImage(
        np.arange(300, dtype=np.uint16).astype(np.uint8)[:, None], np.zeros((2, 2), int)
    )
    with pytest.raises(InputError, match="GIF holds 256 colours, the picture has 300"):
        picture_bytes(wide, "GIF", as_palette=True)


def test_gif_keeps_one_transparent_color():
    """One fully transparent entry is transparent in a GIF."""
    palette = np.array([[9, 9, 9, 255], [0, 0, 0, 0], [80, 0, 7, 255]], dtype=np.uint8)
    image = IndexedImage(palette, np.array([[0, 1, 2], [2, 1, 0]]))
    again = opened(io.BytesIO(picture_bytes(image, "GIF", as_palette=True))).convert("RGBA")
    assert (np.asarray(again)[..., 3] == image.to_pixels()[..., 3]).all()


def test_gif_makes_all_transparent_entries_one():
    """Several fully transparent entries become one, and visible pixels keep their colours."""
    palette = [[7, 7, 7, 0], [9, 9, 9, 255], [0, 0, 0, 0], [80, 0, 7, 255]]
    image = IndexedImage(np.array(palette, dtype=np.uint8), np.array([[0, 1, 2], [3, 1, 0]]))
    again = opened(io.BytesIO(picture_bytes(image, "GIF", as_palette=True))).convert("RGBA")
    found, expected = np.asarray(again), image.to_pixels()
    assert (found[..., 3] == expected[..., 3]).all()
    assert (found[expected[..., 3] > 0] == expected[expected[..., 3] > 0]).all()


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("levels", [[0, 255], [255, 0], [0, 0], [255], [0], [0, 255, 0], [0, 1]])
def test_bmp_of_black_and_white_comes_back(channels, levels):
    """Pillow reads two colours, black and white, as a picture of one bit a pixel."""
    palette = np.full((len(levels), channels), 255, dtype=np.uint8)
    n_color = channels - (channels in (2, 4))
    palette[:, :n_color] = np.array(levels)[:, None]
    indices = np.random.default_rng(1).integers(0, len(levels), (13, 21))
    data = picture_bytes(IndexedImage(palette, indices), "BMP", as_palette=True)
    found = np.asarray(opened(io.BytesIO(data)).convert("L"))
    assert (found == np.array(levels)[indices]).all()


def test_the_other_formats_are_written_small(photo):
    """TIFF is deflated, and GIF has its rows in their order."""
    image = kmcodec.quantize(photo, n_colors=16)
    tiff = picture_bytes(image, "TIFF", as_palette=True)
    assert opened(io.BytesIO(tiff)).info["compression"] == "tiff_adobe_deflate"
    assert "interlace" not in opened(io.BytesIO(picture_bytes(image, "GIF", as_palette=True))).info
    assert len(picture_bytes(image, "PNG", as_palette=True)) < len(pillow_png(image))


@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "TIFF"])
def test_metadata_is_carried(file_format, photo):
    """Profile and Exif are written by the formats that can carry them."""
    exif = Image.Exif()
    exif[0x010E] = "a test"
    metadata = Metadata(icc=b"profile", exif=exif.tobytes().removeprefix(b"Exif\0\0"))
    check_carried(metadata, file_format)
    image = kmcodec.quantize(photo, n_colors=16)
    data = picture_bytes(image, file_format, as_palette=True, metadata=metadata)
    again = opened(io.BytesIO(data))
    assert again.info["icc_profile"] == b"profile"
    assert again.getexif()[0x010E] == "a test"


def test_what_a_format_cannot_carry_is_refused():
    """Metadata that a format has no place for raise InputError that lists them."""
    for file_format in ("GIF", "BMP"):
        check_carried(Metadata(), file_format)
        with pytest.raises(InputError, match=r"cannot carry .*\(ICC profile, XMP\); choose PNG"):
            check_carried(Metadata(icc=b"i", xmp=b"x"), file_format)
    with pytest.raises(InputError, match=r"TIFF cannot carry .*\(XMP\)"):
        check_carried(Metadata(icc=b"i", xmp=b"x"), "TIFF")
