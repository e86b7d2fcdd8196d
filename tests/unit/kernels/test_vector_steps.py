"""The kernels of vectors of many dimensions against plain loops, on both backends."""

from __future__ import annotations

import numpy as np
import pytest

from kmcodec import _kernels


@pytest.fixture(params=["compiled", "interpreted"])
def kernel(request):
    """Return the kernel of one backend; the compiled one is skipped only where there is none."""
    if request.param == "compiled" and not _kernels.has_compiled():
        pytest.skip("this installation has no compiled kernels")
    return _kernels.load("vectors", request.param)


@pytest.fixture
def data():
    """Return (60, 11) vectors, weights of which many are 1, and labels of 7 clusters."""
    rng = np.random.default_rng(0)
    vectors = rng.integers(0, 256, (60, 11)).astype(np.uint8)
    weights = rng.integers(1, 3, 60) ** 20
    return vectors, weights.astype(np.int64), rng.integers(0, 7, 60).astype(np.int32)


@pytest.mark.parametrize("n_clusters", [1, 2, 9])
def test_decide_labels_the_least_and_lists_what_is_close(kernel, n_clusters):
    """A row is close if its two least sums are no farther apart than its slack."""
    rng = np.random.default_rng(1)
    products = rng.integers(-50, 50, (80, n_clusters)).astype(np.float32)
    squares = rng.integers(0, 50, n_clusters).astype(np.float32)
    slack = rng.integers(0, 9, 80).astype(np.float32)
    labels, close = np.empty(80, dtype=np.int32), np.empty(80, dtype=np.int32)
    count = kernel.decide(products, squares, slack, labels, close)
    scores = products + squares
    ordered = np.sort(np.column_stack([scores, np.full(80, np.inf)]), axis=1)
    assert (labels == scores.argmin(axis=1)).all()
    assert close[:count].tolist() == np.flatnonzero(ordered[:, 1] - ordered[:, 0] <= slack).tolist()


def test_regroup_makes_the_sums_of_new_labels(kernel, data):
    """From nothing, and from other labels, which leave nothing behind."""
    vectors, weights, labels = data
    sums, sizes = np.zeros((7, 11), dtype=np.int64), np.zeros(7, dtype=np.int64)
    before = np.full(60, -1, dtype=np.int32)
    for new in (labels, (labels * 3 + 1) % 7):
        assert kernel.regroup(vectors, weights, before, new, sums, sizes) == (before != new).sum()
        for label in range(7):
            mine = new == label
            assert sizes[label] == weights[mine].sum()
            assert (sums[label] == (weights[mine, None] * vectors[mine]).sum(axis=0)).all()
        before = new


def test_part_sums_what_lies_beyond_a_plane(kernel, data):
    """Of each cluster, the vectors whose product with its direction exceeds its bound."""
    vectors, weights, labels = data
    rng = np.random.default_rng(2)
    directions = rng.integers(-(1 << 14), 1 << 14, (7, 11)).astype(np.int16)
    bounds = rng.integers(-(1 << 20), 1 << 20, 7).astype(np.int32)
    sums, sizes = np.zeros((7, 11), dtype=np.int64), np.zeros(7, dtype=np.int64)
    kernel.part(vectors, weights, labels, directions, bounds, sums, sizes)
    products = (vectors.astype(np.int64) * directions[labels]).sum(axis=1)
    for label in range(7):
        mine = (labels == label) & (products > bounds[label])
        assert sizes[label] == weights[mine].sum()
        assert (sums[label] == (weights[mine, None] * vectors[mine]).sum(axis=0)).all()
