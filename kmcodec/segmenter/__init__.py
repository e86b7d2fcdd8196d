"""Pixels -> ``Segmentation``: clusters of colours, or connected regions of a hierarchy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from kmcodec import color
from kmcodec._parallel import resolve_threads
from kmcodec.errors import InputError
from kmcodec.histogram import check_pixels
from kmcodec.image import MAX_COLORS
from kmcodec.options import MAX_SEED, check_integer, check_share
from kmcodec.progress import Progress, reporter
from kmcodec.segmenter.clusters import Clusters, cluster_colors
from kmcodec.segmenter.regions import absorb_small
from kmcodec.segmenter.segmentation import Region, Segmentation, cut_out

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Features", "Region", "Segmentation", "cut_out", "segment"]

Features = Literal["color", "color+position"]
FEATURES = ("color", "color+position")


def segment(
    pixels: NDArray[np.uint8],
    n_clusters: int | Literal["auto"] = 3,
    *,
    features: Features = "color",
    space: color.Space = "oklab",
    lightness: float | None = None,
    min_region: int = 0,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Segmentation:
    """Group the pixels of a picture.

    Parameters
    ----------
    pixels : (H, W), (H, W, 3) or (H, W, 4) uint8
        Gray, RGB or RGB + alpha; (H, W, 2) is gray + alpha. All fully transparent pixels are one
        colour.
    n_clusters : int or "auto"
        Groups wanted, 1 to 65536; there are fewer where there are fewer distinct colours. "auto"
        takes as few, from 2 to 16, as explain nine tenths of the colours' variance.
    features : {"color", "color+position"}
    space : {"oklab", "srgb"}
        Where colours are compared: perceived difference, or 8-bit values.
    lightness : float, optional
        Weight of lightness in OKLab, 0 to 1, for light and shade divide things more than their
        colours do. By default what makes lightness spread as much as the two axes of colour do in
        this picture, but at least an eighth and at most 1.
    min_region : int
        Connected regions of fewer pixels join the neighbour with the longest common border.
    seed : int
        0 to 2**32 - 1, for the random starts of K-means.
    threads : int, optional
        None uses every processor. The result does not depend on it.
    progress : callable, optional
        Takes the share that is done, 0 to 1, from time to time; returning False stops the work.

    Returns
    -------
    Segmentation
        Its clusters are numbered by area, the largest first, ties by colour. The same on every
        machine.

    Raises
    ------
    InputError
        A type, shape or option is out of its range.
    CancelledError
        `progress` returned False.
    """
    pixels = check_pixels(pixels)
    color.check_space(space)
    if features not in FEATURES:
        raise InputError(f"features is {features!r}, it may be {' or '.join(FEATURES)}")
    count = None if n_clusters == "auto" else check_integer(n_clusters, 1, MAX_COLORS, "n_clusters")
    least = check_integer(min_region, 0, pixels.shape[0] * pixels.shape[1], "min_region")
    weight = None if lightness is None else check_share(lightness, "lightness")
    report = reporter(progress)
    found = cluster_colors(
        pixels,
        count,
        space=space,
        lightness=weight,
        seed=check_integer(seed, 0, MAX_SEED, "seed"),
        threads=resolve_threads(threads),
        progress=report,
    )
    if least > 1:
        found = Clusters(absorb_small(found.labels, least), found.palette)
    return _by_area(found)


def _by_area(found: Clusters) -> Segmentation:
    """Give clusters numbers by area, ties by colour, and leave out those without pixels."""
    areas = np.bincount(found.labels.reshape(-1), minlength=len(found.palette))
    order = np.lexsort((*found.palette.T[::-1], -areas))
    order = order[areas[order] > 0]
    number = np.zeros(len(areas), dtype=np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    return Segmentation(number[found.labels], found.palette[order])
