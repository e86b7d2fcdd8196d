"""Many inputs, one outcome: running in parallel, reporting, exit codes."""

from __future__ import annotations

import functools
import re
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from kmcodec import files
from kmcodec.cli import _report
from kmcodec.cli._job import STANDARD, Job
from kmcodec.cli._say import say
from kmcodec.cli._totals import QUIETLY, totals_text
from kmcodec.errors import FormatError, KmqError, LimitError, QualityError, UnsupportedError
from kmcodec.parallel import resolve_threads

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from rich.progress import Progress

EXIT_MIXED = 1
EXIT_USAGE = 2
EXIT_INPUT = 3
EXIT_FORMAT = 4
EXIT_UNSUPPORTED = 5
EXIT_LIMIT = 6
EXIT_OUTPUT = 7
EXIT_LARGER = 98  # as pngquant has it
EXIT_QUALITY = 99

WORKER_NAME = "kmcodec-job"

Report = dict[str, Any]


class Declined(Exception):  # noqa: N818  (it is no error)
    """A job ended without an output, as the person's options ask.

    Parameters
    ----------
    code : int
        The documented exit code.
    reason : str
        One line for the report's ``skipped``.
    why : str
        A word or two for the report's ``why``, by which skipped files are counted.
    """

    def __init__(self, code: int, reason: str, why: str) -> None:
        super().__init__(reason)
        self.code = code
        self.why = why


def check_smaller(size: int, picture: files.Picture) -> None:
    """Raise ``Declined`` unless an output of `size` bytes is smaller than its input."""
    if size >= picture.size:
        reason = f"the output would have {size:,} bytes, the input has {picture.size:,}"
        raise Declined(EXIT_LARGER, reason, "not smaller")


def exit_code(error: Exception) -> int:
    """Return the documented exit code of an error."""
    kinds: list[tuple[type[Exception], int]] = [
        (files.OutputError, EXIT_OUTPUT),
        (FormatError, EXIT_FORMAT),
        (UnsupportedError, EXIT_UNSUPPORTED),
        (LimitError, EXIT_LIMIT),
        (QualityError, EXIT_QUALITY),
    ]
    return next((code for kind, code in kinds if isinstance(error, kind)), EXIT_INPUT)


def picture_report(
    job: Job, picture: files.Picture, facts: Report, size: int, seconds: float
) -> Report:
    """Return the report of a picture that became `size` bytes; facts are on what became of it."""
    report: Report = {"input": job.name, "output": job.output}
    report |= facts | {"input_bytes": picture.size, "bytes": size, "seconds": round(seconds, 4)}
    return report | noted(*picture.notes, picture.conversion)


def noted(*notes: str) -> Report:
    """Return the part of a report that tells notes; empty ones are none."""
    told = [note for note in notes if note]
    return {"notes": told} if told else {}


def run(
    jobs: list[Job],
    work: Callable[[Job], Report],
    *,
    line: Callable[[Report], str],
    n_jobs: int | None,
    as_json: bool,
    quiet: bool = False,
    totals: bool = False,
) -> int:
    """Do all jobs, report each in the order of inputs, and return the exit code.

    Parameters
    ----------
    jobs : list of Job
    work : callable
        Does one job and returns its report.
    line : callable
        Turns a report into a line for a person.
    n_jobs : int, optional
        Jobs at a time.
    as_json : bool
        Print reports as JSON instead.
    quiet : bool
        Print errors, and JSON where it is asked for, and nothing else.
    totals : bool
        Print what became of all files together, if there are several.
    """
    pool = ThreadPoolExecutor(min(len(jobs), resolve_threads(n_jobs)), WORKER_NAME)
    wanted = threading.Event()
    wanted.set()
    try:
        with progress_bar(quiet=quiet) as progress:
            shares = _Shares(len(jobs), wanted, progress)
            watched = [shares.watch(job, number) for number, job in enumerate(jobs)]
            futures = [pool.submit(attempt, work, job) for job in watched]
            for future in as_completed(futures):
                shares.report(futures.index(future), 1.0)
        results = [future.result() for future in futures]
        print_reports(jobs, results, line=line, as_json=as_json, quiet=quiet, totals=totals)
    except BaseException:
        wanted.clear()
        files.abandon_writes()  # what still runs must not surprise anybody later
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()
    return common_code([code for _, code in results])


def common_code(codes: list[int]) -> int:
    """Return the exit code of several jobs; an output that would be larger is no failure of all."""
    failed = set(codes) - {0, EXIT_LARGER}
    if failed:
        return failed.pop() if len(failed) == 1 else EXIT_MIXED
    return EXIT_LARGER if set(codes) == {EXIT_LARGER} else 0


class _Shares:
    """How far the jobs are, on a progress bar if there is one."""

    def __init__(self, n_jobs: int, wanted: threading.Event, progress: Progress | None) -> None:
        self._done = [0.0] * n_jobs
        self._wanted = wanted
        self._progress = progress
        self._task = progress.add_task("", total=n_jobs) if progress is not None else None

    def watch(self, job: Job, number: int) -> Job:
        """Return a job that reports here."""
        return replace(job, progress=functools.partial(self.report, number))

    def report(self, number: int, share: float) -> bool:
        """Note a job's share; return whether its work is still wanted."""
        self._done[number] = share
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=sum(self._done))
        return self._wanted.is_set()


def attempt(work: Callable[[Job], Report], job: Job) -> tuple[Report, int]:
    """Do one job; an error becomes a report, so that the other jobs go on."""
    try:
        if job.skipped is not None:
            why, reason = job.skipped
            raise Declined(0, reason, why)  # noqa: TRY301  (told like any other)
        return work(job), 0
    except BrokenPipeError:
        raise
    except Declined as declined:
        report = {"input": job.name, "skipped": str(declined), "why": declined.why}
        return report | {"exit_code": declined.code}, declined.code
    except (KmqError, files.OutputError) as error:
        code, message = exit_code(error), str(error)
    except click.UsageError as error:  # an option that does not fit this input
        code, message = EXIT_USAGE, error.message
    except MemoryError:
        code, message = EXIT_LIMIT, "not enough memory"
    except Exception as error:  # noqa: BLE001  (a defect of ours, told in one line like any other)
        code, message = EXIT_MIXED, f"unexpected {type(error).__name__}: {error}"
    named = re.search(rf"(?:^|\s){re.escape(job.name)}(?:[\s:,]|$)", message)
    names_itself = code == EXIT_OUTPUT or named is not None or job.source is None
    if not names_itself:
        message = f"{job.name}: {message}"
    return {"input": job.name, "error": message, "exit_code": code}, code


def print_reports(
    jobs: list[Job],
    results: list[tuple[Report, int]],
    *,
    line: Callable[[Report], str],
    as_json: bool,
    quiet: bool,
    totals: bool,
) -> None:
    """Print the reports and exit codes of jobs, and their totals, as ``run`` says."""
    to_stdout = all(job.output != STANDARD for job in jobs)  # else it carries a picture
    for report, code in results:
        if as_json:
            import json  # noqa: PLC0415  (few runs need it)

            say(json.dumps(report), err=not to_stdout)
        told = not as_json and to_stdout and not quiet
        _print_report(report, code, line=line if told else None, quiet=quiet)
    if totals and not as_json and not quiet and to_stdout:
        text = totals_text([report for report, _ in results])
        if text:
            say(text)


def _print_report(
    report: Report, code: int, *, line: Callable[[Report], str] | None, quiet: bool
) -> None:
    """Print one report for a person; without `line`, only what is wrong, and notes."""
    shown = {key: _report.shown(v) if isinstance(v, str) else v for key, v in report.items()}
    if "skipped" in shown:
        if not quiet and shown["why"] not in QUIETLY:
            say(f"kmcodec: {shown['input']}: skipped: {shown['skipped']}", err=True)
    elif code:
        say(f"kmcodec: {shown['error']}", err=True)
    elif line is not None:
        say(line(shown))
    for note in () if quiet else report.get("notes", []):
        say(f"kmcodec: {shown['input']}: {note}", err=True)


def progress_bar(*, quiet: bool = False) -> AbstractContextManager[Progress | None]:
    """Return a progress bar on standard error, if that is a terminal."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console  # noqa: PLC0415  (slow to import)
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn  # noqa: PLC0415  (too)

    columns = [BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()]
    return Progress(*columns, console=Console(stderr=True), transient=True)
