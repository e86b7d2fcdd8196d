"""``KMeansQuantizer``: the quantizer as a scikit-learn estimator.

8-bit data runs on the exact integer engines, that of palettes up to four dimensions and that of
vectors beyond, and anything else on scikit-learn's own KMeans. All are fitted, asked and inspected
in the same way.
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
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics.pairwise import euclidean_distances, pairwise_distances_argmin
from sklearn.utils import check_random_state
from sklearn.utils.validation import (
    _check_sample_weight,  # scikit-learn offers it under no public name
    check_is_fitted,
    check_scalar,
    validate_data,
)

from kmcodec.estimator import integers
from kmcodec.estimator.counting import WeightedVectors
from kmcodec.estimator.integers import is_integer_data
from kmcodec.estimator.kinds import as_floats, checked_weights, native
from kmcodec.kmeans.descent import SCALE
from kmcodec.parallel import MOST_THREADS, openmp_after_fork

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class KMeansQuantizer(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClusterMixin, BaseEstimator
):
    """K-means that replaces vectors by the nearest of a few centres.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of centres, K.
    effort : int, default=9
        Thoroughness of the integer engines, 1 to 9. With more than 4 dimensions and 1024 clusters
        there are no swaps of centres, and it changes little.
    max_iter : int, default=300
        Lloyd iterations over all samples at most, beside those of the integer engines' starts and
        swaps of centres, which `effort` bounds.
    tol : float, default=1e-4
        For data that scikit-learn's KMeans takes: its tolerance.
    random_state : int, RandomState instance or None, default=0
        Seed of the random starts. The default makes every fit repeatable.
    n_threads : int or None, default=1
        Threads of the integer engines, which do not change their results; None is one per
        processor.

    Attributes
    ----------
    cluster_centers_ : (K, d) float64 (float32 for float32 data)
        For 8-bit data, multiples of 1/64.
    labels_ : (n,) int32
        The nearest centre of each sample, ties to the lowest.
    inertia_ : float
        Weighted sum of squared distances to the nearest centres.
    n_iter_ : int
        Lloyd iterations over all samples, without those of starts and swaps.
    n_features_in_ : int
        d.

    Notes
    -----
    For 8-bit data of any dimension, `sample_weight` is rounded to multiples of its sum divided by
    2**30 (whole numbers with a sum below 2**31 are exact), and centres and labels are the same on
    every machine, with any number of threads. Beyond 33,000 dimensions, these sums are smaller in
    proportion.

    A process that was forked from one which had loaded this package runs scikit-learn on one
    OpenMP thread, since the threads of the other would be waited for in vain.

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
        self._seen: WeightedVectors | MiniBatchKMeans | None = None
        values = native(validate_data(self, X, dtype="numeric", order="C"))
        if len(values) < self.n_clusters:
            raise ValueError(f"n_samples={len(values)} should be >= n_clusters={self.n_clusters}.")
        if is_integer_data(values):
            weights = checked_weights(values, sample_weight)
            data, positions = WeightedVectors.of(values, weights, self.n_threads)
            self._fit_integers(data, data.vectors, positions, self._draw_seed())
        else:
            engine = KMeans(
                self.n_clusters,
                n_init=1,
                max_iter=self.max_iter,
                tol=self.tol,
                random_state=self.random_state,
            )
            with openmp_after_fork():
                engine.fit(values, sample_weight=sample_weight)
            self._adopt(engine, engine.inertia_, engine.n_iter_)
        self._is_exact = is_integer_data(values)
        self._n_features_out = len(self.cluster_centers_)
        return self

    def partial_fit(
        self,
        X: ArrayLike,  # noqa: N803
        y: None = None,  # noqa: ARG002
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Take more samples, for data that comes in chunks.

        8-bit data is counted, and each call fits everything counted so far: whatever the chunks
        and their order, the centres are those that ``fit`` gives on all of them at once (with
        weights, if these are whole numbers). Memory and time of a call are those of the distinct
        vectors so far: pixels repeat, vectors of many dimensions hardly do. As long as these are
        fewer than `n_clusters`, centres repeat, with a ``ConvergenceWarning``. Floats go to
        scikit-learn's ``MiniBatchKMeans``, which keeps no samples. ``labels_`` are those of the
        last chunk, and so is ``inertia_`` for floats. ``fit`` begins anew, and so does the first
        call after it; a call that raises changes nothing.

        Raises
        ------
        ValueError
            As ``fit``, or 8-bit data meets other data.

        Examples
        --------
        >>> import numpy as np
        >>> from kmcodec import KMeansQuantizer
        >>> quantizer = KMeansQuantizer(n_clusters=2)
        >>> for chunk in ([[0, 0], [200, 9]], [[2, 0], [202, 9]]):
        ...     quantizer = quantizer.partial_fit(np.array(chunk, dtype=np.uint8))
        >>> quantizer.cluster_centers_.tolist()
        [[1.0, 0.0], [201.0, 9.0]]
        """
        before = dict(self.__dict__)
        try:
            return self._take(X, sample_weight)
        except BaseException:
            self.__dict__.clear()
            self.__dict__.update(before)
            raise

    def _take(self, X: ArrayLike, sample_weight: ArrayLike | None) -> Self:  # noqa: N803
        """Take more samples; see ``partial_fit``."""
        self._check_parameters()
        seen = getattr(self, "_seen", None)
        values = native(validate_data(self, X, dtype="numeric", order="C", reset=seen is None))
        exact = is_integer_data(values)
        if seen is not None and exact != self._is_exact:
            raise ValueError("8-bit chunks and other ones do not mix; convert all to one type")
        if exact:
            weights = checked_weights(values, sample_weight, may_be_zero=seen is not None)
            data, positions = WeightedVectors.of(values, weights, self.n_threads)
            vectors = data.vectors
            if seen is None:
                self._seed = self._draw_seed()
            else:
                data = seen.merge(data)
            self._fit_integers(data, vectors, positions, self._seed)
            self._seen = data
        else:
            if seen is None:
                seen = MiniBatchKMeans(self.n_clusters, n_init=1, random_state=self.random_state)
            else:
                values = values.astype(seen.cluster_centers_.dtype, copy=False)
            with openmp_after_fork():
                self._seen = seen.partial_fit(values, sample_weight=sample_weight)
                inertia = -float(seen.score(values, sample_weight=sample_weight))
            self._adopt(seen, inertia, seen.n_steps_)
        self._is_exact = exact
        self._n_features_out = len(self.cluster_centers_)
        return self

    def _draw_seed(self) -> int:
        """Return a seed for the integer engines."""
        return int(check_random_state(self.random_state).randint(1 << 31))

    def _check_parameters(self) -> None:
        """Raise ``TypeError`` or ``ValueError`` for a parameter of a wrong type or range."""
        check_scalar(self.n_clusters, "n_clusters", Integral, min_val=1)
        check_scalar(self.effort, "effort", Integral, min_val=1, max_val=9)
        check_scalar(self.max_iter, "max_iter", Integral, min_val=1, max_val=1 << 31)
        check_scalar(self.tol, "tol", Real, min_val=0)
        if self.n_threads is not None:
            check_scalar(self.n_threads, "n_threads", Integral, min_val=1, max_val=MOST_THREADS)

    def _adopt(self, engine: KMeans | MiniBatchKMeans, inertia: float, n_iter: int) -> None:
        """Take over what scikit-learn found."""
        self.cluster_centers_ = engine.cluster_centers_.copy()  # mini-batches move theirs in place
        self.labels_ = engine.labels_
        self.inertia_ = inertia
        self.n_iter_ = n_iter

    def _fit_integers(
        self,
        data: WeightedVectors,
        vectors: NDArray[np.uint8],
        positions: NDArray[np.intp],
        seed: int,
    ) -> None:
        """Fit by an integer engine; `vectors` and `positions` tell the samples to label."""
        found = integers.fit(
            data,
            self.n_clusters,
            threads=self.n_threads,
            effort=self.effort,
            seed=seed,
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
        self.cluster_centers_ = centers / SCALE
        self.labels_ = integers.nearest(centers, vectors, self.n_threads)[positions]
        self.inertia_ = found.inertia
        self.n_iter_ = found.n_iter

    def _check(self, X: ArrayLike) -> NDArray[Any]:  # noqa: N803
        """Return new samples, checked against the fitted number of features."""
        check_is_fitted(self)
        return native(validate_data(self, X, reset=False, dtype="numeric", order="C"))

    def _nearest(self, values: NDArray[Any]) -> NDArray[np.int32]:
        """Return the nearest centre of each of (n, d) checked samples."""
        if self._is_exact and is_integer_data(values):
            centers = np.rint(self.cluster_centers_ * SCALE).astype(np.int32)
            return integers.nearest(centers, values, self.n_threads)
        values = as_floats(values)
        centers = self.cluster_centers_.astype(values.dtype, copy=False)
        with openmp_after_fork():
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
        values = as_floats(self._check(X))
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
