"""Checks of options that several rooms share; each returns a plain Python number."""

from __future__ import annotations

import operator
from numbers import Real
from typing import Any, Literal, get_args

from kmcodec.errors import InputError

# What options are called, where the command line finds it without NumPy.
Space = Literal["oklab", "srgb"]
SPACES: tuple[str, ...] = get_args(Space)
DitherMethod = Literal["diffusion", "blue-noise"]
DITHER_METHODS: tuple[str, ...] = get_args(DitherMethod)
Coding = Literal["auto", "packed", "deflate", "mixed"]
CODINGS: tuple[str, ...] = get_args(Coding)
MAX_COLORS = 65536  # entries of a palette or codebook

DEFAULT_EFFORT = 5
LARGEST_EFFORT = 9
MAX_SEED = (1 << 32) - 1


def check_integer(value: object, low: int, high: int, name: str) -> int:
    """Return a whole number of any integer type, or raise ``InputError`` naming the option."""
    try:
        number = operator.index(value)  # type: ignore[arg-type]  # the point is to find out
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise InputError(f"{name} is {value!r}, expected a whole number from {low} to {high}")
    if not low <= number <= high:
        raise InputError(f"{name} is {number}, it may be {low} to {high}")
    return number


def refuse_mask(values: object, name: str) -> None:
    """Raise ``InputError`` for a masked array with masked elements, whose values mean nothing."""
    mask: Any = getattr(values, "mask", None)
    if not (hasattr(values, "filled") and hasattr(mask, "sum")):
        return
    count = int(mask.sum())
    if count:
        raise InputError(
            f"{name} has {count} masked element{'s' if count > 1 else ''}, which no file keeps:"
            " fill them first, as with array.filled(0)"
        )


def check_effort(effort: int) -> int:
    """Return an effort from 1 (quick) to 9 (thorough), or raise ``InputError``."""
    return check_integer(effort, 1, LARGEST_EFFORT, "effort")


def check_share(value: float, name: str) -> float:
    """Return a number from 0 to 1, or raise ``InputError``."""
    if isinstance(value, bool) or not (isinstance(value, Real) and 0 <= value <= 1):
        raise InputError(f"{name} is {value!r}, it may be 0 to 1")
    return float(value)
