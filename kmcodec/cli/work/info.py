"""What .kmq files say of themselves."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from kmcodec import codec
from kmcodec.channels import KINDS
from kmcodec.cli import _batch, _jobs, _options
from kmcodec.cli._report import array_text, colors_text, loss_text, shown, size_text
from kmcodec.loss import psnr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kmcodec.cli._job import Job


def run(
    inputs: tuple[str, ...], *, max_pixels: int | None, max_seconds: int | None, as_json: bool
) -> None:
    """Read the headers."""
    limits = _options.to_limits(max_pixels, max_seconds)

    def work(job: Job) -> _batch.Report:
        info = asdict(codec.read_info(job.read(), limits=limits))
        info["colors"] = info.pop("n_colors")
        info["bytes"] = info.pop("size")
        info["sections"] = [
            {"name": name, "offset": offset, "bytes": size}
            for name, offset, size in info["sections"]
        ]
        return {"input": job.name, **info}

    plan = _jobs.plan_reading(inputs, {".kmq"})
    sys.exit(_batch.run(plan, work, line=_text, n_jobs=None, as_json=as_json))


def _timing_text(durations: Sequence[int], ticks_per_second: int, loop: int) -> str:
    """Return how long each plane is shown, and how often all are."""
    shown_for = [
        f"{1000 * ticks / ticks_per_second:g}" for ticks in (min(durations), max(durations))
    ]
    each = shown_for[0] if len(set(shown_for)) == 1 else " to ".join(shown_for)
    seconds = sum(durations) / ticks_per_second
    plays = "for ever" if loop == 0 else "once" if loop == 1 else f"{loop} times"
    return f"each plane is shown for {each} ms, all of them for {seconds:g} s, {plays}"


def _text(report: dict[str, Any]) -> str:
    """Return a report as a short paragraph."""
    planes = report["planes"]
    pixels = report["width"] * report["height"] * planes
    authored = " (authored palette)" if report["authored"] else ""
    size = size_text(report["width"], report["height"], planes, "plane")
    size = f"{size} {KINDS[report['channels']]}"
    rate = f"{8 * report['bytes'] / pixels:.3f} bits per pixel"
    colors = colors_text(report["colors"], report["block"])
    array = report["array"]
    lines = [
        f"{report['input']}: kmq {report['version']}, {size}, {colors}{authored}",
        f"  {report['bytes']:,} bytes, {rate}, coding {report['coding']}",
    ]
    if report["timing"]:
        lines.append(f"  {_timing_text(**report['timing'])}")
    if array:
        lines.append(f"  array: {array_text(**array)}; the pixels stand for them")
    elif any(section["name"] == "array" for section in report["sections"]) and report["authored"]:
        lines.append("  array: its description cannot be used")
    if report["names"]:
        lines.append(f"  names: {shown(', '.join(report['names']))}")
    lines += [f"  {s['offset']:>8}  {s['name']}  {s['bytes']:,} bytes" for s in report["sections"]]
    if report["facts"]:
        facts = report["facts"]
        loss = loss_text(psnr(facts["mse"], report["channels"]))
        lines.append(
            f"  K-means: space {facts['space']}, effort {facts['effort']}, seed {facts['seed']},"
            f" {facts['n_iter']} iterations, {loss}"
        )
    return "\n".join(lines)
