"""``kmcodec info``: what .kmq files say of themselves."""

from __future__ import annotations

import click

from kmcodec.cli import _options
from kmcodec.cli._command import Command


@click.command("info", cls=Command)
@_options.kmq_inputs
@_options.limits
@_options.json_lines
def command() -> None:
    """Show size, palette, coding and sections of .kmq files without decoding their pixels."""
