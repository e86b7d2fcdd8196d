"""What one decoding may take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec.parallel import resolve_threads
from kmcodec.progress import Tally

if TYPE_CHECKING:
    from kmcodec.coding import PlaneDecoder, Rectangle
    from kmcodec.coding.plane import Indices
    from kmcodec.container import Limits
    from kmcodec.progress import Progress


class Work:
    """What one call may take, and who is told of it."""

    def __init__(self, limits: Limits, threads: int | None, progress: Progress | None) -> None:
        self._limits = limits
        self._allowed = 0  # nanoseconds
        self._progress = progress
        self.threads = resolve_threads(threads)

    def allow(self, nanoseconds: int) -> None:
        """Raise ``LimitError`` if this and all before may take longer than the limits allow."""
        self._allowed += nanoseconds
        self._limits.check_work(self._allowed)

    def asking(self) -> Progress | None:
        """Return what asks whether to stop, before anything of the picture is done."""
        progress = self._progress
        return None if progress is None else lambda _: progress(0.0)

    def decode(self, plane: PlaneDecoder | None, part: Rectangle) -> Indices:
        """Return the indices of a part of a plane; zeros where there is none."""
        if plane is None:
            return np.zeros((part.planes * part.shape[0], part.shape[1]), dtype=np.uint8)
        self.allow(plane.cost(part))
        tally = Tally(part.area, self._progress)
        return plane.decode(part, threads=self.threads, tally=tally)
