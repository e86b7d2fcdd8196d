"""``kmcodec quantize``: pictures to palette pictures in a standard format."""

from __future__ import annotations

import sys
import time
from typing import Any

import click

from kmcodec.cli import _options


@click.command("quantize", short_help="Reduce pictures to a palette.")
@_options.inputs
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE|DIR",
    help="Where to write; a file's suffix (.png .gif .webp .bmp .tiff) chooses the format.",
)
@_options.picture_format
@_options.quantizing
@click.option("--keep-metadata", is_flag=True, help="Carry the ICC profile, Exif and XMP.")
@_options.jobs
@_options.force
@_options.json_lines
def command(
    inputs: tuple[str, ...],
    output: str,
    suffix: str,
    *,
    keep_metadata: bool,
    jobs: int | None,
    force: bool,
    as_json: bool,
    **quantizing: Any,  # noqa: ANN401
) -> None:
    """Reduce pictures to a palette and save them in a standard format.

    WebP, and TIFF with transparency, store the same pixels without a palette.
    """
    from kmcodec import files  # noqa: PLC0415
    from kmcodec.cli import _batch, _jobs, _quantizing, _report  # noqa: PLC0415

    def work(job: _jobs.Job) -> _batch.Report:
        file_format = files.PALETTE_FORMATS[f".{suffix}"]
        if job.target is not None:
            files.check_target(job.target, overwrite=force)
            file_format = files.PALETTE_FORMATS[job.target.suffix.lower()]
        picture = job.picture()
        started = time.perf_counter()
        image = _quantizing.quantized(picture, job, options)
        seconds = time.perf_counter() - started
        data = files.picture_bytes(
            image,
            file_format,
            as_palette=True,
            metadata=picture.metadata if keep_metadata else None,
        )
        job.write(data, overwrite=force)
        return _batch.picture_report(job, picture, image, len(data), seconds)

    plan = _jobs.plan(
        inputs,
        output,
        suffix=f".{suffix}",
        suffixes=None,
        n_jobs=jobs,
        endings=set(files.PALETTE_FORMATS),
    )
    options = _quantizing.prepare(quantizing, plan, jobs)
    sys.exit(_batch.run(plan, work, line=_report.output_line, n_jobs=jobs, as_json=as_json))
