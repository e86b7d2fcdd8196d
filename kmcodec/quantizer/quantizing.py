"""Pixels -> ``IndexedImage``: histogram, points, K-means, palette, indices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from kmcodec.dither import Dithering
from kmcodec.errors import InputError
from kmcodec.histogram import check_pixels, count_pixels
from kmcodec.image import IndexedImage, KMeansFacts
from kmcodec.options import DEFAULT_EFFORT
from kmcodec.parallel import resolve_threads
from kmcodec.progress import Progress, reporter
from kmcodec.quantizer.colors import Colors, WeightedColors
from kmcodec.quantizer.metric import Metric
from kmcodec.quantizer.quality import find_for_quality
from kmcodec.quantizer.request import Request
from kmcodec.quantizer.salience import Salience
from kmcodec.quantizer.search import Found

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from kmcodec.channels import Pixels
    from kmcodec.histogram import ColorNumbers
    from kmcodec.options import DitherMethod, Space

SEARCH_SHARE = 0.9  # of the progress; the rest is for finding indices


class QuantizeOptions(TypedDict, total=False):
    """The options of ``quantize``, for functions that pass them on."""

    n_colors: int
    space: Space
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
    pixels: Pixels,
    *,
    n_colors: int = 256,
    space: Space = "oklab",
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
    `palette`, `keep`, `quality` or `posterize` say otherwise.

    Opaque pixels stay opaque and fully transparent ones fully transparent, whatever the options;
    only where there is but one entry beside those in `keep` for both, the latter become visible.
    A `palette` or `keep` without room for such an entry is taken as it is.

    Parameters
    ----------
    pixels : (H, W), (H, W, 3) or (H, W, 4) uint8, or Pillow image
        Gray, RGB or RGB + alpha; (H, W, 2) is gray + alpha. An image of Pillow's becomes such
        pixels; one of inks or of more than 8 bits is refused.
    n_colors : int, default 256
        Palette entries at most, 1 to 65536.
    space : {"oklab", "srgb"}, default "oklab"
        Where distances are measured: perceived difference, or least squared 8-bit error. In
        OKLab, chroma counts the more the fewer colours there are: (64 / n_colors) ** 0.3 times
        below 64; and below 256 colours, pixels in even areas count more than those beside edges
        and in textures; less so where a picture has transparency.
    dither : float, default 0.0
        Strength of dithering, 0 (none) to 1.
    dither_method : {"diffusion", "blue-noise"}, default "diffusion"
        Pass errors on to neighbours, which shows shades best, or mix two colours by a fixed
        pattern, which costs fewer bytes on photographs and uses all threads.
    effort : int, default 5
        1 (quick) to 9 (thorough).
    seed : int, default 0
        0 to 2**32 - 1, for the random starts, which efforts below 8 make for 8 colours or fewer,
        and the others for 1024 or fewer.
    palette : (K, C) array of integers 0 to 255, optional
        Take these colours, in this order, and find none; K from 1 to 65536, C from 1 to 4.
    keep : (P, C) array of integers 0 to 255, optional
        Colours that the palette has to hold exactly, P at most `n_colors`.
    keep_rare : float, default 0.0
        A colour that at least this share of the pixels has, 0 to 1, gets an entry that resembles
        it (within 0.1 in OKLab, its chroma as heavy as for K-means, or 32 steps in sRGB, counted in
        cells of that size), at the cost of the others; up to half the palette is set aside so. 0
        promises none, though small even areas, like a selected tab, mostly keep theirs.
    importance : (H, W) uint8, optional
        How much the error of each pixel counts; 0 is next to nothing. It replaces what even
        areas count more.
    quality : (least, wanted), optional
        Take the fewest colours that reach `wanted`, 0 to 100; if `n_colors` do not reach `least`,
        raise. Quality is (PSNR - 20 dB) / 0.3 dB before dithering; anything reaches 0, and only
        what loses nothing reaches 100. Where even areas count, and `n_colors` allow it, so many
        colours are taken that no such area of a 2048th of the pixels takes a colour that differs
        by more than 0.04 in OKLab.
    posterize : int, default 0
        Low bits that each channel of the palette gives up, 0 to 4.
    threads : int, optional
        None uses every processor.
    progress : callable, optional
        Takes the share that is done, 0 to 1, from time to time; returning False stops the work.

    Returns
    -------
    IndexedImage
        Its palette is sorted (a given one is as it was); fully transparent pixels keep their
        hidden colour if all have the same; the same for the same options, whatever
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
    request = Request.checked(
        n_colors=n_colors,
        space=space,
        effort=effort,
        seed=seed,
        keep=keep,
        palette=palette,
        keep_rare=keep_rare,
        quality=quality,
        posterize=posterize,
    )
    _refuse_beside_palette(request, importance)
    dithering = Dithering.checked(dither_method, dither)
    threads = resolve_threads(threads)
    report = reporter(progress)
    report(0.0)
    pixels = check_pixels(pixels)
    histogram, numbers = count_pixels(pixels, threads=threads)
    weights, salience = None, None
    if importance is not None:
        weights = numbers.sum_importance(importance, histogram.n_colors)
    elif space == "oklab":
        salience = Salience(pixels, numbers, histogram.counts, threads)
    request = request.beside(histogram.channels)
    colors = WeightedColors(histogram, request, weights, salience)
    found = _find_or_take(colors, request, threads, report)
    indices, mse = _index(colors, numbers, found, dithering, threads)
    report(1.0)
    facts = KMeansFacts(space, request.effort, request.seed, found.n_iter, mse)
    authored = palette is not None
    return IndexedImage.adopt(found.palette.values, indices, authored=authored, facts=facts)


def _refuse_beside_palette(request: Request, importance: NDArray[np.uint8] | None) -> None:
    """Raise ``InputError`` for options that a given palette leaves nothing to do."""
    if request.palette is None:
        return
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


def _find_or_take(
    colors: WeightedColors, request: Request, threads: int, report: Callable[[float], None]
) -> Found:
    """Find a palette, unless the request has one."""
    if request.palette is None:
        return find_for_quality(
            colors,
            request,
            threads=threads,
            progress=lambda share: report(SEARCH_SHARE * share),
        )
    palette = Colors(request.palette, Metric.of_palette(request.space, len(request.palette)))
    return Found(palette, colors.measured_by(palette.metric).label_with(palette), 0)


def _index(
    colors: WeightedColors, numbers: ColorNumbers, found: Found, dithering: Dithering, threads: int
) -> tuple[NDArray[np.unsignedinteger[Any]], float]:
    """Return each pixel's index and the mean squared error; without loss, nothing is dithered."""
    palette, labels = found.palette, found.labels
    if not dithering.strength or np.array_equal(palette.values[labels], colors.values):
        indices = numbers.gather(labels, len(palette), threads=threads)
        return indices, colors.mse(palette, labels)
    points = colors.measured_by(palette.metric).points
    indices = dithering.find_indices(
        lambda start, stop: points.take(numbers.positions(start, stop), axis=0),
        palette.points,
        numbers.shape,
        face=colors.face,
        threads=threads,
    )
    return indices, colors.mse_of_pixels(palette, numbers, indices)
