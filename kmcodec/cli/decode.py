"""``kmcodec decode``: .kmq files to pictures."""

from __future__ import annotations

import click

from kmcodec.cli import _options, _types
from kmcodec.cli._command import Command

REGION = _types.Numbers(",", "LEFT,TOP,WIDTH,HEIGHT in pixels", least=4, most=4)


@click.command("decode", cls=Command)
@_options.kmq_inputs
@_options.output
@_options.picture_format
@click.option("--indexed", is_flag=True, help="Write a palette picture where the format has them.")
@click.option(
    "--region",
    type=REGION,
    metavar="LEFT,TOP,WIDTH,HEIGHT",
    help="Decode only this part, in pixels.",
)
@click.option(
    "--frame",
    type=click.IntRange(0, 2**31 - 1),
    metavar="N",
    help="Decode only this frame of a stack, counted from 0.",
)
@_options.limits
@_options.jobs
@_options.force
@_options.json_lines
def command() -> None:
    """Turn .kmq files back into pictures, or into arrays: -o NAME.npy.

    A file that holds an array of integers gives it as it was, values, type and shape, to a .npy
    file; as a picture it shows the ranks of the values, and a note says so.

    A stack of planes becomes an animation: .png, .gif or .webp, or all of it a .npy file.

    What came from an indexed picture becomes one again; the rest has the channels it came with,
    which makes larger files than --indexed, with the same pixels.
    """
