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
        file = codec.KmqFile(data, limits=limits)
        decode = file.decode_blocks if file.has_blocks else file.decode_indexed
        decode(progress=job.progress)
        header = file.header
        return {
            "input": job.name,
            "ok": True,
            "width": header.width,
            "height": header.height,
            "colors": header.n_colors,
            "block": header.block,
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
