"""encode, decode and what lies between."""

from __future__ import annotations

import numpy as np
import pytest

import kmcodec
from kmcodec import IndexedImage, Limits, Metadata
from kmcodec.container import Header, build


@pytest.mark.parametrize("n_colors", [1, 2, 7, 256, 300])
@pytest.mark.parametrize("dither", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("space", ["oklab", "srgb"])
def test_decoding_gives_palette_at_indices(photo, n_colors, dither, space):
    """Decoded pixels are palette[indices], and palettes have no entry twice."""
    options = {"n_colors": n_colors, "dither": dither, "space": space}
    image = kmcodec.quantize(photo, **options)
    data = kmcodec.encode(photo, **options)
    assert (kmcodec.decode(data) == image.palette[image.indices]).all()
    assert image.n_colors <= n_colors
    assert len(np.unique(image.palette, axis=0)) == image.n_colors


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_few_colors_lose_nothing(channels):
    """At most K distinct colours come back exactly, hidden ones under alpha 0 included."""
    rng = np.random.default_rng(channels)
    palette = rng.integers(0, 256, (40, channels)).astype(np.uint8)
    if channels in (2, 4):
        palette[:5, -1] = 0
    pixels = palette[rng.integers(0, 40, (20, 30))]
    pixels = pixels[..., 0] if channels == 1 else pixels
    for n_colors in (40, 256):
        assert (kmcodec.decode(kmcodec.encode(pixels, n_colors=n_colors)) == pixels).all()
    assert kmcodec.quantize(pixels, n_colors=40).facts.mse == 0


def test_mse_is_that_of_the_pixels(photo):
    """The reported error is the mean squared difference summed over channels, exactly."""
    for dither in (0.0, 1.0):
        image = kmcodec.quantize(photo, n_colors=20, dither=dither)
        expected = ((image.to_pixels().astype(float) - photo) ** 2).sum(-1).mean()
        assert image.facts.mse == pytest.approx(expected, rel=1e-12)


def test_transparent_pixels_are_one_color(sprite):
    """Colours hidden under alpha 0 take one palette entry once colours are short."""
    image = kmcodec.quantize(sprite, n_colors=64)
    assert (image.palette[:, 3] == 0).sum() == 1
    assert (image.to_pixels()[..., 3][sprite[..., 3] == 0] == 0).all()


def test_dithering_keeps_the_mean_shade():
    """Between black and white, a dithered gray has the gray's mean."""
    gray = np.full((64, 64), 100, dtype=np.uint8)
    gray[:2, :2] = np.array([[0, 255], [255, 1]])
    image = kmcodec.quantize(gray, n_colors=2, dither=1.0, space="srgb")
    low, high = image.palette[:, 0].astype(int)
    assert low <= 100 <= high
    assert abs(image.to_pixels().mean() - gray.mean()) < 2


def test_metadata_and_facts_travel_on_request(photo):
    """Metadata and facts come back where they were asked for, in sections of a fixed order."""
    metadata = Metadata(icc=b"profile", exif=b"II*\0", xmp=b"<x/>")
    data = kmcodec.encode(photo, n_colors=9, metadata=metadata, keep_facts=True, effort=3)
    assert kmcodec.read_metadata(data) == metadata
    info = kmcodec.read_info(data)
    assert [name for name, _, _ in info.sections] == [
        "palette",
        "icc",
        "exif",
        "xmp",
        "facts",
        "indices",
    ]
    assert (info.facts.space, info.facts.effort, info.facts.seed) == ("oklab", 3, 0)
    assert info.facts == kmcodec.decode_indexed(data).facts
    assert kmcodec.read_info(kmcodec.encode(photo, n_colors=9)).facts is None
    assert kmcodec.read_metadata(kmcodec.encode(photo, n_colors=9)) == Metadata()


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"effort":1,"mse":NaN,"n_iter":1,"seed":0,"space":"oklab"}',
        b'{"effort":"1","mse":1,"n_iter":1,"seed":0,"space":"oklab"}',
        b'{"effort":1,"mse":-1,"n_iter":1,"seed":0,"space":"oklab"}',
        b'{"effort":true,"mse":1,"n_iter":1,"seed":0,"space":"oklab"}',
        b'{"effort":10,"mse":1,"n_iter":1,"seed":0,"space":"oklab"}',
        b'{"effort":1,"mse":1' + b"0" * 400 + b',"n_iter":1,"seed":0,"space":"oklab"}',
        b'{"effort":1,"mse":1,"n_iter":1,"seed":-1,"space":"oklab"}',
        b'{"effort":1,"mse":1,"n_iter":1,"seed":0,"space":3}',
        b"\xff\xfe",
    ],
)
def test_odd_facts_are_ignored(payload):
    """The section is ancillary: whatever it holds, the picture decodes."""
    data = build(Header(1, 1, 1, 1), [(0x01, b"\0\7"), (0x84, payload)])
    assert kmcodec.decode(data) == [[7]]
    assert kmcodec.read_info(data).facts is None


def test_info_tells_what_the_file_holds(photo):
    """read_info tells version, size, channels, colours and coder."""
    info = kmcodec.read_info(kmcodec.encode(photo, n_colors=30, coding="packed"))
    assert (info.version, info.width, info.height) == ("0.1", 80, 60)
    assert (info.channels, info.n_colors, info.coding) == (3, 30, "packed")
    assert (info.authored, info.block) == (False, (1, 1))
    assert kmcodec.read_info(kmcodec.encode(photo, n_colors=1)).coding == "none"


def test_authored_palettes_keep_order_and_repetitions():
    """An authored palette comes back in its order, equal entries included."""
    palette = np.array([[9, 9, 9], [0, 0, 0], [9, 9, 9], [5, 5, 5]], dtype=np.uint8)
    image = IndexedImage(palette, np.array([[0, 2, 1]]), authored=True)
    back = kmcodec.decode_indexed(kmcodec.encode_indexed(image))
    assert back.authored
    assert (back.palette == palette).all()
    assert (back.indices == image.indices).all()


def test_limits_are_the_callers(photo):
    """A picture beyond the caller's max_pixels raises LimitError."""
    data = kmcodec.encode(photo, n_colors=4)
    with pytest.raises(kmcodec.LimitError):
        kmcodec.decode(data, limits=Limits(max_pixels=100))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pixels": np.zeros((4, 4))}, "pixels are float64"),
        ({"pixels": np.zeros((4, 4, 5), dtype=np.uint8)}, r"shape \(4, 4, 5\)"),
        ({"pixels": np.zeros((4, 4, 1), dtype=np.uint8)}, r"shape \(4, 4, 1\)"),
        ({"pixels": np.zeros((0, 4), dtype=np.uint8)}, "at least one pixel"),
        ({"pixels": np.zeros(4, dtype=np.uint8)}, r"shape \(4,\)"),
        ({"n_colors": 0}, "n_colors is 0"),
        ({"n_colors": 65537}, "n_colors is 65537"),
        ({"dither": 1.5}, "dither is 1.5"),
        ({"space": "rgb"}, "space is 'rgb'"),
        ({"coding": "zip"}, "coding is 'zip'"),
        ({"effort": 0}, "effort is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"threads": 0}, "threads is 0"),
    ],
)
def test_bad_options_are_refused(change, message):
    """Wrong pixels and options raise InputError that names them."""
    with pytest.raises(kmcodec.InputError, match=message):
        kmcodec.encode(**({"pixels": np.zeros((2, 2), dtype=np.uint8)} | change))


def test_only_bytes_are_decoded():
    """A string given to decode raises InputError."""
    with pytest.raises(kmcodec.InputError, match="data is str"):
        kmcodec.decode("text")


def test_an_unknown_name_is_an_attribute_error():
    """The package has all of its public names, and an unknown one raises AttributeError."""
    with pytest.raises(AttributeError, match="no attribute 'decoed'"):
        _ = kmcodec.decoed
    assert set(kmcodec.__all__) <= set(dir(kmcodec))
