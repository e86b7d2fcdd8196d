"""The section that says when the frames of a stack are shown (spec 4.4)."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from kmcodec import container
from kmcodec.errors import FormatError, InputError
from kmcodec.image import Timing
from kmcodec.varint import read_varint, write_varint

if TYPE_CHECKING:
    from kmcodec.container import Container


def build_timing(timing: Timing) -> bytes:
    """Return the section's payload: loop, ticks per second, runs of equal durations."""
    out = bytearray(write_varint(timing.loop) + write_varint(timing.ticks_per_second))
    for duration, run in itertools.groupby(timing.durations):
        out += write_varint(len(list(run)) - 1) + write_varint(duration)
    return bytes(out)


def parse_timing(payload: memoryview, n_frames: int) -> Timing | None:
    """Return the timing of so many frames, or None for a payload that is not so."""
    durations: list[int] = []
    try:
        loop, at = read_varint(payload, 0, "loop")
        ticks, at = read_varint(payload, at, "ticks per second")
        while len(durations) < n_frames:
            more, at = read_varint(payload, at, "frames of a run")
            duration, at = read_varint(payload, at, "duration")
            if more >= n_frames - len(durations):
                return None
            durations += [duration] * (more + 1)
        timing = Timing(tuple(durations), ticks, loop)
    except (IndexError, FormatError, InputError):
        return None
    return timing if at == len(payload) else None


def read_timing(parsed: Container) -> Timing | None:
    """Return the timing that a stack's file says, or None."""
    payload = parsed.find(container.SECTION_FRAMES)
    if payload is None or parsed.header.planes == 1:
        return None
    return parse_timing(payload, parsed.header.planes)
