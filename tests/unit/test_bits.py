"""Numbers of fixed width in bits."""

from __future__ import annotations

import numpy as np
import pytest

from kmcodec.coding import bits
from kmcodec.errors import FormatError


@pytest.mark.parametrize("width", range(17))
@pytest.mark.parametrize("count", [1, 7, 8, 9, 100])
def test_numbers_come_back_whatever_the_chunks(monkeypatch, width, count):
    """Numbers of 0 to 16 bits come back, and chunks change no byte."""
    values = np.random.default_rng(width).integers(0, 1 << width, count)
    whole = bits.pack(values, width)
    assert len(whole) == bits.packed_size(count, width)
    monkeypatch.setattr(bits, "CHUNK", 8)
    assert bits.pack(values, width) == whole
    found = bits.unpack(memoryview(whole), count, width)
    assert (found.tolist(), found.dtype) == (values.tolist(), np.uint16)


def test_the_first_number_has_the_highest_bits():
    """Numbers follow each other from the highest bit down, and zeros fill the last byte."""
    assert bits.pack(np.array([5, 1, 7]), 3) == bytes([0b101_001_11, 0b1000_0000])


@pytest.mark.parametrize(
    ("n_colors", "width"), [(1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (65536, 16)]
)
def test_the_width_is_the_least_that_holds_any_index(n_colors, width):
    """The width is the rounded logarithm of the number of colours."""
    assert bits.bits_for(n_colors) == width


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff", "has 1 bytes, expected 2"),
        (b"\xff\x80\0", "has 3 bytes, expected 2"),
        (b"\xff\xc0", "are not zero"),
        (b"\xff\x81", "are not zero"),
    ],
)
def test_wrong_lengths_and_filling_are_refused(data, message):
    """Data of another length, or with other bits than zero at its end, raise FormatError."""
    with pytest.raises(FormatError, match=message):
        bits.unpack(memoryview(data), 3, 3)
