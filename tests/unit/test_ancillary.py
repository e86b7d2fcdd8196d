"""Facts and names, where what they hold just is, or just is not, as the specification has it."""

from __future__ import annotations

import json

import pytest

import kmcodec
from kmcodec.codec.ancillary import facts_payload, names_payload
from kmcodec.container import SECTION_FACTS, SECTION_NAMES, Header, build
from kmcodec.image import KMeansFacts

GOOD = {"effort": 5, "mse": 1.5, "n_iter": 7, "seed": 3, "space": "oklab"}


def info_with(tag, payload, *, n_colors=1, authored=True):
    """Return what read_info says of a picture of one pixel with an ancillary section."""
    header = Header(1, 1, 1, n_colors, authored=authored)
    sections = [(1, b"\0" + bytes(n_colors)), (tag, payload)]
    if n_colors > 1:
        sections.append((2, b"\0\0"))
    return kmcodec.read_info(build(header, sections))


def facts_of(change):
    """Return the facts that are read of good ones with a change."""
    return info_with(SECTION_FACTS, json.dumps(GOOD | change).encode()).facts


@pytest.mark.parametrize(
    ("name", "least", "largest"),
    [("effort", 1, 9), ("seed", 0, 2**32 - 1), ("n_iter", 0, 2**63 - 1)],
)
def test_whole_numbers_are_read_up_to_their_ends(name, least, largest):
    """A fact is read at both ends of its range, and none are read one step beyond."""
    for value in (least, largest):
        assert facts_of({name: value}) == KMeansFacts(**GOOD | {name: value})
    for value in (least - 1, largest + 1):
        assert facts_of({name: value}) is None


def test_errors_are_numbers_from_zero_to_below_infinity():
    """An error of 0, a whole or a huge one is read as a float, and infinity is not read."""
    for value in (0, 0.0, 0.5, 3, 1e308):
        found = facts_of({"mse": value}).mse
        assert (found, type(found)) == (value, float)
    assert facts_of({"mse": float("inf")}) is None
    assert facts_of({"mse": -0.5}) is None
    assert facts_of({"mse": True}) is None


def test_facts_are_written_without_blanks_in_sorted_order():
    """Facts are JSON without blanks and with sorted keys, whatever the order of the fields."""
    assert facts_payload(KMeansFacts(**GOOD)) == (
        b'{"effort":5,"mse":1.5,"n_iter":7,"seed":3,"space":"oklab"}'
    )
    swapped = KMeansFacts(**dict(reversed(GOOD.items())))
    assert facts_payload(swapped) == facts_payload(KMeansFacts(**GOOD))


def test_a_key_that_occurs_twice_spoils_the_facts():
    """Facts with a key twice are as good as missing."""
    twice = json.dumps(GOOD).replace('"seed"', '"seed": 3, "seed"')
    assert info_with(SECTION_FACTS, twice.encode()).facts is None


def test_facts_have_at_most_4096_bytes():
    """Facts filled up with blanks are read up to 4096 bytes."""
    payload = facts_payload(KMeansFacts(**GOOD))
    assert info_with(SECTION_FACTS, payload.ljust(4096)).facts == KMeansFacts(**GOOD)
    assert info_with(SECTION_FACTS, payload.ljust(4097)).facts is None


def test_names_are_written_as_they_are():
    """Names are UTF-8 without escapes and blanks."""
    assert names_payload(("é", "b")) == '["é","b"]'.encode()


def test_names_have_at_most_16384_bytes_each():
    """Names filled up with blanks are read up to 16384 bytes for each colour."""
    for names in (("a",), ("a", "b", "c")):
        n_colors = len(names)
        payload = names_payload(names)
        full = payload.ljust(16384 * n_colors)
        assert info_with(SECTION_NAMES, full, n_colors=n_colors).names == names
        assert info_with(SECTION_NAMES, full + b" ", n_colors=n_colors).names == ()


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b'{"a":1}', b'"a"', b'["a"', b'["a","b"]', b"[1]", b"\xff", b"[" * 9000],
)
def test_odd_names_are_ignored(payload):
    """Names of a wrong kind or number are as good as missing."""
    assert info_with(SECTION_NAMES, payload).names == ()


def test_names_are_for_authored_palettes():
    """Names in a file whose palette is not authored are as good as missing."""
    assert info_with(SECTION_NAMES, b'["a"]').names == ("a",)
    assert info_with(SECTION_NAMES, b'["a"]', authored=False).names == ()
    assert info_with(SECTION_FACTS, b"{}").names == ()
