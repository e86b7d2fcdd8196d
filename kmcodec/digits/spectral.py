"""A graph of nearest neighbours and its eigenvectors, as a scikit-learn transformer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import eigsh
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.neighbors import NearestNeighbors
from sklearn.utils.validation import check_is_fitted, check_scalar, validate_data

from kmcodec.parallel import openmp_after_fork

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

CONTRAST = 3  # power of the share of common neighbours: edges between groups have small shares
DENSE_UP_TO = 64  # samples: below, all eigenvectors are found at once


class GraphEmbedding(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Coordinates in which well connected samples lie close together.

    Each sample is joined to its nearest neighbours, with a weight that is the cube of the share of
    neighbours they have in common. The first eigenvectors of the normalized graph, each sample's
    row scaled to length 1, are the coordinates.

    Parameters
    ----------
    n_components : int, default=10
        Eigenvectors, at most the number of samples.
    n_neighbors : int, default=15
        Neighbours of a sample, at most all others.

    Attributes
    ----------
    embedding_ : (n, n_components) float64
        Of the fitted samples.
    n_features_in_ : int

    Notes
    -----
    New samples lie at the mean of their nearest fitted neighbours. Deterministic: the eigenvalue
    solver starts from a fixed vector. After A. Ng, M. Jordan, Y. Weiss, On spectral clustering,
    NIPS 2001, and R. Jarvis, E. Patrick, Clustering using a similarity measure based on shared near
    neighbors, IEEE Trans. Comput. 1973, doi:10.1109/T-C.1973.223640.
    """

    def __init__(self, n_components: int = 10, *, n_neighbors: int = 15) -> None:
        self.n_components = n_components
        self.n_neighbors = n_neighbors

    def fit(self, X: ArrayLike, y: None = None) -> Self:  # noqa: ARG002, N803
        """Find the coordinates of (n, d) samples."""
        check_scalar(self.n_components, "n_components", int, min_val=1)
        check_scalar(self.n_neighbors, "n_neighbors", int, min_val=1)
        samples = validate_data(self, X, dtype=np.float32)
        n = len(samples)
        self._index = NearestNeighbors(algorithm="brute").fit(samples)
        affinity = shared_neighbors(self._nearest(samples, self.n_neighbors + 1))
        self.embedding_ = _unit_rows(leading_vectors(affinity, min(self.n_components, n)))
        self._n_features_out = self.embedding_.shape[1]
        return self

    def fit_transform(self, X: ArrayLike, y: None = None) -> NDArray[np.float64]:  # noqa: N803
        """Fit and return the coordinates of the same samples, (n, n_components)."""
        return self.fit(X, y).embedding_

    def transform(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """Return coordinates of (n, d) samples, (n, n_components), by their neighbours."""
        check_is_fitted(self)
        samples = validate_data(self, X, reset=False, dtype=np.float32)
        neighbors = self._nearest(samples, self.n_neighbors)
        return _unit_rows(self.embedding_[neighbors].mean(axis=1))

    def _nearest(self, samples: NDArray[np.float32], most: int) -> NDArray[np.int64]:
        """Return the numbers of at most so many nearest fitted samples, (n, count)."""
        count = min(most, self._index.n_samples_fit_)
        with openmp_after_fork():
            found: NDArray[np.int64] = self._index.kneighbors(samples, count, return_distance=False)
        return found


def shared_neighbors(neighbors: NDArray[np.int64]) -> Any:  # noqa: ANN401
    """Return the symmetric (n, n) sparse matrix of weights by shared neighbours.

    Parameters
    ----------
    neighbors : (n, k) int64
        Nearest neighbours of each sample, itself among them.
    """
    n, k = neighbors.shape
    start = np.arange(0, n * k + 1, k)
    joined = sparse.csr_array((np.ones(n * k), neighbors.reshape(-1), start), shape=(n, n))
    shared = (joined @ joined.T).multiply(joined.maximum(joined.T))
    return (shared / k).power(CONTRAST).tocsr()


def leading_vectors(affinity: Any, count: int) -> NDArray[np.float64]:  # noqa: ANN401
    """Return the first eigenvectors of a normalized affinity matrix, (n, count).

    scikit-learn's ``spectral_embedding`` finds the same, but inverts a matrix for it, which takes
    several times as long.
    """
    n = affinity.shape[0]
    scale = 1 / np.sqrt(np.maximum(np.asarray(affinity.sum(axis=1)).reshape(-1), 1e-12))
    normalized = sparse.diags_array(scale) @ affinity @ sparse.diags_array(scale)
    if n <= max(DENSE_UP_TO, 2 * count + 1):
        return np.linalg.eigh(normalized.toarray())[1][:, ::-1][:, :count]
    start = np.random.default_rng(0).uniform(0.5, 1.5, n)
    values, vectors = eigsh(normalized, count, v0=start)
    found: NDArray[np.float64] = vectors[:, np.argsort(-values)]
    return found


def _unit_rows(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return rows scaled to length 1."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float64] = rows / np.maximum(lengths, 1e-12)
    return unit
