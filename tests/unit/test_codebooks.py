"""Codebooks of vectors: against a plain oracle, exact where floats could round, edge cases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kmcodec import InputError
from kmcodec.kmeans.codebooks import EXACT_IN_FLOAT32, _Lloyd, find_codebook

VECTORS = st.tuples(st.integers(1, 40), st.integers(1, 9)).flatmap(
    lambda shape: arrays(np.uint8, shape)
)


def squared(vectors, centers):
    """Return all squared distances in whole numbers."""
    gaps = vectors[:, None].astype(np.int64) - centers[None]
    return (gaps * gaps).sum(axis=2)


@settings(deadline=None)
@given(VECTORS, st.integers(1, 12), st.integers(0, 3))
def test_labels_are_nearest_and_all_is_accounted_for(vectors, k, seed):
    """Labels are the nearest centres, inertia is their distance, and no cluster is empty."""
    found = find_codebook(vectors, k, seed=seed)
    distances = squared(vectors, found.centers)
    assert (found.labels == distances.argmin(axis=1)).all()
    assert found.inertia == distances.min(axis=1).sum()
    assert np.unique(found.labels).tolist() == list(range(len(found.centers)))
    assert len(found.centers) <= k


@settings(deadline=None)
@given(VECTORS)
def test_as_many_clusters_as_vectors_lose_nothing(vectors):
    """As many clusters as vectors give inertia 0."""
    found = find_codebook(vectors, len(vectors))
    assert found.inertia == 0
    assert (found.centers[found.labels] == vectors).all()


@pytest.mark.parametrize("dimensions", [EXACT_IN_FLOAT32, EXACT_IN_FLOAT32 + 1, 784])
def test_sums_are_exact_at_the_bounds(dimensions):
    """The largest values there can be, one unit apart."""
    vectors = np.zeros((4, dimensions), dtype=np.uint8)
    vectors[1:] = 255
    vectors[2, 0] = 254
    vectors[3, ::2] = 0
    centers = vectors[[2, 0, 1]]
    labels, distances = _Lloyd(vectors, 1).assign(centers)
    expected = squared(vectors, centers)
    assert labels.tolist() == expected.argmin(axis=1).tolist()
    assert distances.tolist() == expected.min(axis=1).tolist()


def test_the_bound_of_float32_is_a_bound():
    """The largest partial sum, |c|^2 + 2|x||c|, is whole and below 2**24."""
    assert EXACT_IN_FLOAT32 * (128 * 128 + 2 * 128 * 128) <= 1 << 24


def test_threads_do_not_change_anything():
    """One and two threads give the same centres and labels."""
    vectors = np.random.default_rng(0).integers(0, 256, (50_000, 12), dtype=np.uint8)
    one, two = (find_codebook(vectors, 100, threads=threads, effort=1) for threads in (1, 2))
    assert (one.centers == two.centers).all()
    assert (one.labels == two.labels).all()


def test_as_good_as_scikit_learn():
    """Mean inertia over four seeds is within 10 % of scikit-learn's."""
    from sklearn.cluster import KMeans  # noqa: PLC0415

    rng = np.random.default_rng(1)
    middles = rng.integers(30, 220, (40, 16))
    vectors = (middles[rng.integers(0, 40, 4000)] + rng.normal(0, 9, (4000, 16))).clip(0, 255)
    vectors = vectors.astype(np.uint8)
    ours = np.mean([find_codebook(vectors, 30, seed=s).inertia for s in range(4)])
    theirs = np.mean([KMeans(30, n_init=1, random_state=s).fit(vectors).inertia_ for s in range(4)])
    assert ours < 1.1 * theirs


def test_many_vectors_are_trained_on_a_sample():
    """Three clear groups among 5,000 vectors are found at their middles."""
    rng = np.random.default_rng(2)
    middles = np.array([[10, 10], [200, 30], [90, 240]])
    vectors = (middles[rng.integers(0, 3, 5000)] + rng.integers(-5, 6, (5000, 2))).astype(np.uint8)
    found = find_codebook(vectors, 3)
    assert sorted(map(tuple, found.centers.tolist())) == [(10, 10), (90, 240), (200, 30)]


def test_many_clusters():
    """2,000 clusters of 3,000 vectors are nearly all used."""
    vectors = np.random.default_rng(3).integers(0, 256, (3000, 3), dtype=np.uint8)
    found = find_codebook(vectors, 2000, effort=1)
    assert 1900 < len(found.centers) <= 2000


def test_seed_and_progress():
    """A seed gives the same labels, another seed others, and progress rises."""
    vectors = np.random.default_rng(4).integers(0, 256, (300, 5), dtype=np.uint8)
    shares = []
    one = find_codebook(vectors, 9, seed=1, progress=shares.append)
    assert shares == sorted(shares)
    assert (find_codebook(vectors, 9, seed=1).labels == one.labels).all()
    assert (find_codebook(vectors, 9, seed=2).labels != one.labels).any()


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
    ],
)
def test_what_is_refused(vectors, options):
    """Wrong vectors and options raise InputError."""
    with pytest.raises(InputError):
        find_codebook(vectors, **({"n_clusters": 2} | options))
