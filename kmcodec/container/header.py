"""The signature and the header (spec 2, 3), and the limits that they are held against."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from kmcodec.container.signature import SIGNATURE
from kmcodec.errors import FormatError, LimitError, TruncatedError, UnsupportedError
from kmcodec.options import check_integer
from kmcodec.varint import write_varint

if TYPE_CHECKING:
    from kmcodec.container.reader import Reader

MAJOR = 0  # spec 2.2
MINOR = 1

FLAG_CHANNELS = 0x03  # spec 3.1
FLAG_BLOCK = 0x04
FLAG_AUTHORED = 0x08
FLAG_STACK = 0x10
FLAGS_KNOWN = FLAG_CHANNELS | FLAG_BLOCK | FLAG_AUTHORED | FLAG_STACK

LARGEST_SIDE = (1 << 31) - 1  # spec 3.2
LARGEST_COLORS = 65536
LARGEST_BLOCK_SIDE = 65536
LARGEST_VARINT = (1 << 63) - 1


@dataclass(frozen=True)
class Header:
    """What the header says (spec 3).

    Attributes
    ----------
    width, height : int
        Pixels, 1 to 2**31 - 1; in a stack, of each plane.
    channels : int
        1 to 4.
    n_colors : int
        Codebook entries, 1 to 65536.
    authored : bool
        The palette's order and the indices carry meaning.
    block : (int, int)
        Height and width of a codebook entry in pixels; (1, 1) for a palette.
    planes : int
        Of a stack, whose rows are 2**31 - 1 together at most; 1 for a picture.
    version : (int, int)
        Major and minor version of the format.
    """

    width: int
    height: int
    channels: int
    n_colors: int
    authored: bool = False
    block: tuple[int, int] = (1, 1)
    planes: int = 1
    version: tuple[int, int] = (MAJOR, MINOR)


@dataclass(frozen=True)
class Limits:
    """What a decoder is willing to allocate.

    Attributes
    ----------
    max_pixels : int
        Width times height, times the planes of a stack; by default what Pillow refuses as a
        decompression bomb.
    max_bytes : int
        Bytes of the decoded pixels or array, and of the palette or the codebook of blocks. What
        lists an array's values may take twice as many.
    max_colors : int
        Entries of the palette or codebook.
    max_sections : int
        Sections of the file, known or not. The format allows 33.
    max_seconds : int
        What decoding may take one processor, as the header and the index coder's model bound it:
        an estimate on the safe side for a processor of about the year 2020, not a clock, so that
        the same file is accepted or refused everywhere.
    """

    max_pixels: int = 178_956_970
    max_bytes: int = 4 * 178_956_970
    max_colors: int = LARGEST_COLORS
    max_sections: int = 64
    max_seconds: int = 600

    def __post_init__(self) -> None:
        """Check that the limits are numbers."""
        for field in fields(self):
            check_integer(getattr(self, field.name), 0, LARGEST_VARINT, field.name)

    def check(self, header: Header) -> None:
        """Raise ``LimitError`` if the picture is larger than these limits."""
        if header.n_colors > self.max_colors:
            raise LimitError(f"{header.n_colors} colours, the limit is {self.max_colors}")
        pixels = header.width * header.height * header.planes
        if pixels > self.max_pixels:
            planes = f" in each of {header.planes} planes" * (header.planes > 1)
            raise LimitError(
                f"the picture has {header.width} x {header.height} pixels{planes},"
                f" the limit is {self.max_pixels} in all"
            )
        if header.authored and header.height <= header.block[0]:  # a list, which is laid out whole
            pixels = -(-header.width // header.block[1]) * header.block[0] * header.block[1]
            if pixels > self.max_pixels:
                raise LimitError(
                    f"the list's blocks have {pixels} pixels, the limit is {self.max_pixels} in all"
                )
        size = pixels * header.channels
        if size > self.max_bytes:
            raise LimitError(f"the pixels take {size} bytes, the limit is {self.max_bytes}")
        self.check_codebook(header)

    def check_codebook(self, header: Header) -> None:
        """Raise ``LimitError`` if the codebook alone is larger than these limits."""
        entry = header.channels * header.block[0] * header.block[1]
        if header.n_colors * entry > self.max_bytes:
            raise LimitError(
                f"the codebook takes {header.n_colors * entry} bytes, the limit is {self.max_bytes}"
            )

    def check_array(self, size: int) -> None:
        """Raise ``LimitError`` if an array of so many bytes is larger than these limits."""
        if size > self.max_bytes:
            raise LimitError(f"the array takes {size} bytes, the limit is {self.max_bytes}")

    def check_lists(self, size: int) -> None:
        """Raise ``LimitError`` if so many bytes list more values than an array may have."""
        if size > 2 * self.max_bytes:
            most = 2 * self.max_bytes
            raise LimitError(
                f"the array's values and tables have {size} bytes, the limit is {most}"
            )

    def check_sections(self, count: int) -> None:
        """Raise ``LimitError`` if a file has more sections than these limits allow."""
        if count > self.max_sections:
            raise LimitError(f"more than {self.max_sections} sections, which is the limit")

    def check_work(self, nanoseconds: int) -> None:
        """Raise ``LimitError`` if decoding may take longer than these limits allow."""
        if nanoseconds > self.max_seconds * 1_000_000_000:
            raise LimitError(
                f"decoding may take {-(-nanoseconds // 1_000_000_000)} seconds,"
                f" the limit is {self.max_seconds}"
            )


DEFAULT_LIMITS = Limits()


def build_header(header: Header) -> bytes:
    """Return the signature and the header."""
    block = header.block != (1, 1)
    flags = header.channels - 1
    flags |= FLAG_BLOCK * block | FLAG_AUTHORED * header.authored
    flags |= FLAG_STACK * (header.planes > 1)
    fields = [header.width, header.height, header.n_colors - 1]
    if block:
        fields += [header.block[0] - 1, header.block[1] - 1]
    if header.planes > 1:
        fields.append(header.planes - 1)
    start = SIGNATURE + bytes([header.version[0] << 4 | header.version[1], flags])
    return start + b"".join(map(write_varint, fields))


def _bounded(value: int, largest: int, what: str, offset: int) -> int:
    """Return value + 1 for a field stored less one, checked."""
    if value + 1 > largest:
        raise FormatError(f"{what} is {value + 1}, it may be 1 to {largest}", offset=offset)
    return value + 1


def _parse_planes(reader: Reader, flags: int, height: int) -> int:
    """Read how many planes a stack has."""
    start = reader.position
    planes = _bounded(reader.varint("planes"), LARGEST_SIDE // height, "planes", start)
    if planes == 1:
        raise FormatError("a stack has two planes or more", offset=start)
    if flags & FLAG_BLOCK:
        raise FormatError("a stack has no blocks", offset=start)
    return planes


def parse_header(reader: Reader) -> Header:
    """Read the signature and the header (spec 2, 3)."""
    if bytes(reader.data[:4]) != SIGNATURE:
        if SIGNATURE.startswith(bytes(reader.data[:4])):
            raise TruncatedError(f"the file ends after {len(reader.data)} bytes", offset=0)
        raise FormatError(
            f"not a .kmq file: it begins with {bytes(reader.data[:4]).hex(' ')},"
            f" expected {SIGNATURE.hex(' ')}",
            offset=0,
        )
    reader.position = 4
    version = divmod(reader.byte("version"), 16)
    if version != (MAJOR, MINOR):  # before 1.0 every minor version may change everything
        raise UnsupportedError(
            f"the file has format version {version[0]}.{version[1]},"
            f" this decoder reads version {MAJOR}.{MINOR}"
        )
    flags = reader.byte("flags")
    if flags & ~FLAGS_KNOWN:
        raise FormatError(f"reserved flags are set: 0x{flags & ~FLAGS_KNOWN:02x}", offset=5)
    sizes: list[int] = []
    for what in ("width", "height"):
        start = reader.position
        size = reader.varint(what)
        if not 1 <= size <= LARGEST_SIDE:
            raise FormatError(f"{what} is {size}, it may be 1 to {LARGEST_SIDE}", offset=start)
        sizes.append(size)
    start = reader.position
    n_colors = _bounded(reader.varint("colours"), LARGEST_COLORS, "colours", start)
    block = (1, 1)
    if flags & FLAG_BLOCK:
        sides = []
        for what in ("block height", "block width"):
            start = reader.position
            sides.append(_bounded(reader.varint(what), LARGEST_BLOCK_SIDE, what, start))
        block = (sides[0], sides[1])
        if block == (1, 1):
            raise FormatError("a block of 1 x 1 is stored without the block flag", offset=start)
    planes = _parse_planes(reader, flags, sizes[1]) if flags & FLAG_STACK else 1
    channels = (flags & FLAG_CHANNELS) + 1
    return Header(
        width=sizes[0],
        height=sizes[1],
        channels=channels,
        n_colors=n_colors,
        authored=bool(flags & FLAG_AUTHORED),
        block=block,
        planes=planes,
        version=(version[0], version[1]),
    )
