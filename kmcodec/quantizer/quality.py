"""Quality from 0 to 100, and the fewest colours that reach it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from kmcodec.errors import QualityError
from kmcodec.loss import mse_of, psnr
from kmcodec.quantizer import search
from kmcodec.quantizer.rare import loses_an_area

if TYPE_CHECKING:
    from collections.abc import Callable

    from kmcodec.quantizer.colors import WeightedColors
    from kmcodec.quantizer.request import Request
    from kmcodec.quantizer.search import Found

WORST_PSNR = 20.0  # dB, quality 0
BEST_PSNR = 50.0  # dB, just below quality 100


def most_error(quality: float, channels: int) -> float:
    """Return the mean squared error, summed over channels, up to which `quality` is reached.

    Quality is (PSNR - 20 dB) / 0.3 dB; 0 is any error, and 100 is none at all.
    """
    if quality in (0, 100):
        return math.inf if quality == 0 else 0.0
    return mse_of(WORST_PSNR + quality / 100 * (BEST_PSNR - WORST_PSNR), channels)


def quality_of(mse: float, channels: int) -> float:
    """Return the quality of a mean squared error summed over channels: 0 to 100."""
    ratio = psnr(mse, channels)
    if ratio is None:
        return 100.0
    return min(100.0, max(0.0, 100 * (ratio - WORST_PSNR) / (BEST_PSNR - WORST_PSNR)))


def find_for_quality(
    colors: WeightedColors,
    request: Request,
    *,
    threads: int,
    progress: Callable[[float], None],
) -> Found:
    """Find the fewest colours, at most ``request.n_colors``, that reach the wanted quality.

    Where these do not reach it, they are taken as long as they reach the least quality. Numbers
    of colours are bisected, each with the full effort. So many are taken, too, that no even area
    of the picture loses its colour, unless `n_colors` lose one.

    Raises
    ------
    QualityError
        The least quality is out of reach.
    """
    if request.quality is None:
        return search.find(colors, request, threads=threads, progress=progress)
    channels = colors.channels
    least, wanted = (most_error(q, channels) for q in request.quality)
    most = min(request.n_colors, max(len(colors) + len(request.keep), 1))
    rounds = max(1, most.bit_length())
    done = 0

    def attempt(n_colors: int) -> tuple[Found, float, bool]:
        nonlocal done
        found = search.find(
            colors,
            request.with_colors(n_colors),
            threads=threads,
            progress=lambda share: progress(min(1.0, (done + share) / rounds)),
        )
        done += 1
        mse = colors.mse(found.palette, found.labels)
        loses = mse <= wanted and loses_an_area(colors, found.palette, found.labels)
        return found, mse, loses

    best, mse, must_lose = attempt(most)
    if mse > least:
        raise QualityError(
            f"{len(best.palette)} colours reach quality {quality_of(mse, channels):.0f},"
            f" less than {request.quality[0]:g}"
        )
    if mse > wanted:
        return best
    must_lose |= wanted == math.inf  # any error will do
    low, high = search.fewest_entries(colors, request), len(best.palette)
    while low < high:
        middle = (low + high) // 2
        found, mse, loses = attempt(middle)
        if mse <= wanted and (must_lose or not loses):
            best, high = found, middle
        else:
            low = middle + 1
    return best
