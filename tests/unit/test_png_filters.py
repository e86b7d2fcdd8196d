"""Filters of PNG rows, undone by the standard's own words."""

from __future__ import annotations

import numpy as np
import pytest

from kmcodec.png import filters as png_filters
from kmcodec.png.rows import gray_depth


def unfilter(data: bytes, height: int, width: int) -> list[list[int]]:
    """Return rows as PNG 9.2 and 9.4 restore them, byte by byte."""
    above = [0] * width
    rows = []
    for y in range(height):
        kind, *line = data[y * (width + 1) : (y + 1) * (width + 1)]
        row: list[int] = []
        for x, value in enumerate(line):
            a, b, c = (row[x - 1], above[x], above[x - 1]) if x else (0, above[0], 0)
            p = a + b - c
            paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            row.append((value + (0, a, b, (a + b) // 2, paeth)[kind]) % 256)
        rows.append(row)
        above = row
    return rows


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (40, 33)])
def test_each_filter_can_be_undone(shape):
    """Undoing each of the five filters gives the rows."""
    rows = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    for kind in range(5):
        kinds = np.full(len(rows), kind, dtype=np.uint8)
        data = png_filters.filtered(rows, np.arange(len(rows)), kinds).tobytes()
        assert unfilter(data, *shape) == rows.tolist()


def test_adapted_rows_can_be_undone(photo):
    """Rows can be restored, whether they are adapted or not."""
    rows = np.ascontiguousarray(photo[..., 0])
    assert unfilter(png_filters.adapted(rows), *rows.shape) == rows.tolist()
    assert unfilter(png_filters.unfiltered(rows), *rows.shape) == rows.tolist()


def test_rows_choose_what_suits_them():
    """A ramp along the rows is best told by differences from the left."""
    ramp = np.tile(np.arange(200, dtype=np.uint8), (30, 1)) + np.arange(30, dtype=np.uint8)[:, None]
    kinds = np.frombuffer(png_filters.adapted(ramp), dtype=np.uint8).reshape(30, -1)[:, 0]
    assert set(kinds.tolist()) <= {png_filters.SUB, png_filters.UP, png_filters.PAETH}


def test_colors_and_transparency_have_no_gray_depth():
    """Only opaque grays on an even grid have a gray depth."""
    assert gray_depth(np.array([[0, 0, 1]], dtype=np.uint8)) is None
    assert gray_depth(np.array([[0, 254]], dtype=np.uint8)) is None
    assert gray_depth(np.array([[0, 255]], dtype=np.uint8)) == 1
