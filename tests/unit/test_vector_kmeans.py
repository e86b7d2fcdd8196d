"""K-means of vectors in many dimensions: against plain oracles, at ties, at the bounds."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kmcodec import InputError
from kmcodec.kmeans import descent
from kmcodec.kmeans.descent import Descent, dot
from kmcodec.kmeans.sampling import Draw
from kmcodec.kmeans.seeding import random_words
from kmcodec.kmeans.vectors import assign_vectors, cluster_vectors

VECTORS = st.tuples(st.integers(1, 40), st.integers(1, 9)).flatmap(
    lambda shape: arrays(np.uint8, shape)
)


def squared(vectors, centers):
    """Return all squared distances to centres in units of 1/64, in whole numbers."""
    gaps = vectors[:, None].astype(np.int64) * 64 - centers[None]
    return (gaps * gaps).sum(axis=2)


def clouds(n, dimensions, n_clouds, seed=0):
    """Return distinct vectors around some points."""
    rng = np.random.default_rng(seed)
    middles = rng.integers(40, 216, (n_clouds, dimensions))
    noise = rng.normal(0, 25, (n, dimensions))
    vectors = np.clip(middles[rng.integers(0, n_clouds, n)] + noise, 0, 255).astype(np.uint8)
    return np.unique(vectors, axis=0)


def ones(vectors):
    """Return a weight of 1 for each vector."""
    return np.ones(len(vectors), dtype=np.int64)


@settings(deadline=None)
@given(VECTORS, st.integers(1, 12), st.integers(0, 3), st.sampled_from([1, 5, 9]))
def test_labels_are_nearest_and_all_is_accounted_for(vectors, k, seed, effort):
    """Labels and inertia are those of the centres; no cluster is empty, and none is missing."""
    vectors = np.unique(vectors, axis=0)
    weights = np.random.default_rng(seed).integers(1, 9, len(vectors))
    found = cluster_vectors(vectors, weights, k, seed=seed, effort=effort)
    distances = squared(vectors, found.centers)
    assert (found.labels == distances.argmin(axis=1)).all()
    assert found.inertia == (distances.min(axis=1) * weights).sum()
    assert len(found.centers) == min(k, len(vectors))
    assert len(np.unique(found.labels)) == len(found.centers)


@pytest.mark.parametrize("k", [2, 3])
@pytest.mark.parametrize("seed", range(6))
def test_few_vectors_are_parted_as_well_as_they_can_be(k, seed):
    """No way of parting vectors of four clouds has less inertia, but for rounded centres."""
    vectors = clouds(9, 6, 4, seed)
    best = np.inf
    for labels in itertools.product(range(k), repeat=len(vectors)):
        parts = [vectors[np.array(labels) == label].astype(float) for label in range(k)]
        best = min(best, sum(((p - p.mean(axis=0)) ** 2).sum() for p in parts if len(p)))
    found = cluster_vectors(vectors, ones(vectors), k, effort=9)
    assert found.inertia / 64**2 == pytest.approx(best, rel=1e-4)


def test_clusters_end_at_their_means():
    """Centres are rounded means of what is nearest to them, once no label changes any more."""
    vectors = clouds(3000, 30, 12)
    found = cluster_vectors(vectors, ones(vectors), 12, effort=9)
    for label, center in enumerate(found.centers):
        mine = vectors[found.labels == label]
        assert np.abs(center / 64 - mine.mean(axis=0)).max() <= 1 / 128


def test_as_good_as_the_best_of_ten_starts_of_scikit_learn():
    """With more clusters than clouds, where single starts end in many places."""
    from sklearn.cluster import KMeans  # noqa: PLC0415

    vectors = clouds(2000, 20, 10, seed=1)
    theirs = KMeans(10, n_init=10, random_state=0).fit(vectors).inertia_
    for seed in range(3):
        ours = cluster_vectors(vectors, ones(vectors), 10, effort=9, seed=seed).inertia
        assert ours / 64**2 <= 1.0005 * theirs


@pytest.mark.parametrize("dimensions", [5, 784, 70_000])
def test_ties_and_near_ties_are_decided_exactly(dimensions):
    """Near and equal centres get the lowest nearest label, also where single precision is out.

    Centres are one unit of 1/64 apart in one dimension; 70,000 are too many for single precision.
    """
    rng = np.random.default_rng(2)
    vectors = rng.integers(0, 256, (12, dimensions)).astype(np.uint8)
    center = rng.integers(0, 255 * 64, dimensions)
    centers = np.tile(center, (5, 1)).astype(np.int32)
    centers[1, 0] += 1
    centers[2, 1] -= 1
    centers[3, 2] += 1
    labels = assign_vectors(vectors, centers)
    expected = squared(vectors, centers).argmin(axis=1)
    assert labels.tolist() == expected.tolist()
    assert len(set(expected.tolist())) > 1


def test_single_precision_would_not_do():
    """Without the second look at what is close, some of these labels would be others."""
    vectors = np.random.default_rng(3).integers(0, 256, (400, 784)).astype(np.uint8)
    corner = np.random.default_rng(4).integers(0, 2, 784) * 255 * 64
    centers = np.tile(corner, (40, 1)).astype(np.int32)
    centers[np.arange(40), np.arange(40)] += 1
    work = Descent(vectors, ones(vectors), 1)
    matrix, squares = work.linear(centers)
    single = work.points @ matrix.astype(np.float32) + squares.astype(np.float32)
    expected = squared(vectors, centers).argmin(axis=1)
    assert (single.argmin(axis=1) != expected).any()
    assert (work.assign(centers) == expected).all()


def test_weights_are_repetitions():
    """Weights of hundreds of millions too, where sums exceed single precision by far."""
    vectors = clouds(500, 12, 5, seed=2)
    weights = np.random.default_rng(4).integers(1, 5, len(vectors))
    few = cluster_vectors(vectors, weights, 6, effort=9)
    many = cluster_vectors(vectors, weights * 1_000_000, 6, effort=9)
    assert (few.centers == many.centers).all()
    assert few.inertia * 1_000_000 == many.inertia
    for label in range(6):
        mine = few.labels == label
        mean = np.average(vectors[mine], axis=0, weights=weights[mine])
        assert np.abs(few.centers[label] / 64 - mean).max() <= 1 / 128


def test_threads_and_blocks_do_not_change_anything(monkeypatch):
    """One thread over everything, and four over blocks of a few vectors."""
    vectors = clouds(6000, 16, 9, seed=3)
    one = cluster_vectors(vectors, ones(vectors), 9, threads=1)
    monkeypatch.setattr(descent, "CELLS_AT_A_TIME", 1600)
    four = cluster_vectors(vectors, ones(vectors), 9, threads=4)
    assert (one.centers == four.centers).all()
    assert (one.labels == four.labels).all()
    assert one.inertia == four.inertia


@pytest.mark.parametrize("max_iter", [1, 2, 7])
def test_max_iter_is_a_limit(max_iter):
    """Steps over all vectors, beside those of starts and swaps."""
    vectors = clouds(3000, 16, 30, seed=4)
    found = cluster_vectors(vectors, ones(vectors), 20, max_iter=max_iter)
    assert 1 <= found.n_iter <= max_iter
    assert (found.labels == squared(vectors, found.centers).argmin(axis=1)).all()


def test_more_effort_finds_less_inertia():
    """And another seed other labels."""
    vectors = clouds(3000, 16, 40, seed=5)
    run = [cluster_vectors(vectors, ones(vectors), 40, effort=e).inertia for e in (1, 5, 9)]
    assert run[2] <= run[1] < run[0]
    one, two = (cluster_vectors(vectors, ones(vectors), 40, seed=s).labels for s in (1, 2))
    assert (one != two).any()


def test_clusters_that_run_empty_take_the_worst_served_vectors():
    """Where all centres but one are far from every vector."""
    vectors = clouds(200, 8, 4, seed=6)
    work = Descent(vectors, ones(vectors), 1)
    centers = np.full((4, 8), 255 * 64, dtype=np.int32)
    centers[0] = 128 * 64
    means = work.begin(centers)
    empty = np.flatnonzero(means.sizes == 0)
    assert len(empty)
    distances = squared(vectors, means.centers).min(axis=1)
    worst = vectors[np.argsort(-distances, kind="stable")[: len(empty)]]
    assert (work.moved(means)[empty] == worst.astype(np.int32) * 64).all()


def test_sums_of_products_may_exceed_64_bits():
    """The largest values that sums and centres can have."""
    large = np.full((3, 5000), (255 << 31) - 1, dtype=np.int64)
    small = np.full((3, 5000), -255 * 64, dtype=np.int64)
    assert dot(large, small) == -((255 << 31) - 1) * 255 * 64 * 15000


def test_draws_are_the_words_of_one_stream():
    """Numbers and rows in turn use the words of SplitMix64 one after the other."""
    draw, words = Draw(7), random_words(7)
    assert draw.below(1 << 64) == next(words)
    keys = [next(words) for _ in range(50)]
    assert draw.rows(50, 9).tolist() == sorted(sorted(range(50), key=lambda i: keys[i])[:9])
    assert draw.below(1000) == next(words) * 1000 >> 64


@pytest.mark.parametrize(
    ("vectors", "options"),
    [
        (np.zeros((0, 3), np.uint8), {}),
        (np.zeros((3, 0), np.uint8), {}),
        (np.zeros(3, np.uint8), {}),
        (np.zeros((3, 3)), {}),
        (np.zeros((3, 3), np.uint8), {"n_clusters": 0}),
        (np.zeros((3, 3), np.uint8), {"n_clusters": 65537}),
        (np.zeros((3, 3), np.uint8), {"effort": 10}),
        (np.zeros((3, 3), np.uint8), {"seed": -1}),
        (np.zeros((3, 3), np.uint8), {"weights": np.zeros(3, np.int64)}),
        (np.zeros((3, 3), np.uint8), {"weights": np.ones(3)}),
        (np.zeros((3, 3), np.uint8), {"weights": np.ones(2, np.int64)}),
        (np.zeros((3, 3), np.uint8), {"weights": np.full(3, 1 << 30)}),
        (np.zeros((3, 99_999), np.uint8), {"weights": np.full(3, 1 << 29)}),
        (np.eye(3, dtype=np.uint8), {"max_iter": 0}),
    ],
)
def test_what_is_refused(vectors, options):
    """Shapes, types, options and sums that the engine cannot take."""
    weights = np.ones(len(vectors), dtype=np.int64)
    with pytest.raises(InputError):
        cluster_vectors(vectors, **({"n_clusters": 2, "weights": weights} | options))


def test_weights_whose_sum_would_wrap_are_refused():
    """Eight weights of 2**61 do not pass for 0."""
    vectors = clouds(8, 5, 2)
    with pytest.raises(InputError, match="sum of weights"):
        cluster_vectors(vectors, np.full(len(vectors), 1 << 61), 2)


def test_more_clusters_than_swaps_take_have_less_error():
    """Beyond 1024 clusters, seeds are still drawn with care: the error goes on falling."""
    vectors = clouds(5000, 6, 40)
    found = [cluster_vectors(vectors, ones(vectors), k, effort=1).inertia for k in (1024, 1100)]
    assert found[1] < found[0]
