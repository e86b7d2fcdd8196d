"""How much pictures look like others."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kmcodec import files
from kmcodec.channels import color_channels
from kmcodec.cli import _batch, _counterparts, _jobs
from kmcodec.cli._job import STANDARD, Job
from kmcodec.cli._report import loss_text, shown, size_text
from kmcodec.cli._say import say
from kmcodec.color import common_channels
from kmcodec.drawing.difference import draw_difference
from kmcodec.errors import InputError, KmqError
from kmcodec.loss import psnr
from kmcodec.similarity import SMALLEST_SIDE, matched, squared_error, ssimulacra2

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray


def run(
    original: str,
    other: str,
    output: str | None,
    *,
    fail_below: float | None,
    max_pixels: int | None,
    jobs: int | None,
    force: bool,
    as_json: bool,
) -> None:
    """Compare each pair and report it; several have a line of totals."""
    if output is None:
        plan = _jobs.plan_pictures((original,), jobs)
    else:
        plan = _jobs.plan(
            (original,), output, suffix=".png", suffixes=None, n_jobs=jobs, endings={".png"}
        )
    partners = _counterparts.find(original, other, plan)
    reports: list[_batch.Report] = []
    work = _Work(partners, fail_below, max_pixels, force, reports)
    code = _batch.run(plan, work, line=_line, n_jobs=jobs, as_json=as_json)
    to_stdout = all(job.output != STANDARD for job in plan)
    if len(plan) > 1 and reports and not as_json and to_stdout:
        say(_totals(reports))
    low = [report for report in reports if "exit_code" in report]
    for report in sorted(low, key=lambda r: str(r["input"])):
        what = shown(f"{report['input']}: SSIMULACRA2 is {_score_text(report)}")
        say(f"kmcodec: {what}, less than {fail_below:g}", err=True)
    sys.exit(_batch.common_code([code, _batch.EXIT_QUALITY] if low else [code]))


@dataclass(frozen=True)
class _Work:
    """What is done with each pair; reports are kept for totals."""

    partners: dict[Path | None, Path | InputError | None]
    fail_below: float | None
    max_pixels: int | None
    force: bool
    reports: list[_batch.Report]

    def __call__(self, job: Job) -> _batch.Report:
        """Read two pictures, compare them, draw their difference if asked for, and report."""
        partner = self.partners[job.source]
        if isinstance(partner, InputError):
            raise partner
        if job.target is not None:
            files.check_target(job.target, overwrite=self.force)
        second = Job(partner, None, job.threads, writes=False)
        pictures = [self._read(job), self._read(second)]
        try:
            pair = matched(pictures[0].pixels, pictures[1].pixels)
        except InputError as error:
            raise InputError(f"{job.name} and {second.name}: {error}") from error
        report = {"input": job.name, "other": second.name, **_facts(*pair, job.threads)}
        report |= {"input_bytes": pictures[0].size, "bytes": pictures[1].size}
        if job.writes:
            report |= {"output": job.output, "gain": self._draw(job, *pair)}
        report |= _batch.noted(
            *_notes(pictures[0]), *(f"{second.name}: {note}" for note in _notes(pictures[1]))
        )
        if self.fail_below is not None:
            _check(report, self.fail_below)
        self.reports.append(report)
        return report

    def _read(self, job: Job) -> files.Picture:
        """Read one of the two, and name it in what goes wrong."""
        try:
            return replace(job, max_pixels=self.max_pixels).picture(also_kmq=True)
        except KmqError as error:
            if job.name in str(error):
                raise
            raise type(error)(f"{job.name}: {error}") from error

    def _draw(self, job: Job, first: NDArray[np.uint8], second: NDArray[np.uint8]) -> int:
        """Write the picture of the difference, and return how much it is amplified."""
        pixels, gain = draw_difference(first, second)
        job.write(files.pixel_bytes(pixels, "PNG"), overwrite=self.force)
        return gain


def _notes(picture: files.Picture) -> list[str]:
    """Return what is to be said of how a picture was read."""
    return [note for note in (*picture.notes, picture.conversion) if note]


def _facts(first: NDArray[np.uint8], second: NDArray[np.uint8], threads: int) -> dict[str, Any]:
    """Return size, score and error of two pictures; the score of tiny ones is None."""
    height, width = first.shape[:2]
    channels = common_channels(first.shape[2], second.shape[2])
    score = None
    if min(height, width) >= SMALLEST_SIDE:
        score = round(ssimulacra2(first, second, threads=threads), 4)
    mse = squared_error(first, second)
    ratio = psnr(mse, color_channels(channels))
    return {
        "width": width,
        "height": height,
        "ssimulacra2": score,
        "mse": round(mse, 4),
        "psnr": None if ratio is None else round(ratio, 3),
    }


def _check(report: _batch.Report, least: float) -> None:
    """Note in a report that its score is too low, or raise ``InputError`` where there is none."""
    score = report["ssimulacra2"]
    if score is None:
        raise InputError(
            f"{report['input']} has no SSIMULACRA2 score: it is smaller than"
            f" {SMALLEST_SIDE} x {SMALLEST_SIDE} pixels"
        )
    if score < least:
        report["exit_code"] = _batch.EXIT_QUALITY


def _score_text(report: _batch.Report) -> str:
    """Return a score as text."""
    score = report["ssimulacra2"]
    return "none" if score is None else f"{score:.2f}"


def _bytes_text(before: int, after: int) -> str:
    """Return the sizes of two files as text."""
    share = f" ({100 * after / before:.1f} %)" if before else ""
    return f"{before:,} -> {after:,} bytes{share}"


def _line(report: _batch.Report) -> str:
    """Return the line of a pair."""
    parts = [
        f"{report['input']} -> {report['other']}",
        size_text(report["width"], report["height"]),
        f"SSIMULACRA2 {_score_text(report)}",
        f"PSNR {loss_text(report['psnr'])}" if report["psnr"] is not None else "equal pixels",
        f"MSE {report['mse']:.2f}",
        _bytes_text(report["input_bytes"], report["bytes"]),
    ]
    if "output" in report:
        parts.append(f"difference x{report['gain']} in {report['output']}")
    return "  ".join(parts)


def _totals(reports: list[_batch.Report]) -> str:
    """Return the totals of several pairs in a line."""
    scores = [r["ssimulacra2"] for r in reports if r["ssimulacra2"] is not None]
    text = f"{len(reports)} pairs compared"
    if scores:
        mean = sum(sorted(scores)) / len(scores)
        text += f": SSIMULACRA2 {mean:.2f} in the mean, {min(scores):.2f} at least"
    before, after = (sum(r[key] for r in reports) for key in ("input_bytes", "bytes"))
    return f"{text}; {_bytes_text(before, after)}"
