"""``kmcodec quantize --in-place``: never larger, never twice."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def place(tmp_path, monkeypatch, photo):
    """Return a working folder with a photograph and a palette picture."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(photo).save("a.png")
    Image.fromarray(photo).quantize(20).save("b.png", compress_level=0)
    return tmp_path


def contents(place):
    """Return all files with their bytes."""
    return {p.name: p.read_bytes() for p in place.rglob("*") if p.is_file()}


def test_once_and_not_again(run, place):
    """A picture is replaced once, and later runs skip it with the reason."""
    before = contents(place)
    assert run("quantize", "--in-place", "a.png", "b.png").code == 0
    after = contents(place)
    assert len(after["a.png"]) < len(before["a.png"])
    assert after["b.png"] == before["b.png"]
    again = run("quantize", "--in-place", ".", "--json")
    assert again.code == 0
    skipped = [json.loads(line) for line in again.out.splitlines()]
    assert [report["skipped"] for report in skipped] == [
        "it has a palette of 256 colours already",
        "it has a palette of 20 colours already",
    ]
    assert contents(place) == after


def test_fewer_colours_are_another_matter(run, place):
    """An indexed picture is quantized again where fewer colours are asked for."""
    assert run("quantize", "--in-place", "-k", 8, "b.png").code == 0
    with Image.open(place / "b.png") as made:
        assert len(made.getcolors()) == 8


def test_endings_in_capitals_are_kept(run, place):
    """A.PNG is replaced under its own name."""
    (place / "a.png").rename(place / "A.PNG")
    assert run("quantize", "--in-place", "A.PNG").code == 0
    assert set(contents(place)) == {"A.PNG", "b.png"}
    with Image.open(place / "A.PNG") as made:
        assert made.mode == "P"


@pytest.mark.parametrize("options", [["--quality", "90-100", "-k", "4"], ["--effort", "1"]])
def test_leaving_a_picture_is_no_failure(run, place, options):
    """Out of the reach of --quality, and larger than before: the same exit code, 0."""
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 256, (4, 4, 3), np.uint8)).save(place / "a.png", optimize=True)
    before = contents(place)
    done = run("quantize", "--in-place", "a.png", *options)
    assert done.code == 0
    assert "skipped" in done.err
    assert contents(place) == before


def test_an_unreadable_picture_is_a_failure(run, place):
    """An unreadable picture is exit code 3, and the next one is replaced."""
    (place / "c.png").write_bytes(b"nothing")
    assert run("quantize", "--in-place", "c.png", "a.png").code == 3
    with Image.open(place / "a.png") as made:
        assert made.mode == "P"


@pytest.mark.parametrize(
    "words",
    [
        ["a.png", "-o", "x.png"],
        ["a.png", "--suffix=-x"],
        ["a.png", "--format", "gif"],
        ["a.jpg"],
        ["-"],
        ["a.png", "./a.png"],
    ],
)
def test_what_has_no_place_is_refused(run, place, words):
    """Output options, other formats and standard input are one line, and no file changes."""
    before = contents(place)
    done = run("quantize", "--in-place", *words)
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert contents(place) == before


def test_a_folder_without_pngs(run, place):
    """A folder that holds no PNG is exit code 3."""
    (place / "empty").mkdir()
    assert run("quantize", "--in-place", "empty").code == 3
