"""Samples of 9 to 16 bits become 8-bit ones, by the file's own maximum."""

from __future__ import annotations

import base64
import io
import struct

import numpy as np
import pytest

from kmcodec.errors import InputError
from kmcodec.files import read_picture

# Made with OpenJPEG: [[0, 1, 511, 512], [1021, 1022, 1023, 600]], and the colours below.
TEN_BIT_GRAY = base64.b64decode(
    "AAAADGpQICANCocKAAAAFGZ0eXBqcDIgAAAAAGpwMiAAAAAtanAyaAAAABZpaGRyAAAAAgAAAAQAAQkHAAAAAAAP"
    "Y29scgEAAAAAABEAAACOanAyY/9P/1EAKQAAAAAABAAAAAIAAAAAAAAAAAAAAAQAAAACAAAAAAAAAAAAAQkBAf9S"
    "AAwAAAABAAAEBAAB/1wABEBQ/2QAJQABQ3JlYXRlZCBieSBPcGVuSlBFRyB2ZXJzaW9uIDIuNS40/5AACgAAAAAA"
    "HAAB/5PfsFgHoASTnoIIrmaBhP/Z"
)
TEN_BIT_RGB = base64.b64decode(
    "/0//UQAvAAAAAAACAAAAAgAAAAAAAAAAAAAAAgAAAAIAAAAAAAAAAAADCQEBCQEBCQEB/1IADAAAAAEBAAQEAAH/"
    "XAAEQFD/ZAAlAAFDcmVhdGVkIGJ5IE9wZW5KUEVHIHZlcnNpb24gMi41LjT/kAAKAAAAAAAjAAH/k9+wMBA7u6Cy"
    "a9+wGAVAFd+wGA0l5f/Z"
)
TEN_BIT_RGB_IRREVERSIBLE = base64.b64decode(
    "/0//UQAvAAAAAAACAAAAAgAAAAAAAAAAAAAAAgAAAAIAAAAAAAAAAAADCQEBCQEBCQEB/1IADQECAAEBAAQEAACI"
    "/1wABUJQAP9kACUAAUNyZWF0ZWQgYnkgT3BlbkpQRUcgdmVyc2lvbiAyLjUuNP+QAAoAAAAAACUAAf+T32AwEEP3"
    "B9bQz8gQBOu628/IEAXbO0P/2Q=="
)
COLORS = np.array([[[0, 511, 1023], [1022, 1, 2]], [[1023, 1023, 1023], [0, 0, 0]]])


def pgm(samples, largest, magic=b"P5"):
    """Return an open PGM or PPM of samples (1, W) or (1, W, 3), two bytes each."""
    samples = np.asarray(samples)
    header = b"%s\n%d %d\n%d\n" % (magic, samples.shape[1], samples.shape[0], largest)
    if magic in (b"P2", b"P3"):
        return io.BytesIO(header + " ".join(map(str, samples.reshape(-1))).encode())
    return io.BytesIO(header + samples.astype(">u2").tobytes())


def tiff(data, bits, width, height, *, photometric=1):
    """Return an open TIFF of gray samples."""
    tags = [(256, width), (257, height), (258, bits), (259, 1), (262, photometric), (273, 8)]
    tags += [(277, 1), (278, height), (279, len(data))]
    padded = data + bytes(len(data) % 2)
    out = b"II*\0" + struct.pack("<I", 8 + len(padded)) + padded + struct.pack("<H", len(tags))
    out += b"".join(struct.pack("<HHIHH", tag, 3, 1, value, 0) for tag, value in tags)
    return io.BytesIO(out + bytes(4))


@pytest.mark.parametrize("magic", [b"P2", b"P5"])
@pytest.mark.parametrize("bits", [9, 10, 12, 14, 16])
def test_gray_is_scaled_by_its_own_maximum(bits, magic):
    """White is 255 whatever the depth, and every sample is rounded once."""
    largest = (1 << bits) - 1
    samples = np.unique(np.linspace(0, largest, 1000).round().astype(int))[None]
    found = read_picture(pgm(samples, largest, magic))
    assert (found.pixels == (samples * 255 * 2 + largest) // (2 * largest)).all()
    assert found.notes == (f"samples have {bits} bits: they were rounded to 8",)


def test_a_maximum_that_is_no_power_of_two():
    """A PGM that goes to 1000 is white at 1000."""
    assert read_picture(pgm([[0, 500, 1000]], 1000)).pixels.tolist() == [[0, 128, 255]]


@pytest.mark.parametrize("magic", [b"P3", b"P6"])
@pytest.mark.parametrize("bits", [10, 12, 16])
def test_colors_are_scaled_by_their_own_maximum(bits, magic):
    """Pillow scales a PPM's colours, and it is said that they had more bits."""
    largest = (1 << bits) - 1
    colors = np.array([[[0, largest // 2, largest], [largest, 1, 2]]])
    found = read_picture(pgm(colors, largest, magic))
    assert np.abs(found.pixels - colors * 255 / largest).max() <= 0.5
    assert found.notes == (f"samples have {bits} bits: they were rounded to 8",)


def test_shallow_samples_have_no_note():
    """A PGM of fewer than 8 bits loses nothing."""
    found = read_picture(io.BytesIO(b"P5\n3 1\n15\n\x00\x08\x0f"))
    assert (found.pixels.tolist(), found.notes) == ([[0, 136, 255]], ())


def test_twelve_bit_tiff():
    """Two samples of a TIFF share three bytes."""
    samples = np.array([0, 1, 2048, 4095])
    bits = (samples[:, None] >> np.arange(11, -1, -1)) & 1
    found = read_picture(tiff(np.packbits(bits.astype(np.uint8)).tobytes(), 12, 4, 1))
    assert found.pixels.tolist() == [[0, 0, 128, 255]]
    assert found.notes == ("samples have 12 bits: they were rounded to 8",)


@pytest.mark.parametrize(("photometric", "pixels"), [(0, [[255, 127, 0]]), (1, [[0, 128, 255]])])
def test_sixteen_bit_tiff_in_which_zero_is_white(photometric, pixels):
    """What Pillow does not invert is inverted here."""
    data = np.array([0, 32768, 65535], dtype="<u2").tobytes()
    assert read_picture(tiff(data, 16, 3, 1, photometric=photometric)).pixels.tolist() == pixels


def test_ten_bit_gray_in_jpeg_2000():
    """Pillow shifts samples to 16 bits; their own maximum is white."""
    found = read_picture(io.BytesIO(TEN_BIT_GRAY))
    assert found.pixels.tolist() == [[0, 0, 127, 128], [255, 255, 255, 150]]
    assert found.notes == ("samples have 10 bits: they were rounded to 8",)


def test_ten_bit_colors_in_jpeg_2000():
    """White stays white, which Pillow lets overflow to black."""
    found = read_picture(io.BytesIO(TEN_BIT_RGB))
    assert np.abs(found.pixels - COLORS * 255 / 1023).max() <= 1
    assert found.notes == ("samples have 10 bits: they were rounded to 8",)


def test_colors_in_jpeg_2000_that_nothing_tells_apart_are_refused():
    """Where black may be white, no picture is better than a wrong one."""
    with pytest.raises(InputError, match="Pillow takes white for black"):
        read_picture(io.BytesIO(TEN_BIT_RGB_IRREVERSIBLE))


def test_deep_planes_are_refused():
    """A TIFF with a plane of 16-bit samples for each channel is refused: Pillow misreads it."""
    plane = np.arange(64, dtype="<u2").tobytes()
    entries = [(256, 3, 1, 8), (257, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 2), (277, 3, 1, 3)]
    entries += [
        (278, 3, 1, 8),
        (284, 3, 1, 2),
        (258, 3, 3, 200),
        (273, 4, 3, 206),
        (279, 4, 3, 218),
    ]
    entries.sort()
    directory = len(entries).to_bytes(2, "little")
    directory += b"".join(struct.pack("<HHII", *entry) for entry in entries) + bytes(4)
    data = b"II*\0" + (8).to_bytes(4, "little") + directory
    data = data.ljust(200, b"\0") + struct.pack("<3H", 16, 16, 16)
    data += struct.pack("<3I", *(230 + k * len(plane) for k in range(3)))
    data += struct.pack("<3I", *[len(plane)] * 3) + 3 * plane
    with pytest.raises(InputError, match="planes of more than 8 bits"):
        read_picture(io.BytesIO(data))
