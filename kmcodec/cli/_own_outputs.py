"""Going on in a folder: what an earlier run wrote is no input, and what it did is done."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from kmcodec.cli._totals import DONE, OUTDATED, OWN_OUTPUT

if TYPE_CHECKING:
    from pathlib import Path

    from kmcodec.cli._job import Job


def without(
    jobs: list[Job], names: dict[Path, set[Path]], found: set[Path], *, force: bool
) -> list[Job]:
    """Return jobs without those on outputs of others: they are left out, or skipped if named.

    Parameters
    ----------
    jobs : list of Job
    names : dict of Path to set of Path
        What the output of each input may be called.
    found : set of Path
        Inputs that a folder holds; the person named the others.
    force : bool
        Leave named inputs in, for their makers would overwrite them.
    """
    makers = {
        os.path.realpath(name): source
        for source, own in names.items()
        for name in own
        if name != source
    }
    kept = []
    for job in jobs:
        maker = None if job.source is None else makers.get(os.path.realpath(job.source))
        if maker is None or (force and job.source not in found):
            kept.append(job)
        elif job.source not in found:
            kept.append(_skipping(job, OWN_OUTPUT, f"its name is that of the output for {maker}"))
    return kept


def without_done(jobs: list[Job]) -> list[Job]:
    """Return jobs of which those whose output exists already are skipped."""
    return [_checked(job) for job in jobs]


def _checked(job: Job) -> Job:
    """Return a job that is skipped if its output exists already."""
    if job.skipped is not None or job.source is None or job.target is None:
        return job
    try:
        made, changed = job.target.stat().st_mtime_ns, job.source.stat().st_mtime_ns
    except (OSError, ValueError):
        return job  # there is no output, or no input, which the job itself tells
    if not job.target.is_file():
        return job
    if made < changed:
        reason = f"{job.target} exists already, older than its input; -f overwrites it"
        return _skipping(job, OUTDATED, reason)
    return _skipping(job, DONE, f"{job.target} exists already; -f overwrites it")


def _skipping(job: Job, why: str, reason: str) -> Job:
    """Return a job that has nothing to do, and says why."""
    return replace(job, target=None, writes=False, skipped=(why, reason))
