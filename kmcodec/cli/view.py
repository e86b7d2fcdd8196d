"""``kmcodec view``: pages that show .kmq files."""

from __future__ import annotations

import click

from kmcodec.cli import _options
from kmcodec.cli._command import Command


@click.command("view", cls=Command)
@_options.kmq_inputs
@_options.output
@click.option("--browser", is_flag=True, help="Open the page.")
@_options.limits
@_options.jobs
@_options.force
@_options.json_lines
def command() -> None:
    """Make an HTML page of each .kmq file: the picture, its palette, what its header says.

    An animation plays, and other stacks are shown plane by plane: the space bar plays and pauses,
    comma and full stop step, Home and End go to the first and the last one.

    A page is one file that loads nothing. The .kmq file is in it as it is, and a decoder in
    WebAssembly; a click on a place or a colour shows where that colour is.
    """
