"""The frames of a stack as Pillow asks for them: one, or all in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmcodec.codec import KmqFile

if TYPE_CHECKING:
    from kmcodec.container import Limits
    from kmcodec.image import Animation, IndexedImage, Timing


class StackFrames:
    """Gives frames by number. From the second one on, those that are decoded together are kept."""

    def __init__(self) -> None:
        self._file: KmqFile | None = None
        self._kept: Animation | None = None
        self._first = 0

    @property
    def is_open(self) -> bool:
        """Whether the file was read."""
        return self._file is not None

    def open(self, data: bytes, limits: Limits) -> None:
        """Take the whole file."""
        self._file = KmqFile(data, limits=limits)

    def frame(self, number: int) -> IndexedImage:
        """Return a frame, counted from 0."""
        kept = self._kept
        if kept is None or not self._first <= number < self._first + kept.n_frames:
            kept = self._decoded(number, alone=kept is None)
        return kept.frame(number - self._first)

    def _decoded(self, number: int, *, alone: bool) -> Animation:
        """Decode a frame alone, or all that are best decoded with it, and keep them."""
        if self._file is None:
            raise RuntimeError("the file was not read")
        wanted = number, number + 1
        if not alone:
            wanted = next((a, end) for a, end in self._file.groups() if a <= number < end)
        self._kept, self._first = self._file.decode_animation(frames=wanted), wanted[0]
        return self._kept


def milliseconds(timing: Timing, number: int) -> float:
    """Return how long a frame is shown; a whole number as one."""
    ticks = 1000 * timing.durations[number]
    if ticks % timing.ticks_per_second:
        return ticks / timing.ticks_per_second
    return ticks // timing.ticks_per_second
