"""The worked examples of the specification are true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import reference_decoder as reference

import kmcodec

TEXT = (Path(__file__).parents[2] / "spec" / "kmq-format.md").read_text(encoding="utf-8")


def block(tag):
    """Return the lines of the one fenced block with a tag."""
    (found,) = re.findall(rf"^```{tag}\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
    return found.splitlines()


def file_of(tag):
    """Return the bytes of a hex dump."""
    return bytes.fromhex("".join(block(tag)))


def numbered(heading):
    """Return the text below a heading, up to the next one of its kind."""
    level = heading.split()[0]
    return re.split(rf"^{level} ", TEXT.partition(f"\n{heading}")[2], flags=re.MULTILINE)[0]


@pytest.mark.parametrize("example", ["kmq", "kmq-mixed"])
def test_examples(example):
    """Both decoders turn the hex dump into the pixels shown below it."""
    data = file_of(f"{example}-hex")
    words = [line.split() for line in block(f"{example}-pixels")]
    rows = [[list(bytes.fromhex(word)) for word in line] for line in words]
    assert rows == kmcodec.decode(data).tolist()
    picture = reference.decode(data)
    assert bytes(v for row in rows for pixel in row for v in pixel) == picture.pixels()
    assert (len(rows[0]), len(rows)) == (picture.width, picture.height)


@pytest.mark.parametrize(
    ("heading", "example", "start"), [("### 10.1 ", "kmq", 0), ("### 10.2 ", "kmq-mixed", 22)]
)
def test_tables(heading, example, start):
    """The byte table of an example repeats the dump, without gaps."""
    table = re.findall(r"^\| (\d+) \| `([0-9a-f ]+)` \|", numbered(heading), re.MULTILINE)
    position = start
    for offset, data in table:
        assert position == int(offset)
        position += len(bytes.fromhex(data))
    joined = bytes.fromhex("".join(data for _, data in table))
    assert file_of(f"{example}-hex")[start:] == joined
    assert file_of(f"{example}-hex")[:start] == file_of("kmq-hex")[:start]


def test_decisions(monkeypatch):
    """The decisions of the mixed example are those that are listed, with their numbers."""
    found = []
    places = []
    decide, pixel = reference.RangeDecoder.decide, reference.MixedTile.decode_pixel

    def note_pixel(self, x, y):
        places.append((x, y))
        return pixel(self, x, y)

    def note(self, chance):
        before = f"{chance:<6}  {self.range:08x}  {self.code:08x}"
        bit = decide(self, chance)
        if places:  # those before are the palette's
            found.append(f"{places[-1][0]} {places[-1][1]}  {before}  {int(bit)}")
        return bit

    monkeypatch.setattr(reference.RangeDecoder, "decide", note)
    monkeypatch.setattr(reference.MixedTile, "decode_pixel", note_pixel)
    reference.decode(file_of("kmq-mixed-hex"))
    assert found == block("kmq-decisions")[1:]


def test_learning(monkeypatch):
    """After the first pixel, chances and weights are those of the text."""
    pixel = reference.MixedTile.decode_pixel
    state = {}

    def note(self, x, y):
        leaf = pixel(self, x, y)
        if not state:
            state["p"] = {cell.p for cell in self.cells.values() if cell.count}
            state["weights"] = [list(w.weights) for w in self.sets.values()]
            state["buckets"] = {c.p for b in self.buckets.values() for c in b.cells if c.count}
        return leaf

    monkeypatch.setattr(reference.MixedTile, "decode_pixel", note)
    reference.decode(file_of("kmq-mixed-hex"))
    assert state["p"] == state["buckets"] == {3494912}
    assert state["weights"] == [[4098] * 8, [4098] * 6 + [4487], [4098] * 6 + [4487]]
    text = numbered("### 10.2 ")
    sums = re.findall(r"^    \w+ = ([-+*/() \d]+?) = (\d+)", text, re.MULTILINE)
    assert len(sums) == 8
    for terms, result in sums:
        assert eval(terms) == int(result)  # noqa: S307  (numbers and signs alone)
    assert f"stretch(2048) = {reference.build_stretch()[2048]}," in text
    chances = re.findall(r"squash\((\d+)\) = (\d+)", text)
    assert len(chances) >= 1
    for v, chance in chances:
        assert reference.squash(int(v)) == int(chance)
