"""Many jobs: how far they are, and stopping them."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress

from kmcodec import CancelledError, quantize
from kmcodec.cli import _batch, _jobs


def job(name: str) -> _jobs.Job:
    return _jobs.Job(Path(name), None, 1)


def test_the_bar_shows_the_sum_of_all_shares():
    bar = Progress(console=Console(quiet=True))
    wanted = threading.Event()
    wanted.set()
    shares = _batch._Shares(2, wanted, bar)
    first, second = shares.watch(job("a"), 0), shares.watch(job("b"), 1)
    assert first.progress(0.5)
    assert second.progress(0.25)
    assert bar.tasks[0].completed == 0.75
    assert bar.tasks[0].total == 2


def test_work_that_nobody_wants_stops(photo):
    """Once interrupted, the quantizer is told so at its next step."""
    wanted = threading.Event()
    watched = _batch._Shares(1, wanted, None).watch(job("a"), 0)
    with pytest.raises(CancelledError):
        quantize(photo, n_colors=9, progress=watched.progress)
