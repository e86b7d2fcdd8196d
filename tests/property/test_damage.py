"""Damaged files raise a KmqError, every one of them."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from work import STEPS

import kmcodec
from kmcodec import IndexedImage, KmqError, Metadata


def small_files():
    """Return ten files that between them have every coder, palette method and section."""
    rng = np.random.default_rng(9)
    noise = rng.integers(0, 256, (9, 11, 3)).astype(np.uint8)
    ramp = np.arange(12 * 20, dtype=np.uint8).reshape(12, 20)
    mask = (ramp > 100).astype(np.uint8)
    palette = rng.integers(0, 256, (300, 4)).astype(np.uint8)
    wide = IndexedImage(palette, rng.integers(0, 300, (8, 9)), authored=True)
    metadata = Metadata(icc=b"icc profile", exif=b"II*\0", xmp=b"<x/>")
    return {
        "one_pixel": kmcodec.encode(noise[:1, :1]),
        "packed_rgb": kmcodec.encode(noise, n_colors=9, coding="packed"),
        "deflate_rgb": kmcodec.encode(noise, n_colors=16, coding="deflate"),
        "deflate_mask": kmcodec.encode(mask, coding="deflate"),
        "deflate_ramp": kmcodec.encode(ramp, coding="deflate"),
        "gray_alpha": kmcodec.encode(noise[..., :2]),
        "rgba": kmcodec.encode(np.dstack([noise, noise[..., :1]]), n_colors=20),
        "wide_palette": kmcodec.encode_indexed(wide, coding="deflate"),
        "wide_packed": kmcodec.encode_indexed(wide, coding="packed"),
        "everything": kmcodec.encode(noise, n_colors=5, metadata=metadata, keep_facts=True),
    }


FILES = small_files()


@pytest.mark.parametrize("name", FILES)
def test_every_truncation_raises(name):
    """Every prefix of a file raises a KmqError."""
    for size in range(len(FILES[name])):
        with pytest.raises(KmqError):
            kmcodec.decode(FILES[name][:size])


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("name", FILES)
def test_every_flipped_bit_raises(name, step):
    """Every file with one bit flipped raises a KmqError, decoded or only looked at."""
    data = bytearray(FILES[name])
    for position in range(len(name) % step, 8 * len(data), step):
        data[position // 8] ^= 1 << position % 8
        with pytest.raises(KmqError):
            kmcodec.decode(bytes(data))
        with pytest.raises(KmqError):
            kmcodec.read_info(bytes(data))
        data[position // 8] ^= 1 << position % 8


def test_one_pixel_takes_at_most_24_bytes():
    """The smallest picture is a file of at most 24 bytes."""
    assert len(FILES["one_pixel"]) <= 24


@given(data=st.binary(max_size=300))
def test_any_bytes_raise(data):
    """Arbitrary bytes, with our signature or without, have no right checksum: KmqError."""
    for candidate in (data, b"\x8fKMQ\x01" + data):
        with pytest.raises(KmqError):
            kmcodec.decode(candidate)


def damaged(data, sections, rng):
    """Return a file with up to six bytes of one section changed, and all checksums right."""
    data = bytearray(data)
    spans = [(o, o + 2 + (size >= 128) + (size >= 16384) + size) for _, o, size in sections]
    start, stop = spans[rng.integers(len(spans))]
    for _ in range(rng.integers(1, 7)):
        data[rng.integers(start + 2, stop)] = rng.integers(256)
    checked = 0
    for _, end in spans:
        data[end : end + 4] = zlib.crc32(data[checked:end]).to_bytes(4, "little")
        checked = end + 4
    return bytes(data)


def test_damage_under_repaired_checksums_gives_pixels_or_a_kmq_error():
    """With every checksum made right again, the coders meet the damage: some of it decodes."""
    rng = np.random.default_rng(6)
    decoded = refused = 0
    for data in FILES.values():
        info = kmcodec.read_info(data)
        for _ in range(60):
            try:
                pixels = kmcodec.decode(damaged(data, info.sections, rng))
            except KmqError:
                refused += 1
                continue
            assert pixels.shape[:2] == (info.height, info.width)
            decoded += 1
    assert min(decoded, refused) >= 150
