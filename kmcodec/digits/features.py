"""Oriented gradients of upright digits, as a scikit-learn transformer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy.ndimage import gaussian_filter1d
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.utils.validation import check_is_fitted, check_scalar, validate_data

from kmcodec.digits.checks import square_side
from kmcodec.digits.deskewing import CANVAS, deskew, to_canvas

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

AT_A_TIME = 1024  # images whose gradients are held at once


class OrientedGradients(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """How much stroke edge of each direction lies where, for images as rows.

    An image is brought to 28 x 28 pixels, sheared upright and centred. The lengths of its gradients
    are shared out among directions, blurred, and read at the points of a grid; square roots of
    these, scaled to length 1, are reduced by principal components.

    Parameters
    ----------
    n_directions : int, default=16
        Directions around the circle; a gradient is shared by the two nearest.
    grid : int, default=7
        Points across and down.
    blur : float, default=1.8
        Standard deviation of the blur, in pixels.
    n_components : int or None, default=60
        Principal components kept, fewer for few samples; None keeps the features themselves.
    shape : (int, int) or None, default=None
        Height and width of an image; None stands for square ones.

    Attributes
    ----------
    pca_ : PCA or None
        None too where there is one sample alone.
    n_features_in_ : int

    Notes
    -----
    After N. Dalal, B. Triggs, Histograms of oriented gradients for human detection, CVPR 2005,
    doi:10.1109/CVPR.2005.177.
    """

    def __init__(
        self,
        n_directions: int = 16,
        *,
        grid: int = 7,
        blur: float = 1.8,
        n_components: int | None = 60,
        shape: tuple[int, int] | None = None,
    ) -> None:
        self.n_directions = n_directions
        self.grid = grid
        self.blur = blur
        self.n_components = n_components
        self.shape = shape

    def fit(self, X: ArrayLike, y: None = None) -> Self:  # noqa: N803
        """Find the principal components of (n, d) images with values from 0 to 255."""
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X: ArrayLike, y: None = None) -> NDArray[np.float32]:  # noqa: ARG002, N803
        """Fit and return the features of the same images, (n, n_components) float32."""
        check_scalar(self.n_directions, "n_directions", int, min_val=1)
        check_scalar(self.grid, "grid", int, min_val=1, max_val=CANVAS)
        found = self._gradients(validate_data(self, X, dtype="numeric"))
        self.pca_ = None
        if self.n_components is not None and len(found) > 1:
            count = min(self.n_components, *found.shape)
            with np.errstate(invalid="ignore"):  # equal images have no variance to take shares of
                self.pca_ = PCA(count, svd_solver="covariance_eigh").fit(found)
            found = self.pca_.transform(found)
        self._n_features_out = found.shape[1]
        return found

    def transform(self, X: ArrayLike) -> NDArray[np.float32]:  # noqa: N803
        """Return the features of (n, d) images, (n, n_components) float32."""
        check_is_fitted(self)
        found = self._gradients(validate_data(self, X, reset=False, dtype="numeric"))
        return found if self.pca_ is None else self.pca_.transform(found)

    def _gradients(self, rows: NDArray[Any]) -> NDArray[np.float32]:
        """Return features before principal components, (n, n_directions * grid**2)."""
        side = square_side(rows.shape[1]) if self.shape is None else 0
        images = rows.reshape(-1, *(self.shape or (side, side)))
        parts = [images[i : i + AT_A_TIME] for i in range(0, len(images), AT_A_TIME)]
        return np.concatenate([self._of_images(part) for part in parts])

    def _of_images(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Return the same for some images, (n, h, w)."""
        shares = _directions(deskew(to_canvas(images)), self.n_directions)
        for axis in (2, 3):
            shares = gaussian_filter1d(shares, self.blur, axis=axis, mode="constant", truncate=3)
        places = np.rint((np.arange(self.grid) + 0.5) * CANVAS / self.grid - 0.5).astype(np.int64)
        read = np.sqrt(shares[:, :, places[:, None], places]).reshape(len(images), -1)
        lengths = np.linalg.norm(read, axis=1, keepdims=True)
        unit: NDArray[np.float32] = read / np.maximum(lengths, np.float32(1e-6))
        return unit


def _directions(canvas: NDArray[np.float32], n_directions: int) -> NDArray[np.float32]:
    """Return gradient lengths shared by their two nearest directions, (n, directions, h, w)."""
    padded = np.pad(canvas, ((0, 0), (1, 1), (1, 1)))
    down = (padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]) / 2
    across = (padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]) / 2
    lengths = np.hypot(across, down)
    turns = np.arctan2(down, across) * np.float32(n_directions / (2 * np.pi)) % n_directions
    centers = np.arange(n_directions, dtype=np.float32)[:, None, None]
    gaps = np.abs(turns[:, None] - centers)
    gaps = np.minimum(gaps, n_directions - gaps)
    shares: NDArray[np.float32] = np.maximum(0, 1 - gaps) * lengths[:, None]
    return shares
