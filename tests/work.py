"""What tests spend: work that is counted, not timed, and how many cases are tried by default."""

from __future__ import annotations

import sys
import tracemalloc
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

# how far apart the places of a file are that a test damages: all of them where there is time
STEPS = [pytest.param(37, id="some"), pytest.param(1, marks=pytest.mark.exhaustive, id="every")]


@dataclass
class Work:
    """What a block of code took: calls of functions, in Python or in C, and bytes at its peak."""

    calls: int = 0
    peak: int = 0


@contextmanager
def counted() -> Iterator[Work]:
    """Count the work of a block in this thread; the figures are there when it has ended."""
    work = Work()

    def note(_frame: object, event: str, _argument: object) -> None:
        work.calls += event in ("call", "c_call")

    tracemalloc.start()
    sys.setprofile(note)
    try:
        yield work
    finally:
        sys.setprofile(None)
        work.peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
