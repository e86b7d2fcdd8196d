"""What tells regions apart: colours, textures and borders, as integers.

Colours and textures are K-means codebooks of the picture itself; a region is a histogram over their
entries. Chi-square distances of histograms run from 0 (equal) to ``ONE`` (nothing in common)
whatever the picture's range of colours, so they mean the same on a foggy and on a gaudy one.

Filters have integer coefficients; their sums are exact also in floating point, in any order.

After Malik et al., "Contour and texture analysis for image segmentation", IJCV 43 (2001),
doi:10.1023/A:1011174803800, which compares histograms of textons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from kmcodec import kmeans

if TYPE_CHECKING:
    from numpy.typing import NDArray

ONE = 1 << 16  # a chi-square distance of 1
BINOMIAL = (1, 4, 6, 4, 1)  # standard deviation 1
SLOPE = (-1, -2, 0, 2, 1)  # 8 on a ramp of 1 per pixel
CODES = 32  # entries of each codebook
EFFORT = 2
LIGHTNESS_DIVISOR = 6  # in the codebook of colours
CELL_BITS = 6  # the codebook is found on points rounded to cells of this size
TEXTURE_GAIN = 40_000  # puts the root of a slope into the range of points
LARGEST_POINT = 16_000
COARSER = 3  # passes of smoothing from the fine textures to the coarse ones
ENERGY_BITS = 8
SPREAD = 2  # passes of smoothing, before and after, that a texture is felt across
WIDEST_EDGE = 9  # steep places narrower than this are edges, not textures


def smoothed(plane: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return an (h, w) plane smoothed by a binomial filter, rounded down."""
    for axis in (0, 1):
        plane = ndimage.correlate1d(plane, BINOMIAL, axis=axis, mode="nearest")
    return plane >> 8


def slopes(plane: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the change per pixel down and to the right of an (h, w) plane, rounded down."""
    found = []
    for axis in (0, 1):
        across = ndimage.correlate1d(plane, BINOMIAL, axis=1 - axis, mode="nearest")
        found.append(ndimage.correlate1d(across, SLOPE, axis=axis, mode="nearest") >> 7)
    return found[0], found[1]


def _root(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return square roots rounded down, of values below 2**52."""
    return np.sqrt(values.astype(np.float64)).astype(np.int64)


def gradient(points: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the (h, w) steepness of (h, w, 4) points, in point units per pixel."""
    total = np.zeros(points.shape[:2], dtype=np.int64)
    for j in range(points.shape[2]):
        if points[..., j].any():
            down, right = slopes(points[..., j].astype(np.int64))
            total += down * down + right * right
    return _root(total)


def _codes(points: NDArray[np.int32], seed: int, threads: int) -> NDArray[np.int64]:
    """Return the entry of a K-means codebook for each of (n, 4) points, at most 16384 in size."""
    cells = (points.astype(np.int64) + (1 << 15)) >> CELL_BITS
    keys = ((cells[:, 0] << 30) | (cells[:, 1] << 20)) | ((cells[:, 2] << 10) | cells[:, 3])
    distinct, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    columns = [((distinct >> shift) & 1023) << CELL_BITS for shift in (30, 20, 10, 0)]
    found = kmeans.cluster(
        np.stack(columns, axis=1).astype(np.int32) - (1 << 15),
        counts.astype(np.int64),
        CODES,
        effort=EFFORT,
        seed=seed,
        threads=threads,
    )
    return found.labels[inverse].astype(np.int64)


def color_codes(points: NDArray[np.int32], seed: int, threads: int) -> NDArray[np.int64]:
    """Return the entry (h, w), below ``CODES``, of each of (h, w, 4) points among their colours."""
    flat = points.reshape(-1, 4).copy()
    flat[:, 0] //= LIGHTNESS_DIVISOR
    return _codes(flat, seed, threads).reshape(points.shape[:2])


def _without_edges(energy: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return an (h, w) plane smoothed, without its narrow ridges: one edge is no texture."""
    for _ in range(SPREAD):
        energy = smoothed(energy)
    energy = ndimage.grey_opening(energy, size=(WIDEST_EDGE, WIDEST_EDGE))
    for _ in range(SPREAD):
        energy = smoothed(energy)
    return energy


def texture_codes(points: NDArray[np.int32], seed: int, threads: int) -> NDArray[np.int64]:
    """Return the entry (h, w), below ``CODES``, of the texture around each of (h, w, 4) points.

    A texture is how steep lightness is all around, down and across, in fine and in coarse detail.
    """
    plane = points[..., 0].astype(np.int64)
    features = []
    for gain in (TEXTURE_GAIN, 2 * TEXTURE_GAIN):
        for slope in slopes(plane):
            energy = _without_edges(np.abs(slope) << ENERGY_BITS)
            features.append(np.minimum(_root(energy * gain >> ENERGY_BITS), LARGEST_POINT))
        for _ in range(COARSER):
            plane = smoothed(plane)
    flat = np.stack(features, axis=-1).reshape(-1, 4).astype(np.int32)
    return _codes(flat, seed, threads).reshape(plane.shape)


def window_contrast(
    codes: NDArray[np.int64],
    first: tuple[NDArray[np.int64], NDArray[np.int64]],
    second: tuple[NDArray[np.int64], NDArray[np.int64]],
    radius: int,
) -> NDArray[np.int64]:
    """Return the chi-square distance of codes around each first and each second place.

    Parameters
    ----------
    codes : (h, w) int64
        Below ``CODES``.
    first, second : pair of (P,) int64
        Rows and columns; beyond the picture, the nearest window within it counts.
    radius : int
        Windows have 2 * radius + 1 rows and columns, where the picture has so many.
    """
    areas = (_corners(codes.shape, place, radius) for place in (first, second))
    (a_corners, a_area), (b_corners, b_area) = areas
    total = np.zeros(len(first[0]), dtype=np.int64)
    summed = np.zeros((codes.shape[0] + 1, codes.shape[1] + 1), dtype=np.int64)
    for code in range(CODES):
        np.cumsum(np.cumsum(codes == code, axis=0), axis=1, out=summed[1:, 1:])
        flat = summed.reshape(-1)
        a, b = (
            (flat[c[0]] - flat[c[1]] - flat[c[2]] + flat[c[3]]) * ONE // area
            for c, area in ((a_corners, a_area), (b_corners, b_area))
        )
        total += (a - b) ** 2 // np.maximum(a + b, 1)
    return total // 2


def _corners(
    shape: tuple[int, ...], place: tuple[NDArray[np.int64], NDArray[np.int64]], radius: int
) -> tuple[list[NDArray[np.int64]], NDArray[np.int64]]:
    """Return the positions of windows' corners in a summed-area table, and the windows' areas."""
    edges = []
    for axis in (0, 1):
        middle = np.clip(place[axis], 0, shape[axis] - 1)
        edges.append((np.maximum(middle - radius, 0), np.minimum(middle + radius + 1, shape[axis])))
    (top, bottom), (left, right) = edges
    width = shape[1] + 1
    corners = [
        bottom * width + right,
        top * width + right,
        bottom * width + left,
        top * width + left,
    ]
    return corners, (bottom - top) * (right - left)


def chi_square(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the chi-square distances of rows of histograms that are parts of ``ONE``."""
    total: NDArray[np.int64] = ((a - b) ** 2 // np.maximum(a + b, 1)).sum(axis=-1)
    return total // 2
