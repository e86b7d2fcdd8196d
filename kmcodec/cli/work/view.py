"""Pages that show .kmq files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kmcodec import codec, files
from kmcodec.cli import _batch, _jobs, _options, _report
from kmcodec.files.kmq_pictures import notes_on_array
from kmcodec.pages.view import has_decoder, view_page

if TYPE_CHECKING:
    from kmcodec.cli._job import Job

NO_DECODER = "the page holds the decoded picture, for kmcodec was installed without its kmq.wasm"
LINE = _report.line_with("bytes")


def run(
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
    """Write a page for each file."""
    limits = _options.to_limits(max_pixels, max_seconds)

    def work(job: Job) -> _batch.Report:
        if job.target is not None:
            files.check_target(job.target, overwrite=force)
        data = job.read()
        file = codec.KmqFile(data, limits=limits)
        name = _report.shown(Path(job.name).name)
        saved = f"{Path(name).stem}.png"
        page = view_page(data, file, title=name, name=saved).encode()
        job.write(page, overwrite=force)
        if browser and job.target is not None:
            click.launch(str(job.target))
        info = file.info
        frames = {"frames": info.planes} if info.planes > 1 else {}
        facts = frames | {"width": info.width, "height": info.height, "colors": info.n_colors}
        report = {"input": job.name, "output": job.output, **facts, "bytes": len(page)}
        notes = [*notes_on_array(info), *([] if has_decoder() else [NO_DECODER])]
        return report | ({"notes": notes} if notes else {})

    plan = _jobs.plan(
        inputs, output, suffix=".html", suffixes={".kmq"}, n_jobs=jobs, endings={".html", ".htm"}
    )
    sys.exit(_batch.run(plan, work, line=LINE, n_jobs=jobs, as_json=as_json))
