"""``kmcodec decode``: .kmq files to pictures."""

from __future__ import annotations

import click

from kmcodec.cli import _options, _types
from kmcodec.cli._command import Command
from kmcodec.options import DEFAULT_EFFORT

REGION = _types.Numbers(",", "LEFT,TOP,WIDTH,HEIGHT in pixels", least=4, most=4)


@click.command("decode", cls=Command)
@_options.kmq_inputs
@_options.output
@_options.picture_format
@click.option(
    "--indexed/--truecolor",
    default=None,
    help="Write palette pictures, or never (default: of up to 256 colours, unless they are gray).",
)
@click.option(
    "--effort",
    type=click.IntRange(1, 9),
    default=DEFAULT_EFFORT,
    show_default=True,
    metavar="1..9",
    help="For palette and gray PNGs: 1 is quick, 9 makes small files.",
)
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
@_options.quiet
@_options.json_lines
def command() -> None:
    """Turn .kmq files back into pictures, or into arrays: -o NAME.npy.

    A file that holds an array of integers gives it as it was, values, type and shape, to a .npy
    file; as a picture it shows gray levels that stand for the values, and a note says so.

    A stack of planes becomes an animation: .png, .gif or .webp, or all of it a .npy file.
    With -o 'frame_%04d.png' each frame becomes a file, from frame_0000.png on.

    A picture of up to 256 colours becomes a palette picture where the format has them, in an
    indexed picture's own order if it came from one. Gray stays gray, as label maps want it, and
    more colours have the channels they came with. The pixels are the same in all of them.
    """
