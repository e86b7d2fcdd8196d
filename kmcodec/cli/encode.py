"""``kmcodec encode``: pictures to .kmq files."""

from __future__ import annotations

import click

from kmcodec.cli import _options, _types
from kmcodec.cli._command import Command
from kmcodec.options import CODINGS

BLOCK = _types.Numbers("x", "HxW, a block's height and width in pixels", least=2, most=2, lowest=1)


@click.command("encode", cls=Command)
@_options.inputs
@_options.output
@_options.quantizing
@_options.choosing
@click.option(
    "--max-bytes",
    type=click.IntRange(1, 2**62),
    metavar="N",
    help="The best look in at most N bytes, as 40000; where that is out of reach, no file.",
)
@click.option(
    "--coding",
    type=click.Choice(CODINGS),
    default="auto",
    show_default=True,
    help="Index coder; auto takes the smallest. Below effort 7, what is slow to decode has to save"
    " 5 %.",
)
@click.option("--keep-metadata", is_flag=True, help="Carry the ICC profile, Exif and XMP.")
@click.option("--keep-facts", is_flag=True, help="Carry how the palette was found.")
@click.option(
    "--block",
    type=BLOCK,
    metavar="HxW",
    help="Let the codebook hold blocks of so many pixels (vector quantization), -k of them.",
)
@click.option(
    "--first-frame", is_flag=True, help="Of an animation, take the first frame and leave the rest."
)
@click.option(
    "--fps",
    type=_types.FrameRate(),
    metavar="N",
    help="Show so many numbered files a second, as 24, 12.5 or 30000/1001 (default: 10).",
)
@_options.skip_if_larger
@_options.max_pixels
@_options.scheduler
@_options.jobs
@_options.force
@_options.quiet
@_options.json_lines
def command() -> None:
    """Compress pictures into .kmq files.

    A picture of at most --colors colours loses nothing, and an indexed picture keeps its palette.
    An animated GIF, PNG or WebP becomes a stack of its frames with one palette for all.
    Numbered files become one, too: 'frame_%04d.png' -o NAME.kmq takes frame_0000.png or the
    least number there is, and goes on to the last; none may be missing.
    Colours that are not sRGB become so, unless --keep-metadata keeps them and their profile.
    """
