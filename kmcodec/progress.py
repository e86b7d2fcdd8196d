"""Telling how far the work is, and stopping it."""

from __future__ import annotations

from collections.abc import Callable

from kmcodec.errors import CancelledError

Progress = Callable[[float], object]  # takes the share that is done, 0 to 1; False stops the work


def reporter(progress: Progress | None) -> Callable[[float], None]:
    """Return a function that passes a share on, never a lower one, and raises to stop the work."""
    most = 0.0

    def report(share: float) -> None:
        nonlocal most
        most = max(most, share)
        if progress is not None and progress(most) is False:
            raise CancelledError("stopped, as the progress function asked")

    return report
