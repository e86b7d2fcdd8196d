"""Options that several commands share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")


def apply(*decorators: Callable[[Any], Any]) -> Callable[[F], F]:
    """Combine decorators into one, the first outermost."""

    def decorate(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


def _finite(_context: click.Context, parameter: click.Parameter, value: float) -> float:
    """Refuse "nan", which lies in every range."""
    if math.isnan(value):
        raise click.BadParameter("nan is not in the range 0<=x<=1.", param=parameter)
    return value


inputs = click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
output = click.option(
    "-o",
    "--output",
    metavar="FILE|DIR",
    help="Where to write (default: beside each input); end a folder's name with /.",
)
picture_format = click.option(
    "--format",
    "suffix",
    type=click.Choice(["png", "gif", "webp", "bmp", "tiff"]),
    default="png",
    show_default=True,
    help="Format where -o does not say.",
)
json_lines = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object per input."
)
force = click.option("-f", "--force", is_flag=True, help="Overwrite existing files.")
jobs = click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    help="Work on N inputs at a time, or with N threads on one (default: one per processor).",
)

quantizing = apply(
    click.option(
        "-k",
        "--colors",
        "n_colors",
        type=click.IntRange(1, 65536),
        default=256,
        show_default=True,
        metavar="N",
        help="Palette entries at most, 1 to 65536.",
    ),
    click.option(
        "--space",
        type=click.Choice(["oklab", "srgb"]),
        default="oklab",
        show_default=True,
        help="Where colours are compared: as perceived, or by least squared error.",
    ),
    click.option(
        "--dither",
        type=click.FloatRange(0, 1),
        callback=_finite,
        default=0.0,
        show_default=True,
        metavar="0..1",
        help="Strength of error diffusion.",
    ),
    click.option(
        "--effort",
        type=click.IntRange(1, 9),
        default=5,
        show_default=True,
        metavar="1..9",
        help="1 is quick, 9 is thorough.",
    ),
    click.option(
        "--seed",
        type=click.IntRange(0, (1 << 32) - 1),
        default=0,
        show_default=True,
        metavar="N",
        help="Seed of the random starts (efforts from 7, and up to 8 colours).",
    ),
)
