"""Which file each original is compared with."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kmcodec import files
from kmcodec.cli._job import STANDARD
from kmcodec.cli._jobs import real_path
from kmcodec.errors import InputError

if TYPE_CHECKING:
    from kmcodec.cli._job import Job


def find(original: str, other: str, jobs: list[Job]) -> dict[Path | None, Path | InputError | None]:
    """Return by each job's source the file to compare it with; None is standard input.

    In folders that is the file of the same name, or else the one whose name differs in its ending
    alone. Where there is none, or several, an error to raise stands in its place.

    Raises
    ------
    InputError
        A folder cannot be read.
    click.UsageError
        One is a folder and the other is a file, or both are standard input, or an output would
        overwrite one of the others.
    """
    if original == other == STANDARD:
        raise click.UsageError("standard input can be read once only")
    if not other:
        raise click.UsageError("the other picture's name is empty")
    folders = [text != STANDARD and files.is_folder(Path(text)) for text in (original, other)]
    if folders[0] != folders[1]:
        folder, file = (original, other) if folders[0] else (other, original)
        raise click.UsageError(f"{folder} is a folder and {file} is none; both have to be, or none")
    if not folders[1]:
        found: dict[Path | None, Path | InputError | None] = {
            job.source: None if other == STANDARD else Path(other) for job in jobs
        }
    else:
        listed = _Listed(Path(other))
        found = {
            job.source: listed.counterpart(job.source.relative_to(original))
            for job in jobs
            if job.source is not None
        }
    _check_targets(jobs, [place for place in found.values() if isinstance(place, Path)])
    return found


class _Listed:
    """The pictures of a folder, by their names with and without endings."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        found = [*files.find_files(folder), *files.find_files(folder, {".kmq"})]
        self._names = {path.relative_to(folder) for path in found}
        self._stems = defaultdict(list)
        for name in sorted(self._names):
            self._stems[name.with_suffix("")].append(name)

    def counterpart(self, name: Path) -> Path | InputError:
        """Return the file for an original, by its path in its own folder."""
        if name in self._names:
            return self._folder / name
        alike = self._stems[name.with_suffix("")] if name.name else []
        if len(alike) == 1:
            return self._folder / alike[0]
        if not alike:
            return InputError(f"{self._folder} has no picture {name.with_suffix('')}.* for it")
        return InputError(
            f"{self._folder} has several pictures for it: {', '.join(map(str, alike))}"
        )


def _check_targets(jobs: list[Job], others: list[Path]) -> None:
    """Raise ``click.UsageError`` if an output would overwrite a picture that is compared."""
    taken = {real_path(place) for place in others}
    for job in jobs:
        if job.target is not None and real_path(job.target) in taken:
            raise click.UsageError(f"{job.target} is an input; it would be overwritten")
