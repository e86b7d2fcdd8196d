"""Orders of palettes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from kmcodec.arithmetic import scaled_log2
from kmcodec.png import palette_order as orders


def path_plane(order, repeats=20):
    """Return a plane in which neighbours in `order` are neighbours, and no others."""
    row = np.array([*order, *reversed(order)] * repeats, dtype=np.uint8)
    return row[None, :]


def test_logarithms_are_exact():
    """log2_of is the floor of 64 times the logarithm."""
    for value in (1, 2, 3, 255, 256, 12_345_678):
        assert 2 ** scaled_log2(value, 64) <= value**64 < 2 ** (scaled_log2(value, 64) + 1)


def test_neighbours_are_counted_both_ways():
    """Pairs of neighbours, across and down, count in both orders."""
    plane = np.array([[0, 1, 1], [2, 1, 0]], dtype=np.uint8)
    found = orders.count_neighbours(plane, 3)
    assert found.tolist() == [[0, 3, 1], [3, 0, 1], [1, 1, 0]]


def test_large_planes_are_sampled(monkeypatch):
    """No more pairs are counted than the sampled rows have."""
    monkeypatch.setattr(orders.sampled_rows, "__defaults__", (100,))
    plane = np.random.default_rng(0).integers(0, 4, (50, 20), dtype=np.uint8)
    assert orders.count_neighbours(plane, 4).sum() <= 2 * (5 * 19 + 5 * 20)


def test_luma_and_frequency():
    """Colours are ordered by luma and by how often they occur, ties by number."""
    palette = np.array([[255, 255, 255], [0, 0, 255], [0, 255, 0], [255, 0, 0]], dtype=np.uint8)
    assert orders.by_luma(palette).tolist() == [1, 3, 2, 0]
    assert orders.by_luma(palette[:, :1]).tolist() == [1, 2, 0, 3]
    plane = np.array([[2, 2, 0, 1, 1]], dtype=np.uint8)
    assert orders.by_frequency(plane, 4).tolist() == [1, 2, 0, 3]


@pytest.mark.parametrize("order", [[0], [1, 0], [3, 0, 4, 1, 2], [5, 2, 0, 4, 1, 3, 6]])
def test_a_path_is_found_again(order):
    """Neighbours along a path are put in its order, and a shuffled order reaches its cost."""
    counts = orders.count_neighbours(path_plane(order), len(order))
    found = orders.by_neighbours(counts).tolist()
    assert found in (order, order[::-1])
    shuffled = np.roll(np.arange(len(order)), 1)
    cost = cost_of(counts, orders.arranged(counts, shuffled, 50))
    assert cost == cost_of(counts, order)


def cost_of(counts, order):
    """Return the cost of an order, pair by pair."""
    place = np.argsort(order)
    pairs = itertools.combinations(range(len(order)), 2)
    return sum(int(counts[a, b]) * scaled_log2(1 + abs(place[a] - place[b]), 64) for a, b in pairs)


def test_no_single_move_betters_an_arrangement():
    """The sums over moved entries and opened gaps agree with the cost counted plainly."""
    counts = np.random.default_rng(5).integers(0, 50, (9, 9))
    counts = counts + counts.T
    np.fill_diagonal(counts, 0)
    begun = np.arange(9)
    found = orders.arranged(counts, begun, 100)
    assert cost_of(counts, found) < cost_of(counts, begun)
    for place, goal in itertools.product(range(9), range(9)):
        moved = np.insert(np.delete(found, place), goal, found[place])
        assert cost_of(counts, found) <= cost_of(counts, moved)


def test_soft_colors_come_first():
    """Entries with soft alpha come first, the rest in the order given."""
    palette = np.array([[1, 255], [2, 9], [3, 255], [4, 0]], dtype=np.uint8)
    order = np.array([2, 3, 0, 1])
    assert orders.soft_first(order, palette).tolist() == [3, 1, 2, 0]
    assert orders.soft_first(order, palette[:, :1]).tolist() == order.tolist()
