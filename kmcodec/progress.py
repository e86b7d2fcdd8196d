"""Telling how far the work is, and stopping it."""

from __future__ import annotations

import threading
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


class Tally:
    """Work that several threads do together, counted; each can be told to stop.

    Parameters
    ----------
    total : int
        Pieces of work in all.
    progress : Progress, optional
        Called after each step, by one thread at a time, with the share that is done.
    """

    def __init__(self, total: int, progress: Progress | None = None) -> None:
        self._total = max(1, total)
        self._report = reporter(progress)
        self._done = 0
        self._lock = threading.Lock()
        self._stopped = False
        self.cause: BaseException | None = None  # what the progress function raised, if it did

    def add(self, pieces: int) -> None:
        """Count work that is done.

        Raises
        ------
        CancelledError
            The progress function, or ``stop``, asked to stop.
        """
        with self._lock:
            if self._stopped:
                raise CancelledError("stopped")
            self._done += pieces
            try:
                self._report(min(1.0, self._done / self._total))
            except BaseException as error:
                self._stopped, self.cause = True, error
                raise

    def stop(self) -> None:
        """Let the next ``add`` of every thread raise ``CancelledError``."""
        self._stopped = True
