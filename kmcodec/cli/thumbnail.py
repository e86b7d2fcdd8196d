"""``kmcodec thumbnail``: a small PNG of a .kmq file."""

from __future__ import annotations

import sys
from typing import Any

import click

from kmcodec.cli import _options

LARGEST_SIDE = 4096


@click.command("thumbnail", short_help="Draw a small PNG of a .kmq file.")
@click.argument("source", metavar="INPUT")
@click.option(
    "-o", "--output", required=True, metavar="FILE", help="The PNG, whatever its name ends in."
)
@click.option(
    "--size",
    type=click.IntRange(1, LARGEST_SIDE),
    default=256,
    show_default=True,
    metavar="N",
    help="Pixels that neither side goes beyond.",
)
@_options.force
@_options.json_lines
def command(source: str, output: str, *, size: int, force: bool, as_json: bool) -> None:
    """Draw a small PNG of a .kmq file: sRGB, with its alpha, never enlarged.

    Desktops call this through the thumbnailer that `kmcodec desktop install` writes.
    """
    from kmcodec import files  # noqa: PLC0415
    from kmcodec.cli import _batch, _jobs  # noqa: PLC0415
    from kmcodec.files.thumbnails import thumbnail_png  # noqa: PLC0415

    def work(job: _jobs.Job) -> _batch.Report:
        if job.target is not None:
            files.check_target(job.target, overwrite=force)
        data, (width, height) = thumbnail_png(job.read(), size, threads=job.threads)
        if job.target is not None:  # a thumbnailing service keeps its temporary file open
            files.write_bytes(job.target, data, overwrite=force, held_open=True)
        else:
            job.write(data, overwrite=force)
        facts = {"width": width, "height": height, "bytes": len(data)}
        return {"input": job.name, "output": job.output, **facts}

    plan = _jobs.plan((source,), output, suffix=".png", suffixes={".kmq"}, n_jobs=None)
    sys.exit(_batch.run(plan, work, line=_line, n_jobs=None, as_json=as_json))


def _line(report: dict[str, Any]) -> str:
    """Return the line that tells of a thumbnail."""
    return (
        f"{report['input']} -> {report['output']}  {report['width']} x {report['height']}"
        f"  {report['bytes']:,} bytes"
    )
