"""Connected regions: numbering, borders, and small ones that join their neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from kmcodec.segmenter.regions import absorb_small, borders, connected_regions

PLANES = arrays(
    np.int32,
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    elements=st.integers(0, 3),
)


def by_label(labels):
    """Give numbers to regions with SciPy's labelling, one label after the other."""
    plane = np.zeros(labels.shape, dtype=np.int64)
    for label in np.unique(labels):
        numbers, _ = ndimage.label(labels == label)
        plane += np.where(numbers > 0, numbers + plane.max(), 0)
    return plane


def same_partition(one, other):
    """Tell whether two planes differ in their numbers alone."""
    pairs = np.unique(np.stack([one.reshape(-1), other.reshape(-1)]), axis=1)
    return pairs.shape[1] == len(np.unique(one)) == len(np.unique(other))


@given(PLANES)
def test_regions_are_those_of_scipy_in_reading_order(labels):
    """Regions are SciPy's, numbered by their first pixel."""
    regions, firsts = connected_regions(labels)
    assert same_partition(regions, by_label(labels))
    flat = regions.reshape(-1)
    assert flat[firsts].tolist() == list(range(len(firsts)))
    assert [int(np.argmax(flat == n)) for n in range(len(firsts))] == firsts.tolist()
    assert (np.diff(firsts) > 0).all()


def test_corners_do_not_connect():
    """Pixels that meet at a corner are two regions."""
    regions, firsts = connected_regions(np.array([[1, 0], [0, 1]], dtype=np.int32))
    assert regions.tolist() == [[0, 1], [2, 3]]
    assert firsts.tolist() == [0, 1, 2, 3]


def test_borders_count_sides_in_both_orders():
    """Each pair of neighbours has the length of its border, in both orders."""
    #  0 0 1
    #  2 0 1
    regions = np.array([[0, 0, 1], [2, 0, 1]], dtype=np.int32)
    one, other, lengths = borders(regions, 3)
    assert list(zip(one.tolist(), other.tolist(), lengths.tolist(), strict=True)) == [
        (0, 1, 2),
        (0, 2, 2),
        (1, 0, 2),
        (2, 0, 2),
    ]


def test_small_region_joins_the_longest_border():
    """A small region joins the neighbour with the longest border."""
    labels = np.array([[1, 1, 1, 1], [2, 7, 2, 2], [2, 2, 2, 2]], dtype=np.int32)
    assert absorb_small(labels, 2)[1].tolist() == [2, 2, 2, 2]  # three sides of 2, one of 1


def test_ties_go_to_the_neighbour_that_begins_first():
    """Of equal borders, the neighbour that begins first is joined."""
    labels = np.array([[3, 3, 9, 1, 1]], dtype=np.int32)
    assert absorb_small(labels, 2).tolist() == [[3, 3, 3, 1, 1]]


def test_small_regions_grow_together():
    """Small regions join each other until they are large enough."""
    labels = np.array([[0, 1, 2, 3, 4, 5]], dtype=np.int32)
    assert len(np.unique(absorb_small(labels, 3))) <= 2
    assert len(np.unique(absorb_small(labels, 6))) == 1


@given(PLANES, st.integers(0, 20))
def test_nothing_small_is_left_and_large_regions_stay(labels, least):
    """No small region is left, large ones keep their labels, and no label is new."""
    before, _ = connected_regions(labels)
    areas = np.bincount(before.reshape(-1))
    after = absorb_small(labels, least)
    regions, _ = connected_regions(after)
    rest = np.bincount(regions.reshape(-1))
    assert len(rest) == 1 or rest.min() >= least
    large = (areas >= least)[before]
    assert (after[large] == labels[large]).all()
    assert set(np.unique(after)) <= set(np.unique(labels))


@pytest.mark.parametrize("least", [0, 1])
def test_nothing_to_absorb(least):
    """A least area of 0 or 1 changes nothing."""
    labels = np.array([[0, 1], [1, 0]], dtype=np.int32)
    assert absorb_small(labels, least).tolist() == labels.tolist()
