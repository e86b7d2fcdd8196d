"""The package's own PNGs, read back by Pillow."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from pictures import opened
from PIL import Image

import kmcodec
from kmcodec.codec import Metadata
from kmcodec.errors import InputError
from kmcodec.files import pillow_png
from kmcodec.image import IndexedImage
from kmcodec.png import png_bytes
from kmcodec.png import writing as png
from kmcodec.png.writing import strips, zlib_stream


def chunks_of(data: bytes) -> list[tuple[bytes, bytes]]:
    """Return kinds and data of a PNG's chunks, with their checksums compared."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    position, found = 8, []
    while position < len(data):
        size = int.from_bytes(data[position : position + 4])
        kind, body = data[position + 4 : position + 8], data[position + 8 : position + 8 + size]
        assert int.from_bytes(data[position + 8 + size : position + 12 + size]) == zlib.crc32(
            kind + body
        )
        found.append((kind, body))
        position += 12 + size
    return found


def rgba(data: bytes) -> np.ndarray:
    """Return the pixels of a PNG as RGBA."""
    return np.asarray(opened(io.BytesIO(data)).convert("RGBA"))


def stripes(palette, width=30):
    """Return an image that uses every entry of a palette."""
    plane = np.arange(len(palette) * width).reshape(width, -1) % len(palette)
    return IndexedImage(np.asarray(palette, dtype=np.uint8), plane)


COLORS = np.random.default_rng(3).integers(0, 256, (256, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("n_colors", "depth"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 4), (16, 4), (17, 8), (256, 8)]
)
def test_the_depth_is_the_least(n_colors, depth):
    """The bit depth is the least that holds all colours."""
    image = stripes(COLORS[:n_colors])
    data = png_bytes(image, effort=1)
    header = chunks_of(data)[0][1]
    assert header == (n_colors).to_bytes(4) + (30).to_bytes(4) + bytes([depth, 3, 0, 0, 0])
    assert (rgba(data)[..., :3] == image.to_pixels()).all()


@pytest.mark.parametrize("effort", [1, 5, 9])
def test_the_list_of_alphas_is_minimal(effort):
    """What is not opaque comes first, and a picture without transparency has no list."""
    alphas = np.full(40, 255)
    alphas[[5, 17, 39]] = [0, 128, 254]
    image = stripes(np.column_stack([COLORS[:40], alphas]))
    data = png_bytes(image, effort=effort)
    body = dict(chunks_of(data))[b"tRNS"]
    assert sorted(body) == [0, 128, 254]
    assert (rgba(data) == image.to_pixels()).all()
    opaque = stripes(np.column_stack([COLORS[:40], np.full(40, 255)]))
    assert b"tRNS" not in dict(chunks_of(png_bytes(opaque, effort=effort)))


@pytest.mark.parametrize(("step", "depth"), [(255, 1), (85, 2), (17, 4), (1, 8)])
def test_gray_levels_need_no_palette(step, depth):
    """Evenly spread grays are stored as gray of their depth, without a palette."""
    levels = np.arange(0, 256, step)[:, None]
    for palette in (levels, np.repeat(levels, 3, axis=1)):
        image = stripes(palette)
        data = png_bytes(image)
        assert [kind for kind, _ in chunks_of(data)] == [b"IHDR", b"IDAT", b"IEND"]
        assert chunks_of(data)[0][1][8:10] == bytes([depth, 0])
        expected = np.broadcast_to(
            image.to_pixels().reshape(*image.indices.shape, -1), (30, len(levels), 3)
        )
        assert (rgba(data)[..., :3] == expected).all()


def test_gray_with_a_profile_of_rgb_keeps_its_palette():
    """Grays under an RGB profile are stored with a palette."""
    data = png_bytes(stripes(np.arange(0, 256, 17)[:, None]), metadata=Metadata(icc=b"profile"))
    assert [k for k, _ in chunks_of(data)] == [b"IHDR", b"iCCP", b"PLTE", b"IDAT", b"IEND"]


def test_unused_and_repeated_entries_go_unless_the_order_is_kept():
    """Entries not needed are dropped, or all are kept in order on request."""
    palette = np.array([[1, 2, 3], [9, 9, 0], [1, 2, 3], [7, 7, 8], [4, 5, 6]], dtype=np.uint8)
    image = IndexedImage(palette, np.array([[0, 2, 4], [4, 2, 0]]), authored=True)
    data = png_bytes(image)
    assert len(dict(chunks_of(data))[b"PLTE"]) == 6
    assert (rgba(data)[..., :3] == image.to_pixels()).all()
    kept = png_bytes(image, keep_order=True)
    assert dict(chunks_of(kept))[b"PLTE"] == palette.tobytes()
    assert (np.asarray(opened(io.BytesIO(kept))) == image.indices).all()


def test_metadata_stands_where_the_standard_wants_it():
    """Chunks of metadata stand in the standard's order and are read by Pillow."""
    metadata = Metadata(
        icc=b"profile" * 50, exif=b"II*\0\x08\0\0\0\0\0\0\0\0\0", xmp="<é/>".encode()
    )
    data = png_bytes(stripes(COLORS[:9]), metadata=metadata)
    kinds = [kind for kind, _ in chunks_of(data)]
    assert kinds == [b"IHDR", b"iCCP", b"PLTE", b"eXIf", b"iTXt", b"IDAT", b"IEND"]
    found = opened(io.BytesIO(data)).info
    assert found["icc_profile"] == metadata.icc
    assert found["exif"].removeprefix(b"Exif\0\0") == metadata.exif
    assert found["xmp"] == metadata.xmp


@pytest.mark.parametrize("effort", [1, 3, 5, 7, 9])
def test_photographs_are_smaller_than_pillows(effort, photo):
    """At any effort the file is valid and smaller than Pillow's."""
    image = kmcodec.quantize(photo, n_colors=64)
    data = png_bytes(image, effort=effort)
    with Image.open(io.BytesIO(data)) as checked:
        checked.verify()
    assert (rgba(data)[..., :3] == image.to_pixels()).all()
    assert len(data) < len(pillow_png(image))


def test_large_pictures_are_tried_on_strips(monkeypatch, photo):
    """Whole rows, about as many pixels as asked for, and the file is right all the same."""
    assert strips(np.zeros((480, 800), np.uint8), 1 << 16).shape == (8 * (8192 // 800), 800)
    assert strips(np.zeros((1, 800), np.uint8), 100).shape == (1, 800)
    image = kmcodec.quantize(photo, n_colors=20)
    monkeypatch.setattr(png, "TRIAL_SIZE", 2000)
    for effort in (5, 7):
        assert (rgba(png_bytes(image, effort=effort))[..., :3] == image.to_pixels()).all()


def test_bytes_are_the_same_as_ever():
    """A change of these is a change of every file: say so in the changelog."""
    plane = (np.arange(48)[:, None] // 5 + np.arange(64) // 7) % 11
    data = png_bytes(IndexedImage(COLORS[:11], plane))
    assert (len(data), zlib.crc32(data)) == (182, 3457757074)


def test_streams_are_zlibs():
    """Zlib decompresses our streams."""
    for data in (b"", b"a", bytes(1000)):
        assert zlib.decompress(zlib_stream(data, 5)) == data


def test_more_than_256_colors_are_refused():
    """A palette of 257 colours raises InputError."""
    wide = IndexedImage(np.zeros((257, 3), dtype=np.uint8), np.zeros((1, 1), int))
    with pytest.raises(InputError, match="holds 256 colours, the picture has 257"):
        png_bytes(wide)
