"""From the command line's quantizing options to those of the library."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click
import numpy as np

from kmcodec import files
from kmcodec.cli import _batch
from kmcodec.cli._jobs import STANDARD, n_threads
from kmcodec.errors import InputError, KmqError
from kmcodec.histogram import Histogram
from kmcodec.quantizer import QuantizeOptions, find_palette, quantize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from kmcodec.cli._jobs import Job
    from kmcodec.image import IndexedImage

CONDITIONS = ("palette", "keep", "keep_rare", "importance", "quality", "posterize")  # none: falsy
OF_SEARCHES = ("n_colors", "space", "effort", "seed", "keep", "keep_rare", "quality", "posterize")


class Failure(click.ClickException):
    """An option's file or colour that cannot be used, with the exit code of its kind."""

    def __init__(self, error: KmqError) -> None:
        super().__init__(str(error))
        self.exit_code = _batch.exit_code(error)  # type: ignore[misc]  # click asks the instance


def prepare(
    given: dict[str, Any], jobs: list[Job], n_jobs: int | None, *, keep_profile: bool
) -> QuantizeOptions:
    """Return the library's options, reading the files that they name.

    Parameters
    ----------
    given : dict
        The values of ``_options.quantizing``.
    jobs : list of Job
        The inputs that a shared palette is found for.
    n_jobs : int, optional
    keep_profile : bool
        Read inputs without converting them to sRGB.

    Raises
    ------
    click.ClickException
        A file cannot be read, a colour is none, or two options contradict each other.
    """
    options = dict(given)
    shared = options.pop("shared_palette")
    if shared and options["palette"] is not None:
        raise click.UsageError("--palette and --shared-palette exclude each other")
    if shared and options["importance"] is not None:
        raise click.UsageError("--importance and --shared-palette exclude each other")
    try:
        kept = [files.parse_color(text) for text in options["keep"]]
        options["keep"] = files.to_array(kept) if kept else None
        if options["palette"] is not None:
            options["palette"] = files.read_palette(Path(options["palette"]))
        if options["importance"] is not None:
            options["importance"] = files.read_importance(Path(options["importance"]))
        if shared:
            search = {name: options.pop(name) for name in OF_SEARCHES}
            options |= {name: search[name] for name in ("space", "effort", "seed")}
            options["palette"] = _shared_palette(
                jobs, search, n_threads(n_jobs), keep_profile=keep_profile
            )
    except KmqError as error:
        raise Failure(error) from error
    return cast("QuantizeOptions", options)


def _shared_palette(
    jobs: list[Job], search: dict[str, Any], threads: int, *, keep_profile: bool
) -> NDArray[np.uint8]:
    """Return one palette for all inputs that can be read; the others fail when their turn comes."""
    if any(job.source is None for job in jobs):
        raise InputError(f"a shared palette reads every input twice, {STANDARD} can be read once")

    def histogram(job: Job) -> Histogram | None:
        try:
            return Histogram.from_pixels(job.picture(keep_profile=keep_profile).pixels)
        except KmqError:
            return None

    def histograms(found: Iterable[Histogram | None]) -> Iterator[Histogram]:
        yield from (one for one in found if one is not None)

    with ThreadPoolExecutor(min(threads, len(jobs)), _batch.WORKER_NAME) as pool:
        found = pool.map(histogram, jobs)
        return find_palette(histograms(found), threads=threads, **search)


def quantized(picture: files.Picture, job: Job, options: QuantizeOptions) -> IndexedImage:
    """Return a picture's own palette image if it has few enough colours, else a quantized one."""
    own = picture.indexed
    asked: list[object] = [options.get(name) for name in CONDITIONS]
    free = not any(isinstance(value, np.ndarray) or value for value in asked)
    if free and own is not None and own.n_colors <= options.get("n_colors", 256):
        return own
    mine = options.copy()
    mine["threads"] = job.threads
    mine["progress"] = job.progress
    return quantize(picture.pixels, **mine)
