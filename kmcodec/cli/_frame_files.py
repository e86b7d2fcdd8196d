"""The planes of a .kmq file as numbered picture files."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kmcodec import codec, files
from kmcodec.cli import _batch, _blocks, _decoded
from kmcodec.cli._numbered import USUAL_RATE
from kmcodec.errors import CancelledError, InputError
from kmcodec.files.kmq_pictures import notes_on_array

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kmcodec.cli._job import Job
    from kmcodec.container import Limits
    from kmcodec.image import IndexedImage, Timing

    Region = tuple[int, int, int, int]


@dataclass(frozen=True)
class FrameFiles:
    """Writes each plane of a file as a picture.

    Attributes
    ----------
    names : Numbered
    region : (int, int, int, int), optional
        Left, top, width and height of the part of each plane that is wanted.
    indexed : bool, optional
    effort : int
    limits : Limits
    overwrite : bool
    """

    names: files.Numbered
    region: Region | None
    indexed: bool | None
    effort: int
    limits: Limits
    overwrite: bool

    def __call__(self, job: Job) -> _batch.Report:
        """Write the files of one job, and return its report."""
        data = job.read()
        started = time.perf_counter()
        file = codec.KmqFile(data, limits=self.limits)
        planes = file.header.planes
        size, notes = files.write_numbered(
            self.names, self.contents(file, job), planes, overwrite=self.overwrite
        )
        report: _batch.Report = {"input": job.name, "output": job.output, "frames": planes}
        report |= _facts(file, self.region) | {"input_bytes": len(data), "bytes": size}
        report["seconds"] = round(time.perf_counter() - started, 4)
        notes = (*notes, *notes_on_array(file.info), _note_on_timing(file.info.timing))
        return report | _batch.noted(*notes)

    def contents(self, file: codec.KmqFile, job: Job) -> Iterator[bytes]:
        """Yield each plane as a picture file; a group of planes is decoded at a time."""
        ending, how = Path(self.names.name(0)).suffix.lower(), {"threads": job.threads}
        if file.has_blocks:
            if self.indexed:
                raise InputError("the file's codebook has blocks: there is no palette to write")
            yield _decoded.block_output(file, ending, self.region, how)[0]
            return

        def content(image: IndexedImage) -> bytes:
            return _decoded.palette_output(
                image, ending, file.metadata, self.effort, indexed=self.indexed
            )[0]

        with ThreadPoolExecutor(job.threads, _batch.WORKER_NAME) as pool:
            for first, end in file.groups():
                part = how | {"frames": (first, end)}
                group = _decoded.part(file.decode_animation, self.region, part)
                frames = map(group.frame, range(end - first))
                for number, data in enumerate(pool.map(content, frames), first):
                    if job.progress(number / file.header.planes) is False:
                        raise CancelledError("the work was stopped")
                    yield data


def _facts(file: codec.KmqFile, region: tuple[int, int, int, int] | None) -> dict[str, Any]:
    """Return size and colours of each frame, for the report."""
    header = file.header
    width, height = (header.width, header.height) if region is None else region[2:]
    if file.has_blocks:
        return _blocks.facts(width, height, header.n_colors, header.block)
    facts = {"width": width, "height": height, "colors": header.n_colors}
    return facts | {"mse": None, "psnr": None}


def _note_on_timing(timing: Timing | None) -> str:
    """Return how the durations that pictures do not have can be given back."""
    if timing is None:
        return ""
    ticks = set(timing.durations)
    if len(ticks) > 1 or 0 in ticks:
        return "pictures have no durations: those of the frames are not in them"
    rate = Fraction(timing.ticks_per_second, ticks.pop())
    if rate == USUAL_RATE:
        return ""
    return f"pictures have no durations: encode --fps {rate} gives them back"
