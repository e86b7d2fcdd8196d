"""Files on disk: found, read, and written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import threading
import zlib
from collections.abc import Container
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from PIL import Image

from kmcodec.container.signature import SIGNATURE
from kmcodec.errors import InputError, LimitError

if TYPE_CHECKING:
    from collections.abc import Callable

TEMPORARY = re.compile(r"[0-9a-f]{16}\.tmp")
COMMON = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff")
NOT_PICTURES = {".bufr", ".grib", ".h5", ".hdf", ".mpeg", ".mpg", ".pdf"}  # Pillow lists them


READ_AT_A_TIME = 1 << 20  # bytes
LARGEST_FILE = 1 << 30  # bytes; twice what the largest picture within the limits takes packed

_temporaries: set[Path] = set()
_abandoned = threading.Event()


class OutputError(Exception):
    """A file cannot be written where it should go."""


def read_kmq(source: Path | BinaryIO) -> bytes:
    """Return a ``.kmq`` file's bytes, or only the first ones of what begins like no such file.

    Raises
    ------
    InputError
        The file is missing or unreadable.
    LimitError
        It is larger than any picture within the limits needs.
    """
    if isinstance(source, Path):
        try:
            with source.open("rb") as file:
                return _read_kmq(file)
        except LimitError:
            raise
        except (OSError, ValueError) as error:
            raise InputError(f"cannot read {source}: {reason_of(error)}") from error
    try:
        return _read_kmq(source)
    except LimitError:
        raise
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read standard input: {reason_of(error)}") from error


def check_kmq(data: bytes, source: Path | None) -> None:
    """Raise ``InputError`` for what begins like another kind of file, and is not named ours.

    A damaged or cut file of ours is for the decoder to refuse.
    """
    if SIGNATURE.startswith(data[: len(SIGNATURE)]) or data.startswith(SIGNATURE):
        return
    if source is None or source.suffix.lower() != ".kmq":
        name = "standard input" if source is None else source
        raise InputError(f"{name} is no .kmq file; kmcodec encode makes one of a picture")


def _read_kmq(source: BinaryIO) -> bytes:
    """Do so for an open file."""
    head = source.read(len(SIGNATURE))
    if head != SIGNATURE:
        return head
    parts, size = [head], len(head)
    while part := source.read(READ_AT_A_TIME):  # more would be allocated, whatever there is
        parts.append(part)
        size += len(part)
        if size > LARGEST_FILE:
            raise LimitError(f"the file is larger than {LARGEST_FILE:,} bytes")
    return b"".join(parts)


def read_at_most(source: Path | BinaryIO, most: int) -> bytes:
    """Return a file's bytes.

    Raises
    ------
    InputError
        The file is missing or unreadable.
    LimitError
        It is larger than `most`.
    """
    try:
        if isinstance(source, Path):
            with source.open("rb") as file:
                data = file.read(most + 1)
        else:
            data = source.read(most + 1)
    except (OSError, ValueError) as error:
        name = source if isinstance(source, Path) else "standard input"
        raise InputError(f"cannot read {name}: {reason_of(error)}") from error
    if len(data) > most:
        raise LimitError(f"the file is larger than {most:,} bytes")
    return data


def reason_of(error: Exception) -> str:
    """Return what the system says, without the path."""
    return getattr(error, "strerror", None) or str(error)


def is_folder(path: Path) -> bool:
    """Whether a path names a folder; False where the system will not tell."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def check_target(target: Path, *, overwrite: bool) -> None:
    """Raise ``OutputError`` early if a file may not be written there, as far as one can tell."""
    if is_folder(target):
        raise OutputError(f"cannot write {target}: it is a folder")
    if _is_loop(target):
        raise OutputError(f"cannot write {target}: it is a loop of symbolic links")
    blocked = next((p for p in target.parents if exists(p) and not is_folder(p)), None)
    if blocked is not None:
        raise OutputError(f"cannot write {target}: {blocked} is not a folder")
    if not overwrite and exists(target) and _is_regular(target):
        raise OutputError(f"{target} exists already; -f overwrites it")


def _is_loop(path: Path) -> bool:
    """Whether a symbolic link leads to itself."""
    try:
        path.stat()
    except OSError as error:
        return error.errno == errno.ELOOP
    except ValueError:
        return False
    return False


def exists(path: Path) -> bool:
    """Whether there is something; False where the system will not tell."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _is_regular(path: Path) -> bool:
    """Whether a path is an ordinary file, not a device or a pipe."""
    return stat.S_ISREG(path.stat().st_mode)


def write_bytes(target: Path, data: bytes, *, overwrite: bool, held_open: bool = False) -> None:
    """Write a file whole or not at all; missing folders are made.

    The bytes go to a file beside the target, which then takes the target's name. A symbolic link
    keeps pointing where it does; its goal is replaced.

    With `held_open`, another program has the target open and reads on from there: bytes go into
    the file that there is, and may be half of them where the system fails.

    Raises
    ------
    OutputError
        The target exists and `overwrite` is false, or the system refuses.
    """
    try:
        check_target(target, overwrite=overwrite)
        if target.exists() and (held_open or not _is_regular(target)):
            target.write_bytes(data)  # a device or a pipe has no name to take
            return
        goal = target.resolve()
        goal.parent.mkdir(parents=True, exist_ok=True)
        _write_beside(goal, data, overwrite=overwrite)
    except (OSError, ValueError) as error:
        raise OutputError(f"cannot write {target}: {reason_of(error)}") from error


def abandon_writes() -> None:
    """Let no file of this process take its name any more, and remove the temporary ones."""
    _abandoned.set()
    for temporary in list(_temporaries):
        temporary.unlink(missing_ok=True)


def remove_leftovers(target: Path) -> None:
    """Remove what processes that were killed while they wrote a target left beside it.

    Only for targets that nobody writes any more.
    """
    start = _start_of_temporary(target)
    with contextlib.suppress(OSError):
        for path in target.parent.iterdir():
            if path.name.startswith(start) and TEMPORARY.fullmatch(path.name[len(start) :]):
                path.unlink(missing_ok=True)


def _start_of_temporary(target: Path) -> str:
    """Return how the names of a target's temporary files begin, and no other target's."""
    name = target.name
    if len(name) > 40:
        name = f"{name[:31]}-{zlib.crc32(os.fsencode(name)):08x}"
    return f".{name}."


def _create_beside(target: Path) -> tuple[int, Path]:
    """Open a new file in the target's folder, that no more people may read than its target."""
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
    name = f"{_start_of_temporary(target)}{os.urandom(8).hex()}.tmp"
    temporary = target.with_name(name)
    return os.open(temporary, flags, mode), temporary


def _write_beside(target: Path, data: bytes, *, overwrite: bool) -> None:
    """Write a temporary file in the target's folder and rename it."""
    temporary = leave_beside(target, data)
    try:
        take_name(temporary, target, overwrite=overwrite)
    finally:
        drop(temporary)


def leave_beside(target: Path, data: bytes) -> Path:
    """Write a temporary file in the target's folder, for ``take_name`` and then ``drop``."""
    handle, temporary = _create_beside(target)
    _temporaries.add(temporary)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        drop(temporary)
        raise
    return temporary


def take_name(temporary: Path, target: Path, *, overwrite: bool) -> None:
    """Give a temporary file the target's name, unless all writes were abandoned."""
    if target.exists():
        temporary.chmod(stat.S_IMODE(target.stat().st_mode))
    if not _abandoned.is_set():
        _rename(temporary, target, overwrite=overwrite)


def drop(temporary: Path) -> None:
    """Remove a temporary file, if it is still there."""
    temporary.unlink(missing_ok=True)
    _temporaries.discard(temporary)


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


def find_files(folder: Path, suffixes: set[str] | None = None) -> list[Path]:
    """Return the files at any depth of a folder, sorted: pictures, or those with given suffixes.

    Hidden files and folders are left out.

    Raises
    ------
    InputError
        A folder cannot be read.
    """

    def refuse(error: OSError) -> None:
        raise InputError(f"cannot read folder {error.filename}: {reason_of(error)}") from error

    wanted: Container[str] = picture_suffixes() if suffixes is None else suffixes
    found: list[Path] = []
    for root, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            Path(root) / name
            for name in names
            if Path(name).suffix.lower() in wanted and not name.startswith(".")
        ]
    return sorted(found)


class PictureSuffixes(Container[str]):
    """The suffixes of the pictures that Pillow reads, in lower case, with their dots.

    Pillow, which imports all of its formats to tell, is asked for uncommon ones only.
    """

    def __contains__(self, suffix: object) -> bool:
        """Whether pictures have this suffix."""
        if suffix in COMMON:
            return True
        listed = suffix in Image.registered_extensions()
        return listed and suffix not in NOT_PICTURES and suffix != ".kmq"  # Pillow's plugin's


def picture_suffixes() -> PictureSuffixes:
    """Return the suffixes of the pictures that Pillow reads."""
    return PictureSuffixes()
