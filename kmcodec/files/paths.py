"""Files on disk: found, read, and written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from kmcodec.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

NOT_PICTURES = {".bufr", ".grib", ".h5", ".hdf", ".mpeg", ".mpg", ".pdf"}  # Pillow lists them


class OutputError(Exception):
    """A file cannot be written where it should go."""


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes, or raise ``InputError``."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error


def check_target(target: Path, *, overwrite: bool) -> None:
    """Raise ``OutputError`` early if a file may not be written there."""
    if target.is_dir():
        raise OutputError(f"cannot write {target}: it is a folder")
    blocked = next((p for p in target.parents if p.exists() and not p.is_dir()), None)
    if blocked is not None:
        raise OutputError(f"cannot write {target}: {blocked} is not a folder")
    if not overwrite and target.exists() and _is_regular(target):
        raise OutputError(f"{target} exists already; -f overwrites it")


def _is_regular(path: Path) -> bool:
    """Whether a path is an ordinary file, not a device or a pipe."""
    return stat.S_ISREG(path.stat().st_mode)


def write_bytes(target: Path, data: bytes, *, overwrite: bool) -> None:
    """Write a file whole or not at all; missing folders are made.

    The bytes go to a file beside the target, which then takes the target's name. A symbolic link
    keeps pointing where it does; its goal is replaced.

    Raises
    ------
    OutputError
        The target exists and `overwrite` is false, or the system refuses.
    """
    try:
        check_target(target, overwrite=overwrite)
        if target.exists() and not _is_regular(target):
            target.write_bytes(data)  # a device or a pipe has no name to take
            return
        goal = target.resolve()
        goal.parent.mkdir(parents=True, exist_ok=True)
        _write_beside(goal, data, overwrite=overwrite)
    except OSError as error:
        raise OutputError(f"cannot write {target}: {error.strerror or error}") from error


def _write_beside(target: Path, data: bytes, *, overwrite: bool) -> None:
    """Write a temporary file in the target's folder and rename it."""
    handle, name = tempfile.mkstemp(
        prefix=f".{target.name[:40]}.", suffix=".tmp", dir=target.parent
    )
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(
            stat.S_IMODE(target.stat().st_mode) if target.exists() else _new_file_mode()
        )
        _rename(temporary, target, overwrite=overwrite)
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()


def _rename(temporary: Path, target: Path, *, overwrite: bool) -> None:
    """Give a temporary file its name; without `overwrite`, a file that appeared meanwhile stays."""
    if not overwrite:
        link: Callable[[Path, Path], None] | None = getattr(os, "link", None)
        try:
            if link is not None:
                link(temporary, target)  # fails if the target exists, unlike a rename
                return
        except FileExistsError as error:
            raise OutputError(f"{target} exists already; -f overwrites it") from error
        except OSError:
            pass  # this file system has no hard links
        check_target(target, overwrite=False)
    temporary.replace(target)


def _new_file_mode() -> int:
    """Return the permissions that a newly made file gets (0o666 less the process's mask)."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def find_files(folder: Path, suffixes: set[str] | None = None) -> list[Path]:
    """Return the files at any depth of a folder, sorted: pictures, or those with given suffixes."""
    wanted = set(Image.registered_extensions()) - NOT_PICTURES if suffixes is None else suffixes
    found = [
        Path(root) / name
        for root, _, names in os.walk(folder)
        for name in names
        if Path(name).suffix.lower() in wanted and not name.startswith(".")
    ]
    return sorted(found)
