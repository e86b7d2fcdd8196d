"""Replacing PNGs by smaller palette PNGs, as a hook on every commit may: never twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kmcodec.cli import _batch
from kmcodec.cli._report import colors_text
from kmcodec.errors import QualityError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kmcodec.cli._job import Job
    from kmcodec.files import Picture

SUFFIX = ".png"


def check_alone(output: str | None, tag: str | None, suffix: str) -> None:
    """Raise ``click.UsageError`` for options that send outputs elsewhere."""
    if output is not None or tag is not None or f".{suffix}" != SUFFIX:
        raise click.UsageError("--in-place excludes --output, --suffix and --format")


def check_needed(picture: Picture, n_colors: int) -> None:
    """Raise ``Declined`` for a picture that is quantized already or has more to lose than colours.

    Parameters
    ----------
    picture : Picture
    n_colors : int
        Entries of a palette that needs no quantizing, at most.
    """
    own = picture.indexed
    if own is not None and own.n_colors <= n_colors:
        reason = f"it has a palette of {colors_text(own.n_colors)} already"
        raise _batch.Declined(0, reason, "with a palette already")
    if picture.notes:
        reason = f"more than colours would be lost: {'; '.join(picture.notes)}"
        raise _batch.Declined(0, reason, "with more to lose than colours")


def check_one_frame(picture: Picture) -> None:
    """Raise ``Declined`` for an animation, whose frames are not replaced by others."""
    if picture.frames > 1:
        which = "its first frame" if picture.timing is None else "quantized ones"
        raise _batch.Declined(
            _batch.EXIT_OUTPUT,
            f"{which} would replace all {picture.frames} frames; -o writes elsewhere",
            "animated",
        )


def leaving(
    work: Callable[[Job], _batch.Report],
) -> Callable[[Job], _batch.Report]:
    """Return work that succeeds, with a reason, where a picture is better left as it is."""

    def attempt(job: Job) -> _batch.Report:
        try:
            return work(job)
        except _batch.Declined as declined:
            raise _batch.Declined(0, str(declined), declined.why) from declined
        except QualityError as error:
            raise _batch.Declined(0, str(error), "below the least quality") from error

    return attempt
