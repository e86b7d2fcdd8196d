"""``KMeansQuantizer``: the quantizer as a scikit-learn estimator.

8-bit data of up to four dimensions runs on the exact integer engine; anything else on
scikit-learn's own KMeans. Both are fitted, asked and inspected in the same way.
"""

from __future__ import annotations

import warnings
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    TransformerMixin,
)
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics.pairwise import euclidean_distances, pairwise_distances_argmin
from sklearn.utils import check_random_state
from sklearn.utils.validation import (
    _check_sample_weight,  # scikit-learn offers it under no public name
    check_is_fitted,
    check_scalar,
    validate_data,
)

from kmcodec import kmeans
from kmcodec._parallel import resolve_threads
from kmcodec.histogram import ColorNumbers, Histogram, count_colors

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

SCALE = 64  # integer points per unit of 8-bit data: centres are multiples of 1/64
WEIGHT_BITS = 30  # the weights' sum in the integer engine, at most 2**30


def _to_points(values: NDArray[np.uint8] | NDArray[np.float64]) -> NDArray[np.int32]:
    """Return (n, 4) integer points of (n, d) data."""
    points = np.zeros((len(values), 4), dtype=np.int32)
    points[:, : values.shape[1]] = np.rint(np.asarray(values, dtype=np.float64) * SCALE)
    return points


def _is_integer_data(X: object) -> bool:  # noqa: N803
    """Whether the integer engine takes this data."""
    return isinstance(X, np.ndarray) and X.dtype == np.uint8 and X.ndim == 2 and X.shape[1] <= 4


def _native(values: NDArray[Any]) -> NDArray[Any]:
    """Return 8-bit data as it is, float32 too, and everything else as float64."""
    return values if values.dtype in (np.uint8, np.float32) else values.astype(np.float64)


def _as_floats(values: NDArray[Any]) -> NDArray[Any]:
    """Return floating-point data as it is and 8-bit data as float64."""
    return values if values.dtype.kind == "f" else values.astype(np.float64)


class KMeansQuantizer(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClusterMixin, BaseEstimator
):
    """K-means that replaces vectors by the nearest of a few centres.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of centres, K.
    effort : int, default=9
        Thoroughness of the integer engine, 1 to 9.
    max_iter : int, default=300
        Lloyd iterations at most.
    tol : float, default=1e-4
        For data that scikit-learn's KMeans takes: its tolerance.
    random_state : int, RandomState instance or None, default=0
        Seed of the random starts. The default makes every fit repeatable.
    n_threads : int or None, default=1
        Threads of the integer engine, which do not change its result; None is one per processor.

    Attributes
    ----------
    cluster_centers_ : (K, d) float64 (float32 for float32 data)
        With the integer engine, multiples of 1/64.
    labels_ : (n,) int32
        The nearest centre of each sample, ties to the lowest.
    inertia_ : float
        Weighted sum of squared distances to the nearest centres.
    n_iter_ : int
        Lloyd iterations over all samples.
    n_features_in_ : int
        d.

    Notes
    -----
    For 8-bit data, `sample_weight` is rounded to multiples of its sum divided by 2**30 (whole
    numbers whose sum stays below that are exact), and the result is the same on every machine.

    Examples
    --------
    >>> import numpy as np
    >>> from kmcodec import KMeansQuantizer
    >>> X = np.array([[0, 0], [2, 0], [200, 9], [202, 9]], dtype=np.uint8)
    >>> quantizer = KMeansQuantizer(n_clusters=2).fit(X)
    >>> quantizer.inverse_transform(quantizer.predict(X)).tolist()
    [[1.0, 0.0], [1.0, 0.0], [201.0, 9.0], [201.0, 9.0]]
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        effort: int = 9,
        max_iter: int = 300,
        tol: float = 1e-4,
        random_state: int | np.random.RandomState | None = 0,
        n_threads: int | None = 1,
    ) -> None:
        self.n_clusters = n_clusters
        self.effort = effort
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state
        self.n_threads = n_threads

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401
        """Say that float32 stays float32."""
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def fit(self, X: ArrayLike, y: None = None, sample_weight: ArrayLike | None = None) -> Self:  # noqa: ARG002, N803
        """Find the centres of (n, d) samples.

        Raises
        ------
        ValueError
            The data is not numeric, not finite, or has fewer than `n_clusters` samples.
        """
        self._check_parameters()
        values = _native(validate_data(self, X, dtype="numeric", order="C"))
        if len(values) < self.n_clusters:
            raise ValueError(f"n_samples={len(values)} should be >= n_clusters={self.n_clusters}.")
        self._is_exact = _is_integer_data(values)
        if self._is_exact:
            self._fit_integers(values, sample_weight)
        else:
            self._fit_floats(_as_floats(values), sample_weight)
        self._n_features_out = len(self.cluster_centers_)
        return self

    def _check_parameters(self) -> None:
        """Raise ``TypeError`` or ``ValueError`` for a parameter of a wrong type or range."""
        check_scalar(self.n_clusters, "n_clusters", Integral, min_val=1)
        check_scalar(self.effort, "effort", Integral, min_val=1, max_val=9)
        check_scalar(self.max_iter, "max_iter", Integral, min_val=1)
        check_scalar(self.tol, "tol", Real, min_val=0)
        if self.n_threads is not None:
            check_scalar(self.n_threads, "n_threads", Integral, min_val=1)

    def _fit_floats(self, values: NDArray[Any], sample_weight: ArrayLike | None) -> None:
        """Fit by scikit-learn's KMeans."""
        engine = KMeans(
            self.n_clusters,
            n_init=1,
            max_iter=self.max_iter,
            tol=self.tol,
            random_state=self.random_state,
        ).fit(values, sample_weight=sample_weight)
        self.cluster_centers_ = engine.cluster_centers_
        self.labels_ = engine.labels_
        self.inertia_ = engine.inertia_
        self.n_iter_ = engine.n_iter_

    def _fit_integers(self, values: NDArray[np.uint8], sample_weight: ArrayLike | None) -> None:
        """Fit by the integer engine, over unique vectors."""
        histogram, numbers = count_colors(values, threads=self.n_threads)
        weights, unit = histogram.counts, 1.0
        if sample_weight is not None:
            weights, unit = self._weigh(values, sample_weight, histogram, numbers)
        kept = np.flatnonzero(weights)
        points = _to_points(histogram.colors)
        found = kmeans.cluster(
            points[kept],
            weights[kept],
            self.n_clusters,
            effort=self.effort,
            seed=int(check_random_state(self.random_state).randint(1 << 31)),
            threads=resolve_threads(self.n_threads),
            max_iter=self.max_iter,
        )
        centers = found.centers
        if len(centers) < self.n_clusters:
            warnings.warn(
                f"Number of distinct clusters ({len(centers)}) found smaller than n_clusters"
                f" ({self.n_clusters}). Possibly due to duplicate points in X.",
                ConvergenceWarning,
                stacklevel=3,
            )
            repeated = np.minimum(np.arange(self.n_clusters), len(centers) - 1)
            centers = centers[repeated]
        labels = kmeans.CenterTree(centers).find(points)
        self.cluster_centers_ = centers[:, : values.shape[1]] / SCALE
        self.labels_ = labels[numbers.positions(0, len(values))]
        self.inertia_ = found.inertia * unit / SCALE**2
        self.n_iter_ = max(1, found.n_iter)

    @staticmethod
    def _weigh(
        values: NDArray[np.uint8],
        sample_weight: ArrayLike,
        histogram: Histogram,
        numbers: ColorNumbers,
    ) -> tuple[NDArray[np.int64], float]:
        """Return each unique vector's weight as an integer, and what one unit stands for."""
        given = _check_sample_weight(
            sample_weight, values, dtype=np.float64, ensure_non_negative=True
        )
        largest = float(given.max())
        if largest == 0:
            raise ValueError("Sample weights must contain at least one non-zero number.")
        scale = 1.0 if 1e-9 < largest < 1 << WEIGHT_BITS else largest  # neither tiny nor huge sums
        total = np.bincount(numbers.positions(0, len(values)), given / scale, histogram.n_colors)
        whole = total.sum() < 1 << WEIGHT_BITS and bool((total == np.rint(total)).all())
        unit = 1.0 if whole else float(total.sum()) / (1 << WEIGHT_BITS)
        return np.rint(total / unit).astype(np.int64), unit * scale

    def _check(self, X: ArrayLike) -> NDArray[Any]:  # noqa: N803
        """Return new samples, checked against the fitted number of features."""
        check_is_fitted(self)
        return _native(validate_data(self, X, reset=False, dtype="numeric", order="C"))

    def _nearest(self, values: NDArray[Any]) -> NDArray[np.int32]:
        """Return the nearest centre of each of (n, d) checked samples."""
        if self._is_exact and _is_integer_data(values):
            tree = kmeans.CenterTree(_to_points(self.cluster_centers_))
            histogram, numbers = count_colors(values)
            labels = tree.find(_to_points(histogram.colors))
            return labels[numbers.positions(0, len(values))]
        values = _as_floats(values)
        centers = self.cluster_centers_.astype(values.dtype, copy=False)
        nearest: NDArray[np.int32] = pairwise_distances_argmin(values, centers).astype(np.int32)
        return nearest

    def predict(self, X: ArrayLike) -> NDArray[np.int32]:  # noqa: N803
        """Return the nearest centre of each of (n, d) samples, (n,) int32."""
        return self._nearest(self._check(X))

    def fit_predict(
        self,
        X: ArrayLike,  # noqa: N803
        y: None = None,
        sample_weight: ArrayLike | None = None,
    ) -> NDArray[np.int32]:
        """Fit and return ``labels_``."""
        labels: NDArray[np.int32] = self.fit(X, y, sample_weight=sample_weight).labels_
        return labels

    def transform(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """Return the distance of each of (n, d) samples to each centre, (n, K)."""
        values = _as_floats(self._check(X))
        centers = self.cluster_centers_.astype(values.dtype, copy=False)
        distances: NDArray[np.float64] = euclidean_distances(values, centers)
        return distances

    def inverse_transform(self, labels: ArrayLike) -> NDArray[np.float64]:
        """Return the centre of each label, (..., d): the quantized vectors.

        It takes labels, as `predict` gives them, not the distances of `transform`.

        Raises
        ------
        ValueError
            A label is not a whole number from 0 to K - 1.
        """
        check_is_fitted(self)
        checked = np.asarray(labels)
        n_clusters = len(self.cluster_centers_)
        if checked.dtype.kind not in "iu":
            raise ValueError(f"labels are {checked.dtype}, expected integers as predict gives them")
        if checked.size and not 0 <= int(checked.min()) <= int(checked.max()) < n_clusters:
            raise ValueError(f"labels go beyond the {n_clusters} centres")
        centers: NDArray[np.float64] = self.cluster_centers_[checked]
        return centers

    def score(
        self,
        X: ArrayLike,  # noqa: N803
        y: None = None,  # noqa: ARG002
        sample_weight: ArrayLike | None = None,
    ) -> float:
        """Return the negative inertia of (n, d) samples."""
        values = self._check(X)
        weights = _check_sample_weight(sample_weight, values, dtype=np.float64)
        gaps = values.astype(np.float64) - self.cluster_centers_[self._nearest(values)]
        return -float(((gaps**2).sum(axis=1) * weights).sum())
