"""``kmcodec decode``: .kmq files to pictures."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import click

from kmcodec.cli import _options

if TYPE_CHECKING:
    from kmcodec.codec import KmqFile, Metadata
    from kmcodec.image import IndexedImage

ARRAY = ".npy"


class RegionType(click.ParamType[tuple[int, int, int, int]]):
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
    type=RegionType(),
    metavar="LEFT,TOP,WIDTH,HEIGHT",
    help="Decode only this part, in pixels.",
)
@_options.limits
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
    max_pixels: int | None,
    max_seconds: int | None,
    jobs: int | None,
    force: bool,
    as_json: bool,
) -> None:
    """Turn .kmq files back into pictures, or into arrays: -o NAME.npy.

    What came from an indexed picture becomes one again; the rest has the channels it came with,
    which makes larger files than --indexed, with the same pixels.
    """
    from kmcodec import codec, files  # noqa: PLC0415
    from kmcodec.cli import _batch, _jobs  # noqa: PLC0415
    from kmcodec.errors import InputError  # noqa: PLC0415

    limits = _options.to_limits(max_pixels, max_seconds)

    def work(job: _jobs.Job) -> _batch.Report:
        ending = f".{suffix}"
        if job.target is not None:
            files.check_target(job.target, overwrite=force)
            ending = job.target.suffix.lower()
        data = job.read()
        started = time.perf_counter()
        how: dict[str, Any] = {"threads": job.threads, "progress": job.progress}
        file = codec.KmqFile(data, limits=limits)
        if file.has_blocks:
            if indexed:
                raise InputError("the file's codebook has blocks: there is no palette to write")
            out, facts = _block_output(file, ending, region, how)
            seconds = time.perf_counter() - started
        else:
            image = file.decode_indexed(region=region, **how)
            seconds = time.perf_counter() - started
            out, facts = _palette_output(image, ending, file.metadata, indexed=indexed)
        job.write(out, overwrite=force)
        report: _batch.Report = {"input": job.name, "output": job.output}
        return report | facts | {"bytes": len(out), "seconds": round(seconds, 4)}

    plan = _jobs.plan(
        inputs,
        output,
        suffix=f".{suffix}",
        suffixes={".kmq"},
        n_jobs=jobs,
        endings={*files.PALETTE_FORMATS, ARRAY},
    )
    sys.exit(_batch.run(plan, work, line=_line, n_jobs=jobs, as_json=as_json))


def _palette_output(
    image: IndexedImage, ending: str, metadata: Metadata, *, indexed: bool
) -> tuple[bytes, dict[str, Any]]:
    """Return a palette image as a file, and its facts for the report."""
    from kmcodec import files  # noqa: PLC0415
    from kmcodec.cli import _report  # noqa: PLC0415

    if ending == ARRAY:
        out = files.array_bytes(image.indices if indexed else image.to_pixels())
    else:
        out = files.picture_bytes(
            image,
            files.PALETTE_FORMATS[ending],
            as_palette=indexed or image.authored,
            metadata=metadata,
            small=False,
        )
    facts = _report.picture_facts(image)
    if image.facts is None:  # a file does not tell its loss unless asked to
        facts |= {"mse": None, "psnr": None}
    return out, facts


def _block_output(
    file: KmqFile, ending: str, region: tuple[int, int, int, int] | None, how: dict[str, Any]
) -> tuple[bytes, dict[str, Any]]:
    """Return what a file with blocks holds, picture or list, as a file, and facts."""
    from kmcodec import files  # noqa: PLC0415
    from kmcodec.cli import _blocks  # noqa: PLC0415

    header = file.header
    facts = _blocks.facts(header.width, header.height, header.n_colors, header.block)
    if region is not None:
        pixels = file.decode(region=region, **how)
    else:
        image = file.decode_blocks(**how)
        if image.is_list and ending == ARRAY:
            vectors = image.to_vectors()
            return files.array_bytes(vectors[..., 0] if image.channels == 1 else vectors), facts
        pixels = image.to_sheet() if image.is_list else image.to_pixels()
    facts |= {"height": pixels.shape[0], "width": pixels.shape[1]}
    if ending == ARRAY:
        return files.array_bytes(pixels), facts
    return files.pixel_bytes(pixels, files.PALETTE_FORMATS[ending], metadata=file.metadata), facts


def _line(report: dict[str, Any]) -> str:
    """Return the line that tells what one file became."""
    from kmcodec.cli import _report  # noqa: PLC0415

    colors = _report.colors_text(report["colors"], report.get("block", (1, 1)))
    return (
        f"{report['input']} -> {report['output']}  {report['width']} x {report['height']}"
        f"  {colors}  {report['bytes']:,} bytes  {report['seconds']:.2f} s"
    )
