"""``kmcodec quantize``: pictures to palette pictures in a standard format."""

from __future__ import annotations

import click

from kmcodec.cli import _options
from kmcodec.cli._command import Command


@click.command("quantize", cls=Command)
@_options.inputs
@_options.file_option(
    "-o",
    "--output",
    metavar="FILE|DIR",
    help="Where to write: a file, whose suffix (.png .gif .webp .bmp .tiff) chooses the format, or"
    " a folder, which exists, gets several inputs, or ends with /.",
)
@click.option(
    "--suffix",
    "tag",
    metavar="TEXT",
    help="Instead of -o: beside each input, TEXT added to its name; another run does only what is"
    " new. With -f and no TEXT, in place.",
)
@click.option(
    "--in-place",
    is_flag=True,
    help="Instead of -o: replace PNGs by smaller ones, never twice; leaving one is no failure.",
)
@_options.picture_format
@_options.quantizing
@_options.choosing
@click.option("--keep-metadata", is_flag=True, help="Carry the ICC profile, Exif and XMP.")
@click.option("--strip", is_flag=True, help="Leave out the resolution, too, which stays otherwise.")
@click.option(
    "--keep-order",
    is_flag=True,
    help="Write a picture's own palette, or that of --palette, whole and in its order to a PNG or"
    " GIF; without it, entries that no pixel has go, and others change places for smaller files.",
)
@click.option(
    "--oxipng",
    type=click.IntRange(0, 6),
    metavar="LEVEL",
    help="Let oxipng try to make a PNG smaller, 0 (quick) to 6; needs kmcodec[oxipng].",
)
@click.option(
    "--alpha-threshold",
    type=click.IntRange(1, 255),
    metavar="N",
    help="Make alpha below N clear and the rest opaque (default: 128 for GIF, else not at all).",
)
@click.option(
    "--max-bytes",
    type=click.IntRange(1, 2**62),
    metavar="N",
    help="Take the most colours, up to -k, with which a file has at most N bytes, as 262144; where"
    " even 2 are too many, no file.",
)
@click.option(
    "--lossy",
    type=click.IntRange(0, 1000),
    metavar="0..1000",
    help="Let pixels of an animated GIF take other colours of the palette where that saves bytes: a"
    " bit for so many times the palette's own mean error; 0 is exact (default: 32, or 0 with"
    " --palette).",
)
@click.option(
    "--first-frame", is_flag=True, help="Of an animation, take the first frame and leave the rest."
)
@_options.skip_if_larger
@_options.max_pixels
@_options.jobs
@_options.force
@_options.quiet
@_options.json_lines
def command() -> None:
    """Reduce pictures to a palette and save them in a standard format.

    An INPUT may also be a .kmq file, which is decoded first. An animated GIF, PNG or WebP keeps
    all its frames, with one palette, in each of these formats, and is never written over itself.

    WebP, and TIFF with transparency, store the same pixels without a palette. Colours that are not
    sRGB become so, unless --keep-metadata keeps them and their profile.

    --in-place leaves a PNG whose palette has few enough colours already, one that would not become
    smaller or not reach --quality, and one that has more to lose than colours: frames, 16 bits.
    """
