"""``kmcodec demo``: the whole path on photographs that come with scikit-learn."""

from __future__ import annotations

import click

from kmcodec.cli import _options, _types
from kmcodec.cli._command import Command


@click.command("demo", cls=Command)
@click.option(
    "-o",
    "--output",
    type=_types.FOLDER,
    default="kmcodec-demo",
    show_default=True,
    metavar="DIR",
    help="Folder for the .kmq files, the decoded PNGs and the contact sheets.",
)
@_options.force
@_options.json_lines
def command() -> None:
    """Compress two photographs at 5 to 256 colours, decode them, and draw a contact sheet.

    The PNG beside each .kmq holds the same palette picture, as Pillow's optimizer writes it.
    """
