"""Segmenters behind one signature: a picture to its label maps, one for each setting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from measure import required

import kmcodec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Labels = NDArray[np.integer]
    Segmenter = Callable[[NDArray[np.uint8]], list[Labels]]

HIERARCHY, COLORS = "kmcodec, regions", "kmcodec, colours"
SKLEARN, SLIC, FELZENSZWALB = "scikit-learn, RGB", "SLIC", "Felzenszwalb"
SCALES = [step / 50 for step in range(51)]
CLUSTERS = list(range(2, 17))
SLIC_SETTINGS = [
    (segments, compactness)
    for compactness in (1, 10, 30)
    for segments in (4, 6, 9, 13, 18, 25, 40, 60, 100, 160, 250, 400)
]
FELZENSZWALB_SETTINGS = [
    (scale, sigma, least)
    for sigma in (0.5, 0.8)
    for least in (50, 200, 800)
    for scale in (50, 100, 200, 350, 600, 1000, 1700, 3000)
]


def of_hierarchy(pixels: NDArray[np.uint8]) -> list[Labels]:
    """Cut one hierarchy at every scale: the labels are those of ``segment(..., scale=...)``."""
    hierarchy = kmcodec.build_hierarchy(pixels)
    return [hierarchy.labels(scale) for scale in SCALES]


def of_colors(pixels: NDArray[np.uint8], counts: Sequence[int] = CLUSTERS) -> list[Labels]:
    """Group colours into as many clusters as each of the counts says."""
    return [kmcodec.segment(pixels, count).labels for count in counts]


def fit_sklearn(pixels: NDArray[np.uint8], n_clusters: int) -> Labels:
    """Group RGB values by scikit-learn's KMeans, as a few lines of anybody's script would."""
    samples = pixels.reshape(-1, pixels.shape[-1])
    model = required("sklearn.cluster").KMeans(n_clusters, n_init=1, random_state=0).fit(samples)
    labels: Labels = model.predict(samples).reshape(pixels.shape[:2])
    return labels


def of_sklearn(pixels: NDArray[np.uint8], counts: Sequence[int] = CLUSTERS) -> list[Labels]:
    """Group RGB values into as many clusters as each of the counts says."""
    return [fit_sklearn(pixels, count) for count in counts]


def of_slic(pixels: NDArray[np.uint8]) -> list[Labels]:
    """Return scikit-image's SLIC superpixels, from a few large ones to many small ones."""
    slic = required("skimage.segmentation").slic
    return [
        slic(pixels, n_segments=segments, compactness=compactness)
        for segments, compactness in SLIC_SETTINGS
    ]


def of_felzenszwalb(pixels: NDArray[np.uint8]) -> list[Labels]:
    """Return scikit-image's Felzenszwalb and Huttenlocher segmentations."""
    felzenszwalb = required("skimage.segmentation").felzenszwalb
    return [
        felzenszwalb(pixels, scale=scale, sigma=sigma, min_size=least)
        for scale, sigma, least in FELZENSZWALB_SETTINGS
    ]


SEGMENTERS: dict[str, tuple[Segmenter, Sequence[Any]]] = {
    HIERARCHY: (of_hierarchy, SCALES),
    COLORS: (of_colors, CLUSTERS),
    SKLEARN: (of_sklearn, CLUSTERS),
    SLIC: (of_slic, SLIC_SETTINGS),
    FELZENSZWALB: (of_felzenszwalb, FELZENSZWALB_SETTINGS),
}
