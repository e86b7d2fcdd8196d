"""Points of many dimensions in a plane, for maps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PERPLEXITY = 30.0
FEWEST = 5  # points that t-SNE takes; below, they lie on a line
DIMENSIONS = 50


def place_in_plane(points: NDArray[Any], seed: int = 0) -> NDArray[np.float64]:
    """Return places from 0 to 1, (n, 2), where near points are near: t-SNE, begun at the PCA.

    Source: L. van der Maaten, G. Hinton, Visualizing data using t-SNE, JMLR 9, 2008.
    """
    n = len(points)
    if n < FEWEST:
        return np.column_stack([(np.arange(n) + 0.5) / n, np.full(n, 0.5)])
    from sklearn.decomposition import PCA  # noqa: PLC0415  (takes a while to import)
    from sklearn.manifold import TSNE  # noqa: PLC0415

    dimensions = min(DIMENSIONS, *points.shape)
    reduced = PCA(dimensions, svd_solver="covariance_eigh").fit_transform(points.astype(np.float64))
    perplexity = min(PERPLEXITY, (n - 1) / 3)
    placed = TSNE(perplexity=perplexity, init="random", random_state=seed)
    if dimensions > 1 and reduced[:, 0].std() > 0:
        placed.set_params(init=reduced[:, :2] / reduced[:, 0].std() * 1e-4)
    found = placed.fit_transform(reduced).astype(np.float64)
    span = np.maximum(np.ptp(found, axis=0), 1e-12)
    places: NDArray[np.float64] = (found - found.min(axis=0)) / span
    return places
