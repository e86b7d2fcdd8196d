"""The chunks of a PNG (PNG 3rd edition, 5), and a file that holds only some of its parts."""

from __future__ import annotations

import bisect
import io
import itertools
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed import WriteableBuffer

SIGNATURE = b"\x89PNG\r\n\x1a\n"
END = b"\0\0\0\0IEND\xaeB`\x82"
LARGEST_LENGTH = 2**31 - 1  # PNG 5.3
KNOWN_CRITICAL = frozenset((b"IHDR", b"PLTE", b"IDAT", b"IEND"))
SOUGHT = re.compile(b"PLTE|IDAT|IEND|tRNS|gAMA|sRGB|iCCP|cICP|eXIf|pHYs|acTL|fcTL")
LOST = b"\0\0\0\0"  # the kind of what is no chunk
PIECE = 1 << 20  # bytes read at a time
MOST_TRIED = 16  # places where a chunk may begin after damage
MOST_DAMAGED = 8  # places of a file from which a search begins
MOST_SEARCHED = 4  # times the file's size: bytes that searches may checksum
MOST_HELD = 1 << 24  # bytes of a chunk that is held in memory
HEAD = 32  # bytes that are held of every chunk


class PngError(Exception):
    """A PNG cannot be read, for the reason given."""


@dataclass(frozen=True)
class Chunk:
    """A chunk as it stands in a file.

    Attributes
    ----------
    kind : bytes
        Four letters; zeros for bytes that are no chunk.
    start, stop : int
        Where its length begins and its checksum ends, in bytes.
    length : int
        Bytes of its content.
    data : bytes
        Its content where the reader wants it and it has at most 16 MiB; else its first bytes.
    whole : bool
        Whether its checksum is right.
    """

    kind: bytes
    start: int
    stop: int
    length: int
    data: bytes
    whole: bool

    @property
    def name(self) -> str:
        """Its kind as text."""
        return self.kind.decode()

    @property
    def critical(self) -> bool:
        """Whether a picture cannot be shown without it (PNG 5.4).

        An unknown kind with a wrong checksum may be a known one that is damaged.
        """
        return self.kind in KNOWN_CRITICAL or (self.whole and not self.kind[0] & 0x20)

    @property
    def held(self) -> bool:
        """Whether `data` is all of its content."""
        return len(self.data) == self.length


def read_chunks(file: BinaryIO, wanted: frozenset[bytes]) -> Iterator[Chunk]:
    """Yield the chunks of a PNG from its ninth byte on, to IEND or the end of the file.

    Where a length or a kind is damaged, the next chunk that has a right checksum follows. At most
    eight places of a file are searched so, and the work is bounded by its size.

    Parameters
    ----------
    file : binary file
    wanted : frozenset of bytes
        Kinds whose content is held.

    Raises
    ------
    PngError
        What follows is no chunk, or the file ends within it.
    """
    size = file.seek(0, io.SEEK_END)
    position = len(SIGNATURE)
    budget = _Budget(MOST_DAMAGED, MOST_SEARCHED * size + PIECE)
    while position < size:
        found = _chunk_at(file, position, size, wanted)
        lost = found is None or (not found.whole and not _fits(file, found.stop, size))
        if found is None or (lost and found.kind not in KNOWN_CRITICAL):
            found = _next_whole(file, position + 8, size, wanted, budget)
            if found is None:
                raise PngError(f"it ends or is damaged at byte {position}")
            yield Chunk(LOST, position, found.start, found.start - position, b"", whole=False)
        yield found
        if found.kind == b"IEND":
            return
        position = found.stop


def _fits(file: BinaryIO, position: int, size: int) -> bool:
    """Whether a chunk, or the end of the file, may be at a position."""
    file.seek(position)
    header = file.read(8)
    kind, length = header[4:], int.from_bytes(header[:4])
    letters = len(kind) == 4 and kind.isalpha() and kind.isascii()
    ends = letters and length <= LARGEST_LENGTH and position + 12 + length <= size
    return position == size or ends


def _chunk_at(file: BinaryIO, position: int, size: int, wanted: frozenset[bytes]) -> Chunk | None:
    """Return the chunk at a position, or None where there can be none."""
    if position == size or not _fits(file, position, size):
        return None
    file.seek(position)
    length, kind = int.from_bytes(file.read(4)), file.read(4)
    stop = position + 12 + length
    data, crc = _content(file, kind, length, MOST_HELD if kind in wanted else HEAD)
    return Chunk(kind, position, stop, length, data, crc == int.from_bytes(file.read(4)))


@dataclass
class _Budget:
    """What is left for searches of a file: how many, and bytes to checksum."""

    searches: int
    length: int


def _next_whole(
    file: BinaryIO, position: int, size: int, wanted: frozenset[bytes], budget: _Budget
) -> Chunk | None:
    """Return the next chunk of a known kind with a right checksum, if a short search finds one."""
    budget.searches -= 1
    if budget.searches < 0:
        return None
    file.seek(position)
    places = (found.start() for found in SOUGHT.finditer(file.read(PIECE)))
    for place in itertools.islice(places, MOST_TRIED):
        at = max(position, position + place - 4)
        file.seek(at)
        length = int.from_bytes(file.read(4))
        budget.length -= length if at + 12 + length <= size else 0
        if budget.length < 0:
            return None
        found = _chunk_at(file, at, size, wanted)
        if found is not None and found.whole:
            return found
    return None


def _content(file: BinaryIO, kind: bytes, length: int, most: int) -> tuple[bytes, int]:
    """Return a chunk's content, or its head if it has more than `most` bytes, and its checksum."""
    crc, held = zlib.crc32(kind), b""
    if length <= most:
        held = file.read(length)
        return held, zlib.crc32(held, crc)
    for start in range(0, length, PIECE):
        piece = file.read(min(PIECE, length - start))
        held = held or piece[:HEAD]
        crc = zlib.crc32(piece, crc)
    return held, crc


class Parts(io.RawIOBase):
    """A file that reads as some parts of another, followed by a few bytes.

    Parameters
    ----------
    file : binary file
    ranges : list of (int, int)
        Where parts begin and end, ascending.
    tail : bytes
    """

    def __init__(self, file: BinaryIO, ranges: list[tuple[int, int]], tail: bytes) -> None:
        self._file = file
        self._ranges = ranges
        self._tail = tail
        self._begins = [0]
        for start, stop in ranges:
            self._begins.append(self._begins[-1] + stop - start)
        self._size = self._begins[-1] + len(tail)
        self._position = 0

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def seekable(self) -> bool:
        """Return that it can be read from anywhere."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a position."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read up to the end of a part."""
        view = memoryview(buffer)
        part = bisect.bisect_right(self._begins, self._position) - 1
        within = self._position - self._begins[part]
        if part < len(self._ranges):
            start, stop = self._ranges[part]
            self._file.seek(start + within)
            data = self._file.read(min(len(view), stop - start - within))
        else:
            data = self._tail[within : within + len(view)]
        view[: len(data)] = data
        self._position += len(data)
        return len(data)
