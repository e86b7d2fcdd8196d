"""Telling how far the work is, and stopping it."""

from __future__ import annotations

from collections.abc import Callable

from kmcodec.errors import CancelledError

Progress = Callable[[float], object]  # takes the share that is done, 0 to 1; False stops the work


def reporter(progress: Progress | None) -> Callable[[float], None]:
    """Return a function that passes a share on, and raises where the caller wants to stop."""

    def report(share: float) -> None:
        if progress is not None and progress(share) is False:
            raise CancelledError("stopped, as the progress function asked")

    return report
