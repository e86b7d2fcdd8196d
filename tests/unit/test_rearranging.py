"""Clusters of digits are merged and split one after another; parts are found in whole numbers."""

from __future__ import annotations

import numpy as np
import pytest

import kmcodec
from kmcodec.digits import Merge, Split
from kmcodec.digits.parting import as_bytes, parts_of
from kmcodec.files.samples import bundled_digits


@pytest.fixture(scope="module")
def groups():
    """Return six clusters of 200 digits."""
    return kmcodec.cluster_digits(bundled_digits()[0][:200], 6)


def test_names_tell_where_clusters_are_from(groups):
    """What is merged has all names, a part the name of what it is from."""
    found = groups.follow([Merge(((5,), (2,))), Split((5,), 2), Split((0,), 3)])
    assert sorted(found.names) == [
        "0.1 from 0",
        "0.2 from 0",
        "0.3 from 0",
        "1",
        "2.1 from 2+5",
        "2.2 from 2+5",
        "3",
        "4",
    ]
    together = found.labels[np.isin(groups.labels, [2, 5])]
    assert {found.names[n] for n in together} == {"2.1 from 2+5", "2.2 from 2+5"}
    assert found.merge([0, 1]).names == ()


def test_steps_agree_with_rearrange(groups):
    """One split of a cluster as it came is that of ``split``."""
    assert (groups.follow([Split((1,), 3)]).labels == groups.split(1, 3).labels).all()


def test_parts_are_as_good_as_kmeans():
    """Two clouds are told apart, the larger is part 0, and the sum of squares is near the best."""
    rng = np.random.default_rng(3)
    points = np.concatenate([rng.integers(0, 90, (40, 9)), rng.integers(120, 255, (60, 9))])
    labels = parts_of(points.astype(np.uint8), 2)
    assert labels.tolist() == [1] * 40 + [0] * 60
    images = bundled_digits()[0].reshape(-1, 64)

    def inertia(labels):
        return sum(
            ((images[labels == n] - images[labels == n].mean(axis=0)) ** 2).sum() for n in range(5)
        )

    best = kmcodec.KMeansQuantizer(5, random_state=0).fit_predict(images)
    assert inertia(parts_of(images, 5)) < 1.05 * inertia(best)


def test_equal_points_have_no_parts():
    """Where fewer points are distinct than parts wanted, an error says so."""
    with pytest.raises(kmcodec.InputError, match="too few images are distinct for 3 parts"):
        parts_of(np.repeat(np.eye(2, 5, dtype=np.uint8), 9, axis=0), 3)


def test_points_become_bytes():
    """Floats go from 0 to 255, bytes stay; equal floats make no trouble."""
    assert as_bytes(np.array([[-1.0, 0.0], [1.0, 0.5]])).tolist() == [[0, 128], [255, 191]]
    assert as_bytes(np.ones((2, 3))).max() == 0
    same = np.arange(6, dtype=np.uint8).reshape(2, 3)
    assert as_bytes(same) is same
