"""KMeansQuantizer: scikit-learn's own checks, and the integer engine behind it."""

from __future__ import annotations

import pickle

import numpy as np
import oracles
import pytest
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

from kmcodec import KMeansQuantizer, histogram
from kmcodec.kmeans import lloyd

EXPECTED_FAILURES = {
    "check_sample_weight_equivalence_on_dense_data": (
        "floating-point data goes to scikit-learn's KMeans, whose random start is another one when"
        " samples are repeated; scikit-learn expects the same failure of KMeans itself. 8-bit data"
        " does pass: test_weights_are_repetitions"
    ),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks(
    [KMeansQuantizer(n_clusters=3)], expected_failed_checks=lambda _: EXPECTED_FAILURES
)
def test_scikit_learn_conventions(estimator, check):
    """The estimator passes scikit-learn's own checks, but for those that are explained."""
    check(estimator)


@pytest.fixture(scope="module", params=[1, 2, 3, 4, 8, 64])
def samples(request):
    """Return (n, d) 8-bit samples with repetitions."""
    rng = np.random.default_rng(request.param)
    return rng.integers(0, 200, (400, request.param)).astype(np.uint8) // 3


def test_attributes_agree_with_one_another(samples):
    """Labels, inertia, predict, score and inverse_transform are all those of the centres."""
    fitted = KMeansQuantizer(n_clusters=9).fit(samples)
    labels, distances = oracles.nearest(samples.astype(int) * 64, fitted.cluster_centers_ * 64)
    assert (fitted.cluster_centers_ * 64 % 1 == 0).all()
    assert (fitted.labels_ == labels).all()
    assert fitted.inertia_ == distances.sum() / 64**2
    assert (fitted.predict(samples) == labels).all()
    assert fitted.score(samples) == pytest.approx(-fitted.inertia_)
    assert (fitted.inverse_transform(labels) == fitted.cluster_centers_[labels]).all()
    assert (fitted.transform(samples).argmin(axis=1) == labels).mean() > 0.99  # ties apart
    assert fitted.n_iter_ >= 1
    assert fitted.n_features_in_ == samples.shape[1]


@pytest.mark.parametrize("max_iter", [1, 3, 300])
def test_max_iter_is_a_limit(samples, max_iter):
    """n_iter_ is from 1 to max_iter."""
    assert 1 <= KMeansQuantizer(n_clusters=9, max_iter=max_iter).fit(samples).n_iter_ <= max_iter


def test_as_good_as_scikit_learn(samples):
    """The integer engine converges to no more inertia than scikit-learn's KMeans, 1 % at most."""
    ours = KMeansQuantizer(n_clusters=9).fit(samples).inertia_
    theirs = KMeans(9, n_init=1, random_state=0).fit(samples.astype(float)).inertia_
    assert ours <= 1.01 * theirs


def test_weights_are_repetitions(samples):
    """A weight is as good as repeating the sample that often; a weight of 0 removes it."""
    weights = np.random.default_rng(1).integers(0, 4, len(samples))
    weighted = KMeansQuantizer(n_clusters=5).fit(samples, sample_weight=weights)
    repeated = KMeansQuantizer(n_clusters=5).fit(np.repeat(samples, weights, axis=0))
    assert (weighted.cluster_centers_ == repeated.cluster_centers_).all()
    assert weighted.inertia_ == repeated.inertia_
    assert (weighted.predict(samples) == repeated.predict(samples)).all()


def test_fractional_weights_scale(samples):
    """Weights of thirds give what whole weights give, and a third of the inertia."""
    weights = np.random.default_rng(2).integers(1, 5, len(samples))
    whole = KMeansQuantizer(n_clusters=5).fit(samples, sample_weight=weights)
    thirds = KMeansQuantizer(n_clusters=5).fit(samples, sample_weight=weights / 3)
    assert np.abs(whole.cluster_centers_ - thirds.cluster_centers_).max() <= 1 / 32
    assert thirds.inertia_ * 3 == pytest.approx(whole.inertia_, rel=1e-3)


def test_random_state_and_threads(samples, monkeypatch):
    """One seed, one result, whatever the number of threads."""
    monkeypatch.setattr(histogram, "SMALLEST_RANGE", 50)
    monkeypatch.setattr(lloyd, "SMALLEST_RANGE", 50)
    first = KMeansQuantizer(n_clusters=7, random_state=5, n_threads=1).fit(samples)
    again = KMeansQuantizer(n_clusters=7, random_state=5, n_threads=3).fit(samples)
    assert (first.cluster_centers_ == again.cluster_centers_).all()
    assert KMeansQuantizer(random_state=None).fit(samples).inertia_ > 0


@pytest.mark.parametrize("dimensions", [3, 20])
def test_other_data_goes_to_scikit_learn(dimensions):
    """Floating-point data gives exactly what scikit-learn's KMeans gives."""
    data = np.random.default_rng(3).normal(size=(100, dimensions))
    ours = KMeansQuantizer(n_clusters=4).fit(data)
    theirs = KMeans(4, n_init=1, random_state=0).fit(data)
    assert np.allclose(ours.cluster_centers_, theirs.cluster_centers_)
    assert (ours.labels_ == theirs.labels_).all()
    assert (ours.predict(data) == theirs.predict(data)).all()


def test_a_model_of_bytes_also_takes_floats(samples):
    """Predict, transform and score work on floating-point samples of the same width."""
    fitted = KMeansQuantizer(n_clusters=4).fit(samples)
    assert (fitted.predict(samples + 0.001) == fitted.labels_).mean() > 0.95
    assert fitted.transform(samples.astype(np.float64)).shape == (400, 4)


def test_bytes_after_floats():
    """A model of far-off floats labels 8-bit samples as it labels the same samples as floats."""
    rng = np.random.default_rng(4)
    centers = np.array([[700, 0, 0], [900, 700, 900], [-400, 0, 0], [100, 90, 80]])
    fitted = KMeansQuantizer(n_clusters=4).fit(
        np.repeat(centers, 20, axis=0) + rng.normal(size=(80, 3))
    )
    samples = rng.integers(0, 256, (500, 3)).astype(np.uint8)
    assert (fitted.predict(samples) == fitted.predict(samples.astype(float))).all()


def test_labels_are_checked(samples):
    """inverse_transform takes labels of any shape and refuses those out of range or not whole."""
    fitted = KMeansQuantizer(n_clusters=4).fit(samples)
    assert fitted.inverse_transform(np.zeros((2, 3), dtype=int)).shape == (2, 3, samples.shape[1])
    for labels in ([-1], [4], [0.5], fitted.transform(samples)):
        with pytest.raises(ValueError, match=r"beyond the 4|expected integers"):
            fitted.inverse_transform(labels)


@pytest.mark.parametrize("weight", [1e-320, 1e-12, 1e12, 1e300])
def test_tiny_and_huge_weights(samples, weight):
    """Only the ratios of weights move centres."""
    one = KMeansQuantizer(n_clusters=4).fit(samples)
    scaled = KMeansQuantizer(n_clusters=4).fit(samples, sample_weight=np.full(400, weight))
    assert np.abs(one.cluster_centers_ - scaled.cluster_centers_).max() <= 1 / 16


def test_in_a_pipeline(samples):
    """The estimator ends a pipeline that predicts and transforms."""
    pipeline = make_pipeline(FunctionTransformer(), KMeansQuantizer(n_clusters=3))
    assert pipeline.fit_predict(samples).shape == (400,)
    assert pipeline.transform(samples).shape == (400, 3)


def test_too_few_distinct_samples_warn():
    """Fewer distinct samples than clusters raise ConvergenceWarning and lose nothing."""
    data = np.repeat(np.array([[1, 2], [9, 9]], dtype=np.uint8), 5, axis=0)
    with pytest.warns(ConvergenceWarning, match=r"distinct clusters \(2\)"):
        fitted = KMeansQuantizer(n_clusters=4).fit(data)
    assert fitted.cluster_centers_.shape == (4, 2)
    assert fitted.inertia_ == 0


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"n_clusters": 0}, ValueError, "n_clusters == 0"),
        ({"n_clusters": 2.5}, TypeError, "n_clusters must be an instance"),
        ({"effort": 12}, ValueError, "effort == 12"),
        ({"max_iter": 0}, ValueError, "max_iter == 0"),
        ({"tol": -1.0}, ValueError, "tol == -1"),
        ({"n_threads": 0}, ValueError, "n_threads == 0"),
        ({"n_clusters": 500}, ValueError, "n_samples=400 should be >= n_clusters=500"),
    ],
)
def test_bad_parameters_are_refused(parameters, error, message, samples):
    """Each wrong parameter raises the error that scikit-learn raises for its like."""
    with pytest.raises(error, match=message):
        KMeansQuantizer(**parameters).fit(samples)


def test_bad_weights_are_refused(samples):
    """Weights that are all zero or negative raise ValueError."""
    with pytest.raises(ValueError, match="at least one non-zero"):
        KMeansQuantizer(n_clusters=2).fit(samples, sample_weight=np.zeros(400))
    with pytest.raises(ValueError, match="Negative values"):
        KMeansQuantizer(n_clusters=2).fit(samples, sample_weight=-np.ones(400))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("size", [19, 150, 400])
def test_partial_fits_are_one_fit(samples, size):
    """Whatever the chunks and their order: centres and inertia of everything seen."""
    whole = KMeansQuantizer(n_clusters=9).fit(samples)
    chunks = [samples[i : i + size] for i in range(0, len(samples), size)][::-1]
    parts = KMeansQuantizer(n_clusters=9)
    for chunk in chunks:
        parts.partial_fit(chunk)
    assert (parts.cluster_centers_ == whole.cluster_centers_).all()
    assert parts.inertia_ == whole.inertia_
    assert (parts.labels_ == whole.predict(chunks[-1])).all()


def test_partial_fits_add_whole_weights(samples):
    """Weighted chunks in another order give the centres and inertia of one fit."""
    weights = np.random.default_rng(5).integers(0, 50, len(samples))
    whole = KMeansQuantizer(n_clusters=7).fit(samples, sample_weight=weights)
    parts = KMeansQuantizer(n_clusters=7)
    for half in (slice(200, None), slice(0, 200)):
        parts.partial_fit(samples[half], sample_weight=weights[half])
    assert (parts.cluster_centers_ == whole.cluster_centers_).all()
    assert parts.inertia_ == whole.inertia_


def test_fit_forgets_what_partial_fits_saw(samples):
    """And partial_fit after it begins anew, on data of any width."""
    quantizer = KMeansQuantizer(n_clusters=3).partial_fit(samples)
    fresh = quantizer.fit(samples[:50]).cluster_centers_
    assert (fresh == KMeansQuantizer(n_clusters=3).fit(samples[:50]).cluster_centers_).all()
    wide = np.random.default_rng(6).normal(size=(60, 7))
    assert quantizer.partial_fit(wide).cluster_centers_.shape == (3, 7)


def test_chunks_of_two_kinds_do_not_mix(samples):
    """A chunk of floats after one of integers raises ValueError."""
    quantizer = KMeansQuantizer(n_clusters=3).partial_fit(samples)
    with pytest.raises(ValueError, match="do not mix"):
        quantizer.partial_fit(samples.astype(float))


def test_other_chunks_go_to_mini_batches():
    """Centres of two clouds in floats are found, chunk by chunk."""
    rng = np.random.default_rng(7)
    quantizer = KMeansQuantizer(n_clusters=2)
    for _ in range(6):
        cloud = rng.normal(0, 0.1, (100, 5)) + rng.integers(0, 2, (100, 1)) * 9.0
        quantizer.partial_fit(cloud)
    assert np.allclose(np.sort(quantizer.cluster_centers_[:, 0]), [0, 9], atol=0.2)
    assert quantizer.n_iter_ == 6
    assert quantizer.inertia_ == pytest.approx(-quantizer.score(cloud))


def test_a_call_that_raises_has_not_taken_its_samples(samples):
    """After calls that raise, further chunks give what one fit gives."""
    whole = KMeansQuantizer(n_clusters=5).fit(samples)
    parts = KMeansQuantizer(n_clusters=5).partial_fit(samples[:200])
    for wrong in (
        {"X": samples[200:].astype(float)},
        {"X": samples[:3], "sample_weight": [1, -1, 1]},
    ):
        with pytest.raises(ValueError, match=r"mix|negative|Negative"):
            parts.partial_fit(**wrong)
    with pytest.raises(ValueError, match="effort"):
        parts.set_params(effort=99).partial_fit(samples[200:])
    parts.set_params(effort=9).partial_fit(samples[200:])
    assert (parts.cluster_centers_ == whole.cluster_centers_).all()
    assert parts.inertia_ == whole.inertia_


def test_a_chunk_without_weight_changes_nothing(samples):
    """A chunk whose weights are zero leaves the centres as they are."""
    parts = KMeansQuantizer(n_clusters=5).partial_fit(samples[:200])
    before = parts.cluster_centers_
    parts.partial_fit(samples[200:], sample_weight=np.zeros(200))
    assert (parts.cluster_centers_ == before).all()


def test_one_random_state_is_one_seed(samples):
    """An instance is asked once, as by fit."""
    whole = KMeansQuantizer(n_clusters=7, effort=3, random_state=np.random.RandomState(4))
    parts = KMeansQuantizer(n_clusters=7, effort=3, random_state=np.random.RandomState(4))
    whole.fit(samples)
    for chunk in np.array_split(samples, 3):
        parts.partial_fit(chunk)
    assert (parts.cluster_centers_ == whole.cluster_centers_).all()


def test_few_samples_repeat_centres_and_go_on(samples):
    """A first chunk of too few samples repeats centres, and later chunks make up for it."""
    parts = KMeansQuantizer(n_clusters=9)
    with pytest.warns(ConvergenceWarning):
        parts.partial_fit(samples[:2])
    assert parts.cluster_centers_.shape == (9, samples.shape[1])
    parts.partial_fit(samples[2:])
    whole = KMeansQuantizer(n_clusters=9).fit(samples)
    assert (parts.cluster_centers_ == whole.cluster_centers_).all()
    copy = pickle.loads(pickle.dumps(parts))  # noqa: S301  (these are our own bytes)
    again = copy.partial_fit(samples)
    assert again.inertia_ == pytest.approx(2 * again.score(samples) * -1)


def test_floats_of_two_widths_and_old_centres():
    """Later chunks follow the first one's type, and centres once read stay as they were."""
    rng = np.random.default_rng(8)
    parts = KMeansQuantizer(n_clusters=2).partial_fit(rng.normal(size=(50, 3)).astype(np.float32))
    before = parts.cluster_centers_
    kept = before.copy()
    parts.partial_fit(rng.normal(size=(50, 3)))
    assert parts.cluster_centers_.dtype == np.float32
    assert (before == kept).all()


def test_weights_too_large_to_add_are_refused():
    """Weights whose sum overflows raise ValueError."""
    one_value = np.zeros((9, 1), dtype=np.uint8)
    with pytest.raises(ValueError, match="too large"):
        KMeansQuantizer(n_clusters=1).fit(one_value, sample_weight=np.full(9, 1e308))


def test_a_partial_fit_that_raises_changes_nothing():
    """A chunk that is refused leaves a fitted estimator as it was, its number of features too."""
    rng = np.random.default_rng(5)
    fitted = KMeansQuantizer(3).fit(rng.integers(0, 256, (40, 6), dtype=np.uint8))
    before = fitted.cluster_centers_.copy()
    wide = rng.integers(0, 256, (40, 9), dtype=np.uint8)
    with pytest.raises(ValueError, match="weight"):
        fitted.partial_fit(wide, sample_weight=np.zeros(40))
    assert fitted.n_features_in_ == 6
    assert (fitted.cluster_centers_ == before).all()
    assert fitted.predict(wide[:, :6]).shape == (40,)
