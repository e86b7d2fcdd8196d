"""``kmcodec view``: pages that show .kmq files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from kmcodec.cli import _options


@click.command("view", short_help="Make an HTML page that shows a .kmq file.")
@_options.inputs
@_options.output
@click.option("--browser", is_flag=True, help="Open the page.")
@_options.limits
@_options.jobs
@_options.force
@_options.json_lines
def command(
    inputs: tuple[str, ...],
    output: str | None,
    *,
    browser: bool,
    max_pixels: int | None,
    max_seconds: int | None,
    jobs: int | None,
    force: bool,
    as_json: bool,
) -> None:
    """Make an HTML page of each .kmq file: the picture, its palette, what its header says.

    A page is one file that loads nothing. The .kmq file is in it as it is, and a decoder written in
    JavaScript; a click on a place or a colour shows where that colour is.
    """
    from kmcodec import codec, files  # noqa: PLC0415
    from kmcodec.cli import _batch, _jobs, _report  # noqa: PLC0415
    from kmcodec.pages.view import view_page  # noqa: PLC0415

    limits = _options.to_limits(max_pixels, max_seconds)

    def work(job: _jobs.Job) -> _batch.Report:
        if job.target is not None:
            files.check_target(job.target, overwrite=force)
        data = job.read()
        info = codec.read_info(data, limits=limits)
        name = _report.shown(Path(job.name).name)
        page = view_page(data, info, title=name, name=f"{Path(name).stem}.png").encode()
        job.write(page, overwrite=force)
        if browser and job.target is not None:
            click.launch(str(job.target))
        facts = {"width": info.width, "height": info.height, "colors": info.n_colors}
        return {"input": job.name, "output": job.output, **facts, "bytes": len(page)}

    plan = _jobs.plan(
        inputs, output, suffix=".html", suffixes={".kmq"}, n_jobs=jobs, endings={".html", ".htm"}
    )
    sys.exit(_batch.run(plan, work, line=_line, n_jobs=jobs, as_json=as_json))


def _line(report: dict[str, Any]) -> str:
    """Return the line that tells of a page."""
    return f"{report['input']} -> {report['output']}  {report['bytes']:,} bytes"
