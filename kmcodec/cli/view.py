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

    A page is one file that loads nothing. The .kmq file is in it as it is, and a decoder in
    WebAssembly; a click on a place or a colour shows where that colour is.
    """
