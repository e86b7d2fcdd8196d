"""``kmcodec desktop``: the media type, the thumbnailer and the magic, put into their places."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from kmcodec import desktop
from kmcodec.cli import _options, _types
from kmcodec.cli._say import say

REFRESH = "update-mime-database"


@dataclass(frozen=True)
class Piece:
    """A file and what is to stand in it."""

    target: Path
    text: str

    def found(self) -> str | None:
        """Return what stands there now, nothing of what cannot be read; None is a free place."""
        try:
            return self.target.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return None
        except OSError:
            return ""

    def is_free(self) -> bool:
        """Whether nothing of anybody else's stands there."""
        found = self.found()
        return found is None or desktop.is_ours(found)


class _Failure(click.ClickException):
    """A file that cannot be written or removed."""

    exit_code = 7


@click.group("desktop", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """Make desktops and file(1) know .kmq files; alone, tell where the files for that are."""
    if context.invoked_subcommand is None:
        for name in (*desktop.PLACES, desktop.MAGIC):
            say(desktop.data_path(name))


prefix = click.option(
    "--prefix",
    type=_types.FOLDER,
    metavar="DIR",
    help="For everybody below this folder, as /usr/local (default: for you, in your home).",
)
dry_run = click.option("--dry-run", is_flag=True, help="Only say what would be done.")


@command.command("install", short_help="Put them into their places.")
@prefix
@dry_run
@_options.force
def install(prefix: str | None, *, dry_run: bool, force: bool) -> None:
    """Put the media type, the thumbnailer and the magic for file(1) into their places."""
    from kmcodec import files  # noqa: PLC0415  (takes NumPy and Pillow, help does not)

    pieces, note = _pieces(prefix)
    changed = [piece for piece in pieces if piece.found() != piece.text]
    try:
        for piece in changed:
            files.check_target(piece.target, overwrite=force or piece.is_free())
        for piece in changed:
            if not dry_run:
                files.write_bytes(piece.target, piece.text.encode(), overwrite=True)
    except (files.OutputError, OSError) as error:
        raise _Failure(str(error)) from error
    for piece in pieces:
        did = "would write" if dry_run else "wrote"
        say(f"{did if piece in changed else 'kept'} {piece.target}")
    _refresh(prefix, dry_run=dry_run)
    if note:
        say(note)


@command.command("uninstall", short_help="Remove what install wrote.")
@prefix
@dry_run
def uninstall(prefix: str | None, *, dry_run: bool) -> None:
    """Remove what install wrote, and nothing else."""
    pieces, _ = _pieces(prefix, all_of_them=True)
    ours = [piece for piece in pieces if desktop.is_ours(piece.found() or "")]
    for piece in ours:
        try:
            if not dry_run:
                piece.target.unlink()
        except OSError as error:
            raise _Failure(f"cannot remove {piece.target}: {error.strerror}") from error
        say(f"{'would remove' if dry_run else 'removed'} {piece.target}")
    for piece in pieces:
        if piece not in ours and piece.found() is not None:
            say(f"kept {piece.target}: it is not kmcodec's")
    if ours:
        _refresh(prefix, dry_run=dry_run)


def _share(prefix: str | None) -> Path:
    """Return the folder for data, the person's own without a prefix."""
    if prefix is not None:
        return Path(prefix).absolute() / "share"
    own = Path(os.environ.get("XDG_DATA_HOME", ""))
    return own if own.is_absolute() else _home() / ".local" / "share"


def _home() -> Path:
    """Return the person's home."""
    try:
        return Path.home()
    except RuntimeError as error:
        raise _Failure("there is no home to write into; use --prefix") from error


def _pieces(prefix: str | None, *, all_of_them: bool = False) -> tuple[list[Piece], str]:
    """Return the files to keep, and what a person has to do about file(1), if anything.

    ``~/.magic`` is not kept beside a compiled one, or where it is somebody else's; `all_of_them`
    has it all the same.
    """
    share = _share(prefix)
    texts = {name: desktop.read_data(name) for name in desktop.PLACES}
    texts["kmcodec.thumbnailer"] = desktop.thumbnailer_entry(_program())
    pieces = [Piece(share / place, texts[name]) for name, place in desktop.PLACES.items()]
    source = desktop.data_path(desktop.MAGIC)
    if prefix is not None:
        return pieces, f"for file(1), as root: cat '{source}' >> /etc/magic"
    magic = Piece(_home() / ".magic", desktop.read_data(desktop.MAGIC))
    is_kept = magic.is_free() and not magic.target.with_suffix(".mgc").exists()
    if not (is_kept or all_of_them):
        return pieces, f"{magic.target} is not kmcodec's; for file(1): see {source}"
    return [*pieces, magic], ""


def _program() -> list[str]:
    """Return the words that start this very kmcodec from anywhere."""
    own = shutil.which(sys.argv[0])
    if own is not None and Path(own).stem == "kmcodec":
        return [str(Path(own).absolute())]
    return [sys.executable, "-m", "kmcodec"]


def _refresh(prefix: str | None, *, dry_run: bool) -> None:
    """Let the desktop's own tool read the media types anew."""
    folder = str(_share(prefix) / "mime")
    program = shutil.which(REFRESH)
    if program is None:
        say(f"there is no {REFRESH}: media types are read once shared-mime-info is there")
        return
    if not dry_run:
        done = subprocess.run(  # noqa: S603
            [program, folder], capture_output=True, text=True, errors="replace", check=False
        )
        if done.returncode:
            reason = " ".join(done.stderr.split())
            raise click.ClickException(f"{REFRESH} {folder} failed: {reason}")
    say(f"{'would run' if dry_run else 'ran'} {REFRESH} {folder}")
