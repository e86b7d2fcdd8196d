"""From pictures to palette pictures in a standard format."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import click

from kmcodec import files
from kmcodec.cli import _batch, _in_place, _jobs, _quantizing, _report

if TYPE_CHECKING:
    from collections.abc import Sized

    from kmcodec.cli._job import Job
    from kmcodec.image import IndexedImage


def run(
    inputs: tuple[str, ...],
    output: str | None,
    tag: str | None,
    suffix: str,
    *,
    in_place: bool,
    keep_metadata: bool,
    keep_order: bool,
    oxipng: int | None,
    alpha_threshold: int | None,
    max_pixels: int | None,
    skip_if_larger: bool,
    jobs: int | None,
    force: bool,
    as_json: bool,
    **quantizing: Any,  # noqa: ANN401
) -> None:
    """Quantize each picture, write it, and report it."""

    def work(job: Job) -> _batch.Report:
        file_format = files.PALETTE_FORMATS[f".{suffix}"]
        if job.target is not None:
            files.check_target(job.target, overwrite=force)
            file_format = files.PALETTE_FORMATS[job.target.suffix.lower()]
        picture = job.picture(keep_profile=keep_metadata, also_kmq=True)
        picture = _quantizing.noted(picture, options)
        _check_replaced(job, picture, quantizing["n_colors"], in_place=in_place)
        if keep_metadata:
            files.check_carried(picture.metadata, file_format)
        started = time.perf_counter()
        image = _quantizing.quantized(picture, job, options)
        image, picture = _hardened(image, picture, job.alpha_threshold)
        keeps = keep_order and image.authored
        data = files.picture_bytes(
            image,
            file_format,
            as_palette=True,
            metadata=picture.metadata if keep_metadata else None,
            resolution=picture.resolution if keep_metadata else None,
            effort=quantizing["effort"],
            keep_order=keeps,
        )
        if oxipng is not None:
            data = files.through_oxipng(data, oxipng, keep_order=keeps)
        seconds = time.perf_counter() - started
        if skip_if_larger:
            _batch.check_smaller(len(data), picture)
        job.write(data, overwrite=force)
        return _batch.picture_report(job, picture, _report.picture_facts(image), len(data), seconds)

    if in_place:
        _in_place.check_alone(output, tag, suffix)
        plan = _jobs.plan_replacing(inputs, _in_place.SUFFIX, jobs)
        force = skip_if_larger = True
    else:
        plan = _plan(inputs, output, tag, suffix, jobs, force=force)
    if oxipng is not None:
        _check_oxipng(plan, suffix)
    plan = [replace(job, max_pixels=max_pixels) for job in plan]
    plan = [_with_threshold(job, alpha_threshold, suffix) for job in plan]
    options = _quantizing.prepare(quantizing, plan, jobs, keep_profile=keep_metadata)
    if quantizing["palette"] is not None:
        _check_palette(len(cast("Sized", options["palette"])), plan, suffix)
    do = _in_place.leaving(work) if in_place else work
    sys.exit(_batch.run(plan, do, line=_report.picture_line, n_jobs=jobs, as_json=as_json))


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


def _hardened(
    image: IndexedImage, picture: files.Picture, threshold: int | None
) -> tuple[IndexedImage, files.Picture]:
    """Return an image without soft alpha in its palette, and its picture with a note of that."""
    if threshold is None:
        return image, picture
    hard = files.with_hard_palette(image, threshold)
    if hard is image:
        return image, picture
    note = f"colours of the palette with an alpha below {threshold} became clear, others opaque"
    return hard, replace(picture, notes=(*picture.notes, note))


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
