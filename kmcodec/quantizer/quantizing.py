"""Pixels -> ``IndexedImage``: histogram, points, K-means, palette, indices."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import numpy as np

from kmcodec import color
from kmcodec.dither import DitherMethod, check_method, check_strength
from kmcodec.dither import dither as dithered
from kmcodec.errors import InputError
from kmcodec.histogram import ColorNumbers, check_pixels, count_colors, flat_pixels
from kmcodec.image import IndexedImage, KMeansFacts
from kmcodec.options import DEFAULT_EFFORT
from kmcodec.parallel import resolve_threads
from kmcodec.progress import Progress, reporter
from kmcodec.quantizer.mapping import (
    SRGB_STEP,
    error_of_colors,
    error_of_pixels,
    nearest_entries,
)
from kmcodec.quantizer.quality import find_for_quality
from kmcodec.quantizer.request import Request, channels_with, check_colors
from kmcodec.quantizer.shared import scaled

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from kmcodec.quantizer.search import Found

SEARCH_SHARE = 0.9  # of the progress; the rest is for finding indices


class QuantizeOptions(TypedDict, total=False):
    """The options of ``quantize``, for functions that pass them on."""

    n_colors: int
    space: color.Space
    dither: float
    dither_method: DitherMethod
    effort: int
    seed: int
    palette: ArrayLike | None
    keep: ArrayLike | None
    keep_rare: float
    importance: NDArray[np.uint8] | None
    quality: tuple[float, float] | None
    posterize: int
    threads: int | None
    progress: Progress | None


def quantize(
    pixels: NDArray[np.uint8],
    *,
    n_colors: int = 256,
    space: color.Space = "oklab",
    dither: float = 0.0,
    dither_method: DitherMethod = "diffusion",
    effort: int = DEFAULT_EFFORT,
    seed: int = 0,
    palette: ArrayLike | None = None,
    keep: ArrayLike | None = None,
    keep_rare: float = 0.0,
    importance: NDArray[np.uint8] | None = None,
    quality: tuple[float, float] | None = None,
    posterize: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> IndexedImage:
    """Find a palette by K-means and the index of every pixel.

    A picture of at most `n_colors` distinct colours gets exactly these and loses nothing, unless
    `palette`, `quality` or `posterize` say otherwise.

    Parameters
    ----------
    pixels : (H, W), (H, W, 3) or (H, W, 4) uint8
        Gray, RGB or RGB + alpha; (H, W, 2) is gray + alpha.
    n_colors : int
        Palette entries at most, 1 to 65536.
    space : {"oklab", "srgb"}
        Where distances are measured: perceived difference, or least squared 8-bit error.
    dither : float
        Strength of dithering, 0 (none) to 1.
    dither_method : {"diffusion", "blue-noise"}
        Pass errors on to neighbours, which shows shades best, or mix two colours by a fixed
        pattern, which costs fewer bytes on photographs and uses all threads.
    effort : int
        1 (quick) to 9 (thorough).
    seed : int
        0 to 2**32 - 1, for the random starts, which efforts below 8 make for 8 colours or fewer,
        and the others for 1024 or fewer.
    palette : (K, C) array of integers 0 to 255, optional
        Take these colours, in this order, and find none; K from 1 to 65536, C from 1 to 4.
    keep : (P, C) array of integers 0 to 255, optional
        Colours that the palette has to hold exactly, P at most `n_colors`.
    keep_rare : float
        A colour that at least this share of the pixels has, 0 to 1, gets an entry that resembles
        it (within 0.1 in OKLab, or 32 steps in sRGB, counted in cells of that size), at the cost
        of the others; up to half the palette is set aside so. 0 leaves it to K-means.
    importance : (H, W) uint8, optional
        How much the error of each pixel counts; 0 is next to nothing.
    quality : (least, wanted), optional
        Take the fewest colours that reach `wanted`, 0 to 100; if `n_colors` do not reach `least`,
        raise. Quality is (PSNR - 20 dB) / 0.3 dB before dithering; anything reaches 0, and only
        what loses nothing reaches 100.
    posterize : int
        Low bits that each channel of the palette gives up, 0 to 4.
    threads : int, optional
        None uses every processor.
    progress : callable, optional
        Takes the share that is done, 0 to 1, from time to time; returning False stops the work.

    Returns
    -------
    IndexedImage
        Its palette is sorted (a given one is as it was); the same for the same options, whatever
        the machine and `threads`. It has more channels than the pixels where `palette` or `keep`
        hold colours that the pixels' channels could not.

    Raises
    ------
    InputError
        A type, shape or option is out of its range, or two options contradict each other.
    QualityError
        The colours allowed do not reach the least quality.
    CancelledError
        `progress` returned False.
    """
    pixels = check_pixels(pixels)
    strength = check_strength(dither)
    check_method(dither_method)
    threads = resolve_threads(threads)
    report = reporter(progress)
    request = Request.checked(
        n_colors=n_colors,
        space=space,
        effort=effort,
        seed=seed,
        keep=keep,
        keep_rare=keep_rare,
        quality=quality,
        posterize=posterize,
    )
    given = None if palette is None else check_colors(palette, "palette")
    if given is not None:
        _refuse_beside_palette(request, importance)
    report(0.0)
    histogram, numbers = count_colors(flat_pixels(pixels), threads=threads)
    weights = histogram.counts
    if importance is not None:
        weights = _weighed(numbers, importance, pixels.shape[:2], histogram.n_colors)
    asked = request.keep if given is None else given
    channels = channels_with(histogram.channels, asked)
    colors = color.with_channels(histogram.colors, channels)
    found: Found | None = None
    if given is not None:
        entries = color.with_channels(given, channels)
        labels = nearest_entries(colors, entries, space)
    else:
        found = find_for_quality(
            colors,
            histogram.counts,
            weights,
            request.with_channels(channels),
            threads=threads,
            progress=lambda share: report(SEARCH_SHARE * share),
        )
        entries, labels = found.palette, found.labels
    shape = (pixels.shape[0], pixels.shape[1])
    if strength and not np.array_equal(entries[labels], colors):
        points = color.to_points(colors, space)
        indices = dithered(
            lambda start, stop: points[numbers.positions(start, stop)],
            color.to_points(entries, space),
            shape,
            method=dither_method,
            strength=strength,
            threads=threads,
        )
        error = error_of_pixels(colors, numbers, entries, indices)
    else:
        indices = numbers.gather(labels, len(entries), threads=threads).reshape(shape)
        error = error_of_colors(colors, histogram.counts, entries, labels)
    report(1.0)
    n_iter = 0 if found is None else found.n_iter
    mse = error / (SRGB_STEP * indices.size)
    facts = KMeansFacts(space, request.effort, request.seed, n_iter, mse)
    return IndexedImage.adopt(entries, indices, authored=found is None, facts=facts)


def _refuse_beside_palette(request: Request, importance: NDArray[np.uint8] | None) -> None:
    """Raise ``InputError`` for options that a given palette leaves nothing to do."""
    given = {
        "keep": len(request.keep) > 0,
        "keep_rare": request.keep_rare > 0,
        "quality": request.quality is not None,
        "posterize": request.posterize > 0,
        "importance": importance is not None,
    }
    for name, present in given.items():
        if present:
            raise InputError(f"palette and {name} exclude each other: the palette is final")


def _weighed(
    numbers: ColorNumbers, importance: NDArray[np.uint8], shape: tuple[int, ...], n_colors: int
) -> NDArray[np.int64]:
    """Return the importance of each colour: the sum over its pixels, at least 1."""
    importance = np.asarray(importance)
    if importance.dtype != np.uint8 or importance.shape != shape:
        raise InputError(
            f"importance is {importance.dtype} of shape {importance.shape},"
            f" expected uint8 of shape {shape}"
        )
    flat = importance.reshape(-1)
    weights = np.zeros(n_colors, dtype=np.int64)
    for start, stop, ranks in numbers.parts:
        sums = np.bincount(numbers.numbers[start:stop], flat[start:stop], len(ranks))
        weights[ranks] += sums.astype(np.int64)  # exact: below 2**53
    return scaled(np.maximum(weights, 1))
