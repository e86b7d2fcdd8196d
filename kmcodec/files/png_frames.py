"""Whether the frames of an animated PNG are whole (PNG 3rd edition, 11.3.6): they are not read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kmcodec.files.png_chunks import Chunk

MOST_FRAMES = 2**31 - 1
KINDS = frozenset((b"acTL", b"fcTL", b"fdAT"))


class Frames:
    """Counts the frames of a PNG, chunk by chunk.

    Parameters
    ----------
    width, height : int
        Of the picture, in pixels.

    Attributes
    ----------
    fault : str
        The first thing that is wrong; empty where nothing is.
    """

    def __init__(self, width: int, height: int) -> None:
        self._size = width, height
        self._declared: int | None = None
        self._controls = 0
        self._next = 0
        self._has_default = False
        self.fault = ""

    def take(self, chunk: Chunk, *, after_pixels: bool) -> None:
        """Check an acTL, fcTL or fdAT chunk."""
        if not chunk.whole:
            self.find(f"the checksum of a chunk {chunk.name} is wrong")
        if chunk.kind == b"acTL":
            self._take_count(chunk, after_pixels=after_pixels)
            return
        if int.from_bytes(chunk.data[:4]) != self._next:
            self.find("its chunks are not in their order")
        self._next += 1
        if chunk.kind == b"fcTL":
            self._controls += 1
            self._has_default |= not after_pixels
            self._check_place(chunk, whole=not after_pixels)

    def _take_count(self, chunk: Chunk, *, after_pixels: bool) -> None:
        """Take the number of frames."""
        count = int.from_bytes(chunk.data[:4])
        if after_pixels or self._declared is not None:
            self.find("its number of frames stands in the wrong place")
        elif chunk.length != 8 or not 1 <= count <= MOST_FRAMES:
            self._declared = 0
            self.find("its number of frames is wrong")
        else:
            self._declared = count

    def _check_place(self, chunk: Chunk, *, whole: bool) -> None:
        """Check that a frame lies within the picture; the default image is all of it."""
        numbers = [int.from_bytes(chunk.data[at : at + 4]) for at in (4, 8, 12, 16)]
        width, height, left, top = numbers
        fits = left + width <= self._size[0] and top + height <= self._size[1]
        if chunk.length != 26 or not (width and height and fits):
            self.find("a frame lies outside the picture")
        elif whole and (width, height) != self._size:
            self.find("its first frame is not the whole picture")

    def find(self, fault: str) -> None:
        """Note a fault, unless there was one before."""
        self.fault = self.fault or fault

    def close(self) -> int:
        """Return the number of frames, the default image among them; more than there may be."""
        if self._declared is None:
            self.fault = ""  # without acTL, nothing is an animation
            return 1
        if self._controls != self._declared:
            self.find(f"it has {self._controls} of {self._declared} frames")
        return max(1, max(self._controls, self._declared) + (not self._has_default))
