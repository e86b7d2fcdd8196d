"""The measures of benchmarks/region_measures.py and picks.py, by hand and by other libraries."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from picks import best_clusters, best_regions
from region_measures import (
    contingency,
    measure,
    overlaps,
    rand_index,
    summarize,
    variation_of_information,
)
from scipy import ndimage

HALVES = np.array([[1, 1, 2, 2], [1, 1, 2, 2]])
THIRD = np.array([[7, 7, 7, 9], [7, 7, 7, 9]])  # a border one column further to the right
ONE = np.zeros((2, 4), dtype=int)


def random_labels(seed, n_labels=5, shape=(13, 17)):
    """Return a plane of random labels from 1."""
    return np.random.default_rng(seed).integers(1, n_labels + 1, shape)


def test_tables_count_pixels_of_pairs():
    """The table counts the pixels of each pair of labels, of equal shapes only."""
    assert contingency(HALVES, THIRD).tolist() == [[4, 0], [2, 2]]
    assert contingency(HALVES, ONE).tolist() == [[4], [4]]
    with pytest.raises(ValueError, match="sizes differ"):
        contingency(HALVES, THIRD[:1])


def test_overlaps_by_hand():
    """Overlaps and covering are those worked out by hand."""
    assert overlaps(contingency(HALVES, THIRD)).tolist() == [4 / 6, 2 / 4]
    assert measure(THIRD, [HALVES]).covering == pytest.approx((4 * 4 / 6 + 4 * 2 / 4) / 8)
    assert measure(HALVES, [HALVES]).covering == 1
    assert measure(ONE, [HALVES]).covering == 0.5


def test_rand_index_by_hand():
    """Of 28 pairs, 6 + 1 + 1 are together in both and 8 apart in both."""
    assert rand_index(contingency(HALVES, THIRD)) == pytest.approx((6 + 1 + 1 + 8) / 28)
    assert rand_index(contingency(HALVES, HALVES)) == 1
    assert rand_index(contingency(ONE[:1, :1], ONE[:1, :1])) == 1


def test_variation_of_information_by_hand():
    """One half tells nothing of which half it is: one bit is missing."""
    assert variation_of_information(contingency(HALVES, ONE)) == pytest.approx(1)
    assert variation_of_information(contingency(HALVES, HALVES)) == pytest.approx(0)
    rest = -(2 / 3 * math.log2(2 / 3) + 1 / 3 * math.log2(1 / 3)) * 6 / 8
    assert variation_of_information(contingency(HALVES, THIRD)) == pytest.approx(rest + 0.5)


@pytest.mark.parametrize("seed", range(4))
def test_other_libraries_agree(seed):
    """Rand index and variation of information are those of scikit-learn and scikit-image."""
    from skimage.metrics import variation_of_information as of_skimage  # noqa: PLC0415
    from sklearn.metrics import rand_score  # noqa: PLC0415

    truth, labels = random_labels(seed), random_labels(seed + 50, 3)
    table = contingency(truth, labels)
    assert rand_index(table) == pytest.approx(rand_score(truth.ravel(), labels.ravel()))
    assert variation_of_information(table) == pytest.approx(of_skimage(truth, labels).sum())


def test_drawings_are_weighed_by_their_pixels_and_means_taken():
    """Segments of several drawings weigh by pixels, and indices are means."""
    found = measure(THIRD, [HALVES, ONE])
    assert found.weights.tolist() == [4, 4, 8]
    assert found.overlaps.tolist() == [4 / 6, 2 / 4, 6 / 8]
    assert found.covering == pytest.approx((4 * 4 / 6 + 4 * 2 / 4 + 8 * 6 / 8) / 16)
    both = [rand_index(contingency(truth, THIRD)) for truth in (HALVES, ONE)]
    assert found.rand_index == pytest.approx(np.mean(both))


def test_summaries_take_the_best_setting_for_all_and_for_each():
    """Summaries have the best setting for all pictures and the best for each."""
    pictures = [
        [measure(labels, [HALVES]) for labels in (ONE, THIRD, HALVES)],
        [measure(labels, [ONE]) for labels in (ONE, THIRD, HALVES)],
    ]
    found = summarize(pictures)
    by_setting = np.mean([[m.covering for m in row] for row in pictures], axis=0)
    assert found.setting == by_setting.argmax()
    assert found.covering == (pytest.approx(by_setting.max()), 1.0)
    assert found.best_covering == 1
    assert found.rand_index[1] == 1
    assert found.variation_of_information[1] == pytest.approx(0)
    assert found.variation_of_information[0] == pytest.approx(0.5)  # one segment, or two halves


@pytest.mark.parametrize("seed", range(6))
def test_picks_are_the_best_of_all_sets(seed):
    """Picked clusters and regions are as good as the best of all sets."""
    labels = random_labels(seed, 6, (5, 6))
    wanted = np.random.default_rng(seed).random((5, 6)) < 0.3 + 0.4 * (labels < 3)
    numbers = np.unique(labels)
    best = 0.0
    for size in range(1, len(numbers) + 1):
        for pick in itertools.combinations(numbers, size):
            mask = np.isin(labels, pick)
            best = max(best, (mask & wanted).sum() / (mask | wanted).sum())
    assert best_clusters(labels, wanted) == pytest.approx(best)
    assert best_regions(labels, wanted) == pytest.approx(best)


def test_regions_are_a_finer_choice_than_clusters():
    """Regions can part what clusters cannot, and too many clusters are refused."""
    labels = np.array([[0, 0, 1, 1, 0, 0]])
    wanted = np.array([[1, 1, 0, 0, 0, 0]], dtype=bool)
    regions = sum(ndimage.label(labels == k)[0] + 10 * k * (labels == k) for k in (0, 1))
    assert best_clusters(labels, wanted) == 0.5
    assert best_regions(regions, wanted) == 1
    with pytest.raises(ValueError, match="13 labels"):
        best_clusters(np.arange(13)[None], np.ones((1, 13), dtype=bool))
