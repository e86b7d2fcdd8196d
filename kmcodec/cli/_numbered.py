"""Inputs and outputs whose name stands for numbered files."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kmcodec import files
from kmcodec.cli._job import STANDARD

if TYPE_CHECKING:
    from kmcodec.cli._job import Job

USUAL_RATE = Fraction(10)  # frames per second


def inputs(
    jobs: list[Job], output: str | None, rate: Fraction | None, *, one_picture: str
) -> list[Job]:
    """Return jobs of which those whose source stands for numbered files read all of these.

    Parameters
    ----------
    jobs : list of Job
    output : str, optional
        As on the command line.
    rate : Fraction, optional
        Frames per second that the person asked for.
    one_picture : str
        An option that was given and takes no animation; empty if there is none.

    Raises
    ------
    InputError
        A name has more than one place for a number, or one for too many digits.
    click.UsageError
        The rate, or the output, does not fit the inputs.
    """
    if len(jobs) == 1 and jobs[0].source is not None:
        files.check_place(jobs[0].source)
    found = [_input(job, output, rate or USUAL_RATE, one_picture) for job in jobs]
    if rate is not None and all(job.series is None for job in found):
        raise click.UsageError("--fps is for numbered files, such as 'frame_%04d.png'")
    return found


def _input(job: Job, output: str | None, rate: Fraction, one_picture: str) -> Job:
    """Return one job."""
    names = None if job.source is None else files.numbered(job.source)
    if names is None:
        return job
    if one_picture:
        raise click.UsageError(f"{one_picture} takes one picture, {job.name} is many")
    if output != STANDARD and (output is None or job.target != Path(output)):
        raise click.UsageError(f"{job.name} becomes one file; name it with -o NAME.kmq")
    return replace(job, series=(names, rate))


def output_names(jobs: list[Job], output: str | None) -> files.Numbered | None:
    """Return the numbered files that the person's output stands for; None if it is one file."""
    if output is None or len(jobs) != 1 or jobs[0].target != Path(output):
        return None
    return files.numbered(Path(output))
