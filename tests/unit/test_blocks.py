"""Codebooks of blocks: quantizing, files, regions, hostile sizes."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import kmcodec
from kmcodec import BlockImage, InputError, LimitError, container
from kmcodec.coding import mean_colors

CHANNELS = st.sampled_from([(), (2,), (3,), (4,)])
PICTURES = st.tuples(st.integers(1, 9), st.integers(1, 11), CHANNELS).flatmap(
    lambda parts: arrays(np.uint8, (*parts[:2], *parts[2]))
)
BLOCKS = st.tuples(st.integers(1, 5), st.integers(1, 5))


def visible(pixels):
    """Return pixels without the colours of fully transparent ones."""
    if pixels.ndim == 3 and pixels.shape[2] in (2, 4):
        return np.where(pixels[..., -1:] == 0, 0, pixels)
    return pixels


@settings(deadline=None)
@given(PICTURES, BLOCKS)
def test_enough_blocks_lose_nothing(pixels, block):
    """With a codebook large enough, every visible pixel comes back."""
    image = kmcodec.quantize_blocks(pixels, block=block, n_blocks=200)
    assert (image.to_pixels() == visible(pixels)).all()
    assert image.to_pixels().shape == pixels.shape


@settings(deadline=None)
@given(PICTURES, BLOCKS, st.integers(1, 4), st.sampled_from(["auto", "packed", "mixed"]))
def test_files_hold_what_was_quantized(pixels, block, n_blocks, coding):
    """A block file decodes to the quantized image's pixels, block and size."""
    image = kmcodec.quantize_blocks(pixels, block=block, n_blocks=n_blocks)
    data = kmcodec.encode_blocks(image, coding=coding)
    assert (kmcodec.decode(data) == image.to_pixels()).all()
    again = kmcodec.decode_blocks(data)
    assert (again.to_pixels() == image.to_pixels()).all()
    assert again.block == image.block
    info = kmcodec.read_info(data)
    assert (info.width, info.height, info.block) == (image.width, image.height, image.block)


@settings(deadline=None)
@given(PICTURES, BLOCKS, st.data())
def test_regions_are_parts_of_the_whole(pixels, block, data):
    """A decoded region equals the same part of the whole picture."""
    height, width = pixels.shape[:2]
    left, top = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    w, h = data.draw(st.integers(1, width - left)), data.draw(st.integers(1, height - top))
    file = kmcodec.encode(pixels, block=block, n_colors=3)
    part = kmcodec.decode(file, region=(left, top, w, h))
    assert (part == kmcodec.decode(file)[top : top + h, left : left + w]).all()


def test_authored_codebooks_keep_their_order():
    """An authored codebook comes back in its order, with its indices and its flag."""
    rng = np.random.default_rng(0)
    codebook = rng.integers(0, 256, (5, 3, 2, 1), dtype=np.uint8)
    image = BlockImage(codebook, rng.integers(0, 5, (4, 6)), 10, 12, authored=True)
    again = kmcodec.decode_blocks(kmcodec.encode_blocks(image))
    assert (again.codebook == codebook).all()
    assert (again.indices == image.indices).all()
    assert again.authored
    assert (again.to_vectors() == codebook[image.indices.reshape(-1)]).all()


def test_blocks_of_one_pixel_are_a_palette():
    """Blocks of 1 x 1 are written as a palette and read as either kind."""
    rng = np.random.default_rng(1)
    codebook = rng.integers(0, 256, (7, 1, 1, 3), dtype=np.uint8)
    image = BlockImage(codebook, rng.integers(0, 7, (4, 6)), 4, 6, authored=True)
    data = kmcodec.encode_blocks(image)
    assert (kmcodec.decode_indexed(data).palette == codebook[:, 0, 0]).all()
    assert (kmcodec.decode_blocks(data).codebook == codebook).all()


def test_a_codebook_of_smooth_blocks_is_coded_small():
    """Smooth blocks take less than a quarter of their bytes."""
    y, x = np.mgrid[0:8, 0:8]
    shades = np.arange(0, 160, 4)[:, None, None] + 4 * x + 5 * y
    codebook = np.repeat(shades[..., None], 3, axis=3).astype(np.uint8)
    image = BlockImage(codebook, np.arange(40).reshape(5, 8), 40, 64, authored=True)
    assert len(kmcodec.encode_blocks(image)) < codebook.size // 4
    assert (kmcodec.decode(kmcodec.encode_blocks(image)) == image.to_pixels()).all()


def test_mean_colours_round_halves_up():
    """The mean of two neighbouring levels is the upper one."""
    codebook = np.array([[[[0, 9], [1, 10]]]], dtype=np.uint8)
    assert mean_colors(codebook).tolist() == [[1, 10]]


def test_the_same_bytes_on_any_number_of_threads(photo):
    """One and two threads write the same block file."""
    one, two = (kmcodec.encode(photo, block=(2, 2), n_colors=40, threads=t) for t in (1, 2))
    assert one == two


def test_metadata_travels(photo):
    """Metadata of a block file comes back."""
    metadata = kmcodec.Metadata(exif=b"II*\0" + bytes(4))
    data = kmcodec.encode(photo, block=(4, 4), n_colors=4, metadata=metadata)
    assert kmcodec.read_metadata(data) == metadata


def test_palette_functions_say_where_to_go(photo):
    """decode_indexed of a block file raises InputError that names decode_blocks."""
    data = kmcodec.encode(photo, block=(4, 4), n_colors=4)
    with pytest.raises(InputError, match="decode_blocks returns them"):
        kmcodec.decode_indexed(data)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dither": 0.5}, "block and dither exclude each other"),
        ({"dither_method": "blue-noise"}, "block and dither_method exclude each other"),
        ({"block": 4}, r"block is 4, expected \(height, width\)"),
        ({"block": (0, 4)}, "block height is 0"),
        ({"block": (4, 70000)}, "block width is 70000"),
        ({"n_colors": 70000}, "n_clusters is 70000"),
    ],
)
def test_what_is_refused(photo, options, message):
    """Wrong blocks, and options that blocks exclude, raise InputError."""
    with pytest.raises(InputError, match=message):
        kmcodec.encode(photo, **({"block": (4, 4)} | options))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"codebook": np.zeros((2, 3, 3), np.uint8)}, r"codebook is uint8 of shape \(2, 3, 3\)"),
        ({"codebook": np.zeros((2, 3, 3, 5), np.uint8)}, r"codebook has shape \(2, 3, 3, 5\)"),
        ({"codebook": np.zeros((2, 3, 3, 1))}, "codebook is float64"),
        ({"indices": np.array([[0, 2]])}, "indices go from 0 to 2"),
        ({"indices": np.zeros((0, 2), int)}, "at least one pixel"),
        ({"height": 4}, "height is 4, it may be 1 to 3"),
        ({"height": 0}, "height is 0, it may be 1 to 3"),
        ({"width": 3}, "width is 3, it may be 4 to 6"),
    ],
)
def test_what_is_no_block_image(change, message):
    """A codebook, indices or a size that do not fit each other raise InputError."""
    good = {
        "codebook": np.zeros((2, 3, 3, 1), np.uint8),
        "indices": np.array([[0, 1]]),
        "height": 3,
        "width": 5,
    }
    BlockImage(**good)
    with pytest.raises(InputError, match=message):
        BlockImage(**good | change)


def test_a_huge_block_in_a_small_file_is_refused_before_anything_is_made():
    """A codebook of 17 GB claimed in 30 bytes raises LimitError."""
    from kmcodec import container  # noqa: PLC0415

    header = container.Header(9, 9, 4, 1, block=(65535, 65535))
    data = container.build(header, [(container.SECTION_PALETTE, b"\0")])
    assert len(data) <= 30
    with pytest.raises(LimitError, match="the codebook takes 17179344900 bytes"):
        kmcodec.decode(data)


def tall_file(*, authored=False, width=2000, tall=4096):
    """Return a small file of a picture with one row, whose one block has thousands."""
    codebook = np.full((1, tall, 1, 1), 7, dtype=np.uint8)
    header = container.Header(width, 1, 1, 1, block=(tall, 1), authored=authored)
    return container.build(header, [(container.SECTION_PALETTE, b"\0" + codebook.tobytes())])


def test_blocks_beyond_the_picture_take_no_memory():
    """They are cut while they are laid out."""
    data = tall_file()
    limits = kmcodec.Limits(max_pixels=2000, max_bytes=5000, max_seconds=1)
    tracemalloc.start()
    try:
        whole = kmcodec.decode(data, limits=limits)
        part = kmcodec.decode(data, limits=limits, region=(5, 0, 100, 1))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (whole == np.full((1, 2000), 7)).all()
    assert part.shape == (1, 100)
    assert peak < 200_000


def test_blocks_of_lists_are_held_against_limits():
    """They are laid out whole, as a sheet or as vectors."""
    data = tall_file(authored=True)
    for read in (kmcodec.decode, kmcodec.decode_blocks, kmcodec.read_info):
        with pytest.raises(kmcodec.LimitError, match="the list's blocks have 8192000 pixels"):
            read(data, limits=kmcodec.Limits(max_pixels=20_000))
    assert kmcodec.decode_blocks(data).to_sheet().shape == (45 * 4096, 45)


@pytest.mark.parametrize("block", [(1, 7), (7, 1), (5, 5), (50, 60), (3, 40)])
@pytest.mark.parametrize("channels", [1, 3])
def test_laying_out_is_that_of_the_formula(block, channels):
    """Pixel (y, x) is the codebook's entry at the block's index, cut at the picture's edges."""
    rng = np.random.default_rng(5)
    height, width = 33, 47
    grid = (-(-height // block[0]), -(-width // block[1]))
    codebook = rng.integers(0, 256, (9, *block, channels), dtype=np.uint8)
    indices = rng.integers(0, 9, grid)
    y, x = np.mgrid[:height, :width]
    expected = codebook[indices[y // block[0], x // block[1]], y % block[0], x % block[1]]
    found = kmcodec.BlockImage(codebook, indices, height, width).to_pixels()
    np.testing.assert_array_equal(found, expected[..., 0] if channels == 1 else expected)


def test_the_codebook_counts_towards_the_time_and_asks_whether_to_stop():
    """Decoding a codebook reports progress, can be stopped and counts in max_seconds."""
    rng = np.random.default_rng(6)
    shades = (
        np.add.outer(np.arange(240), np.arange(240)) // 9 + rng.integers(0, 3, (240, 240))
    ) % 256
    image = kmcodec.BlockImage(
        shades.astype(np.uint8).reshape(1, 240, 240, 1), np.zeros((1, 1), int), 240, 240
    )
    data = kmcodec.encode_blocks(image, effort=9)
    asked = []

    def stop(share):
        asked.append(share)
        return False

    with pytest.raises(kmcodec.CancelledError):
        kmcodec.decode(data, progress=stop)
    assert asked == [0.0]
    with pytest.raises(kmcodec.LimitError, match="seconds"):
        kmcodec.decode(data, limits=kmcodec.Limits(max_seconds=0))
