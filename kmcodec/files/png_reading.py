"""What a PNG says beside its pixels, read chunk by chunk; damage there costs no pixels.

Pillow reads the critical chunks alone, byte for byte. What others say is read here: it refuses
a whole file for a faulty text, and takes the transparent level of 1, 2 and 4 bits for one of 8.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from kmcodec.files.png_ancillary import KINDS, Ancillary, ChunkError
from kmcodec.files.png_chunks import END, LOST, SIGNATURE, Chunk, Parts, PngError, read_chunks
from kmcodec.files.png_frames import KINDS as FRAME_KINDS
from kmcodec.files.png_frames import Frames

MOST_NOTES = 8
BEFORE_PIXELS = frozenset((b"tRNS", b"gAMA", b"sRGB", b"iCCP", b"cICP"))
MANY = frozenset((b"tEXt", b"zTXt", b"iTXt"))  # of the others a file has one


@dataclass
class PngPicture:
    """A PNG ready for Pillow, and what its other chunks say.

    Attributes
    ----------
    file : binary file
        A PNG of the critical chunks.
    width, height : int
    info : dict
        As ``Ancillary`` has it.
    frames : int
        Frames, the default image among them.
    faulty : bool
        Whether the others are not whole.
    notes : list of str
        What was ignored.
    """

    file: BinaryIO
    width: int
    height: int
    info: dict[str, Any] = field(default_factory=dict)
    frames: int = 1
    faulty: bool = False
    notes: list[str] = field(default_factory=list)


def is_png(file: BinaryIO) -> bool:
    """Whether a file begins as a PNG does; it stands at its beginning afterwards."""
    found = file.read(len(SIGNATURE)) == SIGNATURE
    file.seek(0)
    return found


def open_png(file: BinaryIO) -> PngPicture:
    """Read all of a PNG but its pixels.

    Raises
    ------
    PngError
        A critical chunk is damaged, or the file is before its pixels end.
    """
    reader = _Reader(file)
    chunks = read_chunks(file, KINDS | FRAME_KINDS - {b"fdAT"})
    try:
        for chunk in chunks:
            reader.take(chunk)
    except PngError:
        if not reader.has_pixels:
            raise
        reader.end_early()
    return reader.close()


class _Reader:
    """Sorts the chunks of a PNG."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._ranges = [(0, len(SIGNATURE))]
        self._picture: PngPicture | None = None
        self._ancillary = Ancillary(0, 0)
        self._frames = Frames(0, 0)
        self._last = b""
        self._seen: set[bytes] = set()
        self._notes: dict[str, None] = {}
        self._has_palette = False
        self._pixels_ended = False
        self.has_pixels = False

    @property
    def picture(self) -> PngPicture:
        """What was read, after IHDR."""
        if self._picture is None:
            raise PngError("it has no chunks")
        return self._picture

    def note(self, text: str) -> None:
        """Take a note, once."""
        self._notes[text] = None

    def end_early(self) -> None:
        """Note that what follows the pixels cannot be read."""
        self.note("what follows the pixels is damaged: it was ignored")
        self._frames.find("its end is missing")

    def take(self, chunk: Chunk) -> None:
        """Keep a critical chunk for Pillow, or read what another one says."""
        if chunk.kind == b"IHDR" or self._picture is None:
            self._begin(chunk)
            return
        self._pixels_ended |= self.has_pixels and chunk.kind != b"IDAT"
        if chunk.critical:
            self._take_critical(chunk)
        elif chunk.kind in FRAME_KINDS:
            self._frames.take(chunk, after_pixels=self.has_pixels)
        else:
            self._take_ancillary(chunk)
        self._last = chunk.kind

    def _begin(self, chunk: Chunk) -> None:
        """Read IHDR."""
        if self._picture is not None or chunk.kind != b"IHDR" or chunk.length != 13:
            raise PngError("its first chunk is not IHDR, or there is a second")
        if not chunk.whole:
            raise PngError("the checksum of its chunk IHDR is wrong")
        width, height = int.from_bytes(chunk.data[:4]), int.from_bytes(chunk.data[4:8])
        self._ancillary = Ancillary(*chunk.data[8:10])
        self._picture = PngPicture(self._file, width, height, self._ancillary.info)
        self._frames = Frames(width, height)
        self._keep(chunk)

    def _take_critical(self, chunk: Chunk) -> None:
        """Keep a chunk; pixels are one run of them."""
        if chunk.kind == b"IEND":
            if not chunk.whole:
                self.note("the checksum of the chunk IEND is wrong: it was ignored")
        elif not chunk.whole:
            raise PngError(f"the checksum of its chunk {chunk.name} at {chunk.start} is wrong")
        elif chunk.kind == b"IDAT" and self._pixels_ended:
            self.note("chunks IDAT that are apart from the first were ignored")
        elif chunk.kind == b"IDAT" or not self.has_pixels:
            self._has_palette |= chunk.kind == b"PLTE"
            self.has_pixels |= chunk.kind == b"IDAT"
            self._keep(chunk)

    def _keep(self, chunk: Chunk) -> None:
        """Add a chunk to what Pillow reads."""
        start, stop = self._ranges[-1]
        if stop == chunk.start:
            self._ranges[-1] = start, chunk.stop
        else:
            self._ranges.append((chunk.start, chunk.stop))

    def _take_ancillary(self, chunk: Chunk) -> None:
        """Read a chunk, or note why it is of no use."""
        if chunk.kind == LOST:
            self.note(f"{chunk.length:,} bytes are damaged: they were ignored")
            return
        reason = self._reason_against(chunk)
        if not reason and chunk.kind in KINDS:
            try:
                self._ancillary.read(chunk.kind, chunk.data)
                self._seen |= {chunk.kind} - MANY
            except ChunkError as error:
                reason = str(error)
        if reason:
            self.note(f"a chunk {chunk.name} {reason}: it was ignored")

    def _reason_against(self, chunk: Chunk) -> str:
        """Return why a chunk should not be read, if there is a reason."""
        if not chunk.whole:
            return "has a wrong checksum"
        if chunk.kind not in KINDS:
            return ""
        if chunk.kind in BEFORE_PIXELS and self.has_pixels:
            return "stands after the pixels"
        if chunk.kind in self._seen:
            return "is there twice"
        return "" if chunk.held else f"has {chunk.length:,} bytes"

    def close(self) -> PngPicture:
        """Return what was read."""
        picture = self.picture
        if not self.has_pixels:
            raise PngError("it has no pixels")
        if self._ancillary.indexed and not self._has_palette:
            raise PngError("it has no palette")
        if self._last != b"IEND" and not self._notes:
            self.note("the file ends without a chunk IEND")
        picture.file = io.BufferedReader(Parts(self._file, self._ranges, END))
        picture.frames = self._frames.close()
        picture.faulty = bool(self._frames.fault)
        notes = list(self._notes)
        picture.notes = notes[:MOST_NOTES]
        if len(notes) > MOST_NOTES:
            picture.notes.append(f"{len(notes) - MOST_NOTES} more kinds of damage were ignored")
        if picture.faulty:
            picture.notes.append(
                f"the animation is damaged, {self._frames.fault}: its default image was used"
            )
        return picture
