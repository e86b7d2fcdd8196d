"""Pictures for a score, for so many bytes, or at a price: indices chosen by what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from kmcodec import files
    from kmcodec.cli._job import Job
    from kmcodec.image import IndexedImage

ASKING = ("score", "price", "max_bytes")
OTHERS = (
    "space",
    "dither",
    "dither_method",
    "palette",
    "shared_palette",
    "keep",
    "keep_rare",
    "importance",
    "quality",
    "posterize",
)
DIGITS = 2  # of a score in reports

Made = tuple[bytes, "IndexedImage", dict[str, Any]]


def asked(wanted: dict[str, Any]) -> bool:
    """Return whether indices are to be chosen; raise ``click.UsageError`` for what excludes it."""
    given = [name for name in ASKING if wanted.get(name) is not None]
    if not given:
        return False
    _refuse(given[0], given[1:])
    context = click.get_current_context()
    default = ParameterSource.DEFAULT
    _refuse(given[0], [n for n in OTHERS if context.get_parameter_source(n) is not default])
    return True


def _refuse(name: str, others: list[str]) -> None:
    """Raise ``click.UsageError`` for the first of the options that exclude another."""
    if others:
        first, second = (f"--{option.replace('_', '-')}" for option in (name, others[0]))
        raise click.UsageError(f"{first} and {second} exclude each other")


def made(
    picture: files.Picture,
    job: Job,
    wanted: dict[str, Any],
    options: dict[str, Any],
    write: Callable[[IndexedImage], bytes],
) -> Made:
    """Return a picture as a file, as an image, and what a report tells beside the image's facts.

    Parameters
    ----------
    picture : Picture
        A single one.
    job : Job
    wanted : dict
        A "score", a "price" or "max_bytes".
    options : dict
        "n_colors", "effort" and "seed".
    write : callable
        Returns the file of an image.
    """
    from kmcodec.choice import choose_indices, compress  # noqa: PLC0415  (most runs need none)
    from kmcodec.quantizer import quantize  # noqa: PLC0415
    from kmcodec.similarity import ssimulacra2  # noqa: PLC0415

    if picture.timing is not None:
        raise click.UsageError("--score, --price and --max-bytes are for single pictures")
    mine = {name: options[name] for name in ("n_colors", "effort", "seed")}
    mine["threads"] = job.threads
    if wanted.get("price") is None:
        found = compress(
            picture.pixels,
            score=wanted.get("score"),
            max_bytes=wanted.get("max_bytes"),
            write=write,
            progress=job.progress,
            **mine,
        )
        facts = {"score": round(found.score, DIGITS), "price": found.price, "why": found.reason}
        return found.data, found.image, facts
    price = wanted["price"]
    image = quantize(picture.pixels, progress=job.progress, **mine)
    image = choose_indices(
        picture.pixels, image, price=price, effort=mine["effort"], threads=job.threads
    )
    score = ssimulacra2(picture.pixels, image, threads=job.threads)
    return write(image), image, {"score": round(score, DIGITS), "price": price}
