"""Pillow's images given to the library: converted where there is one way, else refused by mode."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

import kmcodec

RGB = np.random.default_rng(5).integers(0, 256, (9, 11, 3), dtype=np.uint8)
GRAY = RGB[..., 0]


def indexed(mode="RGB", transparency=None):
    """Return a "P" image of a few colours."""
    image = Image.fromarray(RGB).quantize(7)
    if mode == "RGBA":
        colors = np.random.default_rng(6).integers(0, 256, (7, 4), dtype=np.uint8)
        image.putpalette(colors.tobytes(), "RGBA")
    if transparency is not None:
        image.info["transparency"] = transparency
    return image


def with_info(image, **info):
    """Return an image with facts of its file."""
    image.info |= info
    return image


CONVERTED = {
    "L": (Image.fromarray(GRAY), "L"),
    "LA": (Image.fromarray(RGB).convert("LA"), "LA"),
    "RGB": (Image.fromarray(RGB), "RGB"),
    "RGBA": (Image.fromarray(RGB).convert("RGBA"), "RGBA"),
    "1": (Image.fromarray(GRAY).convert("1"), "L"),
    "P": (indexed(), "RGB"),
    "P with RGBA": (indexed("RGBA"), "RGBA"),
    "P with a clear entry": (indexed(transparency=2), "RGBA"),
    "P with alpha of entries": (indexed(transparency=bytes([0, 99, 255])), "RGBA"),
    "PA": (Image.fromarray(RGB).convert("P").convert("PA"), "RGBA"),
    "HSV": (Image.fromarray(RGB).convert("HSV"), "RGB"),
    "YCbCr": (Image.fromarray(RGB).convert("YCbCr"), "RGB"),
    "RGBX": (Image.fromarray(RGB).convert("RGBX"), "RGB"),
    "RGB with a clear colour": (
        with_info(Image.fromarray(RGB), transparency=tuple(RGB[0, 0].tolist())),
        "RGBA",
    ),
    "L with a clear level": (
        with_info(Image.fromarray(GRAY), transparency=int(GRAY[0, 0])),
        "RGBA",
    ),
}


@pytest.mark.parametrize("kind", CONVERTED)
def test_images_of_one_meaning_are_converted(kind):
    """The library takes what Pillow's own conversion gives, never indices or planes."""
    image, mode = CONVERTED[kind]
    expected = np.asarray(image.convert(mode))
    before = image.mode, dict(image.info)
    assert np.array_equal(kmcodec.quantize(image).to_pixels(), expected)
    assert kmcodec.encode(image, n_colors=9) == kmcodec.encode(expected, n_colors=9)
    assert np.array_equal(kmcodec.segment(image, 2).labels, kmcodec.segment(expected, 2).labels)
    assert np.array_equal(
        kmcodec.find_palette(image, n_colors=5), kmcodec.find_palette(expected, n_colors=5)
    )
    assert (image.mode, image.info) == before


def test_lab_images_are_converted():
    """Lab has one meaning: the colours that it was made of come back, but for rounding."""
    colors = np.array([[[200, 60, 30], [90, 120, 90], [255, 255, 255]]], dtype=np.uint8)
    lab = ImageCms.createProfile("LAB")
    image = ImageCms.profileToProfile(
        Image.fromarray(colors), ImageCms.createProfile("sRGB"), lab, outputMode="LAB"
    )
    found = kmcodec.quantize(image).to_pixels().astype(int)
    assert np.abs(found - colors).max() <= 6


@pytest.mark.parametrize("mode", ["CMYK", "I", "F", "I;16"])
def test_images_without_one_meaning_are_refused(mode):
    """Inks and wide samples raise InputError that names the mode, in every function."""
    image = Image.fromarray(RGB).convert("CMYK") if mode == "CMYK" else Image.new(mode, (4, 4))
    for function in (kmcodec.encode, kmcodec.quantize, kmcodec.segment, kmcodec.quantize_blocks):
        with pytest.raises(kmcodec.InputError, match=f"Pillow image of mode {mode}: .* convert"):
            function(image)


def test_saving_takes_both_names_of_the_number_of_colours(tmp_path):
    """``colors`` and ``n_colors`` mean the same; two that differ are refused."""
    kmcodec.register_pillow()
    image = Image.fromarray(RGB)
    for options in ({"n_colors": 8}, {"colors": 8}, {"colors": 8, "n_colors": 8, "quality": 90}):
        image.save(tmp_path / "x.kmq", **options)
        assert kmcodec.read_info((tmp_path / "x.kmq").read_bytes()).n_colors == 8
    with pytest.raises(ValueError, match="colors is 8 and n_colors 9"):
        image.save(tmp_path / "x.kmq", colors=8, n_colors=9)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("n_color", "n_colors"),
        ("colours", "n_colors"),
        ("max_colors", "n_colors"),
        ("dithering", "dither"),
        ("effrot", "effort"),
        ("thread", "threads"),
    ],
)
def test_saving_refuses_misspelt_options(tmp_path, name, meant):
    """A name next to one of ours is never silently dropped, and no file is left."""
    kmcodec.register_pillow()
    with pytest.raises(ValueError, match=f"no option '{name}'; did you mean '{meant}'"):
        Image.fromarray(RGB).save(tmp_path / "x.kmq", **{name: 4})
    assert not (tmp_path / "x.kmq").exists()


def test_saving_leaves_options_of_other_formats():
    """Options that Pillow's other formats have are passed over, as Pillow's plugins do."""
    kmcodec.register_pillow()
    names = ["quality", "optimize", "progressive", "compress_level", "compression", "lossless"]
    names += ["method", "duration", "loop", "dpi", "transparency"]
    names += ["palette", "subsampling", "interlace", "disposal", "bits", "pnginfo", "exact"]
    Image.fromarray(RGB).save(io.BytesIO(), "KMQ", **dict.fromkeys(names, 1))


def test_saving_hands_on_what_the_quantizer_has(tmp_path):
    """Colours to keep and posterization reach the quantizer."""
    kmcodec.register_pillow()
    Image.fromarray(RGB).save(tmp_path / "x.kmq", n_colors=5, keep=[[1, 2, 3]], posterize=0)
    palette = kmcodec.decode_indexed((tmp_path / "x.kmq").read_bytes()).palette
    assert [1, 2, 3] in palette.tolist()
