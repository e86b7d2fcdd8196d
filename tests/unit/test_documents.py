"""Documents name options that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kmcodec.cli.quantize import command

FOLDER = Path(__file__).parent.parent.parent / "docs"


def read(name):
    """Return a page, or skip where there is none."""
    if not FOLDER.exists():
        pytest.skip("no docs folder")
    return (FOLDER / name).read_text(encoding="utf-8")


@pytest.fixture
def text():
    """Return the page for users of pngquant."""
    return read("from-pngquant.md")


def options_of(words):
    """Return the options within quoted words."""
    quoted = " ".join(re.findall(r"`([^`]+)`", words))
    return set(re.findall(r"(?<!\S)--?[a-z][a-z-]*", quoted))


def test_our_column_names_options_of_quantize(text):
    """Each option in the second column, and in the list below the table, is one of ours."""
    known = {name for parameter in command.params for name in parameter.opts}
    rows = [line.split("|") for line in text.split("\n## ")[0].splitlines() if "|" in line]
    ours = set().union(*(options_of(row[2]) for row in rows))
    listed = options_of(text.split("Without a counterpart")[1].split("##")[0])
    assert len(ours) > 10
    assert len(listed) > 8
    assert (ours | listed) - known == set()


def test_the_page_on_animations_names_options_of_quantize():
    """Each option outside the column of gifsicle's is one of ours."""
    text = read("animations.md")
    known = {name for parameter in command.params for name in parameter.opts} | {"--data"}
    rows = [line.split("|") for line in text.splitlines() if line.startswith("|")]
    ours = set().union(*(options_of(" ".join(row[2:])) for row in rows))
    ours |= options_of(" ".join(line for line in text.splitlines() if not line.startswith("|")))
    assert len(ours) > 15
    assert ours - known == set()
