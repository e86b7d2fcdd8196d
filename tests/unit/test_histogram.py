"""Unique colours, counts, merging, numbering."""

from __future__ import annotations

import numpy as np
import pytest

from kmcodec import histogram
from kmcodec.errors import InputError
from kmcodec.histogram import Histogram, count_colors, count_pixels, flat_pixels


def test_counts_are_those_of_numpy(photo):
    """Colours and counts are those of NumPy's unique."""
    unique, counts = np.unique(photo.reshape(-1, 3), axis=0, return_counts=True)
    found = Histogram.from_pixels(photo)
    assert (found.colors == unique).all()
    assert (found.counts == counts).all()
    assert found.n_colors == len(unique)


def test_merging_parts_is_counting_the_whole(photo):
    """A picture's histogram is the merged one of its halves, in either order."""
    top, bottom = Histogram.from_pixels(photo[:25]), Histogram.from_pixels(photo[25:])
    whole = Histogram.from_pixels(photo)
    for merged in (top.merge(bottom), bottom.merge(top)):
        assert (merged.keys == whole.keys).all()
        assert (merged.counts == whole.counts).all()


def test_merging_needs_equal_channels(photo):
    """Histograms of different channels raise InputError when merged."""
    with pytest.raises(InputError, match="1 and 3 channels"):
        Histogram.from_pixels(photo[..., 0]).merge(Histogram.from_pixels(photo))


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_gather_and_positions_name_each_pixels_color(photo, threads, monkeypatch):
    """Labels and positions are right for any number of threads, across range borders."""
    monkeypatch.setattr(histogram, "SMALLEST_RANGE", 700)
    monkeypatch.setattr(histogram, "SMALLEST_GATHER", 100)
    flat = flat_pixels(photo)
    found, numbers = count_colors(flat, threads=threads)
    assert len(numbers.parts) == min(threads, len(flat) // 700)
    assert (found.colors[numbers.positions(0, len(flat))] == flat).all()
    assert (found.colors[numbers.positions(650, 3100)] == flat[650:3100]).all()
    labels = (np.arange(found.n_colors) % 300).astype(np.int32)
    gathered = numbers.gather(labels, 300, threads=threads)
    assert gathered.dtype == np.uint16
    assert (gathered == labels[numbers.positions(0, len(flat))]).all()


def test_many_colors_grow_the_table(monkeypatch):
    """Far more colours than the first table holds are still counted one by one."""
    monkeypatch.setattr(histogram, "LARGEST_FIRST_TABLE", 6)
    pixels = np.random.default_rng(4).integers(0, 256, (50, 60, 4)).astype(np.uint8)
    unique, counts = np.unique(pixels.reshape(-1, 4), axis=0, return_counts=True)
    found = Histogram.from_pixels(pixels)
    assert (found.colors == unique).all()
    assert (found.counts == counts).all()


@pytest.mark.parametrize("threads", [1, 3])
def test_importance_sums_over_the_pixels_of_each_colour(photo, threads, monkeypatch):
    """Across range borders; a colour of no importance counts 1."""
    monkeypatch.setattr(histogram, "SMALLEST_RANGE", 700)
    gray = photo[..., 0]
    importance = np.where(gray == gray[0, 0], 0, photo[..., 1]).astype(np.uint8)
    found, numbers = count_pixels(gray, threads=threads)
    expected = [max(1, int(importance[gray == value].sum())) for value in found.colors[:, 0]]
    assert numbers.sum_importance(importance, found.n_colors).tolist() == expected
    assert 1 in expected
    assert numbers.gather(np.arange(found.n_colors), found.n_colors).shape == gray.shape
