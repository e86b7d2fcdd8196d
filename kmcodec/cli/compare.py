"""``kmcodec compare``: how much pictures look like others."""

from __future__ import annotations

import math

import click

from kmcodec.cli import _options, _types
from kmcodec.cli._command import Command


def _real(_context: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    """Refuse "nan", which no score is less than."""
    if value is not None and math.isnan(value):
        raise click.BadParameter("nan is not a score.", param=parameter)
    return value


@click.command("compare", cls=Command)
@click.argument("original", metavar="ORIGINAL", type=_types.FILE)
@click.argument("other", metavar="OTHER", type=_types.FILE)
@_options.file_option(
    "-o",
    "--output",
    metavar="FILE|DIR",
    help="Draw the difference as a PNG: gray where there is none, amplified as the report says.",
)
@click.option(
    "--fail-below",
    type=click.FloatRange(max=100),
    callback=_real,
    metavar="SCORE",
    help="End with exit code 99 if a SSIMULACRA2 score is less.",
)
@_options.max_pixels
@_options.jobs
@_options.force
@_options.json_lines
def command() -> None:
    """Say how much a picture looks like its original: SSIMULACRA2, PSNR, squared error, bytes.

    ORIGINAL and OTHER are pictures of any format, .kmq among them, or two folders: each original
    is compared with the file of its name in the other folder, whatever that name ends in.

    SSIMULACRA2 is 100 where nothing differs, 90 where nobody sees it, 70 for high, 50 for medium
    and 30 for low quality. Pictures with alpha are seen over black and over white, and the lower
    score counts.
    """
