"""Animated pictures through Pillow: composited frames, how long each is shown, how often all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmcodec.image import Timing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PIL import Image

MICROSECONDS = 1_000_000  # ticks of a second, where milliseconds are not enough


def frames_of(image: Image.Image) -> Iterator[Image.Image]:
    """Yield an opened picture at each of its frames, loaded; a still one is one frame.

    A PNG's default image that is no frame of its animation is left out.
    """
    first = 1 if getattr(image, "default_image", False) else 0
    for number in range(first, getattr(image, "n_frames", 1)):
        image.seek(number)
        image.load()
        yield image


def plays_of(image: Image.Image) -> int:
    """Return how often a picture's frames are played, all of them read; 0 is for ever.

    A GIF that says nothing plays once, and one that says a number once more than that.
    """
    said = image.info.get("loop")
    if image.format != "GIF":
        return int(said or 0)
    return 1 if said is None else said and said + 1


def timing_of(milliseconds: Sequence[float], plays: int) -> Timing:
    """Return the timing of frames that are shown for so long."""
    if all(float(one).is_integer() for one in milliseconds):
        return Timing(tuple(int(one) for one in milliseconds), loop=plays)
    ticks = tuple(round(one * MICROSECONDS / 1000) for one in milliseconds)
    return Timing(ticks, MICROSECONDS, plays)
