"""Small PNGs of .kmq files."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from kmcodec import files
from kmcodec.cli import _batch, _jobs, _report
from kmcodec.files.thumbnails import thumbnail_png

if TYPE_CHECKING:
    from kmcodec.cli._job import Job

LINE = _report.line_with("size", "bytes")


def run(source: str, output: str, *, size: int, force: bool, as_json: bool) -> None:
    """Draw and write one."""

    def work(job: Job) -> _batch.Report:
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
    sys.exit(_batch.run(plan, work, line=LINE, n_jobs=None, as_json=as_json))
