"""``cluster_digits`` and ``Grouping``: numbers, members, merging, splitting, the tree, reports."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

import kmcodec
from kmcodec.digits.grouping import Grouping, by_size
from kmcodec.files.samples import bundled_digits


@pytest.fixture(scope="module")
def small():
    """Return 600 of scikit-learn's digits and their labels."""
    images, labels = bundled_digits()
    return images[:600], labels[:600]


@pytest.fixture(scope="module")
def mnist(data):
    """Return MNIST's test digits and their labels."""
    from kmcodec.files.digits import read_images, read_labels  # noqa: PLC0415

    images = read_images(data / "mnist" / "t10k-images-idx3-ubyte.gz")
    return images, read_labels(data / "mnist" / "t10k-labels-idx1-ubyte.gz", len(images))


@pytest.fixture
def bars():
    """Return ten images in three groups by hand: 5 white, 3 gray, 2 dark; one differs a little."""
    levels = [90, 250, 250, 30, 90, 250, 30, 250, 90, 240]
    images = np.array([np.full((2, 2), level) for level in levels], dtype=np.uint8)
    labels = [levels_to_label(level) for level in levels]
    return Grouping(images, np.array(labels), images.reshape(10, 4))


def levels_to_label(level):
    """Return numbers that are not those by size."""
    return {30: 7, 90: 2}.get(level, 5)


def test_clusters_are_numbered_by_size_then_first_member(bars):
    """The largest cluster is 0, and of equal ones that with the first member."""
    assert bars.labels.tolist() == [1, 0, 0, 2, 1, 0, 2, 0, 1, 0]
    assert bars.sizes.tolist() == [5, 3, 2]
    assert by_size(np.array([4, 9, 9, 4, 1])).tolist() == [0, 1, 1, 0, 2]


def test_centers_distances_and_inertia(bars):
    """Centres are means, distances are squared, and inertia is their sum."""
    assert bars.centers[:, 0, 0].tolist() == [248, 90, 30]
    assert bars.distances.tolist() == [0, 4, 4, 0, 0, 4, 0, 4, 0, 16]
    assert bars.inertia == 4 * 16 + 256


def test_members_nearest_and_sample(bars):
    """Members come in order, the nearest first, and samples repeat with their seed."""
    assert bars.members(0).tolist() == [1, 2, 5, 7, 9]
    assert bars.nearest(0, 2).tolist() == [1, 2]
    assert bars.nearest(0, 10)[-1] == 9
    drawn = bars.sample(0, 3, seed=4)
    assert len(set(drawn.tolist())) == 3
    assert set(drawn.tolist()) <= {1, 2, 5, 7, 9}
    assert np.array_equal(drawn, bars.sample(0, 3, seed=4))
    assert bars.sample(2, 10).tolist() == [3, 6]


def test_merge(bars):
    """Merged clusters are one, with the mean of all members as its centre."""
    merged = bars.merge([1, 2])
    assert merged.labels.tolist() == [0, 1, 1, 0, 0, 1, 0, 1, 0, 1]
    assert merged.sizes.tolist() == [5, 5]
    assert merged.centers[0, 0, 0] == round((3 * 90 + 2 * 30) / 5)


def test_split(bars):
    """A split cluster is two, numbered again by size."""
    parted = bars.split(0, 2)
    assert parted.sizes.tolist() == [4, 3, 2, 1]
    assert parted.members(3).tolist() == [9]


def test_rearrange_speaks_of_the_numbers_before(bars):
    """All numbers given to rearrange are those before any change."""
    found = bars.rearrange(merge=[(1, 2)], split={0: 2})
    assert found.sizes.tolist() == [5, 4, 1]
    assert found.members(0).tolist() == [0, 3, 4, 6, 8]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda g: g.merge([0, 3]), "cluster is 3"),
        (lambda g: g.merge([0, 1], [1, 2]), "cluster 1 is to be merged or split twice"),
        (lambda g: g.rearrange(merge=[(0, 1)], split={1: 2}), "cluster 1 is to be"),
        (lambda g: g.split(0, 6), "number of parts of cluster 0 is 6"),
        (lambda g: g.split(1, 2), "only 1 images are distinct"),
        (lambda g: g.split(3), "cluster is 3"),
        (lambda g: g.members(-1), "cluster is -1"),
        (lambda g: g.nearest(0, -1), "n is -1"),
        (lambda g: g.report([1, 2]), "there are 2 labels for 10 images"),
        (lambda g: g.report(np.zeros(10)), "labels are float64"),
    ],
)
def test_wrong_use_is_told(bars, call, message):
    """Wrong clusters, parts and labels raise InputError that names them."""
    with pytest.raises(kmcodec.InputError, match=message):
        call(bars)


def test_groupings_are_frozen_and_checked(bars):
    """Labels cannot be changed, and points of another number are refused."""
    with pytest.raises(ValueError, match="read-only"):
        bars.labels[0] = 1
    with pytest.raises(kmcodec.InputError, match="points have shape"):
        Grouping(bars.images, bars.labels, bars.points[:3])
    with pytest.raises(kmcodec.InputError, match="features is 'x'"):
        Grouping(bars.images, bars.labels, bars.points, "x")


def test_the_tree_joins_the_nearest_first(bars):
    """The hierarchy joins the two nearest centres first, at their distance."""
    tree = bars.hierarchy()
    assert tree.shape == (2, 4)
    assert sorted(tree[0, :2].tolist()) == [1, 2]
    assert tree[0, 2] == 120  # 60 in each of four pixels
    assert bars.merge([0, 1, 2]).hierarchy().shape == (0, 4)


def test_report(bars):
    """Accuracy, purity, matches and table are those counted by hand, NMI and ARI scikit-learn's."""
    truth = np.array([4, 8, 8, 4, 4, 8, 4, 8, 3, 4])
    report = bars.report(truth)
    assert report.classes.tolist() == [3, 4, 8]
    assert report.table.tolist() == [[0, 1, 4], [1, 2, 0], [0, 2, 0]]
    assert report.matches == (8, 3, 4)
    assert report.accuracy == (4 + 1 + 2) / 10
    assert report.purity == (4 + 2 + 2) / 10
    assert report.majorities.tolist() == [8, 4, 4]
    assert report.purities.tolist() == [4 / 5, 2 / 3, 1]
    assert report.nmi == pytest.approx(normalized_mutual_info_score(truth, bars.labels))
    assert report.ari == pytest.approx(adjusted_rand_score(truth, bars.labels))


def test_clusters_beyond_the_classes_have_no_match(bars):
    """A cluster that no class is left for has no match."""
    assert bars.report(np.zeros(10, dtype=int)).matches == (0, None, None)


@pytest.mark.parametrize("features", ["raw", "gradients", "spectral"])
def test_features_find_digits_and_repeat_themselves(small, features):
    """Each kind of features groups digits well enough, and twice the same."""
    images, labels = small
    found = kmcodec.cluster_digits(images, features=features)
    again = kmcodec.cluster_digits(images.reshape(600, 64), features=features)
    assert np.array_equal(found.labels, again.labels)
    assert found.n_clusters == 10
    assert (np.diff(found.sizes) <= 0).all()
    assert (
        found.report(labels).accuracy > {"raw": 0.65, "gradients": 0.75, "spectral": 0.75}[features]
    )


@pytest.mark.parametrize("features", ["raw", "gradients", "spectral"])
@pytest.mark.parametrize("n_clusters", [1, 3, 12])
def test_few_images(small, features, n_clusters):
    """Twelve images make 1, 3 or 12 clusters with any features."""
    found = kmcodec.cluster_digits(small[0][:12], n_clusters, features=features)
    assert found.n_clusters == n_clusters
    assert found.sizes.sum() == 12
    assert found.split(0, 1).n_clusters == n_clusters


def test_images_need_not_be_square(small):
    """Images of 6 x 8 are grouped, and centres have that shape."""
    found = kmcodec.cluster_digits(small[0][:80, 1:7], 3, features="gradients")
    assert found.centers.shape == (3, 6, 8)


@pytest.mark.parametrize(
    ("images", "n_clusters", "message"),
    [
        (np.zeros((5, 4, 4), np.uint8), 2, "all images are black"),
        (np.full((5, 4, 4), 9, np.uint8), 2, "only 1 images are distinct"),
        (np.eye(4, dtype=np.uint8)[None], 2, "n_clusters is 2, but there are 1 images"),
        (np.eye(4, dtype=np.uint8)[None], 0, "n_clusters is 0"),
        (np.zeros((0, 4, 4), np.uint8), 1, "there are no images"),
        (np.full((5, 4, 4), -0.5), 1, "values from -0.5 to -0.5, expected 0 to 255"),
    ],
)
@pytest.mark.parametrize("features", ["raw", "gradients", "spectral"])
def test_what_cannot_be_grouped(images, n_clusters, message, features):
    """Black, equal, missing or too few images raise InputError."""
    with pytest.raises(kmcodec.InputError, match=message):
        kmcodec.cluster_digits(images, n_clusters, features=features)


def test_unknown_features(small):
    """An unknown kind of features raises InputError."""
    with pytest.raises(kmcodec.InputError, match="features is 'deep'"):
        kmcodec.cluster_digits(small[0], features="deep")


def test_images_that_features_do_not_tell_apart_make_fewer_groups():
    """Even grounds have no strokes."""
    images = np.array([np.full((28, 28), level) for level in (10, 20, 30, 40)], dtype=np.uint8)
    images[3, 5:20, 9] = 255
    found = kmcodec.cluster_digits(images, 4, features="gradients")
    assert 2 <= found.n_clusters <= 4


def test_raw_digits_as_a_newcomer_groups_them():
    """All bundled digits by their pixels: no poor optimum, whatever the seed."""
    images, labels = bundled_digits()
    theirs = KMeans(10, n_init=10, random_state=0).fit(images.reshape(-1, 64)).inertia_
    for seed in range(5):
        found = kmcodec.cluster_digits(images, seed=seed)
        assert found.report(labels).accuracy >= 0.78
        assert found.inertia <= 1.0005 * theirs


def test_raw_digits_of_mnist_are_as_good_as_those_of_scikit_learn(mnist):
    """On MNIST, raw groups have the inertia of the best of ten starts, and their accuracy."""
    images, labels = mnist
    ours = [kmcodec.cluster_digits(images, seed=seed) for seed in range(5)]
    theirs = KMeans(10, n_init=10, random_state=0).fit(images.reshape(-1, 784).astype(np.float32))
    assert max(found.inertia for found in ours) <= 1.0005 * theirs.inertia_
    assert 0.5 < ours[0].report(labels).accuracy < 0.62


def test_gradients_of_mnist(mnist):
    """Gradients reach an accuracy of 0.92 on MNIST."""
    images, labels = mnist
    assert kmcodec.cluster_digits(images, features="gradients").report(labels).accuracy >= 0.92


def test_spectral_groups_of_mnist(mnist):
    """Spectral groups reach an accuracy of 0.985 on MNIST."""
    images, labels = mnist
    report = kmcodec.cluster_digits(images, features="spectral").report(labels)
    assert report.accuracy >= 0.985
    assert report.nmi >= 0.96
