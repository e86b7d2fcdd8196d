"""Whether .kmq files are whole."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from kmcodec import codec
from kmcodec.cli import _batch, _jobs, _options
from kmcodec.cli._report import colors_text, size_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from kmcodec.cli._job import Job


def run(
    inputs: tuple[str, ...],
    *,
    max_pixels: int | None,
    max_seconds: int | None,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Decode all of every file."""
    limits = _options.to_limits(max_pixels, max_seconds)

    def work(job: Job) -> _batch.Report:
        data = job.read()
        file = codec.KmqFile(data, limits=limits)
        decode: Callable[..., object] = file.decode_indexed
        if file.has_blocks:
            decode = file.decode_blocks
        elif file.is_array:
            decode = file.decode_array
        elif file.header.planes > 1:
            decode = file.decode_animation
        decode(progress=job.progress)
        header = file.header
        return {
            "input": job.name,
            "ok": True,
            **({"planes": header.planes} if header.planes > 1 else {}),
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
    size = size_text(report["width"], report["height"], report.get("planes", 1), "plane")
    return (
        f"{report['input']}: ok, {size},"
        f" {colors_text(report['colors'], report['block'])}, {report['bytes']:,} bytes"
    )
