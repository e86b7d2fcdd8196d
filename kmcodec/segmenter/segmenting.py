"""``segment``: one call for clusters of colours and for regions of a hierarchy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from kmcodec import color
from kmcodec.errors import InputError
from kmcodec.histogram import check_pixels
from kmcodec.options import MAX_COLORS, MAX_SEED, check_integer, check_share
from kmcodec.parallel import resolve_threads
from kmcodec.progress import Progress, reporter
from kmcodec.segmenter.canvas import Canvas
from kmcodec.segmenter.clusters import ColorClusters, by_area, cluster_colors
from kmcodec.segmenter.hierarchy import hierarchy_of
from kmcodec.segmenter.regions import absorb_small
from kmcodec.segmenter.segmentation import Segmentation
from kmcodec.segmenter.superpixels import DEFAULT_POSITION_WEIGHT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kmcodec.channels import Pixels
    from kmcodec.options import Space

Features = Literal["color", "color+position"]
FEATURES = ("color", "color+position")
LARGEST_REGION = 1 << 31  # pixels
AUTO_SCALE = 0.75  # parts of things merged, things apart, in most photographs


def segment(
    pixels: Pixels,
    n_clusters: int | Literal["auto"] = 3,
    *,
    features: Features = "color",
    scale: float | None = None,
    position_weight: float | None = None,
    space: Space = "oklab",
    lightness: float | None = None,
    min_region: int = 0,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Segmentation:
    """Group the pixels of a picture.

    Parameters
    ----------
    pixels : (H, W), (H, W, 3) or (H, W, 4) uint8, or Pillow image
        Gray, RGB or RGB + alpha; (H, W, 2) is gray + alpha. All fully transparent pixels are one
        colour.
    n_clusters : int or "auto", default 3
        Groups wanted, 1 to 65536; there are fewer where there are fewer distinct colours or
        initial regions. "auto" takes as few colours, from 2 to 16, as explain nine tenths of
        their variance, or the regions of scale 0.75.
    features : {"color", "color+position"}, default "color"
        Groups are clusters of colours, wherever these occur, or connected regions of the
        hierarchy that ``build_hierarchy`` finds.
    scale : float, optional
        For regions, instead of `n_clusters`, which it overrides: how coarse they are, 0 (every
        initial region) to 1 (a few), see ``Hierarchy.labels``.
    position_weight : float, optional
        For regions: how compact the initial ones are, 0 to 1; 0.05 by default.
    space : {"oklab", "srgb"}, default "oklab"
        For colours: where they are compared, by perceived difference or 8-bit values.
    lightness : float, optional
        For colours: weight of lightness in OKLab, 0 to 1, for light and shade divide things more
        than their colours do. By default what makes lightness spread as much as the two axes of
        colour do in this picture, but at least an eighth and at most 1.
    min_region : int, default 0
        Connected regions of fewer pixels join the neighbour with the longest common border; in a
        picture of fewer pixels, one is left.
    seed : int, default 0
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
        A type, shape or option is out of its range, or belongs to the other features.
    CancelledError
        `progress` returned False.
    """
    pixels = check_pixels(pixels)
    _check_features(features, scale, position_weight, space, lightness)
    count = None if n_clusters == "auto" else check_integer(n_clusters, 1, MAX_COLORS, "n_clusters")
    least = check_integer(min_region, 0, LARGEST_REGION, "min_region")
    seed = check_integer(seed, 0, MAX_SEED, "seed")
    if features == "color":
        found = cluster_colors(
            pixels,
            count,
            space=space,
            lightness=None if lightness is None else check_share(lightness, "lightness"),
            seed=seed,
            threads=resolve_threads(threads),
            progress=reporter(progress),
        )
        if least <= 1:
            return Segmentation(*found)
        return _by_area(ColorClusters(absorb_small(found.labels, least), found.palette))
    canvas = Canvas(pixels, threads=threads)
    weight = DEFAULT_POSITION_WEIGHT if position_weight is None else position_weight
    hierarchy = hierarchy_of(
        canvas, position_weight=weight, min_region=least, seed=seed, progress=progress
    )
    if scale is None and count is not None:
        labels = hierarchy.labels_of(count)
    else:
        labels = hierarchy.labels(AUTO_SCALE if scale is None else scale)
    return _by_area(ColorClusters(labels, canvas.mean_colors(labels)))


def segment_each(
    pixels: Pixels,
    counts: Sequence[int],
    *,
    features: Features = "color",
    position_weight: float | None = None,
    space: Space = "oklab",
    lightness: float | None = None,
    min_region: int = 0,
    seed: int = 0,
    threads: int | None = None,
) -> dict[int, Segmentation]:
    """Return what ``segment`` gives for several numbers of clusters; the hierarchy is built once.

    Parameters
    ----------
    pixels, features, position_weight, space, lightness, min_region, seed, threads
        As in ``segment``.
    counts : sequence of int
        Numbers of clusters wanted.
    """
    if features == "color":
        return {
            n: segment(
                pixels,
                n,
                space=space,
                lightness=lightness,
                min_region=min_region,
                seed=seed,
                threads=threads,
            )
            for n in counts
        }
    canvas = Canvas(check_pixels(pixels), threads=threads)
    weight = DEFAULT_POSITION_WEIGHT if position_weight is None else position_weight
    hierarchy = hierarchy_of(
        canvas, position_weight=weight, min_region=min_region, seed=seed, progress=None
    )
    found = {n: hierarchy.labels_of(n) for n in counts}
    return {
        n: _by_area(ColorClusters(labels, canvas.mean_colors(labels)))
        for n, labels in found.items()
    }


def _check_features(
    features: Features,
    scale: float | None,
    position_weight: float | None,
    space: Space,
    lightness: float | None,
) -> None:
    """Raise ``InputError`` for features that are none, or options that they do not have."""
    color.check_space(space)
    if features not in FEATURES:
        raise InputError(f"features is {features!r}, it may be {' or '.join(FEATURES)}")
    if features == "color":
        strange: dict[str, object] = {"scale": scale, "position_weight": position_weight}
        others = "color+position"
    else:
        strange = {"lightness": lightness, "space": None if space == "oklab" else space}
        others = "color"
    for name, value in strange.items():
        if value is not None:
            raise InputError(f"{name} goes with features={others!r}, not with {features!r}")
    if scale is not None:
        check_share(scale, "scale")


def _by_area(found: ColorClusters) -> Segmentation:
    """Give clusters numbers by area, ties by colour, and leave out those without pixels."""
    areas = np.bincount(found.labels.reshape(-1), minlength=len(found.palette))
    number, palette = by_area(areas, found.palette)
    return Segmentation(number[found.labels], palette)
