"""Documents name options that there are, and their programs run."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from kmcodec.cli.quantize import command

DOCUMENTS = Path(__file__).parent.parent.parent / "docs"
DOCUMENT = DOCUMENTS / "from-pngquant.md"


@pytest.fixture
def text():
    """Return the page for users of pngquant, or skip where there is none."""
    if not DOCUMENT.exists():
        pytest.skip("no docs folder")
    return DOCUMENT.read_text(encoding="utf-8")


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


def test_the_programs_about_volumes_run(tmp_path, monkeypatch):
    """Programs of the page run one after another; those of packages that are missing are parsed."""
    page = DOCUMENTS / "volumes.md"
    if not page.exists():
        pytest.skip("no docs folder")
    monkeypatch.chdir(tmp_path)
    programs = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, object] = {}
    ran = 0
    for program in programs:
        code = compile(program, str(page), "exec")
        needed = set(re.findall(r"^(?:import|from) (\w+)", program, re.MULTILINE))
        if "nibabel" not in needed and all(map(importlib.util.find_spec, needed)):
            exec(code, names)  # noqa: S102
            ran += 1
    assert ran >= 3
