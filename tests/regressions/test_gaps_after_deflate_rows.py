"""Rows whose last byte was not full came out of the deflate coder with gaps between them.

The kernel that turns indices into pixels then refused the array with a bare ValueError. Found by
the property test of the round trip on a picture of 1 x 2 pixels.
"""

from __future__ import annotations

import numpy as np
import pytest

import kmcodec


@pytest.mark.parametrize("width", [1, 3, 7, 9, 13])
@pytest.mark.parametrize("n_colors", [2, 3, 5])
def test_rows_that_fill_no_byte_decode(width, n_colors):
    """Rows of indices that end within a byte come back from the deflate coder."""
    pixels = (np.arange(4 * width).reshape(4, width) % n_colors * 40).astype(np.uint8)
    for effort in (1, 5):
        data = kmcodec.encode(pixels, n_colors=n_colors, coding="deflate", effort=effort)
        assert (kmcodec.decode(data) == pixels).all()
