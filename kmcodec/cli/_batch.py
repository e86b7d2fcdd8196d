"""Many inputs, one outcome: planning, running in parallel, reporting, exit codes."""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kmcodec import files
from kmcodec.cli import _report
from kmcodec.errors import FormatError, InputError, KmqError, LimitError, UnsupportedError
from kmcodec.quantizer import quantize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress

    from kmcodec.image import IndexedImage

STANDARD = "-"  # standard input or output

EXIT_MIXED = 1
EXIT_INPUT = 3
EXIT_FORMAT = 4
EXIT_UNSUPPORTED = 5
EXIT_LIMIT = 6
EXIT_OUTPUT = 7

Report = dict[str, Any]


@dataclass(frozen=True)
class Job:
    """One input and where its output goes.

    Attributes
    ----------
    source : Path, optional
        None is standard input.
    target : Path, optional
        None is standard output, or no output at all.
    threads : int
    writes : bool
        Whether there is an output.
    """

    source: Path | None
    target: Path | None
    threads: int
    writes: bool = True

    @property
    def name(self) -> str:
        """The input as the person wrote it."""
        return STANDARD if self.source is None else str(self.source)

    @property
    def output(self) -> str:
        """The output's name; empty where there is none."""
        return (str(self.target) if self.target else STANDARD) if self.writes else ""

    def read(self) -> bytes:
        """Return the input's bytes."""
        return sys.stdin.buffer.read() if self.source is None else files.read_bytes(self.source)

    def picture(self) -> files.Picture:
        """Read the input as a picture."""
        return files.read_picture(sys.stdin.buffer if self.source is None else self.source)

    def write(self, data: bytes, *, overwrite: bool) -> None:
        """Write the output, whole or not at all."""
        if self.target is None:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        else:
            files.write_bytes(self.target, data, overwrite=overwrite)


def exit_code(error: Exception) -> int:
    """Return the documented exit code of an error."""
    kinds: list[tuple[type[Exception], int]] = [
        (files.OutputError, EXIT_OUTPUT),
        (FormatError, EXIT_FORMAT),
        (UnsupportedError, EXIT_UNSUPPORTED),
        (LimitError, EXIT_LIMIT),
    ]
    return next((code for kind, code in kinds if isinstance(error, kind)), EXIT_INPUT)


def _expand(
    inputs: tuple[str, ...], suffixes: set[str] | None
) -> Iterator[tuple[Path | None, Path]]:
    """Yield each input file and its path below the folder that named it."""
    for text in inputs:
        if text == STANDARD:
            yield None, Path("stdin")
            continue
        path = Path(text)
        if not path.is_dir():
            yield path, Path(path.name)
            continue
        found = files.find_files(path, suffixes)
        if not found:
            kind = "pictures" if suffixes is None else f"{' or '.join(sorted(suffixes))} files"
            raise click.UsageError(f"folder {path} holds no {kind}")
        for file in found:
            yield file, file.relative_to(path)


def plan(
    inputs: tuple[str, ...],
    output: str | None,
    *,
    suffix: str,
    suffixes: set[str] | None,
    n_jobs: int | None,
) -> list[Job]:
    """Return the jobs of a command that turns each input into a file with `suffix`.

    Without `output`, a file's output stands beside it and standard input goes to standard output.

    Raises
    ------
    click.UsageError
        Two inputs would write one file, or many inputs cannot go where `output` says.
    """
    sources = list(_expand(inputs, suffixes))
    folder = _output_folder(inputs, output, len(sources))
    if output == STANDARD and len(sources) > 1:
        raise click.UsageError("standard output takes one input only")
    threads = _threads(n_jobs) if len(sources) == 1 else 1
    jobs = []
    for source, relative in sources:
        target = None
        if folder is not None:
            target = folder / relative.with_suffix(suffix)
        elif output is not None and output != STANDARD:
            target = Path(output)
        elif output is None and source is not None:
            target = source.with_suffix(suffix)
        jobs.append(Job(source, target, threads))
    _check_targets(jobs)
    return jobs


def _output_folder(inputs: tuple[str, ...], output: str | None, n_sources: int) -> Path | None:
    """Return the output if it means a folder: it is one, ends like one, or has to hold many."""
    if output is None or output == STANDARD:
        return None
    path = Path(output)
    ends_like_one = output.endswith(("/", os.sep))
    if path.is_dir() or ends_like_one:
        return path
    if n_sources > 1 or any(i != STANDARD and Path(i).is_dir() for i in inputs):
        if path.exists():
            raise click.UsageError(f"many inputs need a folder to go to, {output} is a file")
        return path
    return None


def _check_targets(jobs: list[Job]) -> None:
    """Refuse two jobs that write one file, a job that writes over its input, and a terminal."""
    seen: dict[Path, str] = {}
    for job in jobs:
        if job.target is None:
            if sys.stdout.isatty():
                raise click.UsageError("refusing to write a picture to a terminal; use -o FILE")
            continue
        if job.target == job.source:
            raise click.UsageError(f"{job.source} would overwrite itself; use -o")
        if job.target in seen:
            raise click.UsageError(
                f"{seen[job.target]} and {job.name} would both write {job.target}"
            )
        seen[job.target] = job.name


def plan_reading(inputs: tuple[str, ...], suffixes: set[str]) -> list[Job]:
    """Return the jobs of a command that only reads."""
    return [Job(source, None, 1, writes=False) for source, _ in _expand(inputs, suffixes)]


def quantized(picture: files.Picture, job: Job, options: dict[str, Any]) -> IndexedImage:
    """Return a picture's own palette image if it has few enough colours, else a quantized one."""
    if picture.indexed is not None and picture.indexed.n_colors <= options["n_colors"]:
        return picture.indexed
    return quantize(picture.pixels, threads=job.threads, **options)


def picture_report(
    job: Job, picture: files.Picture, image: IndexedImage, size: int, seconds: float
) -> Report:
    """Return the report of a picture that became `size` bytes."""
    report: Report = {"input": job.name, "output": job.output}
    report |= _report.picture_facts(image) | {"bytes": size, "seconds": round(seconds, 4)}
    if picture.frames > 1:
        report["notes"] = [f"only the first of {picture.frames} frames was used"]
    return report


def _threads(n_jobs: int | None) -> int:
    """Return the number of threads asked for."""
    return n_jobs or os.cpu_count() or 1


def run(
    jobs: list[Job],
    work: Callable[[Job], Report],
    *,
    line: Callable[[Report], str],
    n_jobs: int | None,
    as_json: bool,
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
    """
    to_stdout = all(job.output != STANDARD for job in jobs)  # else it carries a picture
    codes: list[int] = []
    workers = min(len(jobs), _threads(n_jobs))
    with ThreadPoolExecutor(workers) as pool, _progress(len(jobs)) as progress:
        task = progress.add_task("", total=len(jobs)) if progress else None
        futures = [pool.submit(_attempt, work, job) for job in jobs]
        try:
            if progress is not None and task is not None:
                for _ in as_completed(futures):
                    progress.advance(task)
            for future in futures:
                report, code = future.result()
                codes.append(code)
                _print(report, code, line=line, as_json=as_json, to_stdout=to_stdout)
        except KeyboardInterrupt:
            for future in futures:
                future.cancel()
            raise
    failed = {code for code in codes if code}
    return 0 if not failed else failed.pop() if len(failed) == 1 else EXIT_MIXED


def _attempt(work: Callable[[Job], Report], job: Job) -> tuple[Report, int]:
    """Do one job; an expected error becomes a report."""
    try:
        return work(job), 0
    except (KmqError, files.OutputError) as error:
        code = exit_code(error)
        message = " ".join(str(error).split())
        if isinstance(error, InputError) and job.name in message:
            return {"input": job.name, "error": message, "exit_code": code}, code
        if isinstance(error, files.OutputError):
            return {"input": job.name, "error": message, "exit_code": code}, code
        return {"input": job.name, "error": f"{job.name}: {message}", "exit_code": code}, code
    except MemoryError:
        message = f"{job.name}: not enough memory"
        return {"input": job.name, "error": message, "exit_code": EXIT_LIMIT}, EXIT_LIMIT


def _print(
    report: Report, code: int, *, line: Callable[[Report], str], as_json: bool, to_stdout: bool
) -> None:
    """Print one report."""
    if as_json:
        click.echo(json.dumps(report), err=not to_stdout)
    if code:
        click.echo(f"kmcodec: {report['error']}", err=True)
    elif not as_json and to_stdout:
        click.echo(line(report))
    for note in report.get("notes", []):
        click.echo(f"kmcodec: {report['input']}: {note}", err=True)


class _NoProgress:
    """Stand in for the progress bar where nobody watches."""

    def __enter__(self) -> None:
        """Enter."""

    def __exit__(self, *_: object) -> None:
        """Leave."""


def _progress(total: int) -> Progress | _NoProgress:
    """Return a progress bar on standard error if that is a terminal."""
    if not sys.stderr.isatty():
        return _NoProgress()
    from rich.console import Console  # noqa: PLC0415  (slow to import)
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn  # noqa: PLC0415

    columns = [BarColumn(pulse_style="cyan"), MofNCompleteColumn(), TimeElapsedColumn()]
    progress = Progress(*columns, console=Console(stderr=True), transient=True)
    progress.start()
    return progress if total else _NoProgress()
