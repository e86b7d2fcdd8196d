"""From pictures to .kmq files."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from kmcodec import codec, files
from kmcodec.cli import _batch, _blocks, _choosing, _jobs, _numbered, _quantizing, _remote, _report
from kmcodec.quantizer import quantize_blocks

if TYPE_CHECKING:
    from fractions import Fraction

    from kmcodec.cli._job import Job
    from kmcodec.files import Picture
    from kmcodec.image import BlockImage

OF_PALETTES = (
    "space",
    "dither",
    "dither_method",
    "palette",
    "shared_palette",
    "keep",
    "keep_rare",
    "importance",
    "quality",
    "posterize",
    "keep_facts",
    "score",
    "price",
    "max_bytes",
)


def run(
    inputs: tuple[str, ...],
    output: str | None,
    coding: str,
    *,
    keep_metadata: bool,
    keep_facts: bool,
    block: tuple[int, int] | None,
    first_frame: bool,
    fps: Fraction | None,
    score: tuple[float, float] | None,
    price: float | None,
    max_bytes: int | None,
    skip_if_larger: bool,
    max_pixels: int | None,
    scheduler: str | None,
    jobs: int | None,
    force: bool,
    quiet: bool,
    as_json: bool,
    **quantizing: Any,  # noqa: ANN401
) -> None:
    """Encode each picture, here or on a cluster, and report it."""
    wanted = {"score": score, "price": price, "max_bytes": max_bytes}
    chooses = _choosing.asked(wanted)
    if block is not None:
        _refuse_palette_options()

    def work(job: Job) -> _batch.Report:
        if job.target is not None:
            files.check_target(job.target, overwrite=force or job.overwrite)
        picture = job.picture(keep_profile=keep_metadata)
        started = time.perf_counter()
        settings: dict[str, Any] = {"coding": coding, "effort": quantizing["effort"]}
        settings["metadata"] = picture.metadata if keep_metadata else None
        if block is not None:
            blocks = _blocks_of(picture, job, block, quantizing)
            data = codec.encode_blocks(blocks, **settings, threads=job.threads)
            facts = _blocks.facts_with_loss(blocks, picture.pixels)
        elif chooses:
            also = {"keep_facts": keep_facts, "threads": job.threads, **settings}
            data, chosen, more = _choosing.made(
                picture, job, wanted, quantizing, lambda image: codec.encode_indexed(image, **also)
            )
            facts = _report.picture_facts(chosen) | more
        else:
            picture = _quantizing.noted(picture, options)
            quantized = _quantizing.quantized if picture.timing is None else _quantizing.animated
            image = quantized(picture, job, options)
            data = codec.encode_indexed(
                image, **settings, keep_facts=keep_facts, threads=job.threads
            )
            facts = _report.picture_facts(image)
            if quantizing["shared_palette"]:
                facts["shared_palette"] = True
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
    frames = not first_frame and block is None  # blocks are those of one picture
    alone = "" if frames else "--first-frame" if first_frame else "--block"
    plan = _numbered.inputs(plan, output, fps, one_picture=alone)
    plan = [replace(job, max_pixels=max_pixels, all_frames=frames) for job in plan]
    told: dict[str, Any] = {"line": _report.picture_line, "as_json": as_json, "quiet": quiet}
    if scheduler is None:
        options = _quantizing.prepare(quantizing, plan, jobs, keep_profile=keep_metadata)
        sys.exit(_batch.run(plan, work, n_jobs=jobs, totals=True, **told))

    with _remote.connected(scheduler, plan) as client:
        options = _quantizing.prepare(
            quantizing, plan, jobs, keep_profile=keep_metadata, client=client
        )
        sys.exit(_remote.run(client, plan, work, force=force, **told))


def _refuse_palette_options() -> None:
    """Raise ``click.UsageError`` for options that blocks do not have."""
    context = click.get_current_context()
    for name in OF_PALETTES:
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            option_name = f"--{name.replace('_', '-')}"
            raise click.UsageError(f"--block and {option_name} exclude each other")


def _blocks_of(
    picture: Picture, job: Job, block: tuple[int, int], options: dict[str, Any]
) -> BlockImage:
    """Return a picture as blocks."""
    return quantize_blocks(
        picture.pixels,
        block=block,
        n_blocks=options["n_colors"],
        effort=options["effort"],
        seed=options["seed"],
        threads=job.threads,
        progress=job.progress,
    )
