"""8-bit vectors on the exact engines: that of palettes up to four dimensions, else of vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec import kmeans
from kmcodec.estimator.counting import FEW_DIMENSIONS, WeightedVectors, distinct
from kmcodec.kmeans.descent import SCALE
from kmcodec.kmeans.vectors import assign_vectors, cluster_vectors
from kmcodec.parallel import resolve_threads

if TYPE_CHECKING:
    from numpy.typing import NDArray


def to_points(vectors: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return (n, 4) integer points of (n, d) vectors."""
    points = np.zeros((len(vectors), 4), dtype=np.int32)
    points[:, : vectors.shape[1]] = vectors.astype(np.int32) * SCALE
    return points


def is_integer_data(X: object) -> bool:  # noqa: N803
    """Whether the exact engines take this data."""
    return isinstance(X, np.ndarray) and X.dtype == np.uint8 and X.ndim == 2


@dataclass(frozen=True, eq=False)
class ExactFit:
    """What an engine found.

    Attributes
    ----------
    centers : (K, d) int32
        In units of 1/64.
    inertia : float
    n_iter : int
    """

    centers: NDArray[np.int32]
    inertia: float
    n_iter: int


def nearest(
    centers: NDArray[np.int32], values: NDArray[np.uint8], threads: int | None
) -> NDArray[np.int32]:
    """Return the nearest of (K, d) centres for each of (n, d) vectors, ties to the lowest."""
    if values.shape[1] > FEW_DIMENSIONS:
        return assign_vectors(values, centers, threads=threads)
    places = np.zeros((len(centers), 4), dtype=np.int32)
    places[:, : centers.shape[1]] = centers
    vectors, positions = distinct(values, threads)
    return kmeans.CenterTree(places).find(to_points(vectors))[positions]


def fit(data: WeightedVectors, n_clusters: int, *, threads: int | None, **options: Any) -> ExactFit:  # noqa: ANN401
    """Cluster weighted vectors; `options` are those of ``kmeans.cluster``.

    There are fewer centres only where there are fewer distinct vectors of some weight.
    """
    weights, unit = data.whole_weights()
    kept = np.flatnonzero(weights)
    vectors, weights = data.vectors[kept], weights[kept]
    dimensions = vectors.shape[1]
    few = dimensions <= FEW_DIMENSIONS
    engine: Any = kmeans.cluster if few else cluster_vectors
    points = to_points(vectors) if few else vectors
    found = engine(points, weights, n_clusters, threads=resolve_threads(threads), **options)
    centers = found.centers[:, :dimensions]
    return ExactFit(centers, found.inertia / SCALE**2 * unit, max(1, found.n_iter))
