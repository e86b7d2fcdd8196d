"""``kmcodec demo`` on a person's own pictures."""

from __future__ import annotations

import json

import numpy as np
import pytest
from pictures import opened
from PIL import Image

import kmcodec
from kmcodec.cli._contact_sheet import Row, sheet


@pytest.fixture
def place(tmp_path, monkeypatch, photo, sprite):
    """Return a working folder with an RGB, an RGBA and a gray picture."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(photo).save("my.png")
    Image.fromarray(sprite).save("sprite.png")
    Image.fromarray(photo[..., 0]).save("gray.png")
    return tmp_path


def names(folder):
    """Return the names in a folder, sorted."""
    return sorted(path.name for path in folder.iterdir())


def test_a_picture_and_a_list_of_numbers(run, place, photo):
    """Each number of colours has a .kmq and a PNG of the same pixels, and there is one sheet."""
    done = run("demo", "my.png", "-k", "5,10", "-o", "out")
    assert (done.code, done.err) == (0, "")
    assert b"The contact sheet is " in done.out
    made = ["my-005.kmq", "my-005.png", "my-010.kmq", "my-010.png", "my-contact-sheet.png"]
    assert names(place / "out") == made
    for k in (5, 10):
        decoded = kmcodec.decode((place / "out" / f"my-{k:03}.kmq").read_bytes())
        assert (decoded == np.asarray(opened(f"out/my-{k:03}.png").convert("RGB"))).all()
        assert (decoded == kmcodec.quantize(photo, n_colors=k).to_pixels()).all()


def test_several_pictures_of_any_kind(run, place):
    """Gray and RGBA are taken, rows come in the order of pictures and numbers."""
    done = run("demo", "gray.png", "sprite.png", "-k", "12,3", "-o", "out", "--json")
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 0
    assert [(row["picture"], row["n_colors"]) for row in rows] == [
        ("gray", 12),
        ("gray", 3),
        ("sprite", 12),
        ("sprite", 3),
    ]
    assert len(names(place / "out")) == 10


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["none.png"], 3, "cannot read none.png"),
        (["my.png", "-k", "5,300"], 2, "-k: a palette PNG holds 256 colours, not 300"),
        (["my.png", "-k", "5,5"], 2, "not a list of different numbers"),
        (["my.png", "-k", "0"], 2, "not a list of different numbers"),
        (["my.png", "./my.png"], 2, "two pictures are called my"),
    ],
)
def test_mistakes_are_one_line(run, place, words, code, message):
    """Nothing is written then."""
    done = run("demo", *words, "-o", "out")
    assert (done.code, done.err.count("\n")) == (code, 1)
    assert message in done.err
    assert not (place / "out").exists()


def test_nothing_is_overwritten_or_half_done(run, place):
    """Any file in the way is told before the first one is written."""
    (place / "out").mkdir()
    (place / "out" / "my-010.png").write_text("mine")
    done = run("demo", "my.png", "-k", "5,10", "-o", "out")
    assert (done.code, names(place / "out")) == (7, ["my-010.png"])
    assert "exists already; -f overwrites it" in done.err
    assert run("demo", "my.png", "-k", "5,10", "-o", "out", "-f").code == 0


def test_what_reading_changed_is_noted(run, place, photo):
    """An animation's other frames are missed aloud."""
    frames = [Image.fromarray(p) for p in (photo, photo[::-1].copy())]
    frames[0].save("moving.png", save_all=True, append_images=frames[1:])
    done = run("demo", "moving.png", "-k", "4", "-o", "out")
    assert done.err == "kmcodec: moving.png: only the first of 2 frames was used\n"
    assert (place / "out" / "moving-004.kmq").exists()


@pytest.mark.parametrize(
    ("size", "n_tiles", "expected"),
    [
        ((16, 16), 6, (3 * 372 + 12, 2 * (320 + 70) + 41)),  # twenty times as large
        ((640, 427), 6, (1968, 1035)),
        ((640, 427), 4, (1316, 1035)),
        ((3000, 2000), 3, (3 * 1012 + 12, 667 + 70 + 41)),  # a third as large
    ],
)
def test_sheets_show_small_and_large_pictures(size, n_tiles, expected):
    """Small ones are enlarged by whole numbers, large ones reduced, captions have room."""
    row = Row("p", 5, 1, 2, 30.0, 0.0, 0.0)
    assert sheet([(Image.new("RGB", size), row)] * n_tiles, "p", 1).size == expected
