"""Whether files can be made in folders, found out by trying."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from kmcodec.files.paths import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def check_folders(targets: Iterable[Path]) -> None:
    """Raise ``OutputError`` if none of several files can be written, as their folders refuse.

    It is tried, with a temporary file in each folder, or in the one that a missing folder would be
    made in. Where one file can be written, or is a device, the others have their own errors.
    """
    refusals: dict[Path, str] = {}
    places = list(targets)
    for target in places:
        try:
            folder = _existing_folder(target)
        except (OSError, RuntimeError, ValueError):
            return  # a name that cannot be: told when its turn comes
        if folder is None:
            return
        if folder not in refusals:
            reason = _refusal(folder)
            if reason is None:
                return
            refusals[folder] = reason
    for folder, reason in refusals.items():
        place = f"into folder {folder}" if len(places) > 1 else places[0]
        raise OutputError(f"cannot write {place}: {reason}")


def _existing_folder(target: Path) -> Path | None:
    """Return what stands where a target's folder is or would be, None for what needs no folder."""
    if target.exists() and not (target.is_file() or target.is_dir()):
        return None
    return next((parent for parent in target.resolve().parents if parent.exists()), None)


def _refusal(folder: Path) -> str | None:
    """Return why no file can be made in a folder, or None."""
    if not folder.is_dir():
        return f"{folder} is not a folder"
    trial = folder / f".{os.urandom(8).hex()}.tmp"
    try:
        handle = os.open(trial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except OSError as error:
        return error.strerror or str(error)
    os.close(handle)
    with contextlib.suppress(OSError):
        trial.unlink()
    return None
