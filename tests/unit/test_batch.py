"""Many jobs: how far they are, and stopping them."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress

from kmcodec import CancelledError, quantize
from kmcodec.cli import _batch, _jobs


def job(name: str) -> _jobs.Job:
    """Return a job whose input has a name."""
    return _jobs.Job(Path(name), None, 1)


def test_the_bar_shows_the_sum_of_all_shares():
    """The bar has one part for each job, filled by the sum of their shares."""
    bar = Progress(console=Console(quiet=True))
    wanted = threading.Event()
    wanted.set()
    shares = _batch._Shares(2, wanted, bar)
    first, second = shares.watch(job("a"), 0), shares.watch(job("b"), 1)
    assert first.progress(0.5)
    assert second.progress(0.25)
    assert bar.tasks[0].completed == 0.75
    assert bar.tasks[0].total == 2


@pytest.mark.parametrize("command", ["encode", "verify"])
def test_an_unreadable_subfolder_is_one_line(run, tmp_path, monkeypatch, command):
    """A folder that may not be listed gives one line and exit code 3."""
    real = os.scandir

    def refuse(path):
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    (tmp_path / "locked").mkdir()
    monkeypatch.setattr(os, "scandir", refuse)
    done = run(command, tmp_path)
    assert done.code == 3
    assert done.err == f"kmcodec: cannot read folder {tmp_path / 'locked'}: Permission denied\n"


def test_a_working_folder_that_is_gone_is_one_line(run, monkeypatch):
    """A working folder that was removed gives one line and exit code 3."""

    def gone():
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(os, "getcwd", gone)
    done = run("encode", "a.png")
    assert done.code == 3
    assert done.err == "kmcodec: cannot find a.png: No such file or directory\n"


def test_work_that_nobody_wants_stops(photo):
    """Once interrupted, the quantizer is told so at its next step."""
    wanted = threading.Event()
    watched = _batch._Shares(1, wanted, None).watch(job("a"), 0)
    with pytest.raises(CancelledError):
        quantize(photo, n_colors=9, progress=watched.progress)
