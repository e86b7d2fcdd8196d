"""Images -> points and labels, for each kind of features."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from kmcodec.errors import InputError
from kmcodec.parallel import openmp_after_fork

if TYPE_CHECKING:
    from numpy.typing import NDArray

Features = Literal["raw", "gradients", "spectral"]
FEATURES: tuple[Features, ...] = ("raw", "gradients", "spectral")
STARTS = 10  # of K-means, for features of few dimensions


@dataclass(frozen=True, eq=False)
class ClusteredDigits:
    """The result of clustering.

    Attributes
    ----------
    points : (n, d) uint8 or float32
        Where images were compared: pixels, or features.
    labels : (n,) int32
    """

    points: NDArray[Any]
    labels: NDArray[np.int32]


def cluster(
    images: NDArray[np.uint8], n_clusters: int, features: Features, seed: int
) -> ClusteredDigits:
    """Cluster (n, h, w) images.

    Raises
    ------
    InputError
        Fewer images are distinct than groups wanted.
    """
    rows = images.reshape(len(images), -1)
    _check_distinct(rows, n_clusters)
    if features == "raw":
        from kmcodec.estimator import KMeansQuantizer  # noqa: PLC0415

        return ClusteredDigits(
            rows, KMeansQuantizer(n_clusters, random_state=seed).fit_predict(rows)
        )
    from kmcodec.digits.features import OrientedGradients  # noqa: PLC0415

    points = OrientedGradients(shape=images.shape[1:]).fit_transform(rows)
    coordinates: NDArray[Any] = points
    if features == "spectral":
        from kmcodec.digits.spectral import GraphEmbedding  # noqa: PLC0415

        coordinates = GraphEmbedding(n_clusters).fit_transform(points)
    return ClusteredDigits(points, _kmeans(coordinates, n_clusters, seed))


def _kmeans(points: NDArray[Any], n_clusters: int, seed: int) -> NDArray[np.int32]:
    """Return labels by scikit-learn's K-means, the best of several starts."""
    from sklearn.cluster import KMeans  # noqa: PLC0415
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415

    with warnings.catch_warnings(), openmp_after_fork():
        warnings.simplefilter("ignore", ConvergenceWarning)  # points may coincide
        found = KMeans(n_clusters, n_init=STARTS, random_state=seed).fit(points)
    labels: NDArray[np.int32] = found.labels_
    return labels


def _check_distinct(rows: NDArray[np.uint8], n_clusters: int) -> None:
    """Raise ``InputError`` if there are fewer distinct rows than clusters."""
    if not rows.any():
        raise InputError("all images are black, there is nothing to group")
    if len(np.unique(rows[: 2 * n_clusters], axis=0)) >= n_clusters:
        return
    distinct = len(np.unique(rows, axis=0))
    if distinct < n_clusters:
        raise InputError(f"n_clusters is {n_clusters}, but only {distinct} images are distinct")
