"""Whether outputs can be written at all, asked before anything is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kmcodec import files

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

EXIT_OUTPUT = 7


class _Unwritable(click.ClickException):
    """No output can be written."""

    exit_code = EXIT_OUTPUT


def check(targets: Iterable[Path | None]) -> None:
    """Raise ``click.ClickException`` if no target can be written; None is standard output."""
    places = list(targets)
    if None in places:
        return
    try:
        files.check_folders(place for place in places if place is not None)
    except files.OutputError as error:
        raise _Unwritable(str(error)) from error
