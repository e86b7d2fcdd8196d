"""The effort scale that the quantizer and the index coders share."""

from __future__ import annotations

from kmcodec.errors import InputError

DEFAULT_EFFORT = 5
LARGEST_EFFORT = 9


def check_effort(effort: int) -> int:
    """Return an effort from 1 (quick) to 9 (thorough), or raise ``InputError``."""
    if effort not in range(1, LARGEST_EFFORT + 1):
        raise InputError(f"effort is {effort}, it may be 1 to {LARGEST_EFFORT}")
    return int(effort)
