"""The most colours with which a file has no more than so many bytes."""

from __future__ import annotations

from dataclasses import replace
from math import isqrt
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kmcodec.errors import LimitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kmcodec.cli._job import Job

FEWEST = 2
NEAR = 16  # the colours found may be a part so great too few
ATTEMPTS = 8  # about, for a progress bar
EXCLUDED = ("palette", "shared_palette", "quality", "score", "price")

T = TypeVar("T")


def check_alone(given: dict[str, Any]) -> None:
    """Raise ``click.UsageError`` for options that settle the number of colours, too."""
    for name in EXCLUDED:
        if given[name] not in (None, False):
            raise click.UsageError(f"--max-bytes and --{name.replace('_', '-')} exclude each other")


def most_colors(
    make: Callable[[int, Job], tuple[bytes, T]], job: Job, n_colors: int, max_bytes: int | None
) -> tuple[bytes, T, int]:
    """Return a file of the most colours that it may have, and their number.

    Parameters
    ----------
    make : callable
        Returns a file of so many colours at most, and what else is to be known of it.
    job : Job
    n_colors : int
        The most colours that are asked for.
    max_bytes : int, optional
        What the file may have; None is any.

    Raises
    ------
    LimitError
        The file is larger with two colours.
    """
    data, other = make(n_colors, job)
    if max_bytes is None or len(data) <= max_bytes:
        return data, other, n_colors
    attempts = 1

    def attempt(count: int) -> tuple[bytes, T]:
        nonlocal attempts
        attempts += 1
        done = min(attempts, ATTEMPTS) / (ATTEMPTS + 1)
        return make(count, replace(job, progress=lambda _share: job.progress(done)))

    too_many, enough = n_colors, FEWEST
    data, other = attempt(enough)
    if len(data) > max_bytes:
        raise LimitError(
            f"with {enough} colours it takes {len(data):,} bytes, --max-bytes allows {max_bytes:,}"
        )
    while too_many - enough > 1 + enough // NEAR:
        middle = max(enough + 1, isqrt(enough * too_many))
        found = attempt(middle)
        if len(found[0]) > max_bytes:
            too_many = middle
        else:
            enough = middle
            data, other = found
    return data, other, enough


def notes(count: int, n_colors: int) -> tuple[str, ...]:
    """Return what is to be said of colours that --max-bytes took."""
    return (f"--max-bytes leaves room for {count} colours",) if count < n_colors else ()
