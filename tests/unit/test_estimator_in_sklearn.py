"""``KMeansQuantizer`` among scikit-learn's own tools."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler

from kmcodec import KMeansQuantizer


@pytest.fixture(scope="module")
def samples():
    """Return 600 samples around six centres."""
    rng = np.random.default_rng(3)
    centers = rng.integers(20, 230, (6, 3))
    noise = rng.integers(-12, 13, (600, 3))
    return (centers[np.arange(600) % 6] + noise).clip(0, 255).astype(np.uint8)


def test_pipeline(samples):
    """A pipeline predicts and transforms as the estimator alone does."""
    steps = [("keep", FunctionTransformer()), ("quantize", KMeansQuantizer(n_clusters=6))]
    pipeline = Pipeline(steps).fit(samples)
    alone = KMeansQuantizer(n_clusters=6).fit(samples)
    assert (pipeline.predict(samples) == alone.predict(samples)).all()
    assert np.allclose(pipeline.transform(samples), alone.transform(samples))
    scaled = make_pipeline(MinMaxScaler(), KMeansQuantizer(n_clusters=6)).fit(samples)
    assert len(np.unique(scaled.predict(samples))) == 6


def test_grid_search(samples):
    """A grid search finds the number of clusters that the samples have."""
    search = GridSearchCV(KMeansQuantizer(), {"n_clusters": [2, 4, 6]}, cv=3)
    search.fit(samples.astype(float))
    assert search.best_params_ == {"n_clusters": 6}


def test_clone_and_pickle(samples):
    """A clone has the parameters and no centres, a pickled estimator predicts the same."""
    fitted = KMeansQuantizer(n_clusters=5).fit(samples)
    fresh = clone(fitted)
    assert fresh.get_params() == fitted.get_params()
    assert not hasattr(fresh, "cluster_centers_")
    again = pickle.loads(pickle.dumps(fitted))  # noqa: S301
    assert (again.predict(samples) == fitted.predict(samples)).all()


def test_set_output(samples):
    """set_output gives a pandas table with the estimator's column names."""
    fitted = KMeansQuantizer(n_clusters=3).set_output(transform="pandas").fit(samples)
    table = fitted.transform(samples)
    assert isinstance(table, pd.DataFrame)
    assert list(table.columns) == list(fitted.get_feature_names_out())
    assert table.shape == (600, 3)


def test_weights_are_routed(samples):
    """With routing, weights reach the quantizer inside a pipeline, and change what it finds."""
    weights = np.where(samples[:, 0] > 128, 1000.0, 0.001)
    with sklearn.config_context(enable_metadata_routing=True):
        quantizer = KMeansQuantizer(n_clusters=2).set_fit_request(sample_weight=True)
        routed = make_pipeline(FunctionTransformer(), quantizer)
        routed.fit(samples, sample_weight=weights)
    weighed = KMeansQuantizer(n_clusters=2).fit(samples, sample_weight=weights)
    plain = KMeansQuantizer(n_clusters=2).fit(samples)
    assert np.allclose(routed[-1].cluster_centers_, weighed.cluster_centers_)
    assert not np.allclose(weighed.cluster_centers_, plain.cluster_centers_)
