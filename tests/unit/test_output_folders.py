"""Outputs that cannot be written: one error, before anything is computed."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kmcodec
from kmcodec.cli import _jobs, _quantizing


@pytest.fixture
def closed(monkeypatch, tmp_path):
    """Return a folder that refuses new files; whoever runs the tests may write anywhere."""
    place = tmp_path / "closed"
    place.mkdir()
    open_file = os.open

    def refuse(path, flags, *args, **options):
        tries = re.fullmatch(r"\.[0-9a-f]{16}\.tmp", Path(path).name)
        if tries and str(path).startswith(str(place)):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        return open_file(path, flags, *args, **options)

    monkeypatch.setattr(os, "open", refuse)
    return place


@pytest.fixture
def nothing_computed(monkeypatch):
    """Fail where a picture is read or a palette looked for."""

    def fail(*_, **__):
        raise AssertionError("something was computed")

    monkeypatch.setattr(_jobs.Job, "picture", fail)
    monkeypatch.setattr(_jobs.Job, "read", fail)
    monkeypatch.setattr(_quantizing, "prepare", fail)


@pytest.mark.parametrize(
    "words",
    [
        ["encode", "IN", "-o", "CLOSED/"],
        ["encode", "IN", "-o", "CLOSED/new/deep/", "--shared-palette"],
        ["quantize", "IN", "-o", "CLOSED/"],
        ["decode", "KMQ", "-o", "CLOSED/"],
        ["view", "KMQ", "-o", "CLOSED/"],
        ["segment", "IN", "--labels", "CLOSED/{}.png", "--overlay", "CLOSED/{}-o.png"],
    ],
    ids=" ".join,
)
def test_a_closed_folder_is_one_error(run, folder, closed, nothing_computed, words):  # noqa: ARG001
    """Many inputs give one line and exit code 7, and no input is read."""
    for number in range(30):
        Image.new("L", (1, 1)).save(folder / f"{number}.png")
        (folder / f"{number}.kmq").write_bytes(b"")
    places = {"IN": folder, "KMQ": folder, "CLOSED": closed}
    for name, place in places.items():
        words = [word.replace(name, str(place)) for word in words]
    done = run(*words)
    assert done.code == 7
    reason = os.strerror(errno.EACCES)
    assert done.err.endswith(f": cannot write into folder {closed}: {reason}\n")
    assert done.err.count("\n") == 1
    assert list(closed.iterdir()) == []


def test_a_closed_folder_names_a_single_output(run, folder, closed):
    """A single output is named itself."""
    done = run("encode", folder / "photo.png", "-o", closed / "x.kmq")
    assert done.code == 7
    assert f"cannot write {closed / 'x.kmq'}: " in done.err
    done = run("digits", "-o", closed / "x.png")
    assert (done.code, "cannot write" in done.err) == (7, True)


def test_a_file_where_a_folder_should_be_is_one_error(run, folder, tmp_path, nothing_computed):  # noqa: ARG001
    """Many inputs into a folder below a file give one line, and no input is read."""
    (tmp_path / "file").write_text("")
    for output in (tmp_path / "file" / "deep", f"{tmp_path / 'file'}/"):
        done = run("quantize", folder, "-o", output)
        assert done.code == 7
        file = tmp_path / "file"
        assert done.err == f"kmcodec: cannot write into folder {file}: {file} is not a folder\n"


def test_outputs_that_can_be_written_are(run, folder, closed):
    """Where only some folders refuse, the other outputs are made."""
    Image.new("L", (3, 3)).save(closed / "a.png")
    done = run("encode", closed / "a.png", folder / "gray.bmp")
    assert done.code == 0  # the folder here only pretends to be closed
    assert (folder / "gray.kmq").exists()


def test_a_probe_leaves_nothing(run, folder, tmp_path):
    """Asking makes neither folders nor files: with a wrong input, there are none afterwards."""
    (folder / "bad.png").write_bytes(b"no picture")
    assert run("encode", folder / "bad.png", "-o", tmp_path / "new" / "x.kmq").code == 3
    assert not (tmp_path / "new").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is Linux's")
def test_a_real_folder_that_refuses(run, folder):
    """The system's own refusal is told once."""
    done = run("quantize", folder, "-o", "/proc/kmcodec/")
    assert done.code == 7
    assert done.err.startswith("kmcodec: cannot write into folder /proc: ")
    assert done.err.count("\n") == 1


SPRITE = np.zeros((4, 4, 4), dtype=np.uint8)
SPRITE[1:3, 1:3] = (255, 0, 0, 255)
SOFT = SPRITE.copy()
SOFT[SOFT[..., 3] == 0] = (9, 9, 9, 100)


@pytest.mark.parametrize("command", ["encode", "quantize"])
@pytest.mark.parametrize(
    ("picture", "palette", "words"),
    [
        (SPRITE, "ff0000\n00ff00\n", "75.0 % of the pixels are fully transparent"),
        (SPRITE, "ff0000ff\n00ff0080\n", "the palette has no clear entry"),
        (SPRITE, "ff0000\n00000000\n", None),
        (SOFT, "ff0000\n00ff00\n", "translucent pixels became opaque"),
        (SOFT, "ff0000\n00ff0080\n", None),
        (SPRITE[..., :3], "ff0000\n00ff00\n", None),
        (SPRITE[..., 0], "ff0000\n00ff00\n", None),
    ],
)
def test_a_palette_without_a_clear_entry_is_noted(run, tmp_path, command, picture, palette, words):
    """Transparency that a given palette cannot show is a note, for people and in JSON."""
    Image.fromarray(picture).save(tmp_path / "a.png")
    (tmp_path / "p.hex").write_text(palette)
    target = tmp_path / ("o.kmq" if command == "encode" else "o.png")
    words_of = [command, tmp_path / "a.png", "--palette", tmp_path / "p.hex", "-o", target]
    done = run(*words_of, "--json")
    assert done.code == 0, done.err
    notes = json.loads(done.out).get("notes", [])
    assert len(notes) == (words is not None)
    if words is None:
        assert done.err == ""
        return
    assert words in notes[0]
    assert words in done.err
    assert len(kmcodec.find_palette(picture)) > 0


def test_a_png_is_not_replaced_where_a_palette_loses_its_ground(run, tmp_path):
    """With --in-place, a sprite whose ground the palette cannot show is left."""
    Image.fromarray(SPRITE.repeat(9, axis=0)).save(tmp_path / "a.png")
    before = (tmp_path / "a.png").read_bytes()
    (tmp_path / "p.hex").write_text("ff0000\n00ff00\n")
    done = run("quantize", tmp_path / "a.png", "--in-place", "--palette", tmp_path / "p.hex")
    assert done.code == 0
    assert "more than colours would be lost" in done.err
    assert (tmp_path / "a.png").read_bytes() == before


def test_the_javascript_decoder_says_how_it_is_called(tmp_path):
    """Without its two file names, kmq2pam.mjs prints its usage and ends with 2."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node.js")
    script = Path(kmcodec.__file__).parent / "pages" / "assets" / "kmq2pam.mjs"
    for words in ([], ["a.kmq"], ["a.kmq", "b.pam", "c"]):
        done = subprocess.run([node, script, *words], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("usage: node kmq2pam.mjs INPUT.kmq OUTPUT.pam")
    done = subprocess.run(
        [node, script, tmp_path / "none.kmq", tmp_path / "x"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ENOENT")
    assert done.stderr.count("\n") == 1
