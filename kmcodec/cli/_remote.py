"""The jobs of a command on a Dask cluster, reported as local ones are."""

from __future__ import annotations

import functools
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from kmcodec import files, remote
from kmcodec.cli import _batch
from kmcodec.cli._job import STANDARD, Job

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from distributed import Client

    from kmcodec.cli._batch import Report


@contextmanager
def connected(address: str, jobs: list[Job]) -> Iterator[Client]:
    """Give a client of a scheduler.

    Raises
    ------
    click.UsageError
        An input or output is a standard stream, which workers do not have.
    InputError
        Nothing answers at the address.
    """
    if any(job.source is None or job.output == STANDARD for job in jobs):
        raise click.UsageError(f"--scheduler needs files that workers can reach, not {STANDARD}")
    with remote.connect(address) as client:
        yield client


def run(
    client: Client,
    jobs: list[Job],
    work: Callable[[Job], Report],
    *,
    line: Callable[[Report], str],
    as_json: bool,
    quiet: bool,
    force: bool,
) -> int:
    """Do all jobs on the workers, report each in the order of inputs, and return the exit code.

    Targets are checked before; then a job may replace its own, as it may run twice.
    """
    found: dict[int, tuple[Report, int]] = {}
    sent: list[int] = []
    for number, job in enumerate(jobs):
        checked = _batch.attempt(functools.partial(_check, force=force), job)
        if checked[1]:
            found[number] = checked
        else:
            sent.append(number)
    items = [replace(jobs[number].absolute(), overwrite=True) for number in sent]
    with _batch.progress_bar(quiet=quiet) as progress:
        task = progress.add_task("", total=len(sent)) if progress is not None else None
        for number, result in remote.run_tasks(client, _Task(work), items):
            found[sent[number]] = result
            if progress is not None and task is not None:
                progress.advance(task)
    for item in items:  # of workers that were killed
        if item.target is not None:
            files.remove_leftovers(item.target.resolve())
    results = [(_renamed(found[n][0], job), found[n][1]) for n, job in enumerate(jobs)]
    _batch.print_reports(jobs, results, line=line, as_json=as_json, quiet=quiet, totals=True)
    return _batch.common_code([code for _, code in results])


class _Task:
    """A job's work with its errors as reports; pickled with what the work refers to."""

    def __init__(self, work: Callable[[Job], Report]) -> None:
        self.work = work

    def __call__(self, job: Job) -> tuple[Report, int]:
        """Do one job."""
        return _batch.attempt(self.work, job)


def _check(job: Job, *, force: bool) -> Report:
    """Raise what a target that is there already means."""
    if job.target is not None:
        files.check_target(job.target, overwrite=force)
    return {}


def _renamed(report: Report, job: Job) -> Report:
    """Return a report with names as the person wrote them."""
    there = job.absolute()
    names = {there.name: job.name, there.output: job.output}

    def original(value: object) -> object:
        if not isinstance(value, str):
            return value
        for absolute, name in names.items():
            value = value.replace(absolute, name) if absolute else value
        return value

    return {key: original(value) for key, value in report.items()}
