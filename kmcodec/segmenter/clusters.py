"""Pixels -> clusters of similar colour."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kmcodec import color, kmeans
from kmcodec.arithmetic import divide_rounded
from kmcodec.histogram import count_pixels

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from kmcodec.options import Space

WEIGHT_ONE = 256  # a weight of 1
LEAST_WEIGHT = 32  # of lightness: in pictures next to gray, its tints must not drown all else
EXPLAINED = 0.9  # share of the variance that "auto" wants its clusters to explain
MOST_AUTO = 16  # clusters
EFFORT = 4
LAST_STEPS = 1  # over all colours, after the coarse cells': more gain 0.01 % for few clusters


class ColorClusters(NamedTuple):
    """Labels (H, W) int32, and for each of the K labels its mean colour (K, C) uint8."""

    labels: NDArray[np.int32]
    palette: NDArray[np.uint8]


def by_area(
    areas: NDArray[np.int64], palette: NDArray[np.uint8]
) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Order clusters by area, the largest first, ties by colour; those without pixels end.

    Returns
    -------
    number : (K,) int32
        The new number of each cluster.
    palette : (n, C) uint8
        The colours in the new order.
    """
    order = np.lexsort((*palette.T[::-1], -areas))
    order = order[areas[order] > 0]
    number = np.zeros(len(areas), dtype=np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    return number, palette[order]


def cluster_colors(
    pixels: NDArray[np.uint8],
    n_clusters: int | None,
    *,
    space: Space,
    lightness: float | None,
    seed: int,
    threads: int,
    progress: Callable[[float], None] | None,
) -> ColorClusters:
    """Group pixels by colour; `n_clusters` None takes as few as explain most of the variance.

    There are fewer clusters than asked for where there are fewer distinct colours. They are in
    the order of ``by_area``.
    """
    histogram, numbers = count_pixels(pixels, threads=threads)
    points = color.to_points(histogram.colors, space)
    weights = histogram.counts
    weighted = _weigh_lightness(points, weights, histogram.channels, space, lightness)

    def find(k: int) -> kmeans.Clustering:
        return kmeans.cluster(
            weighted,
            weights,
            k,
            effort=EFFORT,
            seed=seed,
            threads=threads,
            max_iter=LAST_STEPS,
            progress=progress,
        )

    clustering = find(n_clusters) if n_clusters is not None else _fewest(find)
    k = len(clustering.centers)
    centers = _means(points, weights, clustering.labels, k)
    palette = color.to_colors(centers, histogram.channels, space)
    areas = np.bincount(clustering.labels, weights, k).astype(np.int64)
    number, palette = by_area(areas, palette)
    labels = numbers.gather(number[clustering.labels], len(palette), threads=threads)
    return ColorClusters(labels.reshape(pixels.shape[:2]).astype(np.int32), palette)


def _fewest(find: Callable[[int], kmeans.Clustering]) -> kmeans.Clustering:
    """Return the first clustering whose error is small beside that of one cluster."""
    whole = find(1).inertia
    found = find(2)
    for k in range(3, MOST_AUTO + 1):
        if found.inertia <= (1 - EXPLAINED) * whole:
            break
        found = find(k)
    return found


def _means(
    points: NDArray[np.int32], weights: NDArray[np.int64], labels: NDArray[np.int32], k: int
) -> NDArray[np.int32]:
    """Return the rounded mean of each label's points, (K, 4)."""
    totals = np.bincount(labels, weights, k).astype(np.int64)
    sums = np.column_stack([np.bincount(labels, axis * weights, k) for axis in points.T])
    return divide_rounded(sums.astype(np.int64), totals[:, None]).astype(np.int32)  # sums are exact


def _weigh_lightness(
    points: NDArray[np.int32],
    weights: NDArray[np.int64],
    channels: int,
    space: Space,
    lightness: float | None,
) -> NDArray[np.int32]:
    """Return OKLab points with their lightness shrunk.

    Light and shade divide a thing more than colour does. By default lightness is shrunk until its
    spread over the picture is that of the two colour axes together (never below an eighth).
    """
    if space != "oklab" or channels < 3:
        return points
    weight = _balance(points, weights) if lightness is None else round(lightness * WEIGHT_ONE)
    weighted = points.copy()
    weighted[:, 0] = divide_rounded(points[:, 0] * weight, WEIGHT_ONE)
    return weighted


def _balance(points: NDArray[np.int32], weights: NDArray[np.int64]) -> int:
    """Return the weight, in parts of ``WEIGHT_ONE``, that makes lightness spread as colour does."""
    total = int(weights.sum())
    variances = []
    for axis in points.T[:3].astype(np.int64):
        first, second = int(axis @ weights), int((axis * axis) @ weights)
        variances.append(total * second - first * first)  # times total squared
    light, tint = variances[0], variances[1] + variances[2]
    if tint >= light:
        return WEIGHT_ONE
    return max(LEAST_WEIGHT, math.isqrt(WEIGHT_ONE**2 * tint // light))
