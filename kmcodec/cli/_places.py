"""Where the outputs of ``segment`` go: many kinds for each of many inputs."""

from __future__ import annotations

import os
from pathlib import Path

import click

from kmcodec import files
from kmcodec.cli import _folders
from kmcodec.cli._job import STANDARD, Job
from kmcodec.cli._jobs import real_path

NAME = "{}"  # stands for the input's name without its ending


def place(text: str, job: Job, kind: str, endings: tuple[str, ...], *, many: bool) -> Path:
    """Return the path of one output of one input.

    Parameters
    ----------
    text : str
        What the person wrote: a file's name, in which ``{}`` stands for the input's name, or a
        folder, which ends with / or is there.
    job : Job
    kind : str
        The option's name, for messages and for names in a folder.
    endings : tuple of str
        What the file's name may end in; the first is used in a folder.
    many : bool
        Whether there are other inputs, which need names of their own.

    Raises
    ------
    click.UsageError
        The name is not one for these inputs.
    """
    stem = "stdin" if job.source is None else job.source.stem
    if not text or text == STANDARD:
        raise click.UsageError(f"--{kind} needs the name of a file or a folder")
    if text.endswith(("/", os.sep)) or files.is_folder(Path(text)):
        return Path(text) / f"{stem}-{kind}{endings[0]}"
    if many and NAME not in text:
        raise click.UsageError(
            f"--{kind} {text} is one file for many inputs; {NAME} in it stands for each one's name"
        )
    path = Path(text.replace(NAME, stem))
    if path.suffix.lower() not in endings:
        raise click.UsageError(
            f"--{kind} {text} should end in {' or '.join(endings)}, or in / if it is a folder"
        )
    return path


def check_places(places: list[Path], jobs: list[Job]) -> None:
    """Raise ``click.UsageError`` if two outputs are one file, or one would overwrite an input."""
    sources = {real_path(job.source) for job in jobs if job.source is not None}
    seen: set[str] = set()
    _folders.check(places)
    for path in places:
        goal = real_path(path)
        if goal in sources:
            raise click.UsageError(f"{path} is an input; it would be overwritten")
        if goal in seen:
            raise click.UsageError(f"two outputs would be {path}")
        seen.add(goal)
