"""Picture files of every mode, through Pillow."""

from __future__ import annotations

import io

import numpy as np
import pytest
from pictures import opened
from PIL import Image

import kmcodec
from kmcodec.errors import InputError, LimitError
from kmcodec.files import picture_bytes, read_picture, to_pillow
from kmcodec.image import IndexedImage


def saved(image, file_format="PNG", **options):
    """Return a picture as an open file."""
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    buffer.seek(0)
    return buffer


def palette_picture():
    image = Image.frombytes("P", (4, 2), bytes([0, 1, 2, 3, 3, 2, 1, 0]))
    image.putpalette(bytes([1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3]))
    return image


@pytest.mark.parametrize("mode", ["1", "L", "LA", "RGB", "RGBA"])
def test_direct_modes_keep_their_pixels(mode, photo):
    image = Image.fromarray(photo).convert(mode)
    expected = np.asarray(image.convert("L") if mode == "1" else image)
    found = read_picture(saved(image))
    assert (found.pixels == expected).all()
    assert found.indexed is None
    assert found.frames == 1


def test_palette_pictures_keep_palette_and_indices():
    """Order and repetitions stay, and so do entries that no pixel uses."""
    found = read_picture(saved(palette_picture())).indexed
    assert found.authored
    assert found.palette.tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9], [1, 2, 3]]
    assert found.indices.tolist() == [[0, 1, 2, 3], [3, 2, 1, 0]]


@pytest.mark.parametrize(
    ("transparency", "alpha"), [(2, [255, 255, 0, 255]), (b"\x07\x80", [7, 128, 255, 255])]
)
def test_palette_transparency_becomes_alpha(transparency, alpha):
    found = read_picture(saved(palette_picture(), transparency=transparency)).indexed
    assert found.palette[:, 3].tolist() == alpha


def test_gif_keeps_its_palette_and_tells_of_other_frames():
    frames = [palette_picture(), palette_picture().transpose(Image.Transpose.ROTATE_180)]
    frames[1].putpixel((0, 0), 2)
    file = saved(frames[0], "GIF", save_all=True, append_images=frames[1:], optimize=False)
    found = read_picture(file)
    assert found.frames == 2
    assert found.indexed is not None
    assert (found.pixels == np.asarray(palette_picture().convert("RGB"))).all()


def test_transparent_color_key_becomes_alpha(photo):
    found = read_picture(saved(Image.fromarray(photo), transparency=tuple(photo[3, 4].tolist())))
    assert found.pixels.shape[2] == 4
    assert found.pixels[3, 4, 3] == 0


def test_exif_orientation_is_applied(photo):
    image = Image.fromarray(photo)
    exif = Image.Exif()
    exif[0x0112] = 6
    found = read_picture(saved(image, exif=exif))
    assert (found.pixels == np.rot90(photo, -1)).all()


def test_metadata_is_read_and_written_again(photo):
    image = Image.fromarray(photo)
    exif = Image.Exif()
    exif[0x010E] = "a test"
    metadata = read_picture(saved(image, icc_profile=b"profile", exif=exif)).metadata
    assert metadata.icc == b"profile"
    quantized = kmcodec.quantize(photo, n_colors=8)
    again = opened(io.BytesIO(picture_bytes(quantized, "PNG", as_palette=True, metadata=metadata)))
    assert again.info["icc_profile"] == b"profile"
    assert again.getexif()[0x010E] == "a test"


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr", "LAB"])
def test_other_color_models_become_rgb(mode, photo):
    image = Image.fromarray(photo).convert(mode) if mode != "LAB" else Image.new("LAB", (80, 60))
    assert read_picture(saved(image, "TIFF")).pixels.shape == (60, 80, 3)


def test_xmp_is_read(photo):
    file = saved(Image.fromarray(photo), "WEBP", xmp=b"<x:xmpmeta/>")
    assert read_picture(file).metadata.xmp == b"<x:xmpmeta/>"


@pytest.mark.parametrize("mode", ["I;16", "I", "F"])
def test_more_than_eight_bits_are_refused(mode):
    image = Image.fromarray(np.arange(64, dtype=np.float32).reshape(8, 8)).convert(
        "I" if mode != "F" else "F"
    )
    image = image.convert(mode)
    with pytest.raises(InputError, match="more than 8 bits a channel"):
        read_picture(saved(image, "TIFF"))


def test_what_is_no_picture_is_refused(tmp_path):
    with pytest.raises(InputError, match="not a picture that Pillow can read"):
        read_picture(io.BytesIO(b"hello"))
    with pytest.raises(InputError, match=r"cannot read .*missing.png: No such file"):
        read_picture(tmp_path / "missing.png")
    data = saved(Image.new("RGB", (50, 50))).getvalue()
    with pytest.raises(InputError, match="cannot read"):
        read_picture(io.BytesIO(data[: len(data) // 2]))


def test_bombs_are_refused(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(LimitError, match="exceeds limit"):
        read_picture(saved(Image.new("RGB", (50, 50))))


@pytest.mark.parametrize("file_format", ["PNG", "GIF", "WEBP", "BMP", "TIFF"])
@pytest.mark.parametrize("channels", [1, 3])
def test_standard_formats_hold_the_same_pixels(file_format, channels, photo):
    pixels = photo if channels == 3 else photo[..., 0]
    image = kmcodec.quantize(pixels, n_colors=50)
    data = picture_bytes(image, file_format, as_palette=True)
    again = opened(io.BytesIO(data))
    assert again.format == file_format
    assert again.mode == ("P" if file_format != "WEBP" else "RGB") or channels == 1
    expected = np.asarray(to_pillow(image, as_palette=False).convert("RGB"))
    assert (np.asarray(again.convert("RGB")) == expected).all()


@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "TIFF"])
def test_formats_with_alpha_keep_it(file_format, sprite):
    image = kmcodec.quantize(sprite, n_colors=32)
    again = opened(io.BytesIO(picture_bytes(image, file_format, as_palette=True)))
    assert (np.asarray(again.convert("RGBA")) == image.to_pixels()).all()


def test_formats_that_cannot_hold_it_say_so(sprite):
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
    palette = np.array([[9, 9, 9, 255], [0, 0, 0, 0], [80, 0, 7, 255]], dtype=np.uint8)
    image = IndexedImage(palette, np.array([[0, 1, 2], [2, 1, 0]]))
    again = opened(io.BytesIO(picture_bytes(image, "GIF", as_palette=True))).convert("RGBA")
    assert (np.asarray(again)[..., 3] == image.to_pixels()[..., 3]).all()
