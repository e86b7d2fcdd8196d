"""``kmcodec thumbnail``: a small PNG of a .kmq file."""

from __future__ import annotations

import click

from kmcodec.cli import _options, _types
from kmcodec.cli._command import Command

LARGEST_SIDE = 4096


@click.command("thumbnail", cls=Command)
@click.argument("source", metavar="INPUT", type=_types.KMQ)
@_options.file_option(
    "-o", "--output", required=True, metavar="FILE", help="The PNG, whatever its name ends in."
)
@click.option(
    "--size",
    type=click.IntRange(1, LARGEST_SIDE),
    default=256,
    show_default=True,
    metavar="N",
    help="Pixels that neither side goes beyond.",
)
@_options.force
@_options.json_lines
def command() -> None:
    """Draw a small PNG of a .kmq file: sRGB, with its alpha, never enlarged.

    Desktops call this through the thumbnailer that `kmcodec desktop install` writes.
    """
