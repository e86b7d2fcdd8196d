"""Documents name options that there are, and their programs run."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kmcodec
from kmcodec.cli import COMMANDS, EPILOG
from kmcodec.cli.quantize import command

DOCUMENTS = Path(__file__).parent.parent.parent / "docs"


def read(name):
    """Return a page, or skip where there is none."""
    if not DOCUMENTS.exists():
        pytest.skip("no docs folder")
    return (DOCUMENTS / name).read_text(encoding="utf-8")


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


@pytest.mark.parametrize(
    "name",
    ["digits", "files-from-strangers", "in-other-programs", "library", "segments", "volumes"],
)
def test_programs_run(name, tmp_path, monkeypatch, photo):
    """Programs of a page run one after another; those of packages that are missing are parsed.

    They have kmcodec, NumPy as np, pixels and photo.png.
    """
    page = DOCUMENTS / f"{name}.md"
    if not page.exists():
        pytest.skip("no docs folder")
    monkeypatch.chdir(tmp_path)
    Image.fromarray(photo).save("photo.png")
    programs = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, object] = {"kmcodec": kmcodec, "np": np, "pixels": photo}
    ran = 0
    for program in programs:
        code = compile(program, str(page), "exec")
        needed = set(re.findall(r"^(?:import|from) (\w+)", program, re.MULTILINE))
        if "nibabel" not in needed and all(map(importlib.util.find_spec, needed)):
            exec(code, names)  # noqa: S102  (it is our own text)
            ran += 1
    assert ran >= len(programs) - 2


def test_every_command_and_exit_code_is_there():
    """The page of the command line names each command and has a row for each exit code."""
    page = DOCUMENTS / "command-line.md"
    if not page.exists():
        pytest.skip("no docs folder")
    text = page.read_text(encoding="utf-8")
    assert all(f"kmcodec {command}" in text for command in COMMANDS)
    codes = re.findall(r"^ +(\d+)  ", EPILOG, flags=re.MULTILINE)
    assert len(codes) > 8
    for code in codes:
        assert re.search(rf"^\| {code} \|", text, flags=re.MULTILINE), code


@pytest.mark.parametrize("page", ["README.md", "docs", "CHANGELOG.md", "benchmarks", "packages/c"])
def test_links_lead_somewhere(page):
    """Links to files of the project, and to headings within them, are good."""
    place = DOCUMENTS.parent / page
    pages = sorted(place.glob("*.md")) if place.is_dir() else [place]
    if not DOCUMENTS.exists():
        pytest.skip("no docs folder")
    for one in pages:
        for target in re.findall(r"\]\(([^)\s]+)\)", one.read_text(encoding="utf-8")):
            if "://" in target:
                continue
            path, _, heading = target.partition("#")
            found = one if not path else one.parent / path
            assert found.exists(), f"{one.name}: {target}"
            if heading:
                assert heading in headings_of(found), f"{one.name}: {target}"


def headings_of(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as code hosts make them."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in titles}


def test_the_page_on_animations_names_options_of_quantize():
    """Each option outside the column of gifsicle's is one of ours."""
    text = read("animations.md")
    known = {name for parameter in command.params for name in parameter.opts} | {"--data"}
    rows = [line.split("|") for line in text.splitlines() if line.startswith("|")]
    ours = set().union(*(options_of(" ".join(row[2:])) for row in rows))
    ours |= options_of(" ".join(line for line in text.splitlines() if not line.startswith("|")))
    assert len(ours) > 15
    assert ours - known == set()
