"""The tables and hashes that the specification prints are those of the reference decoder."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import pytest
import reference_decoder as reference

TEXT = (Path(__file__).parents[2] / "spec" / "kmq-format.md").read_text(encoding="utf-8")
STARTS = sorted({model.start for model in reference.MODELS})
TABLES = {
    "logarithm": [reference.logarithm(v) for v in range(1, 17)],
    "loss": [pace[0] for start in STARTS for pace in reference.build_paces(start, 127)],
    "base": [pace[1] for start in STARTS for pace in reference.build_paces(start, 127)],
    "gain": reference.build_gains(),
    "share (6.3.5)": reference.build_parts()[: 13 * 256],
    "squash": reference.build_squash(),
    "stretch": reference.build_stretch(),
    "haste": [40960 // (10 * count + 15) for count in range(63)],
    "speed": [2097 + 268432 // (16 + visits) for visits in range(256)],
}


def printed():
    """Return the printed values and the checksum of each table."""
    part = TEXT.partition("#### 6.3.11 ")[2].partition("### 6.4")[0]
    rows = re.findall(r"^\| ([^|]+) \|[^|]+\| ([^|]+) \| `([0-9a-f]{8})` \|$", part, re.MULTILINE)
    return {name: (values, checksum) for name, values, checksum in rows}


def test_all_are_printed():
    """The specification prints these tables and no others."""
    assert printed().keys() == TABLES.keys()


@pytest.mark.parametrize("name", TABLES)
def test_tables(name):
    """A table has the values and the checksum that are printed."""
    table = TABLES[name]
    data = b"".join((value % (1 << 32)).to_bytes(4, "little") for value in table)
    values = f"{table[0]}, {table[1]}, ..., {table[-1]}"
    assert printed()[name] == (values, f"{zlib.crc32(data):08x}")


def test_hashes():
    """The hashes that are printed are right."""
    found = re.findall(r"hash\((\d+), (\d+)\) is (\d+)", " ".join(TEXT.split()))
    assert len(found) == 3
    for a, b, h in found:
        assert reference.mixed_hash(int(a), int(b)) == int(h)


def test_models():
    """The inputs and numbers of each model are those that are printed."""
    part = TEXT.partition("#### 6.3.10 ")[2].partition("#### ")[0]
    inputs = re.findall(r"^\| (\d) \| (to 16|from 17|any) \| (.+) \|$", part, re.MULTILINE)
    expected = []
    for number, model in enumerate(reference.MODELS):
        if model.stack:
            expected += [(str(number), "any", model.many)]
            continue
        expected += [(str(number), "to 16", model.few), (str(number), "from 17", model.many)]
    assert [(*row[:2], row[2].replace("`", "")) for row in inputs] == expected
    assert [model.stack for model in reference.MODELS] == [False] * 4 + [True] * 3
    numbers = {
        "strips": [("no", "yes")[model.strips] for model in reference.MODELS],
        "mixers": [str(model.mixers) for model in reference.MODELS],
        "matches": [("no", "yes")[model.matches] for model in reference.MODELS],
        "`start`": [str(model.start) for model in reference.MODELS],
        "`first_rate`": [str(model.first_rate) for model in reference.MODELS],
        "limit of L": [str(model.limit) for model in reference.MODELS],
    }
    for name, values in numbers.items():
        (row,) = re.findall(rf"^\| {name} \([\d.]+\) \| (.+) \|$", part, re.MULTILINE)
        assert row.split(" | ") == values


@pytest.mark.parametrize("last", [63, 127])
@pytest.mark.parametrize("start", STARTS)
def test_chances_stay_within_gains(start, last):
    """Whatever comes, a row asks for a gain that there is."""
    paces, gains = reference.build_paces(start, last), reference.build_gains()

    def learn(chance, count):
        loss, base, _ = paces[count]
        place = (base - chance) // 32
        assert 0 <= place < len(gains)
        return max(chance - loss, -32768) + gains[place]

    most = 0
    for count in range(last):
        least = -32768 if count else 0
        most = max(learn(chance, count) for chance in range(least, most + 1))
    while (larger := max(learn(chance, last) for chance in range(-32768, most + 1))) > most:
        most = larger
    assert most < 10000
