"""The table of spec section 13 is complete: every MUST has vectors, every faulty vector a rule."""

from __future__ import annotations

import json
import re
from collections import Counter
from fnmatch import fnmatch
from pathlib import Path

SPEC = Path(__file__).parents[2] / "spec"
TEXT = (SPEC / "kmq-format.md").read_text(encoding="utf-8")
INDEX = json.loads((SPEC / "vectors" / "index.json").read_text())
NAMES = [name for folder in INDEX.values() for name in folder]
MARKED = re.compile(r"\bMUST\b")


def sections():
    """Return the text of each numbered section, without those below it."""
    parts = re.split(r"^##+ ([\d.]+) .*$", TEXT, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def table():
    """Return (section, patterns) for each row of the table."""
    rows = re.findall(r"^\| ([\d.]+) \| [^|]+ \| ([^|]+) \|$", sections()["13"], re.MULTILINE)
    return [(section, re.findall(r"`([^`]+)`", cell) or [cell]) for section, cell in rows]


def test_every_must_has_a_row():
    """The table has at least as many rows for a section as the section has MUSTs."""
    rows = Counter(section for section, _ in table())
    for number, text in sections().items():
        if number == "13":
            continue  # it speaks of the others
        rules = text.replace("**MUST**", "").replace("What a file MUST do, a decoder MUST", "")
        assert rows[number] >= len(MARKED.findall(rules)), number


def test_every_row_has_vectors():
    """Each row of the table names vectors that exist."""
    for section, patterns in table():
        if section == "7":
            assert patterns == ["vectors/faulty"]
            continue
        for pattern in patterns:
            assert any(fnmatch(name, pattern) for name in NAMES), (section, pattern)


def test_every_fault_has_a_row():
    """Each faulty vector is named by a row of the table."""
    patterns = [pattern for _, found in table() for pattern in found]
    left = [n for n in INDEX["faulty"] if not any(fnmatch(n, p) for p in patterns)]
    assert left == []
