"""Limits and the ends of header fields: each value just allowed, and just not."""

from __future__ import annotations

import pytest

from kmcodec.container import Header, Limits, build, parse
from kmcodec.errors import FormatError, InputError, LimitError

LIST = Header(width=10, height=4, channels=3, n_colors=2, authored=True, block=(4, 3))
WIDE = Limits(max_pixels=2**62, max_bytes=2**62)


def test_defaults_are_those_that_are_documented():
    """Pixels are limited as in Pillow, bytes to four for each of them."""
    assert Limits() == Limits(
        max_pixels=178_956_970,
        max_bytes=715_827_880,
        max_colors=65536,
        max_sections=64,
        max_seconds=600,
    )


@pytest.mark.parametrize("name", Limits.__dataclass_fields__)
def test_limits_are_whole_numbers_below_2_to_the_63(name):
    """A limit is from 0 to 2**63 - 1."""
    for value in (0, 2**63 - 1):
        assert getattr(Limits(**{name: value}), name) == value
    for value in (-1, 2**63, 1.0):
        with pytest.raises(InputError, match=f"{name} is {value}"):
            Limits(**{name: value})


@pytest.mark.parametrize(
    ("header", "name", "least", "message"),
    [
        (Header(7, 5, 3, 2), "max_pixels", 35, "7 x 5 pixels, the limit is 34"),
        (Header(7, 5, 3, 2), "max_bytes", 105, "pixels take 105 bytes, the limit is 104"),
        (Header(7, 5, 3, 9), "max_colors", 9, "9 colours, the limit is 8"),
        (Header(1, 1, 4, 10, block=(3, 5)), "max_bytes", 600, "codebook takes 600 bytes"),
        (LIST, "max_pixels", 48, "the list's blocks have 48 pixels, the limit is 47"),
        (LIST, "max_bytes", 144, "pixels take 144 bytes, the limit is 143"),
        (Header(10, 4, 3, 2, block=(4, 3)), "max_pixels", 40, "10 x 4 pixels"),
        (Header(10, 5, 3, 2, authored=True, block=(4, 3)), "max_pixels", 50, "10 x 5 pixels"),
    ],
)
def test_headers_are_held_against_each_limit(header, name, least, message):
    """A header passes at its own size and raises LimitError one step below."""
    Limits(**{name: least}).check(header)
    with pytest.raises(LimitError, match=message):
        Limits(**{name: least - 1}).check(header)


def test_arrays_sections_and_work_are_held_against_limits():
    """Bytes of an array, sections and nanoseconds pass up to the limit."""
    for limits, check, most in (
        (Limits(max_bytes=5), "check_array", 5),
        (Limits(max_sections=5), "check_sections", 5),
        (Limits(max_seconds=5), "check_work", 5_000_000_000),
    ):
        getattr(limits, check)(most)
        with pytest.raises(LimitError, match="limit"):
            getattr(limits, check)(most + 1)
    with pytest.raises(LimitError, match="may take 6 seconds, the limit is 5"):
        Limits(max_seconds=5).check_work(5_000_000_001)


def test_sections_are_counted_while_a_file_is_read():
    """A file of three sections passes a limit of three and not of two."""
    data = build(Header(3, 2, 3, 2), [(1, b"p"), (0x81, b""), (2, b"i")])
    assert len(parse(data, Limits(max_sections=3)).sections) == 3
    with pytest.raises(LimitError, match="more than 2 sections"):
        parse(data, Limits(max_sections=2))


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        (Header(2**31 - 1, 1, 1, 2), Header(2**31, 1, 1, 2), "width is 2147483648"),
        (Header(1, 2**31 - 1, 1, 2), Header(1, 2**31, 1, 2), "height is 2147483648"),
        (Header(1, 1, 1, 65536), Header(1, 1, 1, 65537), "colours is 65537"),
        (Header(1, 1, 1, 2, block=(65536, 1)), Header(1, 1, 1, 2, block=(65537, 1)), "height"),
        (Header(1, 1, 1, 2, block=(1, 65536)), Header(1, 1, 1, 2, block=(1, 65537)), "width"),
    ],
)
def test_fields_are_read_up_to_their_ends(good, bad, message):
    """The largest value of each field is read, and the next raises FormatError."""
    sections = [(1, b"p"), (2, b"i")]
    assert parse(build(good, sections), WIDE).header == good
    with pytest.raises(FormatError, match=message):
        parse(build(bad, sections), WIDE)
