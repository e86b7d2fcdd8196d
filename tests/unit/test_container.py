"""The container, byte by byte."""

from __future__ import annotations

import zlib

import pytest

from kmcodec import container
from kmcodec.container import Header, Limits, build, parse, parse_front
from kmcodec.container.reader import Reader
from kmcodec.errors import FormatError, LimitError, TruncatedError, UnsupportedError
from kmcodec.varint import write_varint

ONE_PIXEL = Header(width=1, height=1, channels=3, n_colors=1)
SMALL = Header(width=3, height=2, channels=3, n_colors=2)


def small(*extra: tuple[int, bytes]) -> bytes:
    """Return a file of a palette, indices and more sections between them."""
    return build(SMALL, [(0x01, b"palette"), *extra, (0x02, b"indices")])


def test_one_pixel_takes_twenty_bytes_at_most():
    """Signature, version, flags, three varints, one section and its checksum."""
    data = build(ONE_PIXEL, [(0x01, b"\x00abc")])
    assert data[:9] == bytes.fromhex("8f 4b 4d 51 01 02 01 01 00")
    assert data[9:15] == b"\x41\x04\x00abc"
    assert data[15:] == zlib.crc32(data[:15]).to_bytes(4, "little")
    assert len(data) == 19


def test_parse_gives_back_what_was_built():
    """Header, tags, payloads and names of sections come back."""
    header = Header(70000, 1, 4, 65536, authored=True, block=(28, 3))
    parsed = parse(build(header, [(0x01, b"p"), (0x81, b"icc"), (0x9F, b""), (0x02, b"i")]))
    assert parsed.header == header
    assert [(s.tag, bytes(s.payload)) for s in parsed.sections] == [
        (0x01, b"p"),
        (0x81, b"icc"),
        (0x9F, b""),
        (0x02, b"i"),
    ]
    assert parsed.find(0x81) == b"icc"
    assert parsed.find(0x82) is None
    assert [s.name for s in parsed.sections] == ["palette", "icc", "0x9f", "indices"]


@pytest.mark.parametrize("value", [0, 1, 127, 128, 300, 2**31 - 1, 2**63 - 1])
def test_varints_come_back(value):
    """Varints up to 2**63 - 1 come back and end where they should."""
    reader = Reader(memoryview(write_varint(value)))
    assert reader.varint("number") == value
    assert reader.position == len(reader.data)


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ("80 00", FormatError, "shortest form"),
        ("ff" * 9 + "01", FormatError, "longer than 9 bytes"),
        ("80", TruncatedError, "ends after 1 bytes"),
        ("", TruncatedError, "ends after 0 bytes"),
    ],
)
def test_bad_varints_are_refused(data, error, message):
    """Long, overlong and cut varints raise the error of their fault."""
    with pytest.raises(error, match=message):
        Reader(memoryview(bytes.fromhex(data))).varint("number")


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (b"", TruncatedError, "0 bytes"),
        (b"\x8fKM", TruncatedError, "3 bytes"),
        (b"\x89PNG\r\n\x1a\n", FormatError, "not a .kmq file"),
        (b"just text", FormatError, "begins with 6a 75 73 74"),
        (b"\x8fKMQ\x11\x02\x01\x01\x00", UnsupportedError, r"version 1.1"),
        (b"\x8fKMQ\x02\x02\x01\x01\x00", UnsupportedError, r"version 0.2"),
        (b"\x8fKMQ\x01\x22\x01\x01\x00", FormatError, "reserved flags"),
        (b"\x8fKMQ\x01\x02\x00\x01\x00", FormatError, "width is 0"),
        (b"\x8fKMQ\x01\x02\x01\x80\x80\x80\x80\x08\x00", FormatError, "height is 2147483648"),
        (b"\x8fKMQ\x01\x02\x01\x01\x80\x80\x04", FormatError, "colours is 65537"),
        (b"\x8fKMQ\x01\x06\x01\x01\x00\x00\x00", FormatError, "without the block flag"),
        (b"\x8fKMQ\x01\x02\x01\x01\x00", TruncatedError, "next section's tag"),
    ],
)
def test_bad_headers_are_refused(data, error, message):
    """Each wrong field of a header raises the error of its fault with the value found."""
    with pytest.raises(error, match=message):
        parse(data)


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (small() + b"\0", FormatError, "1 bytes follow the last section"),
        (small((0x01, b"x")), FormatError, "occurs twice"),
        (small((0x81, b"x"), (0x81, b"x")), FormatError, "occurs twice"),
        (small((0x9E, b"x"), (0x9E, b"y")), FormatError, "occurs twice"),
        (small((0x05, b"x")), UnsupportedError, "critical section 0x05"),
        (small((0x21, b"x")), FormatError, "reserved"),
        (small((0x80, b"x")), FormatError, "reserved"),
        (build(SMALL, [(0x02, b"i"), (0x01, b"p")]), FormatError, "first section is indices"),
        (build(SMALL, [(0x01, b"p")]), FormatError, "last section is palette"),
        (build(SMALL, [(0x01, b"p"), (0x02, b"i"), (0x81, b"")]), FormatError, "expected indices"),
        (build(ONE_PIXEL, [(0x01, b"p"), (0x02, b"")]), FormatError, "has no indices"),
    ],
)
def test_bad_sections_are_refused(data, error, message):
    """Wrong tags, order, repetition and trailing bytes raise the error of their fault."""
    with pytest.raises(error, match=message):
        parse(data)


def test_errors_say_where():
    """A wrong checksum raises FormatError with section and offset."""
    data = bytearray(small())
    data[-1] ^= 1
    with pytest.raises(FormatError) as caught:
        parse(bytes(data))
    assert caught.value.section == "indices"
    assert caught.value.offset == len(data) - 4
    assert "section indices, offset" in str(caught.value)


def test_limits_are_held_before_anything_is_decoded():
    """Sizes in the header beyond the limits raise LimitError."""
    data = build(Header(60000, 60000, 3, 2), [(0x01, b"p"), (0x02, b"i")])
    with pytest.raises(LimitError, match="60000 x 60000 pixels, the limit is 178956970"):
        parse(data)
    with pytest.raises(LimitError, match="pixels take 18 bytes, the limit is 17"):
        parse(small(), Limits(max_bytes=17))
    with pytest.raises(LimitError, match="codebook takes"):
        parse(build(Header(9, 9, 4, 65536, block=(60000, 60000)), [(0x01, b"p"), (0x02, b"i")]))
    assert parse(small(), Limits(max_pixels=6)).header == SMALL


def test_no_byte_of_the_text_alphabet_starts_a_file():
    """The first byte is not ASCII and cannot start UTF-8 text."""
    assert container.header.SIGNATURE[0] & 0xC0 == 0x80


def test_sections_have_the_tags_of_the_specification():
    """Tags are those of spec 4.3 to 4.5, the first two critical and the others not."""
    tags = {"palette": 0x01, "indices": 0x02, "icc": 0x81, "exif": 0x82, "xmp": 0x83}
    tags |= {"facts": 0x84, "names": 0x85, "array": 0x86, "frames": 0x87, "tables": 0x88}
    assert {title: tag for tag, title in container.sections.SECTION_TITLES.items()} == tags
    for title, tag in tags.items():
        assert getattr(container, f"SECTION_{title.upper()}") == tag
        section = container.Section(tag, memoryview(b""), 0)
        assert section.name == title
        assert section.is_ancillary == (tag >= 0x80)


def test_the_front_ends_where_the_indices_begin():
    """What stands before the indices is read of any beginning that holds it, checksums and all."""
    data = small((0x81, b"icc"))
    begin = data.index(b"\x42\x07indices")
    for size in (begin + 1, begin + 2, len(data) - 1, len(data)):
        front = parse_front(data[:size])
        assert front.header == SMALL
        assert [section.name for section in front.sections] == ["palette", "icc"]
    for size in range(begin + 1):
        with pytest.raises(TruncatedError):
            parse_front(data[:size])
    with pytest.raises(FormatError, match="checksum"):
        parse_front(data[: begin - 1] + b"\0" + data[begin:])
    one = build(ONE_PIXEL, [(0x01, b"\x00abc")])
    assert [section.name for section in parse_front(one).sections] == ["palette"]


@pytest.mark.parametrize(
    ("sections", "error", "message"),
    [
        ([(0x02, b"i")], FormatError, "first section is not the palette"),
        ([(0x81, b"p"), (0x02, b"i")], FormatError, "first section is not the palette"),
        ([(0x01, b"p"), (0x81, b"x"), (0x81, b"x"), (0x02, b"i")], FormatError, "occurs twice"),
        ([(0x01, b"p"), (0x05, b"x"), (0x02, b"i")], UnsupportedError, "critical section 0x05"),
    ],
)
def test_bad_fronts_are_refused(sections, error, message):
    """Sections before the indices are held to the same rules as in a whole file."""
    with pytest.raises(error, match=message):
        parse_front(build(SMALL, sections))


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        ("", 0),
        ("8f 4b 4d", 0),
        ("89 50 4e 47 0d 0a", 0),
        ("8f 4b 4d 51", 4),
        ("8f 4b 4d 51 01", 5),
        ("8f 4b 4d 51 01 22 01 01 00", 5),
        ("8f 4b 4d 51 01 02 00 01 00", 6),
        ("8f 4b 4d 51 01 02 01 80 80 80 80 08 00", 7),
        ("8f 4b 4d 51 01 02 01 80 00", 7),
        ("8f 4b 4d 51 01 02 01 01 80 80 04", 8),
        ("8f 4b 4d 51 01 06 01 01 00 80 80 04 00", 9),
        ("8f 4b 4d 51 01 06 01 01 00 00 80 80 04", 10),
        ("8f 4b 4d 51 01 06 01 01 00 00 00", 10),
        ("8f 4b 4d 51 01 12 01 01 00 00", 9),
        ("8f 4b 4d 51 01 16 01 01 00 01 00 01", 11),
        ("8f 4b 4d 51 01 12 01 02 00 80 80 80 80 04", 9),
        ("8f 4b 4d 51 01 02 01 01 00", 9),
        ("8f 4b 4d 51 01 02 01 01 00 41", 10),
        ("8f 4b 4d 51 01 02 01 01 00 41 02 00", 11),
    ],
)
def test_faults_of_headers_have_their_offsets(data, offset):
    """The error of a wrong or missing field tells where the field begins."""
    with pytest.raises(FormatError) as caught:
        parse(bytes.fromhex(data))
    assert caught.value.offset == offset


def test_versions_are_two_halves_of_a_byte():
    """Major and minor version are written into one byte, the major one above."""
    assert build(Header(1, 1, 1, 1, version=(9, 2)), [(1, b"")])[4] == 0x92
