"""The ``.kmq`` container: signature, header, checked sections (spec 2 to 4).

    signature  8F 4B 4D 51
    version    major << 4 | minor
    flags      channels - 1, block, authored
    width, height, n_colors - 1, [block height - 1, block width - 1]     varints
    sections   tag, length (varint), payload, CRC-32

A checksum covers every byte since the previous checksum, or since the start of the file. The
section tagged "last" ends the file. Nothing here knows pixels.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from kmcodec.errors import FormatError, LimitError, TruncatedError, UnsupportedError

SIGNATURE = b"\x8fKMQ"  # spec 2.1
MAJOR = 0  # spec 2.2
MINOR = 1

FLAG_CHANNELS = 0x03  # spec 3.1
FLAG_BLOCK = 0x04
FLAG_AUTHORED = 0x08
FLAGS_KNOWN = FLAG_CHANNELS | FLAG_BLOCK | FLAG_AUTHORED

TAG_ANCILLARY = 0x80  # spec 4.1
TAG_LAST = 0x40
TAG_RESERVED = 0x20
TAG_KIND = 0x1F

SECTION_PALETTE = 0x01  # spec 4.3
SECTION_INDICES = 0x02
SECTION_ICC = 0x81  # spec 4.4
SECTION_EXIF = 0x82
SECTION_XMP = 0x83
SECTION_FACTS = 0x84
SECTION_NAMES = {
    SECTION_PALETTE: "palette",
    SECTION_INDICES: "indices",
    SECTION_ICC: "icc",
    SECTION_EXIF: "exif",
    SECTION_XMP: "xmp",
    SECTION_FACTS: "facts",
}

LARGEST_SIDE = (1 << 31) - 1  # spec 3.2
LARGEST_COLORS = 65536
LARGEST_BLOCK_SIDE = 65536
LARGEST_VARINT = (1 << 63) - 1  # spec 2.3
CHECKSUM_SIZE = 4


@dataclass(frozen=True)
class Limits:
    """What a decoder is willing to allocate.

    Attributes
    ----------
    max_pixels : int
        Width times height; by default what Pillow refuses as a decompression bomb.
    max_bytes : int
        Bytes of the decoded pixels.
    """

    max_pixels: int = 178_956_970
    max_bytes: int = 4 * 178_956_970

    def check(self, header: Header) -> None:
        """Raise ``LimitError`` if the picture is larger than these limits."""
        pixels = header.width * header.height
        if pixels > self.max_pixels:
            raise LimitError(
                f"the picture has {header.width} x {header.height} pixels,"
                f" the limit is {self.max_pixels} in all"
            )
        size = pixels * header.channels
        if size > self.max_bytes:
            raise LimitError(f"the pixels take {size} bytes, the limit is {self.max_bytes}")
        entry = header.channels * header.block[0] * header.block[1]
        if header.n_colors * entry > self.max_bytes:
            raise LimitError(
                f"the codebook takes {header.n_colors * entry} bytes, the limit is {self.max_bytes}"
            )


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class Header:
    """What the header says (spec 3).

    Attributes
    ----------
    width, height : int
        Pixels, 1 to 2**31 - 1.
    channels : int
        1 to 4.
    n_colors : int
        Codebook entries, 1 to 65536.
    authored : bool
        The palette's order and the indices carry meaning.
    block : (int, int)
        Height and width of a codebook entry in pixels; (1, 1) for a palette.
    version : (int, int)
        Major and minor version of the format.
    """

    width: int
    height: int
    channels: int
    n_colors: int
    authored: bool = False
    block: tuple[int, int] = (1, 1)
    version: tuple[int, int] = (MAJOR, MINOR)


@dataclass(frozen=True)
class Section:
    """A typed payload and where it stands in the file."""

    tag: int
    payload: memoryview
    offset: int

    @property
    def name(self) -> str:
        """The section's name, or its number if this version does not know it."""
        return SECTION_NAMES.get(self.tag, f"0x{self.tag:02x}")

    @property
    def is_ancillary(self) -> bool:
        """Whether a decoder that does not know the section skips it."""
        return bool(self.tag & TAG_ANCILLARY)


@dataclass(frozen=True)
class Container:
    """A header and its sections, in file order."""

    header: Header
    sections: tuple[Section, ...]

    def find(self, tag: int) -> memoryview | None:
        """Return the payload of a section, or None."""
        return next((s.payload for s in self.sections if s.tag == tag), None)


def build_varint(value: int) -> bytes:
    """Return an unsigned number in groups of 7 bits, lowest first (spec 2.3)."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


class _Reader:
    """A position in the file, and what to say when the file ends there."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.position = 0
        self.checked = 0  # every byte before this one is covered by a checksum

    def take(self, count: int, what: str) -> memoryview:
        """Return the next `count` bytes."""
        end = self.position + count
        if end > len(self.data):
            raise TruncatedError(
                f"the file ends after {len(self.data)} bytes, within the {what},"
                f" which needs {count} bytes",
                offset=self.position,
            )
        taken = self.data[self.position : end]
        self.position = end
        return taken

    def byte(self, what: str) -> int:
        """Return the next byte."""
        return self.take(1, what)[0]

    def varint(self, what: str) -> int:
        """Return the next varint, which must be in its shortest form (spec 2.3)."""
        start = self.position
        value = shift = 0
        while True:
            byte = self.byte(what)
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
            if shift > 56:
                raise FormatError(f"{what} is longer than 9 bytes", offset=start)
        if byte == 0 and shift > 7:
            raise FormatError(f"{what} is not in its shortest form", offset=start)
        return value

    def checksum(self, what: str) -> None:
        """Read a checksum and compare it with the bytes since the previous one (spec 4.2)."""
        expected = zlib.crc32(self.data[self.checked : self.position])
        start = self.position
        found = int.from_bytes(self.take(CHECKSUM_SIZE, f"checksum of the {what}"), "little")
        if found != expected:
            raise FormatError(
                f"checksum is {found:08x}, the bytes before it give {expected:08x}",
                offset=start,
                section=what,
            )
        self.checked = self.position


def build(header: Header, sections: list[tuple[int, bytes]]) -> bytes:
    """Return the file of a header and its (tag, payload) sections, the last one marked."""
    block = header.block != (1, 1)
    flags = header.channels - 1
    flags |= FLAG_BLOCK * block | FLAG_AUTHORED * header.authored
    fields = [header.width, header.height, header.n_colors - 1]
    if block:
        fields += [header.block[0] - 1, header.block[1] - 1]
    pending = SIGNATURE + bytes([header.version[0] << 4 | header.version[1], flags])
    pending += b"".join(map(build_varint, fields))
    out = []
    for number, (tag, payload) in enumerate(sections, start=1):
        last = TAG_LAST if number == len(sections) else 0
        pending += bytes([tag | last]) + build_varint(len(payload)) + payload
        out += [pending, zlib.crc32(pending).to_bytes(CHECKSUM_SIZE, "little")]
        pending = b""
    return b"".join(out)


def _bounded(value: int, largest: int, what: str, offset: int) -> int:
    """Return value + 1 for a field stored less one, checked."""
    if value + 1 > largest:
        raise FormatError(f"{what} is {value + 1}, it may be 1 to {largest}", offset=offset)
    return value + 1


def _parse_header(reader: _Reader) -> Header:
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
    channels = (flags & FLAG_CHANNELS) + 1
    return Header(
        width=sizes[0],
        height=sizes[1],
        channels=channels,
        n_colors=n_colors,
        authored=bool(flags & FLAG_AUTHORED),
        block=block,
        version=(version[0], version[1]),
    )


def _parse_section(reader: _Reader) -> tuple[Section, bool]:
    """Read one section; return it and whether it is the last."""
    start = reader.position
    byte = reader.byte("next section's tag")
    tag = byte & ~TAG_LAST
    name = SECTION_NAMES.get(tag, f"0x{tag:02x}")
    length = reader.varint(f"length of section {name}")
    payload = reader.take(length, f"payload of section {name}")
    reader.checksum(name)
    if byte & TAG_RESERVED or byte & TAG_KIND == 0:
        raise FormatError(f"section tag 0x{byte:02x} uses reserved values", offset=start)
    return Section(tag, payload, start), bool(byte & TAG_LAST)


def _check_order(header: Header, sections: list[Section]) -> None:
    """Check which sections there are, and in which order (spec 4.3)."""
    tags = [section.tag for section in sections]
    for section in sections:
        if not section.is_ancillary and section.tag not in SECTION_NAMES:
            raise UnsupportedError(f"critical section {section.name} is unknown to this version")
        if section.tag in SECTION_NAMES and tags.count(section.tag) > 1:
            raise FormatError(
                "the section occurs twice", offset=section.offset, section=section.name
            )
    if tags[0] != SECTION_PALETTE:
        raise FormatError(
            f"the first section is {sections[0].name}, expected palette", offset=sections[0].offset
        )
    if header.n_colors > 1 and tags[-1] != SECTION_INDICES:
        raise FormatError(
            f"the last section is {sections[-1].name}, expected indices",
            offset=sections[-1].offset,
        )
    if header.n_colors == 1 and SECTION_INDICES in tags:
        raise FormatError("a file of one colour has no indices", section="indices")


def parse(data: bytes | bytearray | memoryview, limits: Limits = DEFAULT_LIMITS) -> Container:
    """Read a whole file; every checksum is compared, nothing is decoded or copied.

    Raises
    ------
    FormatError
        The bytes are not a valid file.
    TruncatedError
        They end too early.
    UnsupportedError
        They need another version of this library.
    LimitError
        The picture is larger than `limits`.
    """
    reader = _Reader(memoryview(data).cast("B"))
    header = _parse_header(reader)
    sections: list[Section] = []
    last = False
    while not last:
        section, last = _parse_section(reader)
        sections.append(section)
    if reader.position != len(reader.data):
        raise FormatError(
            f"{len(reader.data) - reader.position} bytes follow the last section",
            offset=reader.position,
        )
    _check_order(header, sections)
    limits.check(header)
    return Container(header, tuple(sections))
