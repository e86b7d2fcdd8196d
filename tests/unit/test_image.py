"""IndexedImage checks what it is given, and stays as it is."""

from __future__ import annotations

import numpy as np
import pytest

from kmcodec import IndexedImage, InputError

PALETTE = np.array([[1, 2, 3], [4, 5, 6]], dtype=np.uint8)
INDICES = np.array([[0, 1], [1, 0]], dtype=np.uint8)


def test_pixels_are_palette_at_indices():
    """Pixels are palette[indices], and the image knows its measures."""
    image = IndexedImage(PALETTE, INDICES)
    assert (image.to_pixels() == PALETTE[INDICES]).all()
    assert (image.width, image.height, image.channels, image.n_colors) == (2, 2, 3, 2)


def test_gray_has_no_channel_axis():
    """Pixels of one channel have two axes."""
    image = IndexedImage(PALETTE[:, :1], INDICES)
    assert (image.to_pixels() == [[1, 4], [4, 1]]).all()


def test_later_changes_to_the_arrays_do_not_reach_the_image():
    """The image keeps copies that cannot be changed."""
    palette, indices = PALETTE.copy(), INDICES.copy()
    image = IndexedImage(palette, indices)
    palette[:], indices[:] = 0, 0
    assert (image.palette == PALETTE).all()
    assert (image.indices == INDICES).all()
    with pytest.raises(ValueError, match="read-only"):
        image.indices[0, 0] = 1


def test_wide_palettes_have_wide_indices():
    """Indices are uint8 up to 256 colours and uint16 beyond."""
    palette = np.zeros((257, 1), dtype=np.uint8)
    assert IndexedImage(palette, INDICES).indices.dtype == np.uint16
    assert IndexedImage(palette[:256], INDICES.astype(np.int64)).indices.dtype == np.uint8


@pytest.mark.parametrize(
    ("palette", "indices", "message"),
    [
        (PALETTE.astype(int), INDICES, "palette is int64"),
        (PALETTE[0], INDICES, r"shape \(3,\)"),
        (np.zeros((2, 5), dtype=np.uint8), INDICES, "5 channels"),
        (np.zeros((0, 3), dtype=np.uint8), INDICES, "0 entries"),
        (np.zeros((65537, 1), dtype=np.uint8), INDICES, "65537 entries"),
        (PALETTE, INDICES.astype(float), "indices are float64"),
        (PALETTE, INDICES[0], "expected \\(H, W\\)"),
        (PALETTE, INDICES[:0], "at least one pixel"),
        (PALETTE, INDICES + 1, "from 1 to 2"),
        (PALETTE, INDICES.astype(int) - 1, "from -1 to 0"),
    ],
)
def test_bad_arrays_are_refused(palette, indices, message):
    """Palettes and indices of a wrong type, shape or range raise InputError."""
    with pytest.raises(InputError, match=message):
        IndexedImage(palette, indices)
