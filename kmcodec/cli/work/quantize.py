"""From pictures to palette pictures in a standard format."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click
import numpy as np

from kmcodec import files
from kmcodec.channels import has_alpha
from kmcodec.cli import (
    _animating,
    _batch,
    _choosing,
    _in_place,
    _jobs,
    _max_bytes,
    _quantizing,
    _report,
)
from kmcodec.cli._totals import EXISTING

if TYPE_CHECKING:
    from collections.abc import Sized

    from numpy.typing import NDArray

    from kmcodec.cli._job import Job
    from kmcodec.image import Animation, IndexedImage
    from kmcodec.quantizer import QuantizeOptions

    Shown = TypeVar("Shown", IndexedImage, Animation)


def run(
    inputs: tuple[str, ...],
    output: str | None,
    tag: str | None,
    suffix: str,
    *,
    in_place: bool,
    keep_metadata: bool,
    strip: bool,
    keep_order: bool,
    oxipng: int | None,
    alpha_threshold: int | None,
    max_bytes: int | None,
    lossy: int | None,
    score: tuple[float, float] | None,
    price: float | None,
    first_frame: bool,
    max_pixels: int | None,
    skip_if_larger: bool,
    jobs: int | None,
    force: bool,
    quiet: bool,
    as_json: bool,
    **quantizing: Any,  # noqa: ANN401
) -> None:
    """Quantize each picture, write it, and report it."""
    if strip and keep_metadata:
        raise click.UsageError("--strip and --keep-metadata exclude each other")
    if in_place:
        _in_place.check_alone(output, tag, suffix)
        plan = _jobs.plan_replacing(inputs, _in_place.SUFFIX, jobs)
        force = skip_if_larger = True
    else:
        plan = _plan(inputs, output, tag, suffix, jobs, force=force)
    if oxipng is not None:
        _check_oxipng(plan, suffix)
    wanted = {"score": score, "price": price}
    chooses = _choosing.asked(wanted)
    if max_bytes is not None:
        _max_bytes.check_alone(quantizing | wanted)
    _animating.check_lossy(lossy, {files.PALETTE_FORMATS[end] for end in _endings(plan, suffix)})
    frames = not first_frame and not in_place
    plan = [replace(job, max_pixels=max_pixels, all_frames=frames) for job in plan]
    plan = [_with_threshold(job, alpha_threshold, suffix) for job in plan]
    _check_colors(plan, suffix, quantizing["n_colors"])
    todo = [job for job in plan if job.skipped is None]
    if quantizing["shared_palette"] and not force:
        _check_all_new(plan)
    options = _quantizing.prepare(quantizing, todo, jobs, keep_profile=keep_metadata)
    if quantizing["shared_palette"] and options.get("palette") is not None:
        options["palette"] = _soft_first(np.asarray(options["palette"]))
    if quantizing["palette"] is not None:
        _check_palette(len(cast("Sized", options["palette"])), plan, suffix)
    work = _Work(
        options,
        quantizing["n_colors"],
        quantizing["effort"],
        suffix,
        oxipng,
        max_bytes,
        lossy,
        wanted if chooses else None,
        quantizing["seed"],
        shares=quantizing["shared_palette"],
        in_place=in_place,
        keep_metadata=keep_metadata,
        strip=strip,
        keep_order=keep_order or quantizing["shared_palette"],
        skip_if_larger=skip_if_larger,
        force=force,
    )
    do = _in_place.leaving(work) if in_place else work
    told: dict[str, Any] = {"line": _report.picture_line, "as_json": as_json, "quiet": quiet}
    sys.exit(_batch.run(plan, do, n_jobs=jobs, totals=True, **told))


@dataclass(frozen=True)
class _Made:
    """What became of a picture, and what a person should know of it."""

    image: IndexedImage | Animation
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Work:
    """What is done with each picture, by the command line's options."""

    options: QuantizeOptions
    n_colors: int
    effort: int
    suffix: str
    oxipng: int | None
    max_bytes: int | None
    lossy: int | None
    wanted: dict[str, Any] | None
    seed: int
    shares: bool
    in_place: bool
    keep_metadata: bool
    strip: bool
    keep_order: bool
    skip_if_larger: bool
    force: bool

    def __call__(self, job: Job) -> _batch.Report:
        """Read, quantize and write one picture, and return its report."""
        file_format = files.PALETTE_FORMATS[_ending(job, self.suffix)]
        if job.target is not None:
            files.check_target(job.target, overwrite=self.force)
        picture = job.picture(keep_profile=self.keep_metadata, also_kmq=True)
        picture = _quantizing.noted(picture, self.options)
        _check_replaced(job, picture, self.n_colors, in_place=self.in_place)
        if self.keep_metadata:
            files.check_carried(picture.metadata, file_format)
        _animating.check_format(picture, file_format)
        started = time.perf_counter()

        def make(n_colors: int, job: Job) -> tuple[bytes, _Made]:
            return self._made(picture, job, file_format, n_colors)

        more: dict[str, Any] = {}
        if self.wanted is not None:
            data, made, more = self._chosen(picture, job, file_format, self.wanted)
            count = self.n_colors
        else:
            data, made, count = _max_bytes.most_colors(make, job, self.n_colors, self.max_bytes)
        seconds = time.perf_counter() - started
        if self.skip_if_larger:
            _batch.check_smaller(len(data), picture)
        job.write(data, overwrite=self.force)
        facts = self._facts(made.image, file_format) | more
        picture = replace(
            picture, notes=(*picture.notes, *made.notes, *_max_bytes.notes(count, self.n_colors))
        )
        return _batch.picture_report(job, picture, facts, len(data), seconds)

    def _chosen(
        self, picture: files.Picture, job: Job, file_format: str, wanted: dict[str, Any]
    ) -> tuple[bytes, _Made, dict[str, Any]]:
        """Return a picture whose indices are chosen by what they cost, and what is told of it."""

        def write(image: IndexedImage) -> bytes:
            hard, _ = _hardened(image, job.alpha_threshold)
            return self._file(hard, picture, file_format)

        options = {"n_colors": self.n_colors, "effort": self.effort, "seed": self.seed}
        data, image, more = _choosing.made(picture, job, wanted, options, write)
        image, notes = _hardened(image, job.alpha_threshold)
        return data, _Made(image, notes), more

    def _made(
        self, picture: files.Picture, job: Job, file_format: str, n_colors: int
    ) -> tuple[bytes, _Made]:
        """Return a picture in so many colours as a file, and what is to be told of it."""
        options = self.options
        if n_colors < self.n_colors:
            options = {**options, "n_colors": n_colors}
        if picture.timing is not None:
            return self._animation(picture, job, file_format, options)
        image, notes = _hardened(_quantizing.quantized(picture, job, options), job.alpha_threshold)
        return self._file(image, picture, file_format), _Made(image, notes)

    def _animation(
        self, picture: files.Picture, job: Job, file_format: str, options: QuantizeOptions
    ) -> tuple[bytes, _Made]:
        """Return all frames of a picture as a file, and what is to be told of them."""
        if self.oxipng is not None:
            raise click.UsageError("--oxipng is for single pictures")
        found = _quantizing.animated(picture, job, options)
        animation, notes = _hardened(found, job.alpha_threshold)
        file = _animating.as_file(
            animation,
            picture,
            file_format,
            self.lossy,
            metadata=picture.metadata if self.keep_metadata else None,
            resolution=None if self.strip else picture.resolution,
            effort=self.effort,
            keep_order=self._keeps_palette(animation),
        )
        return file.data, _Made(file.shown, (*notes, *file.notes))

    def _file(self, image: IndexedImage, picture: files.Picture, file_format: str) -> bytes:
        """Return a quantized picture as a file."""
        keeps = self._keeps_palette(image)
        data = files.picture_bytes(
            image,
            file_format,
            as_palette=True,
            metadata=picture.metadata if self.keep_metadata else None,
            resolution=None if self.strip else picture.resolution,
            effort=self.effort,
            keep_order=keeps,
        )
        return (
            data
            if self.oxipng is None
            else files.through_oxipng(data, self.oxipng, keep_order=keeps)
        )

    def _keeps_palette(self, image: IndexedImage | Animation) -> bool:
        """Whether a file that can holds the palette as it is."""
        return self.keep_order and image.authored

    def _facts(self, image: IndexedImage | Animation, file_format: str) -> _batch.Report:
        """Return the facts of a report, with the colours that are in the file."""
        facts = _report.picture_facts(image)
        whole = self._keeps_palette(image) and file_format in files.WITH_ORDER
        if not whole:
            facts["colors"] = _report.used_colors(image)
        return facts | ({"shared_palette": True} if self.shares else {})


def _soft_first(palette: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a palette with its opaque entries last, which leaves a PNG the shortest tRNS chunk."""
    if not has_alpha(palette.shape[1]):
        return palette
    return palette[np.argsort(palette[:, -1] == 255, kind="stable")]


def _plan(
    inputs: tuple[str, ...],
    output: str | None,
    tag: str | None,
    suffix: str,
    jobs: int | None,
    *,
    force: bool,
) -> list[Job]:
    """Return the jobs, with outputs where -o or --suffix says."""
    if output is None and tag is None:
        raise click.UsageError("Missing option '-o' / '--output' (or '--suffix', '--in-place').")
    return _jobs.plan(
        inputs,
        output,
        suffix=f".{suffix}",
        suffixes=None,
        n_jobs=jobs,
        endings=set(files.PALETTE_FORMATS),
        tag=tag,
        in_place=force,
    )


def _endings(plan: list[Job], suffix: str) -> set[str]:
    """Return the suffixes of all outputs."""
    return {_ending(job, suffix) for job in plan}


def _ending(job: Job, suffix: str) -> str:
    """Return the suffix of a job's output."""
    return job.target.suffix.lower() if job.target else f".{suffix}"


def _check_replaced(job: Job, picture: files.Picture, n_colors: int, *, in_place: bool) -> None:
    """Raise ``Declined`` for a picture that its own output should not replace."""
    if in_place:
        _in_place.check_needed(picture, n_colors)
    elif job.replaces:
        _in_place.check_one_frame(picture)


def _with_threshold(job: Job, asked: int | None, suffix: str) -> Job:
    """Return a job that reads alpha by the threshold asked for, or by GIF's own for a GIF."""
    is_gif = files.PALETTE_FORMATS[_ending(job, suffix)] == "GIF"
    return replace(job, alpha_threshold=files.GIF_THRESHOLD if is_gif and not asked else asked)


def _hardened(image: Shown, threshold: int | None) -> tuple[Shown, tuple[str, ...]]:
    """Return an image without soft alpha in its palette, and a note of that."""
    if threshold is None:
        return image, ()
    hard = files.with_hard_palette(image, threshold)
    if hard is image:
        return image, ()
    note = f"colours of the palette with an alpha below {threshold} became clear, others opaque"
    return hard, (note,)


def _check_colors(plan: list[Job], suffix: str, n_colors: int) -> None:
    """Raise ``click.UsageError`` for more colours than the outputs' format can hold."""
    formats = {files.PALETTE_FORMATS[ending] for ending in _endings(plan, suffix)}
    narrow = sorted(formats & set(files.INDEXED_FORMATS))
    if n_colors > 256 and narrow:
        raise click.UsageError(
            f"-k {n_colors} is too many: a palette in {narrow[0]} holds 256 colours; WebP (-o"
            " NAME.webp, --format webp) and kmcodec encode have room for more"
        )


class _PalettesDiffer(click.ClickException):
    """Outputs that exist already have another palette."""

    exit_code = _batch.EXIT_OUTPUT


def _check_all_new(plan: list[Job]) -> None:
    """Raise ``click.ClickException`` if only some of the outputs would share a palette."""
    done = sum(job.skipped is not None and job.skipped[0] in EXISTING for job in plan)
    todo = [job for job in plan if job.skipped is None]
    existing = done + sum(job.target is not None and job.target.is_file() for job in todo)
    if todo and existing:
        raise _PalettesDiffer(
            f"--shared-palette: {existing} of {done + len(todo)} outputs exist already, with a"
            " palette of their own; -f writes all of them"
        )


def _check_palette(n_colors: int, plan: list[Job], suffix: str) -> None:
    """Raise ``click.UsageError`` for a given palette that the outputs' format cannot hold."""
    for file_format in {files.PALETTE_FORMATS[ending] for ending in _endings(plan, suffix)}:
        if n_colors > 256 and file_format in files.INDEXED_FORMATS:
            raise click.UsageError(
                f"--palette has {n_colors} colours, {file_format} holds 256; choose WebP"
            )


def _check_oxipng(plan: list[Job], suffix: str) -> None:
    """Raise ``click.UsageError`` unless oxipng is there and all outputs are PNGs."""
    if _endings(plan, suffix) != {".png"}:
        raise click.UsageError("--oxipng is for PNG outputs")
    try:
        files.check_oxipng()
    except files.OxipngMissingError as error:
        raise click.UsageError(str(error)) from error
