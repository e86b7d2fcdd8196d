"""K-means with a face: the points that lie on it take only centres that lie on it."""

from __future__ import annotations

import numpy as np
import oracles
import pytest

from kmcodec import kmeans
from kmcodec.errors import InputError
from kmcodec.kmeans import Face
from kmcodec.kmeans import lloyd as lloyd_module
from kmcodec.kmeans import swaps as swaps_module
from kmcodec.kmeans.seeding import coarsen

FACE = Face(3, 9000)


@pytest.fixture(scope="module")
def cloud():
    """Return (points, weights): 2,000 points in clumps, a third on the face, many just below."""
    rng = np.random.default_rng(5)
    middles = rng.integers(0, 16000, (12, 4))
    points = middles[rng.integers(0, 12, 2000)] + rng.normal(0, 700, (2000, 4))
    points = np.clip(points, 0, 16000)
    points[:, 3] = np.where(rng.random(2000) < 0.4, 8950, points[:, 3] * 8900 // 16000)
    points[rng.random(2000) < 0.3, 3] = FACE.level
    return points.astype(np.int32), rng.integers(1, 9, 2000).astype(np.int64)


def check(points, weights, found):
    """Assert that a clustering obeys the face, by brute force."""
    firm, may_take = FACE.holds(points), FACE.holds(found.centers)
    labels, distances = oracles.nearest_on_face(points, found.centers, firm, may_take)
    assert (found.labels == labels).all()
    assert found.inertia == (distances * weights).sum()
    assert (found.weights == np.bincount(labels, weights, len(found.centers))).all()


@pytest.mark.parametrize("effort", range(1, 10))
@pytest.mark.parametrize("k", [1, 2, 3, 16, 100])
def test_result_obeys_the_face(cloud, effort, k):
    """Labels are the nearest centres that each point may take; snapped, also in the end."""
    points, weights = cloud
    check(points, weights, kmeans.cluster(points, weights, k, effort=effort, face=FACE))

    def snap(centers):
        rounded = (centers + 50) // 100 * 100
        rounded[FACE.holds(centers), 3] = FACE.level
        return rounded

    found = kmeans.cluster(points, weights, k, effort=effort, face=FACE, snap=snap)
    check(points, weights, found)
    assert (found.centers == snap(found.centers)).all()


def test_centres_on_the_face_are_their_members_best(cloud):
    """After the last steps each is the mean of its members, but for the axis of the face."""
    points, weights = cloud
    found = kmeans.cluster(points, weights, 20, effort=9, face=FACE, snap=lambda c: c)
    on_face = np.flatnonzero(FACE.holds(found.centers))
    assert 0 < len(on_face) < 20
    for center in on_face:
        mine = found.labels == center
        assert FACE.holds(points[mine]).any()
        mean = np.average(points[mine], axis=0, weights=weights[mine])
        assert np.abs(found.centers[center, :3] - mean[:3]).max() < 60


def test_constrained_search_is_about_as_good_as_free(cloud):
    """Points near the face share its centres, so that the condition costs little."""
    points, weights = cloud
    free = kmeans.cluster(points, weights, 40)
    held = kmeans.cluster(points, weights, 40, face=FACE)
    assert held.inertia < 1.05 * free.inertia


@pytest.mark.parametrize("k", [16, 1200])
def test_lists_trees_and_threads_agree(cloud, k, monkeypatch):
    """Trees of centres, and two and three threads, give what lists and one give."""
    monkeypatch.setattr(swaps_module, "LARGEST_LISTED", 0)  # as for trees, no swaps
    points, weights = cloud
    expected = kmeans.cluster(points, weights, k, effort=3, face=FACE)
    check(points, weights, expected)
    monkeypatch.setattr(lloyd_module, "SMALLEST_RANGE", 200)
    for listed in (1024, 0):
        monkeypatch.setattr(lloyd_module, "LARGEST_LISTED", listed)
        for threads in (2, 3):
            other = kmeans.cluster(points, weights, k, effort=3, face=FACE, threads=threads)
            assert (other.centers == expected.centers).all()
            assert (other.labels == expected.labels).all()


@pytest.mark.parametrize("which", ["all", "none"])
def test_a_face_that_sets_nothing_apart_changes_nothing(cloud, which):
    """With all points on the face, or none, the result is the one without a face."""
    points, weights = cloud
    points = points[FACE.holds(points) == (which == "all")]
    weights = weights[: len(points)]
    with_face = kmeans.cluster(points, weights, 12, face=FACE)
    without = kmeans.cluster(points, weights, 12)
    assert (with_face.centers == without.centers).all()
    assert (with_face.labels == without.labels).all()


@pytest.mark.parametrize("n_pinned", [1, 2, 3])
@pytest.mark.parametrize("place", [9000, 8999, 40])
def test_pinned_centres_beside_a_face(cloud, n_pinned, place):
    """Pinned centres stay; there is one on the face as long as there is room for it."""
    points, weights = cloud
    pinned = points[:n_pinned].copy()
    pinned[:, 3] = place
    for k in (3, 9):
        found = kmeans.cluster(points, weights, k, face=FACE, pinned=pinned)
        assert (found.centers[:n_pinned] == pinned).all()
        if FACE.holds(found.centers).any():
            check(points, weights, found)
        else:
            assert n_pinned == k


def test_given_centres_obey_the_face(cloud):
    """Labels for centres that stay where they are; without one on the face, any centre serves."""
    points, weights = cloud
    centers = points[::50].copy()
    guess = np.zeros(len(points), dtype=np.int32)
    check(points, weights, kmeans.assign(points, weights, centers, guess, face=FACE))
    centers[:, 3] = np.minimum(centers[:, 3], 8999)
    found = kmeans.assign(points, weights, centers, guess, face=FACE)
    assert (found.labels == oracles.nearest(points, centers)[0]).all()


def test_cells_lie_on_the_face_or_off_it(cloud):
    """No coarse cell holds points of both kinds, and those on the face come first."""
    points, weights = cloud
    order = np.argsort(~FACE.holds(points), kind="stable")
    points, weights = points[order], weights[order]
    columns = np.ascontiguousarray(points.T)
    cells, cell_weights, cell_of = coarsen(columns, weights, 9, FACE)
    assert (FACE.holds(cells)[cell_of] == FACE.holds(points)).all()
    n_firm = FACE.holds(cells).sum()
    assert 0 < n_firm < len(cells)
    assert FACE.holds(cells)[:n_firm].all()
    assert (cell_weights == np.bincount(cell_of, weights)).all()


def test_the_last_centre_on_the_face_is_not_swapped_away():
    """One point on the face among many others keeps its centre, at every effort."""
    rng = np.random.default_rng(8)
    points = rng.integers(0, 8000, (400, 4)).astype(np.int32)
    points[7] = (4000, 4000, 4000, FACE.level)
    weights = np.full(400, 1000, dtype=np.int64)
    weights[7] = 1
    for effort in (3, 5, 9):
        for k in (3, 12, 60):
            found = kmeans.cluster(points, weights, k, effort=effort, face=FACE)
            assert FACE.holds(found.centers).any()
            check(points, weights, found)


def test_bounds_are_checked_with_a_face():
    """Points too far apart are refused as without a face."""
    points = np.array([[0, 0, 0, 9000], [23171, 0, 0, 0]], dtype=np.int32)
    with pytest.raises(InputError, match="apart"):
        kmeans.cluster(points, np.ones(2, dtype=np.int64), 1, face=FACE)


@pytest.fixture
def two_on_face():
    """Return (lloyd, state): two centres on the face and four off it, all with members."""
    rng = np.random.default_rng(3)
    points = rng.integers(0, 8000, (60, 4)).astype(np.int32)
    points[:6, 3] = FACE.level
    lloyd = lloyd_module.Lloyd(points, np.ones(60, dtype=np.int64), face=FACE)
    state = lloyd.assign(points[[0, 3, 20, 30, 40, 50]], np.zeros(60, dtype=np.int32))
    assert state.firm.tolist() == [True, True, False, False, False, False]
    return lloyd, state


def test_swaps_that_would_take_all_centres_off_the_face_are_not_made(two_on_face, monkeypatch):
    """Two swaps at a time may remove the last two, whatever that would save."""
    lloyd, state = two_on_face
    tried = []

    def pair(*_, limit, **__):
        tried.append(limit)
        return [(2, 0), (3, 1)]

    monkeypatch.setattr(swaps_module, "pair", pair)
    assert swaps_module.swap(lloyd, state, rounds=3, steps=0) is state
    assert tried == [6, 1, 1]


def test_removing_the_last_centre_on_the_face_costs_more_than_any_gain(two_on_face):
    """With one left, its cost is beyond all others."""
    lloyd, state = two_on_face
    centers = state.centers[1:]
    state = lloyd.assign(centers, np.zeros(60, dtype=np.int32))
    costs = swaps_module._costs(lloyd, state, centers, lloyd.neighbors(centers))
    assert costs[0] == swaps_module.NEVER
    assert costs[1:].max() < 1 << 40


def test_a_centre_that_overshoots_stays_off_the_face(two_on_face):
    """Without a member on the face no centre ends there, however far it is carried."""
    lloyd, state = two_on_face
    assert (state.sums[:, 0] > 0).all()
    state.centers[2:, 3] = 0
    state.sums[2:, 4] = 7990 * state.sums[2:, 0]
    moved = state.moved(7, *lloyd.box)
    assert (moved[2:, 3] == FACE.level - 1).all()
    assert (moved[:2, 3] == FACE.level).all()
