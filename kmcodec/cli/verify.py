"""``kmcodec verify``: whether .kmq files are whole."""

from __future__ import annotations

import sys
from typing import Any

import click

from kmcodec.cli import _options


@click.command("verify", short_help="Decode .kmq files and say whether they are whole.")
@_options.inputs
@_options.limits
@_options.jobs
@_options.json_lines
def command(
    inputs: tuple[str, ...],
    *,
    max_pixels: int | None,
    max_seconds: int | None,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Check every checksum and decode every pixel of .kmq files."""
    from kmcodec import codec  # noqa: PLC0415
    from kmcodec.cli import _batch, _jobs  # noqa: PLC0415

    limits = _options.to_limits(max_pixels, max_seconds)

    def work(job: _jobs.Job) -> _batch.Report:
        data = job.read()
        info = codec.read_info(data, limits=limits)
        decode = codec.decode_indexed if info.block == (1, 1) else codec.decode_blocks
        decode(data, limits=limits, progress=job.progress)
        return {
            "input": job.name,
            "ok": True,
            "width": info.width,
            "height": info.height,
            "colors": info.n_colors,
            "block": info.block,
            "bytes": len(data),
        }

    plan = _jobs.plan_reading(inputs, {".kmq"})
    sys.exit(_batch.run(plan, work, line=_line, n_jobs=jobs, as_json=as_json))


def _line(report: dict[str, Any]) -> str:
    """Return the line that clears one file."""
    from kmcodec.cli._report import colors_text  # noqa: PLC0415

    return (
        f"{report['input']}: ok, {report['width']} x {report['height']},"
        f" {colors_text(report['colors'], report['block'])}, {report['bytes']:,} bytes"
    )
