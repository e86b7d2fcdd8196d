"""``kmcodec demo``: the whole path on one's own pictures, or on two that come with scikit-learn."""

from __future__ import annotations

import click

from kmcodec.cli import _options, _types
from kmcodec.cli._command import Command

COUNTS = _types.Numbers(
    ",", "a list of different numbers like 5,10,15,20", least=1, most=64, lowest=1, distinct=True
)


@click.command("demo", cls=Command)
@click.argument("inputs", nargs=-1, metavar="[PICTURE...]", type=_types.FILE)
@click.option(
    "-k",
    "--colors",
    "counts",
    type=COUNTS,
    default="5,10,15,20,64,256",
    show_default=True,
    metavar="K,K,...",
    help="Numbers of colours, each 1 to 256.",
)
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
    """Compress pictures at several numbers of colours, decode them, and draw a contact sheet.

    Without a PICTURE, two photographs that come with scikit-learn are taken.

    The PNG beside each .kmq holds the same palette picture, as Pillow's optimizer writes it.
    """
