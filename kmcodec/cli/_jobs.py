"""Which inputs there are, and where the output of each goes."""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kmcodec import files
from kmcodec.cli import _folders, _own_outputs
from kmcodec.cli._job import STANDARD, Job
from kmcodec.errors import InputError
from kmcodec.parallel import resolve_threads

if TYPE_CHECKING:
    from collections.abc import Container, Iterator


def _expand(
    inputs: tuple[str, ...], suffixes: set[str] | None, folder: Path | None = None
) -> Iterator[tuple[Path | None, Path]]:
    """Yield each input file and its path below the folder that named it.

    A folder that holds nothing stands for itself and fails when its turn comes. What is in the
    outputs' own `folder` below one is left out.
    """
    out = None if folder is None else real_path(folder)
    if inputs.count(STANDARD) > 1:
        raise click.UsageError("standard input can be read once only")
    for text in inputs:
        if not text:
            raise click.UsageError("an input's name is empty")
        path = Path(text)
        if text == STANDARD:
            yield None, Path("stdin")
        elif files.is_folder(path):
            found = files.find_files(path, suffixes)
            if out is not None and _is_below(out, real_path(path)):
                found = [file for file in found if not _is_below(real_path(file), out)]
            yield from ((file, file.relative_to(path)) for file in found)
            if not found:
                yield path, Path(path.name)
        else:
            yield path, Path(path.name)


def _is_below(path: str, folder: str) -> bool:
    """Whether a path leads into a folder, and not to it."""
    return Path(folder) in Path(path).parents


def plan(
    inputs: tuple[str, ...],
    output: str | None,
    *,
    suffix: str,
    suffixes: set[str] | None,
    n_jobs: int | None,
    endings: set[str] | None = None,
    others: Container[str] | None = None,
    tag: str | None = None,
    in_place: bool | None = None,
) -> list[Job]:
    """Return the jobs of a command that turns each input into a file with `suffix`.

    Without `output`, a file's output stands beside it and standard input goes to standard output.
    Inputs that differ in their suffix alone keep it in their output's name, but for one that an
    empty tag lets be replaced.

    Parameters
    ----------
    inputs, output : str
        As on the command line.
    suffix : str
        Of the outputs that the person does not name.
    suffixes : set of str, optional
        Of the files to take from folders; None takes pictures.
    n_jobs : int, optional
    endings : set of str, optional
        What the name of an output file may end in.
    others : container of str, optional
        What it may not end in.
    tag : str, optional
        Stands before `suffix` in the names of outputs that the person does not name. With one,
        what an earlier run made of an input is no input itself; of several inputs, those whose
        output exists are skipped unless `in_place`.
    in_place : bool, optional
        Whether an input may be replaced by its own output; None where the command never does so.

    Raises
    ------
    InputError
        A folder cannot be read.
    click.UsageError
        Two inputs would write one file, or many inputs cannot go where `output` says.
    """
    sources = list(_expand(inputs, suffixes))
    folder = _output_folder(inputs, output, len(sources), endings or {suffix})
    if folder is not None and files.is_folder(folder):
        sources = list(_expand(inputs, suffixes, folder))
    if output == STANDARD and len(sources) > 1:
        raise click.UsageError("standard output takes one input only")
    if tag is not None:
        _check_tag(tag, names_a_file=output not in (None, STANDARD) and folder is None)
        suffix = tag + suffix
    known: Container[str] = files.picture_suffixes() if suffixes is None else suffixes
    if output is None or folder is not None:
        targets = _beside(sources, folder, suffix, known, tag=tag)
    else:
        named = None if output == STANDARD else _named(output, endings, others or set())
        targets = [named] * len(sources)
    threads = _threads_of_one(sources, n_jobs)
    jobs = [Job(s, target, threads) for (s, _), target in zip(sources, targets, strict=True)]
    if tag:
        places = {s: _place(s, relative, folder) for s, relative in sources if s is not None}
        names = {source: _names(place, suffix, known) for source, place in places.items()}
        jobs = _going_on(jobs, inputs, names, force=bool(in_place))
    _check_targets([job for job in jobs if job.skipped is None], in_place=in_place)
    return jobs


def _going_on(
    jobs: list[Job], inputs: tuple[str, ...], names: dict[Path, set[Path]], *, force: bool
) -> list[Job]:
    """Return the jobs that an earlier run left, by what the output of each input may be called."""
    named = {Path(text) for text in inputs}
    jobs = _own_outputs.without(jobs, names, set(names) - named, force=force)
    if not force and (len(inputs) > 1 or set(names) - named):
        jobs = _own_outputs.without_done(jobs)
    return jobs


def _beside(
    sources: list[tuple[Path | None, Path]],
    folder: Path | None,
    suffix: str,
    known: Container[str],
    *,
    tag: str | None,
) -> list[Path | None]:
    """Return where each source's output goes in a folder, or beside it; names are told apart."""
    places = [_place(source, relative, folder) for source, relative in sources]
    names = Counter(_renamed(place, suffix, known) for place in places)
    targets: list[Path | None] = []
    for (source, _), place in zip(sources, places, strict=True):
        target = _renamed(place, suffix, known)
        stays = tag == "" and target == source
        if names[target] > 1 and not stays:
            target = place.with_name(place.name + suffix)
        targets.append(None if source is None and folder is None else target)
    return targets


def _threads_of_one(sources: list[Any], n_jobs: int | None) -> int:
    """Return the threads of a job: all that are asked for where it is the only one."""
    return resolve_threads(n_jobs) if len(sources) == 1 else 1


def _check_tag(tag: str, *, names_a_file: bool) -> None:
    """Refuse what cannot be a part of outputs' names."""
    if names_a_file:
        raise click.UsageError("--suffix is for outputs that -o does not name")
    if "/" in tag or os.sep in tag or "\0" in tag:
        raise click.UsageError(f"the suffix {tag} is no part of a file's name")


def _place(source: Path | None, relative: Path, folder: Path | None) -> Path:
    """Return where an output stands, still under its input's name."""
    return folder / relative if folder is not None else source or relative


def _names(place: Path, suffix: str, known: Container[str]) -> set[Path]:
    """Return what an output may be called: with its input's suffix replaced, or kept."""
    return {_renamed(place, suffix, known), place.with_name(place.name + suffix)}


def _renamed(place: Path, suffix: str, known: Container[str]) -> Path:
    """Return a path with a known suffix replaced, or with the new one added."""
    if place.suffix.lower() in known:
        return place.with_name(place.stem + suffix)
    return place.with_name(place.name + suffix)


def _named(output: str, endings: set[str] | None, others: Container[str]) -> Path:
    """Return the output file that the person named, if its ending is one of the right ones."""
    path = Path(output)
    if path.suffix.lower() in others:
        raise click.UsageError(
            f"the output {output} ends like a picture of another format; use -o NAME.kmq"
        )
    if endings is not None and path.suffix.lower() not in endings:
        raise click.UsageError(
            f"the output {output} should end in {', '.join(sorted(endings))},"
            " or in / if it is a folder"
        )
    return path


def _output_folder(
    inputs: tuple[str, ...], output: str | None, n_sources: int, endings: set[str]
) -> Path | None:
    """Return the output if it means a folder: it is one, ends like one, or has to hold many."""
    if output is None or output == STANDARD:
        return None
    if not output:
        raise click.UsageError("the output's name is empty")
    path = Path(output)
    if files.is_folder(path) or output.endswith(("/", os.sep)):
        return path
    if n_sources > 1 or any(i != STANDARD and files.is_folder(Path(i)) for i in inputs):
        if os.path.lexists(path):
            raise click.UsageError(f"many inputs need a folder to go to, {output} is a file")
        if path.suffix.lower() in endings:
            raise click.UsageError(
                f"many inputs need a folder to go to, {output} looks like a file;"
                " / at its end makes it a folder"
            )
        return path
    return None


def real_path(path: Path) -> str:
    """Return where a path leads, or raise ``InputError`` where the system will not tell."""
    try:
        return os.path.realpath(path)
    except OSError as error:  # the working folder is gone
        raise InputError(f"cannot find {path}: {error.strerror}") from error


def _check_targets(jobs: list[Job], *, in_place: bool | None) -> None:
    """Refuse two jobs that write one file, a job that writes over an input, and a terminal.

    With `in_place`, a job may write over its own input.
    """
    sources = {real_path(job.source): job.name for job in jobs if job.source is not None}
    seen: dict[str, str] = {}
    _folders.check(job.target for job in jobs)
    for job in jobs:
        if job.target is None:
            if sys.stdout is not None and sys.stdout.isatty():
                raise click.UsageError("refusing to write a picture to a terminal; use -o FILE")
            continue
        place = real_path(job.target)
        own = job.source is not None and real_path(job.source) == place
        if place in sources and not (in_place and own):
            way = (
                "-f allows it"
                if own and in_place is not None
                else "use -o, or leave that input out"
            )
            raise click.UsageError(f"{job.name} would overwrite the input {sources[place]}; {way}")
        if place in seen:
            raise click.UsageError(f"{seen[place]} and {job.name} would both write {job.target}")
        seen[place] = job.name


def plan_pictures(inputs: tuple[str, ...], n_jobs: int | None) -> list[Job]:
    """Return the jobs of a command that reads pictures and has outputs of its own."""
    sources = [source for source, _ in _expand(inputs, None)]
    threads = _threads_of_one(sources, n_jobs)
    return [Job(source, None, threads, writes=False) for source in sources]


def plan_replacing(inputs: tuple[str, ...], suffix: str, n_jobs: int | None) -> list[Job]:
    """Return the jobs of a command that replaces files with `suffix`, in any case of letters.

    Raises
    ------
    InputError
        A folder cannot be read.
    click.UsageError
        An input is of another kind, standard input, or there twice.
    """
    sources = [source for source, _ in _expand(inputs, {suffix})]
    for source in sources:
        if source is None:
            raise click.UsageError("standard input has no place to write to")
        if source.suffix.lower() != suffix and not files.is_folder(source):
            raise click.UsageError(f"{source} does not end in {suffix}")
    threads = _threads_of_one(sources, n_jobs)
    found = {source for source in sources if source is not None and not files.is_folder(source)}
    jobs = [
        Job(s, s, threads) if s in found else Job(s, None, threads, writes=False) for s in sources
    ]
    _check_targets([job for job in jobs if job.writes], in_place=True)
    return jobs


def plan_reading(inputs: tuple[str, ...], suffixes: set[str]) -> list[Job]:
    """Return the jobs of a command that only reads."""
    return [Job(source, None, 1, writes=False) for source, _ in _expand(inputs, suffixes)]
