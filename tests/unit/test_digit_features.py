"""The transformers of digits: upright images, gradients, graphs of neighbours, pipelines."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.exceptions import NotFittedError
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline

import kmcodec
from kmcodec.digits.deskewing import deskew, to_canvas
from kmcodec.digits.features import OrientedGradients
from kmcodec.digits.spectral import GraphEmbedding, leading_vectors, shared_neighbors
from kmcodec.files.samples import bundled_digits


@pytest.fixture(scope="module")
def rows():
    """Return 300 of scikit-learn's digits as rows of bytes."""
    return bundled_digits()[0][:300].reshape(300, 64)


def slanted(slope):
    """Return a canvas with a stroke of this slope, a little off the middle."""
    y, x = np.mgrid[:28, :28]
    stroke = np.clip(2 - np.abs(x - 15 - slope * (y - 12)), 0, 1) * (np.abs(y - 12) < 9)
    return stroke.astype(np.float32)


@pytest.mark.parametrize("slope", [-0.5, 0.0, 0.7])
def test_strokes_become_upright_and_centred(slope):
    """A slanted stroke is upright, in the middle, and of the same mass."""
    shown = deskew(slanted(slope)[None])[0]
    y, x = np.mgrid[:28, :28]
    mass = shown.sum()
    assert (shown * x).sum() / mass == pytest.approx(13.5, abs=0.02)
    assert (shown * y).sum() / mass == pytest.approx(13.5, abs=0.51)
    assert ((x - 13.5) ** 2 * shown).sum() / mass < 1.5
    assert mass == pytest.approx(slanted(slope).sum(), rel=1e-4)


def test_blank_images_stay_blank():
    """Black images have nothing to straighten and stay black."""
    assert not deskew(np.zeros((2, 28, 28), np.float32)).any()


def test_canvas_keeps_its_own_size_and_resamples_others():
    """Images of 28 x 28 are only scaled to 0 to 1, others are resampled without changing shade."""
    image = np.arange(784, dtype=np.uint8).reshape(1, 28, 28)
    assert np.array_equal(to_canvas(image), image.astype(np.float32) / np.float32(255))
    even = to_canvas(np.full((1, 5, 9), 51, np.uint8))
    assert even.shape == (1, 28, 28)
    assert even == pytest.approx(0.2, abs=1e-6)


def test_gradients_have_length_one_and_do_not_mind_brightness(rows):
    """Features have length 1, and half the brightness gives the same."""
    plain = OrientedGradients(n_components=None)
    found = plain.fit_transform(rows)
    assert found.shape == (300, 16 * 49)
    assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-5)
    assert plain.transform(rows / 2) == pytest.approx(found, abs=1e-4)


def test_new_images_have_the_features_of_fitted_ones(rows):
    """New images have the features that fit_transform gave them."""
    features = OrientedGradients()
    fitted = features.fit_transform(rows)
    assert fitted.shape == (300, 60)
    assert features.transform(rows[:9]) == pytest.approx(fitted[:9], abs=1e-4)
    assert len(features.get_feature_names_out()) == 60


def test_neighbours_are_those_of_plain_distances():
    """New samples lie at the mean of the samples that are nearest by plain distances."""
    rng = np.random.default_rng(3)
    samples = rng.normal(size=(90, 5)).astype(np.float32)
    queries = rng.normal(size=(7, 5)).astype(np.float32)
    fitted = GraphEmbedding(3, n_neighbors=4).fit(samples)
    distances = np.linalg.norm(queries[:, None] - samples, axis=2)
    means = fitted.embedding_[np.argsort(distances, axis=1)[:, :4]].mean(axis=1)
    expected = means / np.linalg.norm(means, axis=1, keepdims=True)
    assert fitted.transform(queries) == pytest.approx(expected, abs=1e-9)


def test_weights_are_cubes_of_shares_of_common_neighbours():
    """The weight of two images is the cube of the share of neighbours that they have in common."""
    neighbors = np.array([[0, 1], [1, 0], [2, 1]])
    weights = shared_neighbors(neighbors).toarray()
    assert weights.tolist() == [[1, 1, 0], [1, 1, 0.125], [0, 0.125, 1]]


def test_eigenvectors_are_those_of_the_dense_matrix():
    """The leading vectors belong to the largest eigenvalues of the dense matrix."""
    rng = np.random.default_rng(4)
    samples = rng.normal(size=(200, 3)).astype(np.float32)
    index = NearestNeighbors(n_neighbors=9).fit(samples)
    affinity = shared_neighbors(index.kneighbors(samples, return_distance=False))
    dense = affinity.toarray()
    scale = 1 / np.sqrt(dense.sum(axis=1))
    values = np.linalg.eigvalsh(scale[:, None] * dense * scale)[::-1][:4]
    found = leading_vectors(affinity, 4)
    again = scale[:, None] * (dense @ (scale[:, None] * found))
    assert again == pytest.approx(found * values, abs=1e-6)


def test_the_graph_tells_rings_apart_and_places_new_samples():
    """K-means of the points themselves cannot part two rings about one centre."""
    rng = np.random.default_rng(5)
    turns = rng.uniform(0, 2 * np.pi, 400)
    radii = np.repeat([1.0, 3.0], 200) + rng.normal(0, 0.05, 400)
    points = np.column_stack([radii * np.cos(turns), radii * np.sin(turns)])
    pipeline = make_pipeline(GraphEmbedding(2), KMeans(2, n_init=3, random_state=0)).fit(points)
    labels = pipeline[-1].labels_
    assert len(set(labels[:200])) == len(set(labels[200:])) == 1
    assert labels[0] != labels[-1]
    assert pipeline.predict([[0.0, 1.02], [2.95, 0.1]]).tolist() == [labels[0], labels[-1]]


def test_pipelines_of_both_group_digits(rows):
    """Features and embedding work as steps of a scikit-learn pipeline."""
    pipeline = make_pipeline(
        OrientedGradients(), GraphEmbedding(10), KMeans(10, n_init=3, random_state=0)
    )
    labels = clone(pipeline).fit_predict(rows)
    assert len(set(labels)) == 10
    assert pipeline.set_params(graphembedding__n_neighbors=5).fit(rows).predict(rows[:4]).size == 4


def test_features_have_to_be_fitted_and_images_square(rows):
    """Use before fitting, odd images and wrong parameters raise the error of their fault."""
    with pytest.raises(NotFittedError):
        OrientedGradients().transform(rows)
    with pytest.raises(NotFittedError):
        GraphEmbedding().transform(rows)
    with pytest.raises(kmcodec.InputError, match="not the area of a square"):
        OrientedGradients().fit(rows[:, :60])
    with pytest.raises(ValueError, match="n_directions"):
        OrientedGradients(0).fit(rows)
    with pytest.raises(ValueError, match="n_neighbors"):
        GraphEmbedding(n_neighbors=0).fit(rows)
