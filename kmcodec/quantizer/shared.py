"""One palette for many pictures: their histograms merge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec import color
from kmcodec.channels import is_image
from kmcodec.errors import InputError
from kmcodec.histogram import Histogram
from kmcodec.options import DEFAULT_EFFORT
from kmcodec.parallel import resolve_threads
from kmcodec.progress import Progress, reporter
from kmcodec.quantizer.colors import WeightedColors
from kmcodec.quantizer.quality import find_for_quality
from kmcodec.quantizer.request import Request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray

    from kmcodec.channels import Pixels
    from kmcodec.options import Space


def find_palette(
    pictures: Histogram | Pixels | Iterable[Histogram | Pixels],
    *,
    n_colors: int = 256,
    space: Space = "oklab",
    effort: int = DEFAULT_EFFORT,
    seed: int = 0,
    keep: ArrayLike | None = None,
    keep_rare: float = 0.0,
    quality: tuple[float, float] | None = None,
    posterize: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> NDArray[np.uint8]:
    """Find one palette for several pictures, each of which counts by its pixels.

    All pixels count alike, wherever they are: ``quantize`` of one picture knows more.

    Parameters
    ----------
    pictures : Histogram, array of pixels or Pillow image, or iterable of these
        An iterable is read once, and only its histogram is held in memory. Where channels differ,
        the palette has those that all can be told in.
    n_colors : int, default 256
        Palette entries at most, 1 to 65536.
    space : {"oklab", "srgb"}, default "oklab"
        Where distances are measured: perceived difference, or least squared 8-bit error. In
        OKLab, chroma counts more below 64 colours, as in ``quantize``.
    effort : int, default 5
        1 (quick) to 9 (thorough).
    seed : int, default 0
        0 to 2**32 - 1, for the random starts of K-means.
    keep : (P, C) array of integers 0 to 255, optional
        Colours that the palette has to hold exactly, P at most `n_colors`.
    keep_rare : float, default 0.0
        A colour that at least this share of the pixels has, 0 to 1, gets an entry that resembles
        it, as in ``quantize``.
    quality : (least, wanted), optional
        Take the fewest colours that reach `wanted`, 0 to 100; if `n_colors` do not reach `least`,
        raise. It is that of all pictures together.
    posterize : int, default 0
        Low bits that each channel of the palette gives up, 0 to 4.
    threads : int, optional
        None uses every processor. The palette does not depend on it.
    progress : callable, optional
        Takes the share that is done, 0 to 1, from time to time; returning False stops the work.

    Returns
    -------
    (K, C) uint8
        In ascending order, for ``quantize(pixels, palette=...)``. It does not depend on the order
        of pictures.

    Raises
    ------
    InputError
        A type, shape or option is out of its range, or there are no pictures.
    QualityError, CancelledError
        As in ``quantize``.
    """
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
    threads = resolve_threads(threads)
    report = reporter(progress)
    histogram: Histogram | None = None
    several: Iterable[Histogram | Pixels]
    if isinstance(pictures, (Histogram, np.ndarray)):
        several = [pictures]
    else:
        several = [pictures] if is_image(pictures) else pictures
    for picture in several:
        one = picture
        if not isinstance(one, Histogram):
            one = Histogram.from_pixels(one, threads=threads)
        histogram = one if histogram is None else merged(histogram, one)
        report(0.0)
    if histogram is None:
        raise InputError("there are no pictures to find a palette for")
    request = request.beside(histogram.channels)
    colors = WeightedColors(histogram, request)
    return find_for_quality(colors, request, threads=threads, progress=report).palette.values


def merged(a: Histogram, b: Histogram) -> Histogram:
    """Merge histograms whose channels may differ."""
    channels = color.common_channels(a.channels, b.channels)
    return _told_in(a, channels).merge(_told_in(b, channels))


def _told_in(histogram: Histogram, channels: int) -> Histogram:
    """Return a histogram with more channels; its colours stay in order."""
    if channels == histogram.channels:
        return histogram
    colors = color.with_channels(histogram.colors, channels)
    padded = np.zeros((len(colors), 4), dtype=np.uint8)
    padded[:, 4 - channels :] = colors
    keys = padded.view(">u4").reshape(-1).astype(np.uint32)
    return Histogram(keys, histogram.counts, channels)
