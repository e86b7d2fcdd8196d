"""Each kernel against its naive twin, on both backends."""

from __future__ import annotations

import numpy as np
import oracles
import pytest

from kmcodec import _kernels
from kmcodec.kmeans.tree import CenterTree

BACKENDS = ["compiled", "interpreted"]


@pytest.fixture(params=BACKENDS)
def which(request):
    """Return the backend to test; the compiled one is skipped only where there is none."""
    if request.param == "compiled" and not _kernels.has_compiled():
        pytest.skip("this installation has no compiled kernels")
    return request.param


def make_points(seed, n, spread=16320, dims=3):
    """Return (n, 4) points with repetitions, so that ties happen."""
    rng = np.random.default_rng(seed)
    points = np.zeros((n, 4), dtype=np.int32)
    points[:, :dims] = rng.integers(0, spread + 1, (n, dims))
    points[n // 2 :] = points[: n - n // 2]
    return points, rng.integers(1, 50, n).astype(np.int64)


@pytest.mark.parametrize(("channels", "values"), [(1, 256), (2, 9), (3, 4), (4, 256)])
def test_number_colors_counts_what_unique_counts(which, channels, values):
    """Numbers, colours and counts agree with numpy.unique, and a full table stops the kernel."""
    kernel = _kernels.load("hashing", which)
    pixels = np.random.default_rng(1).integers(0, values, (300, channels)).astype(np.uint8)
    numbers = np.empty(300, dtype=np.int32)
    bits, used, start = 6, 0, 0
    keys = np.zeros(0, dtype=np.uint32)
    counts = np.zeros(0, dtype=np.int64)
    stops = 0
    while start < 300:
        room = 1 << bits - 2
        table = np.full(1 << bits, -1, dtype=np.int64)
        keys = np.concatenate([keys[:used], np.zeros(room - used, dtype=np.uint32)])
        counts = np.concatenate([counts[:used], np.zeros(room - used, dtype=np.int64)])
        kernel.fill_table(keys, table, 32 - bits, used)
        start, used = kernel.number_colors(
            pixels, table, keys, counts, numbers, 32 - bits, start, 300, used, 99
        )
        bits += 1
        stops += 1
    unique, expected = np.unique(pixels, axis=0, return_counts=True)
    found = {
        tuple(int(key) >> 8 * (channels - 1 - c) & 255 for c in range(channels)): int(count)
        for key, count in zip(keys[:used], counts[:used], strict=True)
    }
    assert found == dict(zip(map(tuple, unique.tolist()), expected.tolist(), strict=True))
    assert (
        keys[numbers]
        == sum(pixels[:, c].astype(np.uint32) << 8 * (channels - 1 - c) for c in range(channels))
    ).all()
    assert stops > 1 or used <= 16


def sorted_neighbors(kernel, centers, most, near=None):
    """Return neighbour lists, from the last ones or from any."""
    k = len(centers)
    if near is None:
        near = np.array([[(c + i) % k for i in range(1, most + 1)] for c in range(k)])
        near = near.astype(np.int64).reshape(k, most)
    row, seen = np.zeros(k, dtype=np.int32), np.full(k, -1, dtype=np.int32)
    kernel.sort_neighbors(np.ascontiguousarray(centers.T), near, row, seen)
    return near


@pytest.mark.parametrize("dims", [1, 2, 3, 4])
@pytest.mark.parametrize("k", [1, 2, 7, 40])
def test_assign_is_brute_force(which, dims, k):
    """Sorted neighbour lists find the nearest centre, ties to the lowest, from any guess."""
    kernel = _kernels.load("lloyd", which)
    points, weights = make_points(dims, 120, dims=dims)
    centers = points[np.random.default_rng(k).integers(0, 120, k)].copy()
    near = sorted_neighbors(kernel, centers, min(k - 1, 12))
    labels = np.random.default_rng(2).integers(0, k, 120).astype(np.int32)
    guess = labels.copy()
    sums = np.zeros((k, 5), dtype=np.int64)
    roles = np.zeros(k, dtype=np.uint8)
    inertia, changed = kernel.assign(points, weights, centers, near, labels, sums, roles, 0, 0, 120)
    expected, distances = oracles.nearest(points, centers)
    assert not roles.any()
    assert (labels == expected).all()
    assert inertia == (distances * weights).sum()
    assert changed == (guess != expected).sum()
    assert (sums == oracles.cluster_sums(points, weights, expected, k)).all()


@pytest.mark.parametrize("k", [1, 2, 7, 40])
def test_firm_points_take_firm_centres(which, k):
    """The first 70 points take the nearest firm centre, and these centres are marked."""
    kernel = _kernels.load("lloyd", which)
    points, weights = make_points(k, 120, dims=4)
    centers = points[np.random.default_rng(k).integers(0, 120, k)].copy()
    roles = np.zeros(k, dtype=np.uint8)
    roles[k // 2 :: 9] = 1
    near = sorted_neighbors(kernel, centers, min(k - 1, 12))
    labels = np.random.default_rng(2).integers(0, k, 120).astype(np.int32)
    guess, may_take = labels.copy(), roles > 0
    sums = np.zeros((k, 5), dtype=np.int64)
    inertia = changed = 0
    for start, stop in ((0, 50), (50, 120)):
        found = kernel.assign(points, weights, centers, near, labels, sums, roles, 70, start, stop)
        inertia, changed = inertia + found[0], changed + found[1]
    firm = np.arange(120) < 70
    expected, distances = oracles.nearest_on_face(points, centers, firm, may_take)
    assert (labels == expected).all()
    assert inertia == (distances * weights).sum()
    assert changed == (guess != expected).sum()
    assert (sums == oracles.cluster_sums(points, weights, expected, k)).all()
    assert ((roles == 2) == np.isin(np.arange(k), expected[:70])).all()
    assert ((roles > 0) == may_take).all()


def test_sort_neighbors_lists_the_nearest(which):
    """Every list holds the nearest others in order, whatever it held before; ties to the lowest."""
    kernel = _kernels.load("lloyd", which)
    centers, _ = make_points(3, 70, spread=40)
    near = sorted_neighbors(kernel, centers, 32)
    for moved in (0, 5):
        centers[:, 0] += moved * np.arange(70, dtype=np.int32)
        near = sorted_neighbors(kernel, centers, 32, near)
        for c in range(70):
            distances = ((centers - centers[c]).astype(np.int64) ** 2).sum(axis=1)
            expected = sorted((-(-int(distances[o]) // 4), o) for o in range(70) if o != c)
            assert [(int(v) >> 16, int(v) & 65535) for v in near[c]] == expected[:32]


def test_halve_clusters_is_brute_force(which):
    """Spread, widest axis and upper half of each cluster."""
    kernel = _kernels.load("swapping", which)
    points, weights = make_points(4, 100)
    centers = points[:6].copy()
    labels = oracles.nearest(points, centers)[0].astype(np.int32)
    spread, axes = np.zeros((6, 4), dtype=np.int64), np.zeros(6, dtype=np.int32)
    upper = np.zeros((6, 5), dtype=np.int64)
    kernel.halve_clusters(points, weights, labels, centers, spread, axes, upper)
    expected = oracles.halves(points, weights, labels, centers)
    assert (spread == expected[0]).all()
    assert (axes == expected[1]).all()
    assert (upper == expected[2]).all()


@pytest.mark.parametrize("n_firm", [0, 60])
@pytest.mark.parametrize("k", [2, 7, 60])
def test_share_out_is_brute_force(which, k, n_firm):
    """Each point goes to its second nearest centre, also where labels are not the nearest.

    Firm points go to firm centres, and nowhere if none of them is listed.
    """
    points, weights = make_points(11, 150, dims=4)
    centers = points[:k].copy()
    near = sorted_neighbors(_kernels.load("lloyd", which), centers, min(k - 1, 20))
    labels = oracles.nearest(points, centers)[0].astype(np.int32)
    labels[::10] = 0
    extra = np.zeros(k, dtype=np.int64)
    shares = np.zeros((k, min(3, k - 1), 5), dtype=np.int64)
    roles = (np.arange(k) % 5 == 1).astype(np.uint8)
    _kernels.load("swapping", which).share_out(
        points, weights, centers, near, labels, roles, n_firm, extra, shares
    )
    lists = [[int(entry) & 65535 for entry in row] for row in near]
    expected = oracles.shares(
        points, weights, labels, centers, lists, shares.shape[1], (roles, n_firm)
    )
    assert (extra == expected[0]).all()
    assert (shares == expected[1]).all()


@pytest.mark.parametrize("n_groups", [1, 5, 60, 200])
def test_split_groups_is_brute_force(which, n_groups):
    """The same groups in the same order; no more than there are distinct points."""
    points, weights = make_points(5, 90)
    points -= 8000
    order = np.arange(90, dtype=np.int32)
    groups = np.zeros((n_groups, 9), dtype=np.int64)
    count = _kernels.load("splitting", which).split_groups(points, weights, order, groups)
    expected = oracles.split_groups(points, weights, n_groups)
    found = [sorted(order[a:b].tolist()) for a, b in groups[:count, :2]]
    assert found == expected


@pytest.mark.parametrize("k", [1, 8, 9, 100])
def test_tree_is_brute_force(which, k):
    """The k-d tree finds the nearest centre, ties to the lowest, and sums like Lloyd's kernel."""
    kernel = _kernels.load("nearest", which)
    points, weights = make_points(6, 150, spread=60, dims=4)
    centers = np.vstack([points[: k // 2 + 1], points[: k - k // 2 - 1]])
    tree = CenterTree(centers)
    labels = np.zeros(150, dtype=np.int32)
    kernel.find_nearest(points, *tree.arrays, labels, tree.scratch(), 0, 150)
    expected, distances = oracles.nearest(points, centers)
    assert (labels == expected).all()
    labels[:] = 0
    sums = np.zeros((k, 5), dtype=np.int64)
    inertia, changed = kernel.assign_by_tree(
        points, weights, *tree.arrays, labels, sums, tree.scratch(), 0, 150
    )
    assert (labels == expected).all()
    assert (inertia, changed) == ((distances * weights).sum(), (expected != 0).sum())
    assert (sums == oracles.cluster_sums(points, weights, expected, k)).all()


@pytest.mark.parametrize("most", [1, 7, 32])
@pytest.mark.parametrize("k", [2, 8, 9, 61])
def test_find_neighbors_is_brute_force(which, k, most):
    """The nearest other centres in rising order, with repeated centres and filled leaves."""
    centers = make_points(9, k, spread=30)[0]
    tree = CenterTree(centers)
    near = np.zeros((k, min(most, k - 1)), dtype=np.int64)
    kernel = _kernels.load("nearest", which)
    kernel.find_neighbors(centers, *tree.arrays, near, tree.scratch())
    assert (near == oracles.neighbors(centers, most)).all()


def make_gentle(seed, height, width):
    """Return (H, W, 4) points that change little from pixel to pixel, but for one edge."""
    y, x, axis = np.mgrid[0:height, 0:width, 0:4]
    points = (7 * axis * x + 5 * y + 100 * axis) * 40 - 3000
    points[height // 2 :, : width // 2] *= -1
    noise = np.random.default_rng(seed).integers(-60, 61, points.shape)
    return np.clip(points + noise, -16320, 16320).astype(np.int32)


@pytest.mark.parametrize("k", [1, 5, 40])
@pytest.mark.parametrize("share", [0, 100, 256])
@pytest.mark.parametrize("tolerance", [0, 3, 64])
def test_diffuse_rows_is_brute_force(which, share, tolerance, k):
    """Error diffusion in both directions, in bands of one row and of several."""
    kernel = _kernels.load("dithering", which)
    for targets in (make_gentle(7, 12, 9), make_points(7, 12 * 9, dims=4)[0].reshape(12, 9, 4)):
        palette = make_points(8, k, dims=4)[0]
        palette[0] = targets[3, 3]
        near = oracles.neighbors(palette, 12)
        errors = np.zeros((2, 11, 4), dtype=np.int32)
        target = np.zeros((1, 4), dtype=np.int32)
        expected = oracles.diffuse(targets, palette, share, tolerance, 12)
        for top, bottom in ((0, 1), (1, 2), (2, 7), (7, 12)):
            points = targets[top:bottom].reshape(-1, 4).copy()
            labels = oracles.nearest(points, palette)[0].astype(np.int32)
            kernel.diffuse_rows(
                points, palette, near, errors, target, labels, share, tolerance, top
            )
            assert (labels.reshape(-1, 9) == expected[top:bottom]).all()


@pytest.mark.parametrize("k", [1, 5, 40])
@pytest.mark.parametrize("share", [0, 90, 255])
def test_mix_rows_is_brute_force(which, share, k):
    """Mixing by thresholds, whole and in bands that see a row more on each side."""
    kernel = _kernels.load("dithering", which)
    ranks = np.random.default_rng(1).permutation(25).astype(np.int32).reshape(5, 5)
    for targets in (make_gentle(7, 12, 9), make_points(7, 12 * 9, dims=4)[0].reshape(12, 9, 4)):
        palette = make_points(8, k, dims=4)[0] // 2
        palette[0] = targets[3, 3]
        near = oracles.neighbors(palette, 12)
        flat = oracles.nearest(targets.reshape(-1, 4), palette)[0].astype(np.int32)
        expected = oracles.mix(targets, palette, ranks, share, 12)
        for top, bottom in ((0, 12), (0, 1), (3, 8), (11, 12)):
            first, last = max(0, top - 1), min(12, bottom + 1)
            points = targets[first:last].reshape(-1, 4).copy()
            labels = flat[first * 9 : last * 9].copy()
            kernel.mix_rows(
                points, palette, near, ranks, labels, share, 9, top - first, bottom - first, first
            )
            labels = labels.reshape(-1, 9)[top - first : bottom - first]
            assert (labels == expected[top:bottom]).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_gathering_is_indexing(which, dtype, channels):
    """Both gathers are what numpy's indexing gives."""
    kernel = _kernels.load("lookup", which)
    rng = np.random.default_rng(9)
    palette = rng.integers(0, 256, (200, channels)).astype(np.uint8)
    numbers = rng.integers(0, 50, 70).astype(np.int32)
    labels = rng.integers(0, 200, 50).astype(np.int32)
    indices = np.zeros(70, dtype=dtype)
    kernel.gather_labels(labels, numbers, indices, 0, 70)
    assert (indices == labels[numbers]).all()
    pixels = np.zeros((70, channels), dtype=np.uint8)
    kernel.gather_colors(palette, indices, pixels, 0, 70)
    assert (pixels == palette[indices]).all()


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (8, 11)])
def test_contrasts_are_differences_from_the_four_around(which, shape, channels):
    """In ranges that begin and end within rows, summed by number; even pixels are counted."""
    kernel = _kernels.load("contrast", which)
    rng = np.random.default_rng(11)
    pixels = rng.choice([0, 0, 0, 0, 9, 255], (*shape, channels)).astype(np.uint8)
    numbers = rng.integers(0, 5, shape).astype(np.int32)
    even, sums = np.zeros(5, dtype=np.int64), np.zeros(5, dtype=np.int64)
    n = numbers.size
    for start, stop in ((0, n // 3), (n // 3, n // 2), (n // 2, n)):
        kernel.sum_contrasts(
            pixels.reshape(-1, channels), numbers.reshape(-1), even, sums, shape[1], start, stop
        )
    expected = oracles.contrasts(pixels)
    for number in range(5):
        mine = expected[numbers == number]
        assert (even[number], sums[number]) == ((mine == 0).sum(), mine.sum())
