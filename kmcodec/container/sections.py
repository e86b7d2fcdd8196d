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

from kmcodec.container.header import DEFAULT_LIMITS, Header, Limits, build_header, parse_header
from kmcodec.container.reader import CHECKSUM_SIZE, Reader
from kmcodec.errors import FormatError, UnsupportedError
from kmcodec.varint import write_varint

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
SECTION_NAMES = 0x85
SECTION_ARRAY = 0x86
SECTION_FRAMES = 0x87
SECTION_TABLES = 0x88
SECTION_TITLES = {
    SECTION_PALETTE: "palette",
    SECTION_INDICES: "indices",
    SECTION_ICC: "icc",
    SECTION_EXIF: "exif",
    SECTION_XMP: "xmp",
    SECTION_FACTS: "facts",
    SECTION_NAMES: "names",
    SECTION_ARRAY: "array",
    SECTION_FRAMES: "frames",
    SECTION_TABLES: "tables",
}
INDICES_BEGIN = (bytes([SECTION_INDICES]), bytes([SECTION_INDICES | TAG_LAST]))


@dataclass(frozen=True)
class Section:
    """A typed payload and where it stands in the file."""

    tag: int
    payload: memoryview
    offset: int

    @property
    def name(self) -> str:
        """The section's name, or its number if this version does not know it."""
        return SECTION_TITLES.get(self.tag, f"0x{self.tag:02x}")

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


def build(header: Header, sections: list[tuple[int, bytes]]) -> bytes:
    """Return the file of a header and its (tag, payload) sections, the last one marked."""
    pending = build_header(header)
    out = []
    for number, (tag, payload) in enumerate(sections, start=1):
        last = TAG_LAST if number == len(sections) else 0
        pending += bytes([tag | last]) + write_varint(len(payload)) + payload
        out += [pending, zlib.crc32(pending).to_bytes(CHECKSUM_SIZE, "little")]
        pending = b""
    return b"".join(out)


def _parse_section(reader: Reader) -> tuple[Section, bool]:
    """Read one section; return it and whether it is the last."""
    start = reader.position
    byte = reader.byte("next section's tag")
    tag = byte & ~TAG_LAST
    name = SECTION_TITLES.get(tag, f"0x{tag:02x}")
    length = reader.varint(f"length of section {name}")
    payload = reader.take(length, f"payload of section {name}")
    reader.checksum(name)
    if byte & TAG_RESERVED or byte & TAG_KIND == 0:
        raise FormatError(f"section tag 0x{byte:02x} uses reserved values", offset=start)
    return Section(tag, payload, start), bool(byte & TAG_LAST)


def _check_new(section: Section, earlier: list[Section]) -> None:
    """Check that a section is known or may be skipped, and occurs once (spec 4.3)."""
    if not section.is_ancillary and section.tag not in SECTION_TITLES:
        raise UnsupportedError(f"critical section {section.name} is unknown to this version")
    if any(section.tag == other.tag for other in earlier):
        raise FormatError("the section occurs twice", offset=section.offset, section=section.name)


def _check_order(header: Header, sections: list[Section]) -> None:
    """Check which sections there are, and in which order (spec 4.3)."""
    first, last = sections[0], sections[-1]
    if first.tag != SECTION_PALETTE:
        raise FormatError(
            f"the first section is {first.name}, expected palette", offset=first.offset
        )
    if header.n_colors > 1 and last.tag != SECTION_INDICES:
        raise FormatError(f"the last section is {last.name}, expected indices", offset=last.offset)
    if header.n_colors == 1 and any(section.tag == SECTION_INDICES for section in sections):
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
    reader = Reader(memoryview(data).cast("B"))
    header = parse_header(reader)
    sections: list[Section] = []
    last = False
    while not last:
        section, last = _parse_section(reader)
        _check_new(section, sections)  # which bounds the number of sections, too
        sections.append(section)
        limits.check_sections(len(sections))
    if reader.position != len(reader.data):
        raise FormatError(
            f"{len(reader.data) - reader.position} bytes follow the last section",
            offset=reader.position,
        )
    _check_order(header, sections)
    limits.check(header)
    return Container(header, tuple(sections))


def parse_front(data: bytes | bytearray | memoryview) -> Container:
    """Read what stands before the indices; `data` is the beginning of a file, or all of it.

    Whether anything is larger than one likes, is for the caller to see: nothing is allocated here.

    Raises
    ------
    TruncatedError
        The bytes end before the indices do begin.
    FormatError, UnsupportedError
        As ``parse`` raises them.
    """
    reader = Reader(memoryview(data).cast("B"))
    header = parse_header(reader)
    sections: list[Section] = []
    last = False
    while not last:
        tag = reader.data[reader.position : reader.position + 1].tobytes()
        if tag in INDICES_BEGIN:
            break
        section, last = _parse_section(reader)
        _check_new(section, sections)
        sections.append(section)
    if not sections or sections[0].tag != SECTION_PALETTE:
        raise FormatError("the first section is not the palette", offset=reader.checked)
    return Container(header, tuple(sections))
