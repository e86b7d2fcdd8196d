"""The K-means engine: right, monotone, and the same whatever the threads."""

from __future__ import annotations

import numpy as np
import oracles
import pytest
from sklearn.cluster import KMeans

from kmcodec import kmeans
from kmcodec.errors import InputError
from kmcodec.kmeans import lloyd as lloyd_module
from kmcodec.kmeans.lloyd import Lloyd
from kmcodec.kmeans.seeding import coarsen, random_seeds, random_words, split_seeds
from kmcodec.kmeans.settings import settings_for
from kmcodec.kmeans.swaps import swap


@pytest.fixture(scope="module")
def cloud():
    """Return (points, weights): a clumpy cloud of 3,000 points in 3 dimensions."""
    rng = np.random.default_rng(11)
    middles = rng.integers(0, 16000, (12, 3))
    values = middles[rng.integers(0, 12, 3000)] + rng.normal(0, 500, (3000, 3))
    points = np.zeros((3000, 4), dtype=np.int32)
    points[:, :3] = np.clip(values, 0, 16320)
    return points, rng.integers(1, 9, 3000).astype(np.int64)


def inertia(points, weights, centers):
    """Return the weighted inertia of centres by brute force."""
    return int((oracles.nearest(points, centers)[1] * weights).sum())


@pytest.mark.parametrize("effort", range(1, 10))
@pytest.mark.parametrize("k", [1, 2, 16, 100])
def test_result_is_consistent(cloud, effort, k):
    """Labels, weights and inertia are those of the centres, by brute force."""
    points, weights = cloud
    found = kmeans.cluster(points, weights, k, effort=effort)
    labels, distances = oracles.nearest(points, found.centers)
    assert (found.labels == labels).all()
    assert found.inertia == (distances * weights).sum()
    assert (found.weights == np.bincount(labels, weights, len(found.centers))).all()
    assert len(found.centers) == k


def test_more_effort_is_no_worse(cloud):
    """Efforts 1, 5 and 9 lower the inertia in this order, but for a hair's breadth of luck."""
    points, weights = cloud
    values = [kmeans.cluster(points, weights, 40, effort=e).inertia for e in (1, 5, 9)]
    assert values[1] < 0.98 * values[0]
    assert values[2] < 1.001 * values[1]


@pytest.mark.parametrize("k", [4, 16, 64])
def test_at_least_as_good_as_scikit_learn(cloud, k):
    """The default effort comes within 2 % of scikit-learn's converged weighted k-means++."""
    points, weights = cloud
    theirs = KMeans(k, n_init=1, random_state=0).fit(points[:, :3], sample_weight=weights)
    assert kmeans.cluster(points, weights, k).inertia <= 1.02 * theirs.inertia_


@pytest.mark.parametrize("k", [16, 200, 1500])
def test_threads_change_nothing(cloud, k, monkeypatch):
    """One, two and four threads give the same centres and labels, by lists and by tree."""
    monkeypatch.setattr(lloyd_module, "SMALLEST_RANGE", 200)
    points, weights = cloud
    results = [kmeans.cluster(points, weights, k, threads=t) for t in (1, 2, 4)]
    for other in results[1:]:
        assert (other.centers == results[0].centers).all()
        assert (other.labels == results[0].labels).all()
        assert other.inertia == results[0].inertia


def test_lists_and_tree_agree(cloud, monkeypatch):
    """Beyond LARGEST_LISTED centres another search takes over, with the same result."""
    points, weights = cloud
    centers = points[::20].copy()
    guess = np.zeros(len(points), dtype=np.int32)
    by_lists = Lloyd(points, weights).assign(centers, guess)
    monkeypatch.setattr(lloyd_module, "LARGEST_LISTED", 10)
    by_tree = Lloyd(points, weights).assign(centers, guess)
    assert (by_lists.labels == by_tree.labels).all()
    assert (by_lists.sums == by_tree.sums).all()
    assert by_lists.inertia == by_tree.inertia


def test_lloyd_steps_never_raise_the_inertia(cloud):
    """No step of Lloyd raises the inertia by more than the rounding of centres does."""
    points, weights = cloud
    lloyd = Lloyd(points, weights)
    state = lloyd.assign(*split_seeds(points, weights, 30))
    for _ in range(10):
        after, _ = lloyd.iterate(state, 1)
        assert after.inertia <= state.inertia + 30 * weights.sum()  # centres are rounded
        state = after


def test_swaps_lower_the_inertia(cloud):
    """From a poor start, swaps reach what Lloyd's algorithm alone does not."""
    points, weights = cloud
    lloyd = Lloyd(points, weights)
    poor = points[:40].copy()
    poor[:, :3] = points[:, :3].min(axis=0) + np.arange(40)[:, None]
    state, _ = lloyd.iterate(lloyd.assign(poor, np.zeros(len(points), dtype=np.int32)), 100)
    swapped = swap(lloyd, state, rounds=30, steps=3)
    assert swapped.inertia < 0.8 * state.inertia
    assert inertia(points, weights, swapped.centers) == swapped.inertia


@pytest.mark.parametrize("effort", [1, 5, 9])
@pytest.mark.parametrize("max_iter", [0, 1, 7, 15])
def test_steps_over_all_points_are_limited(cloud, effort, max_iter):
    """Those before swaps count; without a limit they come in addition to the last ones."""
    found = kmeans.cluster(*cloud, 60, effort=effort, max_iter=max_iter)
    assert found.n_iter <= max_iter
    settings = settings_for(effort)
    free = kmeans.cluster(*cloud, 60, effort=effort)
    assert free.n_iter <= settings.settle + settings.fine


def test_fewer_distinct_points_than_clusters():
    """Every distinct point becomes a centre and nothing else does."""
    points = np.zeros((50, 4), dtype=np.int32)
    points[:, 0] = np.arange(50) % 5 * 100
    weights = np.ones(50, dtype=np.int64)
    for effort in (1, 5, 9):
        found = kmeans.cluster(points, weights, 12, effort=effort)
        assert sorted(found.centers[:, 0].tolist()) == [0, 100, 200, 300, 400]
        assert found.inertia == 0


def test_coarsen_keeps_weight_and_means(cloud):
    """Cells hold all weight, and each is the rounded mean of its points."""
    points, weights = cloud
    cells, cell_weights, cell_of = coarsen(np.ascontiguousarray(points.T), weights, 9)
    assert len(cells) <= 1 << 9
    assert cell_weights.sum() == weights.sum()
    for cell in (0, len(cells) // 2, len(cells) - 1):
        mine = cell_of == cell
        mean = np.average(points[mine], axis=0, weights=weights[mine])
        assert np.abs(cells[cell] - mean).max() <= 0.5


def test_random_seeds_depend_on_the_seed_alone(cloud):
    """Random seeds repeat with their seed, differ with another, and are distinct."""
    points, weights = cloud
    first = random_seeds(points, weights, 20, random_words(1))[0]
    again = random_seeds(points, weights, 20, random_words(1))[0]
    other = random_seeds(points, weights, 20, random_words(2))[0]
    assert (first == again).all()
    assert (first != other).any()
    assert len(np.unique(first, axis=0)) == 20


def test_split_mix_gives_its_published_first_words():
    """The generator is SplitMix64: seed 1234567 starts with these words."""
    words = random_words(1234567)
    assert [next(words) for _ in range(3)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_clusters": 0}, "n_clusters is 0"),
        ({"n_clusters": 65537}, "n_clusters is 65537"),
        ({"effort": 10}, "effort is 10"),
        ({"threads": 0}, "threads is 0"),
        ({"points": np.zeros((3, 3), dtype=np.int32)}, r"shape \(3, 3\)"),
        ({"points": np.zeros((0, 4), dtype=np.int32)}, r"shape \(0, 4\)"),
        ({"weights": np.zeros(3, dtype=np.int64)}, "weights must be positive"),
        ({"weights": np.ones(2, dtype=np.int64)}, r"weights have shape \(2,\)"),
        ({"points": np.array([[0] * 4, [23171] * 4, [0] * 4], dtype=np.int32)}, "apart"),
    ],
)
def test_bad_input_is_refused(change, message):
    """Wrong numbers, shapes, weights and distances raise InputError."""
    arguments = {
        "points": np.zeros((3, 4), dtype=np.int32),
        "weights": np.ones(3, dtype=np.int64),
        "n_clusters": 1,
    } | change
    with pytest.raises(InputError, match=message):
        kmeans.cluster(**arguments)


def test_overshooting_centres_stay_among_the_points():
    """Beyond the bounding box, squared distances could leave 32 bits."""
    points = np.array([[0, 0, 0, 0], [16320, 16320, 16320, 0]] * 3, dtype=np.int32)
    lloyd = Lloyd(points, np.ones(6, dtype=np.int64))
    far_from_mean = lloyd.assign(
        np.array([[0, 0, 0, 0], [1, 1, 1, 0]], dtype=np.int32), points[:, 3]
    )
    state, _ = lloyd.iterate(far_from_mean, 1)
    assert state.centers.tolist() == [[0, 0, 0, 0], [16320, 16320, 16320, 0]]
    assert state.inertia == 0
