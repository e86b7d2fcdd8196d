"""From .kmq files to pictures and arrays."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kmcodec import codec, files
from kmcodec.cli import _batch, _blocks, _jobs, _options, _report
from kmcodec.errors import InputError
from kmcodec.image import Animation

if TYPE_CHECKING:
    from collections.abc import Callable

    from kmcodec.cli._job import Job
    from kmcodec.codec import Metadata
    from kmcodec.image import IndexedImage

Decoded = TypeVar("Decoded")

ARRAY = ".npy"
LINE = _report.line_with("size", "colors", "bytes", "seconds")


def run(
    inputs: tuple[str, ...],
    output: str | None,
    suffix: str,
    *,
    indexed: bool | None,
    effort: int,
    region: tuple[int, int, int, int] | None,
    frame: int | None,
    max_pixels: int | None,
    max_seconds: int | None,
    jobs: int | None,
    force: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Decode each file, write it, and report it."""
    limits = _options.to_limits(max_pixels, max_seconds)

    def work(job: Job) -> _batch.Report:
        ending = f".{suffix}"
        if job.target is not None:
            files.check_target(job.target, overwrite=force)
            ending = job.target.suffix.lower()
        data = job.read()
        started = time.perf_counter()
        how: dict[str, Any] = {"threads": job.threads, "progress": job.progress}
        file = codec.KmqFile(data, limits=limits)
        if frame is not None:
            _check_frame(file, frame)
        notes: tuple[str, ...] = ()
        if file.is_array and ending == ARRAY and not indexed:
            out, facts = _array_output(file, region, frame, how)
            seconds = time.perf_counter() - started
        elif file.has_blocks:
            if indexed:
                raise InputError("the file's codebook has blocks: there is no palette to write")
            out, facts = _block_output(file, ending, region, how)
            seconds = time.perf_counter() - started
        else:
            image: IndexedImage | Animation
            if file.header.planes > 1 and frame is None:
                _check_animated(file, ending)
                image = _part(file.decode_animation, region, how)
            else:
                image = _part(file.decode_indexed, region, how | {"frame": frame})
            seconds = time.perf_counter() - started
            out, facts, notes = _palette_output(
                image, ending, file.metadata, effort, indexed=indexed
            )
            if file.is_array:
                from kmcodec.files.kmq_pictures import notes_on_array  # noqa: PLC0415  (rare)

                notes += notes_on_array(file.info)
        job.write(out, overwrite=force)
        report: _batch.Report = {"input": job.name, "output": job.output}
        sizes = {"input_bytes": len(data), "bytes": len(out)}
        return report | facts | sizes | {"seconds": round(seconds, 4)} | _batch.noted(*notes)

    plan = _jobs.plan(
        inputs,
        output,
        suffix=f".{suffix}",
        suffixes={".kmq"},
        n_jobs=jobs,
        endings={*files.PALETTE_FORMATS, ARRAY},
    )
    told: dict[str, Any] = {"line": LINE, "as_json": as_json, "quiet": quiet}
    sys.exit(_batch.run(plan, work, n_jobs=jobs, totals=True, **told))


def _part(
    decode: Callable[..., Decoded], region: tuple[int, int, int, int] | None, how: dict[str, Any]
) -> Decoded:
    """Return what a method decodes of a region; a region outside is the command line's fault."""
    try:
        return decode(region=region, **how)
    except InputError as error:
        raise click.UsageError(f"--region: {error}") from error


def _check_frame(file: codec.KmqFile, frame: int) -> None:
    """Raise ``click.UsageError`` for a frame that is not there."""
    planes = file.header.planes
    if frame >= planes:
        raise click.UsageError(f"--frame {frame}: the file has {planes}, counted from 0")


def _check_animated(file: codec.KmqFile, ending: str) -> None:
    """Raise ``InputError`` for a format without animations, before anything is decoded."""
    if ending != ARRAY:
        files.check_animated(file.header.planes, files.PALETTE_FORMATS[ending])


def _array_output(
    file: codec.KmqFile,
    region: tuple[int, int, int, int] | None,
    frame: int | None,
    how: dict[str, Any],
) -> tuple[bytes, dict[str, Any]]:
    """Return an array of integers, or a part of it, as a file, and facts."""
    part = _array_part(file, region, frame)
    array = file.decode_array(part=part, **how)
    if frame is not None and file.header.planes > 1:
        array = array[0]
    header = file.header
    facts: dict[str, Any] = {"width": header.width, "height": header.height}
    facts |= {"colors": header.n_colors, "mse": None, "psnr": None}
    n_values = len(file.array_values)
    shape = list(array.shape)
    facts["array"] = {"dtype": str(array.dtype), "shape": shape, "n_values": n_values}
    return files.array_bytes(array), facts


def _array_part(
    file: codec.KmqFile, region: tuple[int, int, int, int] | None, frame: int | None
) -> list[slice]:
    """Return slices of an array's axes: a layer, and a region of the last two axes."""
    facts = file.info.array
    if facts is None:
        return []  # decoding will tell what is wrong with it
    shape = facts.shape
    layers = [slice(None)] * (len(shape) - 2)
    if frame is not None and file.header.planes > 1:
        if len(shape) != 3 or shape[0] != file.header.planes:
            told = f"shape {shape} in its order of bytes"
            raise click.UsageError(f"--frame: the planes of an array of {told} are no layers")
        layers = [slice(frame, frame + 1)]
    if region is None:
        return layers
    left, top, width, height = region
    rows, columns = shape[-2:]
    if min(width, height) < 1 or top + height > rows or left + width > columns:
        raise click.UsageError(
            f"--region: {width} x {height} at {left}, {top} is not within the array of"
            f" {columns} x {rows}"
        )
    return [*layers, slice(top, top + height), slice(left, left + width)]


def _palette_output(
    image: IndexedImage | Animation,
    ending: str,
    metadata: Metadata,
    effort: int,
    *,
    indexed: bool | None,
) -> tuple[bytes, dict[str, Any], tuple[str, ...]]:
    """Return a palette image or an animation as a file, facts for the report, and notes."""
    notes: tuple[str, ...] = ()
    by_itself = image.authored or image.channels > 1  # gray levels may mean more than a colour
    if ending == ARRAY:
        out = files.array_bytes(image.indices if indexed else image.to_pixels())
    elif isinstance(image, Animation):
        file_format = files.PALETTE_FORMATS[ending]
        out, notes = files.animation_bytes(image, file_format, metadata=metadata)
    else:
        file_format = files.PALETTE_FORMATS[ending]
        out = files.picture_bytes(
            image,
            file_format,
            as_palette=by_itself if indexed is None else indexed,
            metadata=metadata,
            small=file_format == "PNG" and indexed is not False,
            effort=effort,
            keep_order=image.authored,
        )
    facts = _report.picture_facts(image)
    if image.facts is None:  # a file does not tell its loss unless asked to
        facts |= {"mse": None, "psnr": None}
    return out, facts, notes


def _block_output(
    file: codec.KmqFile, ending: str, region: tuple[int, int, int, int] | None, how: dict[str, Any]
) -> tuple[bytes, dict[str, Any]]:
    """Return what a file with blocks holds, picture or list, as a file, and facts."""
    header = file.header
    facts = _blocks.facts(header.width, header.height, header.n_colors, header.block)
    if region is not None:
        pixels = _part(file.decode, region, how)
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
