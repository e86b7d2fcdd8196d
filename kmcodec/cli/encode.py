"""``kmcodec encode``: pictures to .kmq files."""

from __future__ import annotations

import sys
import time
from typing import Any

import click

from kmcodec.cli import _blocks, _options


@click.command("encode", short_help="Compress pictures into .kmq files.")
@_options.inputs
@_options.output
@_options.quantizing
@click.option(
    "--coding",
    type=click.Choice(["auto", "packed", "deflate", "mixed"]),
    default="auto",
    show_default=True,
    help="Index coder; auto takes the smallest.",
)
@click.option("--keep-metadata", is_flag=True, help="Carry the ICC profile, Exif and XMP.")
@click.option("--keep-facts", is_flag=True, help="Carry how the palette was found.")
@_blocks.option
@_options.skip_if_larger
@_options.scheduler
@_options.jobs
@_options.force
@_options.json_lines
def command(
    inputs: tuple[str, ...],
    output: str | None,
    coding: str,
    *,
    keep_metadata: bool,
    keep_facts: bool,
    block: tuple[int, int] | None,
    skip_if_larger: bool,
    scheduler: str | None,
    jobs: int | None,
    force: bool,
    as_json: bool,
    **quantizing: Any,  # noqa: ANN401
) -> None:
    """Compress pictures into .kmq files.

    A picture of at most --colors colours loses nothing, and an indexed picture keeps its palette.
    Colours that are not sRGB become so, unless --keep-metadata keeps them and their profile.
    """
    from kmcodec import codec, files  # noqa: PLC0415
    from kmcodec.cli import _batch, _jobs, _quantizing, _report  # noqa: PLC0415

    if block is not None:
        _blocks.refuse_palette_options()

    def work(job: _jobs.Job) -> _batch.Report:
        if job.target is not None:
            files.check_target(job.target, overwrite=force or job.overwrite)
        picture = job.picture(keep_profile=keep_metadata)
        started = time.perf_counter()
        settings: dict[str, Any] = {"coding": coding, "effort": quantizing["effort"]}
        settings["metadata"] = picture.metadata if keep_metadata else None
        if block is not None:
            blocks = _blocks.quantized(picture, job, block, quantizing)
            data = codec.encode_blocks(blocks, **settings, threads=job.threads)
            facts = _blocks.facts_with_loss(blocks, picture.pixels)
        else:
            image = _quantizing.quantized(picture, job, options)
            data = codec.encode_indexed(
                image, **settings, keep_facts=keep_facts, threads=job.threads
            )
            facts = _report.picture_facts(image)
        seconds = time.perf_counter() - started
        if skip_if_larger:
            _batch.check_smaller(len(data), picture)
        job.write(data, overwrite=force)
        return _batch.picture_report(job, picture, facts, len(data), seconds)

    plan = _jobs.plan(
        inputs,
        output,
        suffix=".kmq",
        suffixes=None,
        n_jobs=jobs,
        others=files.picture_suffixes(),
    )
    told: dict[str, Any] = {"line": _report.output_line, "as_json": as_json}
    if scheduler is None:
        options = _quantizing.prepare(quantizing, plan, jobs, keep_profile=keep_metadata)
        sys.exit(_batch.run(plan, work, n_jobs=jobs, **told))
    from kmcodec.cli import _remote  # noqa: PLC0415

    with _remote.connected(scheduler, plan) as client:
        options = _quantizing.prepare(
            quantizing, plan, jobs, keep_profile=keep_metadata, client=client
        )
        sys.exit(_remote.run(client, plan, work, force=force, **told))
