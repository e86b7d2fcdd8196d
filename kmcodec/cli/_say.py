"""Lines for a person or a script, on streams of any encoding."""

from __future__ import annotations

import sys
from typing import Any

import click


def prepare_streams() -> None:
    r"""Let standard output and error spell out what their encoding does not have, as ``\xe9``.

    On Windows, output into a file or a pipe has an encoding that few file names fit.
    """
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Any = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def say(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print a text on standard output, or on standard error.

    The stream is named, for by default click writes UTF-8 where the encoding is ASCII.
    """
    click.echo(text, file=sys.stderr if err else sys.stdout, nl=nl)
