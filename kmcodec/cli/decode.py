"""``kmcodec decode``: .kmq files to pictures."""

from __future__ import annotations

import sys
import time
from typing import Any

import click

from kmcodec.cli import _options


class Region(click.ParamType[tuple[int, int, int, int]]):
    """Four numbers with commas between them."""

    name = "region"

    def convert(
        self,
        value: Any,  # noqa: ANN401
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[int, int, int, int]:
        """Return left, top, width and height."""
        numbers = _options.whole_numbers(value, ",")
        if numbers is None or len(numbers) != 4:
            self.fail(f"{value!r} is not LEFT,TOP,WIDTH,HEIGHT in pixels", param, ctx)
        left, top, width, height = numbers
        return left, top, width, height


@click.command("decode", short_help="Turn .kmq files back into pictures.")
@_options.inputs
@_options.output
@_options.picture_format
@click.option("--indexed", is_flag=True, help="Write a palette picture where the format has them.")
@click.option(
    "--region",
    type=Region(),
    metavar="LEFT,TOP,WIDTH,HEIGHT",
    help="Decode only this part, in pixels.",
)
@_options.jobs
@_options.force
@_options.json_lines
def command(
    inputs: tuple[str, ...],
    output: str | None,
    suffix: str,
    *,
    indexed: bool,
    region: tuple[int, int, int, int] | None,
    jobs: int | None,
    force: bool,
    as_json: bool,
) -> None:
    """Turn .kmq files back into pictures.

    What came from an indexed picture becomes one again; the rest has the channels it came with,
    which makes larger files than --indexed, with the same pixels.
    """
    from kmcodec import codec, files  # noqa: PLC0415
    from kmcodec.cli import _batch, _jobs, _report  # noqa: PLC0415

    def work(job: _jobs.Job) -> _batch.Report:
        file_format = files.PALETTE_FORMATS[f".{suffix}"]
        if job.target is not None:
            files.check_target(job.target, overwrite=force)
            file_format = files.PALETTE_FORMATS[job.target.suffix.lower()]
        data = job.read()
        started = time.perf_counter()
        image = codec.decode_indexed(data, region=region, threads=job.threads)
        seconds = time.perf_counter() - started
        picture = files.picture_bytes(
            image,
            file_format,
            as_palette=indexed or image.authored,
            metadata=codec.read_metadata(data),
            small=False,
        )
        job.write(picture, overwrite=force)
        report: _batch.Report = {"input": job.name, "output": job.output}
        facts = _report.picture_facts(image)
        if image.facts is None:  # a file does not tell its loss unless asked to
            facts |= {"mse": None, "psnr": None}
        return report | facts | {"bytes": len(picture), "seconds": round(seconds, 4)}

    plan = _jobs.plan(
        inputs,
        output,
        suffix=f".{suffix}",
        suffixes={".kmq"},
        n_jobs=jobs,
        endings=set(files.PALETTE_FORMATS),
    )
    sys.exit(_batch.run(plan, work, line=_line, n_jobs=jobs, as_json=as_json))


def _line(report: dict[str, Any]) -> str:
    """Return the line that tells what one file became."""
    from kmcodec.cli import _report  # noqa: PLC0415

    return (
        f"{report['input']} -> {report['output']}  {report['width']} x {report['height']}"
        f"  {_report.colors_text(report['colors'])}  {report['bytes']:,} bytes"
        f"  {report['seconds']:.2f} s"
    )
