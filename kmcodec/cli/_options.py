"""Options that several commands share."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from kmcodec.cli import _types
from kmcodec.options import DITHER_METHODS, MAX_COLORS, MAX_SEED, SPACES
from kmcodec.parallel import MOST_THREADS

if TYPE_CHECKING:
    from collections.abc import Callable

    from kmcodec.container import Limits

file_option = functools.partial(click.option, type=_types.FILE)

F = TypeVar("F", bound="Callable[..., Any]")


def apply(*decorators: Callable[[Any], Any]) -> Callable[[F], F]:
    """Combine decorators into one, the first outermost."""

    def decorate(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


def to_limits(max_pixels: int | None, max_seconds: int | None) -> Limits:
    """Return the limits that a person asked for; more pixels may take more bytes."""
    from kmcodec.container import Limits  # noqa: PLC0415  (few commands need it)

    usual = Limits()
    pixels = usual.max_pixels if max_pixels is None else max_pixels
    return Limits(
        max_pixels=pixels,
        max_bytes=max(usual.max_bytes, 4 * pixels),
        max_seconds=usual.max_seconds if max_seconds is None else max_seconds,
    )


def finite(
    _context: click.Context, parameter: click.Parameter, value: float | None
) -> float | None:
    """Refuse "nan", which lies in every range."""
    if value is not None and math.isnan(value):
        raise click.BadParameter("nan is not in the range 0<=x<=1.", param=parameter)
    return value


def _range_of_quality(
    _context: click.Context, parameter: click.Parameter, value: str | None
) -> tuple[float, float] | None:
    """Return (least, wanted) of "60-80", "60-", "-80", or "80", which asks for no least."""
    if value is None:
        return None
    least, dash, wanted = value.partition("-")
    if not dash:
        least, wanted = "0", least
    try:
        quality = float(least or 0), float(wanted or 100)
    except ValueError:
        quality = -1.0, -1.0
    if not 0 <= quality[0] <= quality[1] <= 100:
        raise click.BadParameter(
            f"{value!r} is not of the form MIN-MAX with 0 to 100.", param=parameter
        )
    return quality


def _range_of_score(
    _context: click.Context, parameter: click.Parameter, value: str | None
) -> tuple[float, float] | None:
    """Return (least, wanted) of "60-80", or of "80", which asks for both."""
    if value is None:
        return None
    least, _, wanted = value.rpartition("-")
    try:
        scores = float(least or wanted), float(wanted)
    except ValueError:
        scores = 1.0, 0.0
    if not 0 <= scores[0] <= scores[1] <= 100:
        raise click.BadParameter(
            f"{value!r} is not of the form WANTED or MIN-WANTED with 0 to 100.", param=parameter
        )
    return scores


def given_words(flags: dict[str, str]) -> list[str]:
    """Return those options, by name and flag, that were given, as words of a command line."""
    context = click.get_current_context()
    return [
        word
        for name, flag in flags.items()
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        for word in (flag, str(context.params[name]))
    ]


inputs = click.argument("inputs", nargs=-1, required=True, metavar="INPUT...", type=_types.FILE)
kmq_inputs = click.argument("inputs", nargs=-1, required=True, metavar="INPUT...", type=_types.KMQ)
output = file_option(
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
quiet = click.option(
    "-q", "--quiet", is_flag=True, help="Print errors only, and JSON where it is asked for."
)
skip_if_larger = click.option(
    "--skip-if-larger",
    is_flag=True,
    help="Write no output that is not smaller than its input (exit code 98 if none is).",
)
jobs = click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1, MOST_THREADS),
    metavar="N",
    help="Work on N inputs at a time, or with N threads on one (default: one per processor).",
)
scheduler = click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Work on the cluster of this Dask scheduler, as tcp://HOST:8786; needs kmcodec[remote].",
)
max_pixels = click.option(
    "--max-pixels",
    type=click.IntRange(1, 2**62),
    metavar="N",
    help="Refuse pictures of more pixels (default: 178,956,970).",
)
limits = apply(
    click.option(
        "--max-pixels",
        type=click.IntRange(1, 2**62),
        metavar="N",
        help="Refuse .kmq files of more pixels (default: 178,956,970).",
    ),
    click.option(
        "--max-seconds",
        type=click.IntRange(1, 2**31),
        metavar="N",
        help="Refuse .kmq files that may take a processor longer, by their header (default: 600).",
    ),
)
seed = click.option(
    "--seed",
    type=click.IntRange(0, MAX_SEED),
    default=0,
    show_default=True,
    metavar="N",
    help="Seed of the random starts (of palettes: at efforts 8 and 9, and up to 8 colours).",
)

quantizing = apply(
    click.option(
        "-k",
        "--colors",
        "n_colors",
        type=click.IntRange(1, MAX_COLORS),
        default=256,
        show_default=True,
        metavar="N",
        help="Palette entries at most, 1 to 65536.",
    ),
    click.option(
        "--space",
        type=click.Choice(SPACES),
        default="oklab",
        show_default=True,
        help="Where colours are compared: as perceived, or by least squared error.",
    ),
    click.option(
        "--dither",
        type=click.FloatRange(0, 1),
        callback=finite,
        default=0.0,
        show_default=True,
        metavar="0..1",
        help="Strength of dithering.",
    ),
    click.option(
        "--dither-method",
        type=click.Choice(DITHER_METHODS),
        default="diffusion",
        show_default=True,
        help="Diffusion shows shades best; blue noise takes fewer bytes on photographs.",
    ),
    click.option(
        "--effort",
        type=click.IntRange(1, 9),
        default=5,
        show_default=True,
        metavar="1..9",
        help="1 is quick, 9 is thorough. For a PNG, 5 takes 1.3 to 1.6 times as long as 1 for 1 to"
        " 4 % fewer bytes, 9 takes 9 to 17 times as long as 5 for 2 % fewer.",
    ),
    seed,
    file_option(
        "--palette",
        metavar="FILE",
        help="Take the colours of a picture, a .kmq file or a palette (.gpl, .pal, .ase, .act,"
        " .txt, .hex), and find none.",
    ),
    click.option(
        "--shared-palette",
        is_flag=True,
        help="Find one palette for all inputs; PNGs and GIFs hold all of it, in one order.",
    ),
    click.option(
        "--keep",
        multiple=True,
        metavar="COLOR",
        help="A colour like #ff8000 or #ff800080 that the palette has to hold; repeatable.",
    ),
    click.option(
        "--keep-rare",
        type=click.FloatRange(0, 1),
        callback=finite,
        default=0.0,
        show_default=True,
        metavar="0..1",
        help="A colour that at least this share of the pixels has, as 0.001, gets an entry that"
        " resembles it; 0 promises none.",
    ),
    file_option(
        "--importance",
        metavar="FILE",
        help="Gray picture of the input's size: the brighter, the more a pixel's error counts.",
    ),
    click.option(
        "--quality",
        callback=_range_of_quality,
        metavar="MIN-MAX",
        help="Fewest colours that reach MAX, 0 to 100, and lose no even area's colour; where MIN is"
        " out of reach, no file.",
    ),
    click.option(
        "--posterize",
        type=click.IntRange(0, 4),
        default=0,
        show_default=True,
        metavar="0..4",
        help="Low bits that the palette's channels give up.",
    ),
)
choosing = apply(
    click.option(
        "--score",
        callback=_range_of_score,
        metavar="[MIN-]WANTED",
        help="The smallest file that reaches a SSIMULACRA2 score, as 80: 30 is low, 50 medium, 70"
        " high, 90 no visible difference; where the colours do not reach MIN, no file.",
    ),
    click.option(
        "--price",
        type=click.FloatRange(0, 1),
        callback=finite,
        metavar="0..1",
        help="Choose indices by what they cost: a bit is worth so large a squared distance in"
        " OKLab, as 0.00006.",
    ),
)
