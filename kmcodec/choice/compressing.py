"""The fewest bytes for a look, or the best look for so many bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmcodec.choice.choosing import MOST_COLORS
from kmcodec.choice.searching import Search
from kmcodec.codec import encode_indexed
from kmcodec.errors import InputError
from kmcodec.histogram import check_pixels
from kmcodec.options import DEFAULT_EFFORT, MAX_SEED, check_effort, check_integer
from kmcodec.parallel import resolve_threads
from kmcodec.similarity import SMALLEST_SIDE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kmcodec.channels import Pixels
    from kmcodec.choice.compressed import Compressed
    from kmcodec.image import IndexedImage
    from kmcodec.progress import Progress


def compress(
    pixels: Pixels,
    *,
    score: float | tuple[float, float] | None = None,
    max_bytes: int | None = None,
    n_colors: int = 256,
    effort: int = DEFAULT_EFFORT,
    seed: int = 0,
    write: Callable[[IndexedImage], bytes] | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Compressed:
    """Return the smallest file that looks as well as asked, or the best within so many bytes.

    Palettes of `n_colors`, of fewer and so on are found by K-means. Indices are chosen as by
    ``choose_indices``, at the price that gives the wanted score or bytes; errors are passed on to
    neighbours unless most pixels are as their left neighbour, as in screenshots.

    Parameters
    ----------
    pixels : (H, W), (H, W, 3) or (H, W, 4) uint8, or Pillow image
        At least 8 x 8.
    score : float or (float, float), optional
        The SSIMULACRA2 to reach, up to 100: 30 is low, 50 medium, 70 high quality, and nobody sees
        a difference at 90. Of two scores, the first is the least that will do where the colours do
        not reach the second.
    max_bytes : int, optional
        The bytes that the file may have.
    n_colors : int, default 256
        Palette entries at most, 2 to 4096.
    effort : int, default 5
        1 (quick) to 9 (thorough, and small).
    seed : int, default 0
        0 to 2**32 - 1, for the random starts of K-means.
    write : callable, optional
        Returns the file of an image; ``.kmq`` by default. It has to be deterministic.
    threads : int, optional
        None uses every processor. The result does not depend on it.
    progress : callable, optional
        Takes the share that is done, 0 to 1; returning False stops the work.

    Returns
    -------
    Compressed
        The same for the same pixels and options, whatever the machine.

    Raises
    ------
    InputError
        An option is out of range, or not just one of `score` and `max_bytes` is given.
    QualityError
        The colours allowed do not reach the score, or the least of two.
    LimitError
        The file has more than `max_bytes` at any price and with 8 colours.
    CancelledError
        `progress` returned False.
    """
    if (score is None) == (max_bytes is None):
        raise InputError("one of score and max_bytes is expected")
    pixels = check_pixels(pixels)
    if min(pixels.shape[:2]) < SMALLEST_SIDE:
        raise InputError(f"a side has less than {SMALLEST_SIDE} pixels, too few for a score")
    search = Search(
        pixels,
        write or (lambda image: encode_indexed(image, effort=effort, threads=threads)),
        n_colors=check_integer(n_colors, 2, MOST_COLORS, "n_colors"),
        effort=check_effort(effort),
        seed=check_integer(seed, 0, MAX_SEED, "seed"),
        threads=resolve_threads(threads),
        progress=progress,
    )
    if score is not None:
        least, wanted = _checked_scores(score)
        return search.for_score(least, wanted)
    return search.for_bytes(check_integer(max_bytes, 1, 1 << 62, "max_bytes"))


def _checked_scores(score: float | Sequence[float]) -> tuple[float, float]:
    """Return (least, wanted), or raise ``InputError``."""
    try:
        both = (score, score) if isinstance(score, int | float) else score
        least, wanted = (float(value) for value in both)
    except (TypeError, ValueError) as error:
        raise InputError(f"score is {score!r}, expected a number or two") from error
    if not least <= wanted <= 100:
        raise InputError(f"score is {score!r}, expected up to 100, and the lesser one first")
    return least, wanted
