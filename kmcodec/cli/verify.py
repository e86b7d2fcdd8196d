"""``kmcodec verify``: whether .kmq files are whole."""

from __future__ import annotations

import click

from kmcodec.cli import _options
from kmcodec.cli._command import Command


@click.command("verify", cls=Command)
@_options.kmq_inputs
@_options.limits
@_options.jobs
@_options.json_lines
def command() -> None:
    """Check every checksum and decode every pixel of .kmq files."""
