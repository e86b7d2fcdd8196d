"""Rows of small numbers in bytes."""

from __future__ import annotations

import numpy as np
import pytest

from kmcodec.rows import pack_rows, row_bytes


def test_packing_fills_bytes_from_the_top():
    """The first number of a row is in the highest bits of its first byte."""
    plane = np.array([[1, 0, 1, 1, 0, 0, 0, 1, 1]], dtype=np.uint8)
    assert pack_rows(plane, 1).tolist() == [[0b10110001, 0b10000000]]
    assert pack_rows(plane[:, :3] * 3, 2).tolist() == [[0b11001100]]
    assert pack_rows(plane[:, :3] * 9, 4).tolist() == [[0x90, 0x90]]
    assert pack_rows(plane, 8).tolist() == plane.tolist()
    assert pack_rows(plane[:, :2].astype(np.uint16) * 258, 16).tolist() == [[1, 2, 0, 0]]


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_packed_rows_are_as_long_as_told(depth):
    """Rows of every width end on a whole byte; wide types hold small numbers, too."""
    for width in range(1, 12):
        plane = np.ones((3, width), dtype=np.uint16)
        assert pack_rows(plane, depth).shape == (3, row_bytes(width, depth))
