"""From the command line's quantizing options to those of the library."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click
import numpy as np
from click.core import ParameterSource

from kmcodec import files, remote
from kmcodec.channels import has_alpha
from kmcodec.cli import _batch
from kmcodec.cli._job import STANDARD
from kmcodec.errors import InputError, KmqError
from kmcodec.histogram import Histogram
from kmcodec.parallel import resolve_threads
from kmcodec.quantizer import QuantizeOptions, find_palette, quantize

if TYPE_CHECKING:
    from distributed import Client
    from numpy.typing import NDArray

    from kmcodec.cli._job import Job
    from kmcodec.image import Animation, IndexedImage

CONDITIONS = ("palette", "keep", "keep_rare", "importance", "quality", "posterize")  # none: falsy
FINAL = ("n_colors", "keep", "keep_rare", "quality", "posterize")  # a palette leaves them nothing
OF_SEARCHES = ("space", "effort", "seed", *FINAL)


class Failure(click.ClickException):
    """An option's file or colour that cannot be used, with the exit code of its kind."""

    def __init__(self, error: KmqError) -> None:
        super().__init__(str(error))
        self.exit_code = _batch.exit_code(error)  # type: ignore[misc]  # click asks the instance


def prepare(
    given: dict[str, Any],
    jobs: list[Job],
    n_jobs: int | None,
    *,
    keep_profile: bool,
    client: Client | None = None,
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
    client : distributed.Client, optional
        Whose workers count the colours for a shared palette.

    Raises
    ------
    click.ClickException
        A file cannot be read, a colour is none, or two options contradict each other.
    """
    _refuse_contradictions(given)
    options = dict(given)
    shared = options.pop("shared_palette")
    try:
        options["keep"] = _kept(options["keep"], options["n_colors"])
        if options["palette"] is not None:
            options["palette"] = files.read_palette(Path(options["palette"]))
        if options["importance"] is not None:
            options["importance"] = files.read_importance(Path(options["importance"]))
        if shared:
            search = {name: options[name] for name in OF_SEARCHES}
            found = _shared_palette(
                jobs, search, resolve_threads(n_jobs), keep_profile=keep_profile, client=client
            )
            if found is not None:
                options["palette"] = found
                for name in FINAL:
                    options.pop(name)
    except KmqError as error:
        raise Failure(error) from error
    return cast("QuantizeOptions", options)


def _refuse_contradictions(given: dict[str, Any]) -> None:
    """Raise ``click.UsageError`` for two options of which one leaves the other nothing to do."""
    source = click.get_current_context().get_parameter_source("n_colors")
    asked = {name: bool(given[name]) for name in FINAL} | {
        "n_colors": source is not ParameterSource.DEFAULT,
        "importance": given["importance"] is not None,
        "shared_palette": given["shared_palette"],
    }
    for name, present in asked.items():
        if present and given["palette"] is not None:
            option = "-k" if name == "n_colors" else f"--{name.replace('_', '-')}"
            raise click.UsageError(
                f"--palette and {option} exclude each other: the palette is final"
            )
    if given["shared_palette"] and asked["importance"]:
        raise click.UsageError("--importance and --shared-palette exclude each other")


def _kept(texts: tuple[str, ...], n_colors: int) -> NDArray[np.uint8] | None:
    """Return the colours to keep, or raise ``click.UsageError`` for too many."""
    if not texts:
        return None
    try:
        kept = files.to_array([files.parse_color(text) for text in texts])
    except InputError as error:
        raise click.UsageError(f"--keep: {error}") from error
    distinct = len(np.unique(kept, axis=0))
    if distinct > n_colors:
        raise click.UsageError(f"--keep asks for {distinct} colours, -k allows {n_colors}")
    return kept


def _shared_palette(
    jobs: list[Job],
    search: dict[str, Any],
    threads: int,
    *,
    keep_profile: bool,
    client: Client | None,
) -> NDArray[np.uint8] | None:
    """Return one palette for all inputs that can be read, or None if there are none.

    The others fail when their turn comes.
    """
    if not jobs:
        return None
    if any(job.source is None for job in jobs):
        raise InputError(f"a shared palette reads every input twice, {STANDARD} can be read once")

    def histogram(job: Job) -> Histogram | None:
        try:
            picture = job.picture(keep_profile=keep_profile)
            return Histogram.from_pixels(_one_below_another(picture))
        except KmqError:
            return None

    if client is not None:
        whole = remote.merged_histogram(client, histogram, [job.absolute() for job in jobs])
        return None if whole is None else find_palette(whole, threads=threads, **search)
    with ThreadPoolExecutor(min(threads, len(jobs)), _batch.WORKER_NAME) as pool:
        found = (one for one in pool.map(histogram, jobs) if one is not None)
        first = next(found, None)
        if first is None:
            return None
        return find_palette(itertools.chain([first], found), threads=threads, **search)


def _one_below_another(picture: files.Picture) -> NDArray[np.uint8]:
    """Return a picture's pixels, those of several frames as one tall picture."""
    pixels = picture.pixels
    return pixels if picture.timing is None else pixels.reshape(-1, *pixels.shape[2:])


def noted(picture: files.Picture, options: QuantizeOptions) -> files.Picture:
    """Return a picture that notes which of its transparency a given palette does not have."""
    palette = options.get("palette")
    if palette is None or picture.pixels.ndim == 2 or not has_alpha(picture.pixels.shape[-1]):
        return picture
    colors = np.asarray(palette)
    entries = colors[:, -1] if has_alpha(colors.shape[1]) else np.array([255])
    alpha = picture.pixels[..., -1]
    clear = int((alpha == 0).sum())
    if clear and not (entries == 0).any():
        share = f"{100 * clear / alpha.size:.1f} % of the pixels are fully transparent"
        note = f"{share} and got other colours: the palette has no clear entry, such as #00000000"
    elif (alpha < 255).any() and (entries == 255).all():
        note = "translucent pixels became opaque: the palette has no translucent entry"
    else:
        return picture
    return replace(picture, notes=(*picture.notes, note))


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


def animated(picture: files.Picture, job: Job, options: QuantizeOptions) -> Animation:
    """Return all frames of an animated picture with one palette."""
    mine = options.copy()
    mine["threads"] = job.threads
    mine["progress"] = job.progress
    from kmcodec.quantizer import quantize_frames  # noqa: PLC0415  (single pictures need it not)

    importance = mine.get("importance")
    if importance is not None:
        mine["importance"] = np.tile(importance, (len(picture.pixels), 1))
    return quantize_frames(picture.pixels, timing=picture.timing, **mine)
