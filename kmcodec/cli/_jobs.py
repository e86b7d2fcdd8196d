"""Which inputs there are, and where the output of each goes."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kmcodec import files

if TYPE_CHECKING:
    from collections.abc import Iterator

STANDARD = "-"  # standard input or output


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
    threads = n_threads(n_jobs) if len(sources) == 1 else 1
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


def n_threads(n_jobs: int | None) -> int:
    """Return the number of threads asked for."""
    return n_jobs or os.cpu_count() or 1
