"""The kernel of palette orders against sums over all pairs, on both backends."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from kmcodec import _kernels
from kmcodec.png import palette_order as orders


@pytest.fixture(params=["compiled", "interpreted"])
def kernel(request):
    """Return the kernel of each backend; the compiled one is skipped only where there is none."""
    if request.param == "compiled" and not _kernels.has_compiled():
        pytest.skip("this installation has no compiled kernels")
    return _kernels.load("arranging", request.param)


@pytest.fixture
def running(kernel, monkeypatch):
    """Let the package run on the kernel of each backend."""
    monkeypatch.setitem(vars(_kernels), "arranging", kernel)


def random_counts(n_colors: int, seed: int) -> np.ndarray:
    """Return symmetric counts, many of them zero."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 90, (n_colors, n_colors)) * rng.integers(0, 2, (n_colors, n_colors))
    counts = counts + counts.T
    np.fill_diagonal(counts, 0)
    return counts


def cost_of(counts: np.ndarray, order: list[int]) -> int:
    """Return the cost of an order, pair by pair."""
    places = list(enumerate(order))
    return sum(
        int(counts[a, b]) * int(orders.LOGS[q - p])
        for (p, a), (q, b) in itertools.combinations(places, 2)
    )


def moved_plainly(counts: np.ndarray, order: list[int]) -> list[int]:
    """Move each entry, in turn, to the leftmost of its cheapest places, if that is cheaper."""
    for entry in list(order):
        rest = [e for e in order if e != entry]
        tried = [[*rest[:p], entry, *rest[p:]] for p in range(len(order))]
        costs = [cost_of(counts, t) for t in tried]
        if min(costs) < costs[order.index(entry)]:
            order = tried[costs.index(min(costs))]
    return order


def test_neighbours_and_indices_are_counted(kernel):
    """Counts of indices, and of neighbours in some rows, are those of plain loops."""
    plane = np.random.default_rng(1).integers(0, 5, (6, 9), dtype=np.uint8)
    counts = np.zeros((4, 5), dtype=np.int64)
    kernel.count_indices(plane, counts)
    assert counts.sum(axis=0).tolist() == np.bincount(plane.reshape(-1), minlength=5).tolist()
    found, expected = np.zeros((2, 5, 5), dtype=np.int64)
    kernel.count_neighbours(plane, np.array([0, 3, 4]), found)
    for y, x in itertools.product((0, 3, 4), range(9)):
        if x:
            expected[plane[y, x], plane[y, x - 1]] += 1
        if y:
            expected[plane[y, x], plane[y - 1, x]] += 1
    assert found.tolist() == expected.tolist()


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize(("n_colors", "seed"), [(1, 0), (2, 1), (3, 2), (9, 3), (14, 4)])
def test_a_pass_moves_entries_as_told(n_colors, seed):
    """One pass gives the order that costs counted pair by pair give."""
    counts = random_counts(n_colors, seed)
    begun = np.random.default_rng(seed).permutation(n_colors)
    expected = moved_plainly(counts, begun.tolist())
    assert orders.arranged(counts, begun, 1).tolist() == expected
    assert begun.tolist() == np.random.default_rng(seed).permutation(n_colors).tolist()


@pytest.mark.usefixtures("running")
def test_lists_grow_by_what_meets_them_most():
    """The list grows by the index that meets it most, at the end where it meets more."""
    counts = random_counts(12, 7)
    order = [int(counts.sum(axis=1).argmax())]
    while len(order) < 12:
        ties = counts[order].sum(axis=0)
        ties[order] = -1
        best = int(ties.argmax())
        balance = sum((len(order) - 1 - 2 * k) * int(counts[best, e]) for k, e in enumerate(order))
        order = [best, *order] if balance > 0 else [*order, best]
    assert orders.by_neighbours(counts).tolist() == order


@pytest.mark.usefixtures("running")
def test_large_counts_are_scaled_and_do_not_overflow():
    """Counts of a large picture give the order of the same counts divided."""
    counts = random_counts(20, 9)
    begun = np.arange(20)
    expected = orders.arranged(counts, begun, 3)
    assert orders.arranged(counts << 22, begun, 3).tolist() == expected.tolist()
