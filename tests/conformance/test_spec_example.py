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


@pytest.fixture
def listened(monkeypatch):
    """Return what is coded in the mixed example, and the first step before and after learning."""
    found, places, steps = [], [], []
    decide, symbol = reference.RangeDecoder.decide, reference.RangeDecoder.symbol
    begin, learn = reference.TileDecoder.begin, reference.TileDecoder.learn

    def note(coded, result):
        x, y, before = places[-1]
        found.append(f"{x} {y}  {coded:15}  {before[0]:08x}  {before[1]:08x}  {result}")

    def note_begin(self, y, line, ahead):
        places.append((self.x[line], y + line, ()))
        return begin(self, y, line, ahead)

    def note_decision(self, chance):
        if not places:  # of the palette
            return decide(self, chance)
        places[-1] = (*places[-1][:2], (self.range, self.code))
        bit = decide(self, chance)
        note(f"flat {chance}", bit)
        return bit

    def note_symbol(self, ends):
        places[-1] = (*places[-1][:2], (self.range, self.code))
        result = symbol(self, ends)
        note(f"{[0, *ends][result]} to {ends[result]}", result)
        return result

    def note_learn(self, mixture, came):
        before = [list(values) for values in mixture.shown()]
        learn(self, mixture, came)
        steps.append((before, mixture))

    monkeypatch.setattr(reference.TileDecoder, "begin", note_begin)
    monkeypatch.setattr(reference.TileDecoder, "learn", note_learn)
    monkeypatch.setattr(reference.RangeDecoder, "decide", note_decision)
    monkeypatch.setattr(reference.RangeDecoder, "symbol", note_symbol)
    made = []
    begun = reference.TileDecoder.__init__

    def note_tile(self, *arguments):
        begun(self, *arguments)
        made.append(self)

    monkeypatch.setattr(reference.TileDecoder, "__init__", note_tile)
    return found, steps, made


def test_coded(listened):
    """All decisions and symbols of the mixed example are those that are listed."""
    reference.decode(file_of("kmq-mixed-hex"))
    assert listened[0] == block("kmq-symbols")[1:]


def test_learning(listened):
    """What the first pixel mixes, and what it leaves, is what the text says."""
    reference.decode(file_of("kmq-mixed-hex"))
    shown, mixture = listened[1][0]
    (tile,) = listened[2]
    assert shown[1] == [0, -512, -1664, *[-3968] * 13]
    assert [values for i, values in enumerate(shown) if i != 1] == [[0] * 16] * 7
    assert mixture.high == [1, 8478, *range(16370, 16383), 16384]
    first = next(iter(tile.flat_sets.values()))
    assert (first.weights, {cell.p for cell in tile.cells.values()}) == ([6711] * 2, {2838207})
    assert next(iter(tile.weights.values()))[1] == 815
    rows = [table for table in tile.rows if table]
    assert len(rows) == 7
    assert {tuple(next(iter(table.values())).chance) for table in rows} >= {
        (-1198, -1198, 5308, *[-1198] * 13)
    }


def test_sums():
    """The sums in the text of the mixed example are right."""
    text = numbered("### 10.2 ")
    sums = re.findall(r"^    [\w[\]]+ = ([-+*/() \d]+?) = (-?\d+)", text, re.MULTILINE)
    assert len(sums) == 14
    for terms, result in sums:
        assert eval(terms) == int(result)  # noqa: S307  (numbers and signs alone)
    assert f"stretch(125) = {reference.build_stretch()[125]};" in text
    assert f"squash(-663) = {reference.squash(-663)}." in text
    loss, base, _ = reference.build_paces(6, 63)[0]
    gain = reference.build_gains()[base // 32]
    assert f"loss(0) is {loss}, base(0) {base}, and gain({base} // 32) {gain}." in text
