"""Clusters of pictures, masks, cut-outs, label maps."""

from __future__ import annotations

import sys
import time
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import click

from kmcodec import files
from kmcodec.cli import _batch, _jobs, _options, _picks, _places, _report, _segment_outputs
from kmcodec.cli._segment_outputs import OF_SEGMENTATION, OUTPUTS
from kmcodec.color import with_channels
from kmcodec.errors import InputError
from kmcodec.segmenter import segment

if TYPE_CHECKING:
    from pathlib import Path

    from kmcodec.cli._job import Job
    from kmcodec.segmenter import Segmentation

OF_PICKS = ("mask", "cutout")
MOST_LISTED = 20  # clusters, for a person


def run(
    inputs: tuple[str, ...],
    *,
    clusters: int | str,
    names: str | None,
    max_pixels: int | None,
    jobs: int | None,
    force: bool,
    as_json: bool,
    **options: Any,  # noqa: ANN401
) -> None:
    """Segment each picture, write what is wanted of it, and report it."""
    names_of_picks = [field.name for field in fields(_picks.Picks)]
    picks = _picks.Picks(*(options.pop(name) for name in names_of_picks))
    crop = options.pop("crop")
    wanted = {kind: options.pop(kind) for kind in OUTPUTS}
    wanted = {kind: text for kind, text in wanted.items() if text is not None}
    _check_picks(picks, wanted)
    if crop and "cutout" not in wanted:
        raise click.UsageError("--crop needs --cutout")
    picks.check_groups(clusters if isinstance(clusters, int) and options["scale"] is None else None)
    _check_features(options)
    plan = [replace(job, max_pixels=max_pixels) for job in _jobs.plan_pictures(inputs, jobs)]
    targets = _targets(plan, wanted)
    words = _options.given_words(OF_SEGMENTATION)

    def work(job: Job) -> _batch.Report:
        return _segment_one(
            job,
            targets[job.name],
            picks,
            {"n_clusters": clusters, **options},
            names=None if names is None else names.split(","),
            words=words,
            crop=crop,
            force=force,
        )

    sys.exit(_batch.run(plan, work, line=_text, n_jobs=jobs, as_json=as_json))


def _check_picks(picks: _picks.Picks, wanted: dict[str, str]) -> None:
    """Raise ``click.UsageError`` for picks without use and uses without picks."""
    uses = [kind for kind in OF_PICKS if kind in wanted]
    if uses and not picks.any:
        raise click.UsageError(f"--{uses[0]} needs --at, --region-at or --pick")
    if (picks.any or picks.invert) and not uses and "html" not in wanted:
        raise click.UsageError("what is picked goes to --mask, --cutout or --html")


def _check_features(options: dict[str, Any]) -> None:
    """Raise ``click.UsageError`` for options of colours with regions, and the other way round."""
    regions = options["features"] == "color+position"
    strange = {"lightness"} if regions else {"scale", "position_weight"}
    strange |= {"space"} if regions and options["space"] != "oklab" else set()
    for name in sorted(strange):
        if options[name] is not None:
            other = "color" if regions else "color+position"
            raise click.UsageError(f"--{name.replace('_', '-')} goes with --features {other}")
    source = click.get_current_context().get_parameter_source("clusters")
    if options["scale"] is not None and source is click.core.ParameterSource.COMMANDLINE:
        raise click.UsageError("-k and --scale exclude each other")


def _targets(plan: list[Job], wanted: dict[str, str]) -> dict[str, dict[str, Path]]:
    """Return the path of each output by input and kind."""
    targets = {
        job.name: {
            kind: _places.place(text, job, kind, OUTPUTS[kind], many=len(plan) > 1)
            for kind, text in wanted.items()
        }
        for job in plan
    }
    _places.check_places([path for paths in targets.values() for path in paths.values()], plan)
    return targets


def _segment_one(
    job: Job,
    targets: dict[str, Path],
    picks: _picks.Picks,
    options: dict[str, Any],
    *,
    names: list[str] | None,
    words: list[str],
    crop: bool,
    force: bool,
) -> dict[str, Any]:
    """Segment one picture, write what is wanted of it, and return its report."""
    for path in targets.values():
        files.check_target(path, overwrite=force)
    picture = job.picture(also_kmq=True)
    started = time.perf_counter()
    found = segment(picture.pixels, **options, threads=job.threads, progress=job.progress)
    seconds = time.perf_counter() - started
    shown = picks.merged(found)
    if names is not None:
        shown = _named(shown, names)
    mask = picks.mask(found, shown) if picks.any else None
    result = _segment_outputs.Result(
        job, picture, found, shown, mask, picks, words, options, crop=crop
    )
    contents = {path: result.content(kind, path) for kind, path in targets.items()}
    for path, content in contents.items():
        files.write_bytes(path, content, overwrite=force)
    report: dict[str, Any] = {"input": job.name, "width": shown.width, "height": shown.height}
    report |= {"clusters": _clusters(shown), "outputs": {k: str(p) for k, p in targets.items()}}
    if mask is not None:
        report["picked"] = int(mask.sum())
    report["seconds"] = round(seconds, 4)
    return report | _batch.noted(*picture.notes, picture.conversion)


def _named(shown: Segmentation, names: list[str]) -> Segmentation:
    """Return the clusters with names, or raise ``click.UsageError`` for names that do not fit."""
    try:
        return shown.with_names(names)
    except InputError as error:
        raise click.UsageError(f"--names: {error}") from error


def _clusters(shown: Segmentation) -> list[dict[str, Any]]:
    """Return number, area, share, colour and name of each cluster."""
    colors = with_channels(shown.palette, 4)
    if (colors[:, 3] == 255).all():
        colors = colors[:, :3]
    clusters = []
    for number, area in enumerate(shown.areas.tolist()):
        share = round(area / shown.labels.size, 6)
        cluster = {"cluster": number, "area": area, "share": share}
        cluster["color"] = "#" + colors[number].tobytes().hex()
        if shown.names:
            cluster["name"] = shown.names[number]
        clusters.append(cluster)
    return clusters


def _text(report: dict[str, Any]) -> str:
    """Return a report as a short table."""
    clusters = report["clusters"]
    size = f"{report['width']} x {report['height']}"
    count = f"{len(clusters)} cluster{'' if len(clusters) == 1 else 's'}"
    lines = [f"{report['input']}  {size}  {count}  {report['seconds']:.2f} s"]
    for cluster in clusters[:MOST_LISTED]:
        share = f"{100 * cluster['share']:5.1f} %"
        name = _report.shown(cluster.get("name", ""))
        lines.append(f"  {cluster['cluster']:>3}  {share}  {cluster['color']}  {name}".rstrip())
    if len(clusters) > MOST_LISTED:
        lines.append(f"  ... and {len(clusters) - MOST_LISTED} more; --json lists them all")
    lines += [f"  {kind}: {path}" for kind, path in report["outputs"].items()]
    return "\n".join(lines)
