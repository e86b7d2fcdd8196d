"""Damage beside a PNG's pixels, and pictures of every mode turned every way."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import chunk, raw_png

from kmcodec.files import read_picture

PIXELS = np.random.default_rng(3).integers(0, 256, (5, 7, 3))
TIFF = b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0"
ANCILLARY = [  # none of which says anything about the pixels
    (b"tEXt", b"Comment\0something"),
    (b"zTXt", b"Comment\0\0" + zlib.compress(b"something" * 20)),
    (b"iTXt", b"Comment\0\1\0en\0\0" + zlib.compress(b"something")),
    (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta/>"),
    (b"pHYs", struct.pack(">IIB", 5669, 5669, 1)),
    (b"tIME", bytes(7)),
    (b"bKGD", bytes(6)),
    (b"cHRM", bytes(32)),
    (b"sBIT", b"\x08\x08\x08"),
    (b"hIST", bytes(20)),
    (b"sPLT", b"name\0\x08" + bytes(12)),
    (b"eXIf", TIFF.replace(b"\x12\1", b"\x0f\1")),
    (b"vpAg", bytes(9)),
    (b"fcTL", bytes(26)),
]

places = st.lists(st.sampled_from(ANCILLARY), min_size=1, max_size=4)
damage = st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 255)), min_size=1, max_size=6)


def damaged(chunks, faults, *, first):
    """Return chunks with some bytes changed, from the byte `first` of one on, and right lengths."""
    out = b""
    for number, (kind, data) in enumerate(chunks):
        one = bytearray(chunk(kind, data))
        for at, value in faults[number :: len(chunks)]:
            one[first + at % (len(one) - first)] ^= value
        out += bytes(one)
    return out


@given(places, damage, st.booleans(), st.sampled_from([4, 8]))
def test_damaged_ancillary_chunks_cost_no_pixels(chunks, faults, after, first):
    """Changed bytes in kinds, contents and checksums leave the pixels as they are."""
    part = damaged(chunks, faults, first=first)
    file = raw_png(PIXELS, 8, 2, **({"after": part} if after else {"before": part}))
    assert (read_picture(file).pixels == PIXELS).all()


@given(places, damage, st.booleans())
def test_damaged_lengths_cost_no_pixels(chunks, faults, after):
    """Where a length is wrong, too, the pixels are found."""
    part = damaged(chunks, faults, first=0)
    file = raw_png(PIXELS, 8, 2, **({"after": part} if after else {"before": part}))
    assert (read_picture(file).pixels == PIXELS).all()


@given(places, st.binary(max_size=40), st.booleans())
def test_nonsense_in_whole_chunks_costs_no_pixels(chunks, nonsense, after):
    """A right checksum over nonsense is no better."""
    part = b"".join(chunk(kind, nonsense) for kind, _ in chunks if kind != b"eXIf")
    file = raw_png(PIXELS, 8, 2, **({"after": part} if after else {"before": part}))
    assert (read_picture(file).pixels == PIXELS).all()


@given(damage, st.integers(0, 200))
def test_damaged_frames_cost_no_pixels(faults, cut):
    """The default image is whole, whatever becomes of the frames and the end of the file."""
    control = struct.pack(">5IHHBB", 0, 7, 5, 0, 0, 1, 10, 0, 0)
    frames = [(b"fcTL", b"\0\0\0\1" + control[4:]), (b"fdAT", b"\0\0\0\2" + zlib.compress(b"a"))]
    before = chunk(b"acTL", struct.pack(">II", 2, 0)) + chunk(b"fcTL", control)
    data = raw_png(PIXELS, 8, 2, before=before, after=damaged(frames, faults, first=0)).getvalue()
    end = data.index(b"IDAT") + 8 + int.from_bytes(data[data.index(b"IDAT") - 4 :][:4])
    found = read_picture(io.BytesIO(data[: max(end, len(data) - cut)]))
    assert (found.pixels == PIXELS).all()
    assert found.frames >= 2


def exif(orientation, fault):
    """Return Exif with an orientation and perhaps a rational over 0 or text for a number."""
    entries = [struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)]
    if fault == "rational":
        entries.append(struct.pack("<HHII", 0x011A, 10, 1, 8 + 2 + 24 + 4))
    elif fault == "text":
        entries.append(struct.pack("<HHI4s", 0x0128, 2, 4, b"two\0"))
    out = b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
    return out + struct.pack("<ii", -1, 0)


def turned(pixels, orientation):
    """Return what a viewer shows: pixel by pixel, by the definition of Exif 2.3, 4.6.4."""
    height, width = pixels.shape[:2]
    swapped = orientation >= 5
    out = np.empty((width, height, *pixels.shape[2:]) if swapped else pixels.shape, pixels.dtype)
    for y in range(height):
        for x in range(width):
            # where the 0th row and the 0th column are: (top, left), (top, right), ...
            place = {
                1: (y, x),
                2: (y, width - 1 - x),
                3: (height - 1 - y, width - 1 - x),
                4: (height - 1 - y, x),
                5: (x, y),
                6: (x, height - 1 - y),
                7: (width - 1 - x, height - 1 - y),
                8: (width - 1 - x, y),
            }[orientation]
            out[place] = pixels[y, x]
    return out


MODES = [(0, depth) for depth in (1, 2, 4, 8, 16)] + [(3, depth) for depth in (1, 2, 4, 8)]
MODES += [(color_type, depth) for color_type in (2, 4, 6) for depth in (8, 16)]


@given(
    st.sampled_from(MODES),
    st.integers(1, 8),
    st.sampled_from(["", "rational", "text"]),
    st.integers(1, 4),
    st.integers(1, 4),
    st.integers(0, 2**32 - 1),
    st.booleans(),
)
def test_every_mode_turned_every_way(mode, orientation, fault, height, width, seed, clear):
    """Orientation, mode, depth and a transparent level give what a naive reader gives."""
    color_type, depth = mode
    rng = np.random.default_rng(seed)
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color_type]
    samples = rng.integers(0, 1 << depth, (height, width, channels))
    palette = rng.integers(0, 256, (1 << min(depth, 8), 4))
    before = chunk(b"eXIf", exif(orientation, fault))
    if color_type == 3:
        before += chunk(b"PLTE", palette[:, :3].astype(np.uint8).tobytes())
        if clear:
            before += chunk(b"tRNS", palette[:, 3].astype(np.uint8).tobytes())
        expected = palette[samples[..., 0]]
        if not clear:
            expected[..., 3] = 255
    else:
        # gray is rounded; of colours, and of gray with alpha, Pillow takes the upper 8 bits
        largest = (1 << depth) - 1
        gray = color_type == 0
        eight = (samples * 510 + largest) // (2 * largest) if gray or depth < 16 else samples >> 8
        opaque = np.full((height, width, 1), 255)
        if clear and color_type in (0, 2):
            key = samples[0, 0]
            before += chunk(b"tRNS", key.astype(">u2").tobytes())
            near = samples == key if gray or depth < 16 else samples >> 8 == key >> 8
            opaque[near.all(axis=2)] = 0
        colors = eight[..., :1].repeat(3, axis=2) if channels < 3 else eight[..., :3]
        alpha = eight[..., -1:] if color_type in (4, 6) else opaque
        expected = np.concatenate([colors, alpha], axis=2)
    found = read_picture(raw_png(samples, depth, color_type, before=before))
    pixels = found.pixels.reshape(*found.pixels.shape[:2], -1)
    if pixels.shape[2] < 3:
        color = pixels[..., :1].repeat(3, axis=2)
        rest = pixels[..., 1:] if pixels.shape[2] == 2 else np.full_like(pixels, 255)
        pixels = np.concatenate([color, rest], axis=2)
    if pixels.shape[2] == 3:
        pixels = np.concatenate([pixels, np.full_like(pixels[..., :1], 255)], axis=2)
    assert (pixels == turned(expected, orientation)).all()
    dropped = [note for note in found.notes if "Exif" in note]
    assert len(dropped) == (orientation > 1 and fault != "")
    assert (found.metadata.exif is None) == bool(dropped)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_orientations_that_are_none_turn_nothing(orientation):
    """What Exif does not define is not applied."""
    file = raw_png(PIXELS, 8, 2, before=chunk(b"eXIf", exif(orientation, "")))
    assert (read_picture(file).pixels == PIXELS).all()
