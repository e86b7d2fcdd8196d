"""From .kmq files to pictures and arrays."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import click

from kmcodec import codec, files
from kmcodec.cli import _batch, _decoded, _frame_files, _jobs, _numbered, _options, _report
from kmcodec.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kmcodec.cli._job import Job
    from kmcodec.image import Animation, IndexedImage

LINE = _report.line_with("size", "colors", "bytes", "seconds")


def run(
    inputs: tuple[str, ...],
    output: str | None,
    suffix: str,
    *,
    indexed: bool | None,
    effort: int,
    region: tuple[int, int, int, int] | None,
    frame: int | None,
    max_pixels: int | None,
    max_seconds: int | None,
    jobs: int | None,
    force: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Decode each file, write it, and report it."""
    limits = _options.to_limits(max_pixels, max_seconds)

    def work(job: Job) -> _batch.Report:
        ending = f".{suffix}"
        if job.target is not None:
            files.check_target(job.target, overwrite=force)
            ending = job.target.suffix.lower()
        data = job.read()
        started = time.perf_counter()
        how: dict[str, Any] = {"threads": job.threads, "progress": job.progress}
        file = codec.KmqFile(data, limits=limits)
        if frame is not None:
            _check_frame(file, frame)
        notes: tuple[str, ...] = ()
        if file.is_array and ending == _decoded.ARRAY and not indexed:
            out, facts = _decoded.array_output(file, region, frame, how)
            seconds = time.perf_counter() - started
        elif file.has_blocks:
            if indexed:
                raise InputError("the file's codebook has blocks: there is no palette to write")
            out, facts = _decoded.block_output(file, ending, region, how)
            seconds = time.perf_counter() - started
        else:
            image: IndexedImage | Animation
            if file.header.planes > 1 and frame is None:
                _check_animated(file, ending)
                image = _decoded.part(file.decode_animation, region, how)
            else:
                image = _decoded.part(file.decode_indexed, region, how | {"frame": frame})
            seconds = time.perf_counter() - started
            out, facts, notes = _decoded.palette_output(
                image, ending, file.metadata, effort, indexed=indexed
            )
            if file.is_array:
                from kmcodec.files.kmq_pictures import notes_on_array  # noqa: PLC0415  (rare)

                notes += notes_on_array(file.info)
        job.write(out, overwrite=force)
        report: _batch.Report = {"input": job.name, "output": job.output}
        sizes = {"input_bytes": len(data), "bytes": len(out)}
        return report | facts | sizes | {"seconds": round(seconds, 4)} | _batch.noted(*notes)

    plan = _jobs.plan(
        inputs,
        output,
        suffix=f".{suffix}",
        suffixes={".kmq"},
        n_jobs=jobs,
        endings={*files.PALETTE_FORMATS, _decoded.ARRAY},
    )
    names = _numbered.output_names(plan, output)
    told: dict[str, Any] = {"line": LINE, "as_json": as_json, "quiet": quiet}
    act: Callable[[Job], _batch.Report] = work
    if names is not None:
        _check_numbered(names, frame)
        act = _frame_files.FrameFiles(
            names, region, indexed=indexed, effort=effort, limits=limits, overwrite=force
        )
    sys.exit(_batch.run(plan, act, n_jobs=jobs, totals=True, **told))


def _check_frame(file: codec.KmqFile, frame: int) -> None:
    """Raise ``click.UsageError`` for a frame that is not there."""
    planes = file.header.planes
    if frame >= planes:
        raise click.UsageError(f"--frame {frame}: the file has {planes}, counted from 0")


def _check_animated(file: codec.KmqFile, ending: str) -> None:
    """Raise ``InputError`` for a format without animations, before anything is decoded."""
    if ending != _decoded.ARRAY:
        files.check_animated(file.header.planes, files.PALETTE_FORMATS[ending])


def _check_numbered(names: files.Numbered, frame: int | None) -> None:
    """Raise ``click.UsageError`` for options that numbered files do not have."""
    if frame is not None:
        raise click.UsageError("--frame writes one file; its name has no place for a number")
    if names.after.lower().endswith(_decoded.ARRAY):
        raise click.UsageError("numbered files are pictures; -o NAME.npy holds all frames")
