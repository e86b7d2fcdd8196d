"""The worked example of the specification is a real file."""

from __future__ import annotations

import re
from pathlib import Path

import reference_decoder as reference

import kmcodec

SPEC = Path(__file__).parents[2] / "spec"


def block(tag):
    """Return the lines of the one fenced block with a tag."""
    text = (SPEC / "kmq-format.md").read_text(encoding="utf-8")
    (found,) = re.findall(rf"^```{tag}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return found.splitlines()


def test_example():
    """Both decoders turn the hex dump into the pixels shown below it."""
    data = bytes.fromhex("".join(block("kmq-hex")))
    rows = [[list(bytes.fromhex(word)) for word in line.split()] for line in block("kmq-pixels")]
    assert rows == kmcodec.decode(data).tolist()
    picture = reference.decode(data)
    assert bytes(v for row in rows for pixel in row for v in pixel) == picture.pixels()
    assert (len(rows[0]), len(rows)) == (picture.width, picture.height)


def test_tables():
    """The byte table of the example repeats the dump, without gaps."""
    text = (SPEC / "kmq-format.md").read_text(encoding="utf-8").partition("## 10 ")[2]
    table = re.findall(r"^\| (\d+) \| `([0-9a-f ]+)` \|", text, re.MULTILINE)
    position = 0
    for offset, data in table:
        assert position == int(offset)
        position += len(bytes.fromhex(data))
    joined = bytes.fromhex("".join(data for _, data in table))
    assert bytes.fromhex("".join(block("kmq-hex"))) == joined
