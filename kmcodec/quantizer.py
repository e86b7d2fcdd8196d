"""Pixels -> ``IndexedImage``: histogram, points, K-means, palette, indices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec import color, kmeans
from kmcodec._parallel import resolve_threads
from kmcodec.dither import check_strength, diffuse
from kmcodec.histogram import ColorNumbers, Histogram, check_pixels, count_colors, flat_pixels
from kmcodec.image import MAX_COLORS, IndexedImage, KMeansFacts
from kmcodec.options import DEFAULT_EFFORT, check_effort, check_integer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

MAX_SEED = (1 << 32) - 1
SRGB_STEP = color.SRGB_SCALE**2  # squared distance of two sRGB points one 8-bit step apart


def _distinct_palette(
    colors: NDArray[np.uint8], labels: NDArray[np.int32]
) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """Sort a palette, drop its repetitions and entries without a label; return both anew."""
    used = np.flatnonzero(np.bincount(labels, minlength=len(colors)))
    palette, new_label = np.unique(colors[used], axis=0, return_inverse=True)
    relabel = np.zeros(len(colors), dtype=np.int32)
    relabel[used] = new_label.reshape(-1)
    return palette, relabel[labels]


def _keep_single_colors(
    palette: NDArray[np.uint8], colors: NDArray[np.uint8], labels: NDArray[np.int32]
) -> None:
    """Give each cluster of one colour that very colour: the way to points and back may round."""
    some_member = np.zeros(len(palette), dtype=np.intp)
    some_member[labels] = np.arange(len(colors))
    single = np.bincount(labels, minlength=len(palette)) == 1
    palette[single] = colors[some_member[single]]


def _dithered(
    numbers: ColorNumbers,
    points: NDArray[np.int32],
    palette_points: NDArray[np.int32],
    shape: tuple[int, int],
    strength: int,
) -> NDArray[np.unsignedinteger[Any]]:
    """Return (H, W) indices by error diffusion."""
    height, width = shape
    out = np.empty(shape, dtype=np.uint8 if len(palette_points) <= 256 else np.uint16)
    rows: Iterator[NDArray[np.int32]] = (
        points[numbers.positions(y * width, (y + 1) * width)] for y in range(height)
    )
    diffuse(rows, palette_points, strength, out)
    return out


def _error_of_colors(
    histogram: Histogram, palette: NDArray[np.uint8], labels: NDArray[np.int32]
) -> int:
    """Return the squared sRGB-point error when every colour takes its label."""
    gaps = color.to_points(histogram.colors, "srgb") - color.to_points(palette, "srgb")[labels]
    return int(np.einsum("ij,ij->i", gaps, gaps) @ histogram.counts)  # each below 2**31


def _error_of_pixels(
    histogram: Histogram,
    numbers: ColorNumbers,
    palette: NDArray[np.uint8],
    indices: NDArray[np.unsignedinteger[Any]],
) -> int:
    """Return the squared sRGB-point error of (H, W) indices."""
    points = color.to_points(histogram.colors, "srgb")
    chosen = color.to_points(palette, "srgb")
    total = 0
    width = indices.shape[1]
    for y, row in enumerate(indices):
        gaps = points[numbers.positions(y * width, (y + 1) * width)] - chosen[row]
        total += int(np.einsum("ij,ij->i", gaps, gaps).sum(dtype=np.int64))
    return total


def quantize(
    pixels: NDArray[np.uint8],
    *,
    n_colors: int = 256,
    space: color.Space = "oklab",
    dither: float = 0.0,
    effort: int = DEFAULT_EFFORT,
    seed: int = 0,
    threads: int | None = None,
) -> IndexedImage:
    """Find a palette by K-means and the index of every pixel.

    A picture of at most `n_colors` distinct colours gets exactly these and loses nothing.

    Parameters
    ----------
    pixels : (H, W), (H, W, 3) or (H, W, 4) uint8
        Gray, RGB or RGB + alpha; (H, W, 2) is gray + alpha.
    n_colors : int
        Palette entries at most, 1 to 65536.
    space : {"oklab", "srgb"}
        Where distances are measured: perceived difference, or least squared 8-bit error.
    dither : float
        Strength of error diffusion, 0 (none) to 1.
    effort : int
        1 (quick) to 9 (thorough).
    seed : int
        0 to 2**32 - 1, for the random starts; efforts below 7 make them for 8 colours or fewer.
    threads : int, optional
        None uses every processor.

    Returns
    -------
    IndexedImage
        Its palette is sorted; the same for the same options, whatever the machine and `threads`.

    Raises
    ------
    InputError
        A type, shape or option is out of its range.
    """
    pixels = check_pixels(pixels)
    n_colors = check_integer(n_colors, 1, MAX_COLORS, "n_colors")
    effort = check_effort(effort)
    seed = check_integer(seed, 0, MAX_SEED, "seed")
    color.check_space(space)
    strength = check_strength(dither)
    threads = resolve_threads(threads)
    histogram, numbers = count_colors(flat_pixels(pixels), threads=threads)
    colors, shape = histogram.colors, pixels.shape[:2]
    if histogram.n_colors <= n_colors:
        labels = np.arange(histogram.n_colors, dtype=np.int32)
        indices = numbers.gather(labels, histogram.n_colors, threads=threads)
        facts = KMeansFacts(space, effort, seed, n_iter=0, mse=0.0)
        return IndexedImage.adopt(colors.copy(), indices.reshape(shape), facts=facts)

    points = color.to_points(colors, space)

    def snap(centers: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the points of the nearest 8-bit colours."""
        return color.to_points(color.to_colors(centers, histogram.channels, space), space)

    found = kmeans.cluster(
        points, histogram.counts, n_colors, effort=effort, seed=seed, threads=threads, snap=snap
    )
    rounded = color.to_colors(found.centers, histogram.channels, space)
    _keep_single_colors(rounded, colors, found.labels)
    centers = color.to_points(rounded, space)
    final = kmeans.assign(points, histogram.counts, centers, found.labels, threads=threads)
    palette, labels = _distinct_palette(rounded, final.labels)
    if strength:
        indices = _dithered(numbers, points, color.to_points(palette, space), shape, strength)
        error = _error_of_pixels(histogram, numbers, palette, indices)
    else:
        indices = numbers.gather(labels, len(palette), threads=threads).reshape(shape)
        error = final.inertia if space == "srgb" else _error_of_colors(histogram, palette, labels)
    mse = error / (SRGB_STEP * indices.size)
    facts = KMeansFacts(space, effort, seed, found.n_iter, mse)
    return IndexedImage.adopt(palette, indices, facts=facts)
