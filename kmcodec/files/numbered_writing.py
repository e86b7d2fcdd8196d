"""Frames as numbered picture files: all of them are written, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmcodec.errors import InputError, LimitError
from kmcodec.files.paths import (
    OutputError,
    check_target,
    drop,
    leave_beside,
    reason_of,
    take_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from kmcodec.files.numbering import Numbered

MOST_FILES = 1_000_000


def write_numbered(
    names: Numbered, contents: Iterable[bytes], count: int, *, overwrite: bool
) -> tuple[int, tuple[str, ...]]:
    """Write files with the numbers from 0 on; missing folders are made.

    Each file has another name until all are written. Only one file's content is held at a time.

    Parameters
    ----------
    names : Numbered
    contents : iterable of bytes
        What the files hold, `count` of them.
    count : int
    overwrite : bool

    Returns
    -------
    size : int
        Bytes of all files.
    notes : tuple of str
        Which files of other numbers there are.

    Raises
    ------
    LimitError
        There are too many files.
    OutputError
        One of them exists and `overwrite` is false, or the system refuses.
    """
    if count > MOST_FILES:
        raise LimitError(f"{count:,} frames are more than {MOST_FILES:,} files")
    targets = [names.path(number) for number in range(count)]
    for target in targets:
        check_target(target, overwrite=overwrite)
    try:
        names.folder.mkdir(parents=True, exist_ok=True)
        size = _write(targets, contents, overwrite=overwrite)
    except OSError as error:
        raise OutputError(f"cannot write {names.path(0)}: {reason_of(error)}") from error
    return size, _others(names, count)


def _write(targets: list[Path], contents: Iterable[bytes], *, overwrite: bool) -> int:
    """Write all files under other names, then let them take theirs; return their bytes."""
    left: list[tuple[Path, Path]] = []
    taken: list[Path] = []
    size = 0
    try:
        for target, data in zip(targets, contents, strict=True):
            goal = target.resolve()
            left.append((leave_beside(goal, data), goal))
            size += len(data)
        for temporary, goal in left:
            take_name(temporary, goal, overwrite=overwrite)
            taken.append(goal)
    except BaseException:
        for goal in taken if not overwrite else ():  # these are new
            goal.unlink(missing_ok=True)
        raise
    finally:
        for temporary, _ in left:
            drop(temporary)
    return size


def _others(names: Numbered, count: int) -> tuple[str, ...]:
    """Return a note on files whose number is that of no frame."""
    try:
        others = [number for number in names.numbers() if number >= count]
    except InputError:
        return ()
    if not others:
        return ()
    more = f" and {len(others) - 1:,} more of that name" if len(others) > 1 else ""
    verb = "were" if len(others) > 1 else "was"
    return (f"{names.path(others[0])}{more} {verb} there before, and holds no frame of this file",)
