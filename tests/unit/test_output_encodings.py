"""Every command under standard output of any encoding: names it lacks are spelled out."""

from __future__ import annotations

import gzip
import io
import json
import os
import struct
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import kmcodec
from kmcodec import cli
from kmcodec.cli import COMMANDS

NAME = "café-日本語-Ω"
STRANGE = "日本語"  # in neither encoding


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder of inputs whose names and contents few encodings have."""
    place = tmp_path_factory.mktemp("in") / NAME
    place.mkdir()
    pixels = np.random.default_rng(3).integers(0, 256, (12, 12, 3), dtype=np.uint8)
    pixels[:6] = pixels[0, 0]
    Image.fromarray(pixels).save(place / f"{NAME}.png")
    image = kmcodec.quantize(pixels, n_colors=3)
    named = kmcodec.IndexedImage(
        image.palette, image.indices, authored=True, names=(NAME, "b", "c")
    )
    (place / f"{NAME}.kmq").write_bytes(kmcodec.encode_indexed(named))
    digits = np.random.default_rng(4).integers(0, 90, (30, 5, 5), dtype=np.uint8)
    header = bytes([0, 0, 8, 3]) + struct.pack(">3I", *digits.shape)
    (place / f"{NAME}.gz").write_bytes(gzip.compress(header + digits.tobytes()))
    (place / f"{NAME}.txt").write_text("nothing")
    return place


RUNS = {
    "encode": ["encode", f"{NAME}.png", "-o", f"{NAME}.out.kmq"],
    "encode, twice": ["encode", f"{NAME}.png"],
    "encode, no picture": ["encode", f"{NAME}.txt"],
    "encode, a wrong option": ["encode", f"{NAME}.png", "--keep", NAME],
    "decode": ["decode", f"{NAME}.kmq", "-o", f"{NAME}-2.png"],
    "decode, no .kmq file": ["decode", f"{NAME}.png"],
    "info": ["info", f"{NAME}.kmq"],
    "verify": ["verify", f"{NAME}.kmq"],
    "quantize": ["quantize", f"{NAME}.png", "-o", f"{NAME}-3.png", "-k", "4"],
    "quantize, with a note": ["quantize", f"{NAME}.png", "-o", f"{NAME}.gif", "--palette", "no"],
    "compare": ["compare", f"{NAME}.png", f"{NAME}.kmq", "-o", f"{NAME}-d.png"],
    "compare, a bad score": ["compare", f"{NAME}.png", f"{NAME}.kmq", "--fail-below", "99"],
    "view": ["view", f"{NAME}.kmq", "-o", f"{NAME}.html"],
    "segment": ["segment", f"{NAME}.png", "-k", "2", "--names", f"{NAME},b"],
    "segment, a wrong option": ["segment", f"{NAME}.png", "--at", "99,0", "--mask", f"{NAME}.png"],
    "digits": ["digits", f"{NAME}.gz", "-k", "2", "-o", f"{NAME}-digits.png"],
    "demo": ["demo", "-o", f"{NAME}.txt/x"],
    "thumbnail": ["thumbnail", f"{NAME}.kmq", f"{NAME}-small.png"],
    "thumbnail, json": ["thumbnail", f"{NAME}.kmq", "-o", f"{NAME}-s.png", "--json"],
    "desktop": ["desktop", "install", "--prefix", NAME, "--dry-run"],
    "completion": ["completion", "bash"],
    "no such command": [NAME],
}


@pytest.fixture
def run_in(monkeypatch, folder, tmp_path):
    """Return a function that runs a command in a copy of the folder, with streams of an encoding.

    It returns the exit code, the names of the files there are then, and what was said.
    """

    def call(words, encoding):
        place = tmp_path / encoding
        place.mkdir()
        for source in folder.iterdir():
            (place / source.name).write_bytes(source.read_bytes())
        monkeypatch.chdir(place)
        streams = [io.TextIOWrapper(io.BytesIO(), encoding) for _ in range(2)]
        monkeypatch.setattr(sys, "argv", ["kmcodec", *words])
        monkeypatch.setattr(sys, "stdout", streams[0])
        monkeypatch.setattr(sys, "stderr", streams[1])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = ""
        for stream in streams:
            stream.flush()
            said += stream.buffer.getvalue().decode(encoding)
        return ended.value.code, sorted(path.name for path in place.iterdir()), said

    return call


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
@pytest.mark.parametrize("words", RUNS.values(), ids=RUNS)
def test_no_command_fails_for_its_words(run_in, words, encoding):
    """Output fits its encoding, and all ends as it does in UTF-8."""
    code, made, said = run_in(words, encoding)
    expected, expected_files, in_full = run_in(words, "utf-8")
    assert (code, made) == (expected, expected_files)
    assert STRANGE not in said
    assert ("\\u65e5" in said) == (STRANGE in in_full or "\\u65e5" in in_full)
    assert "unexpected" not in said


def run_process(words, folder, encoding):
    """Run a command in a process of its own under PYTHONIOENCODING."""
    variables = {"PYTHONIOENCODING": encoding, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        [sys.executable, "-m", "kmcodec", *words],
        cwd=folder,
        capture_output=True,
        check=False,
        env={**os.environ, **variables},
    )


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_a_process_spells_names_out(folder, encoding):
    """Under PYTHONIOENCODING a report on standard output and an error are whole lines."""
    done = run_process(["info", f"{NAME}.kmq", f"{NAME}.txt"], folder, encoding)
    assert done.returncode == 3
    assert done.stdout.decode(encoding).splitlines()[0].endswith("3 colours (authored palette)")
    assert "\\u65e5\\u672c\\u8a9e" in done.stdout.decode(encoding)
    assert done.stderr.decode(encoding).endswith(
        "no .kmq file; kmcodec encode makes one of a picture\n"
    )
    assert ("café" in done.stdout.decode(encoding)) == (encoding == "cp1252")


def test_all_commands_are_tried():
    """Each command of the group is among those above."""
    assert {words[0] for words in RUNS.values()} == {*COMMANDS, NAME}


def test_json_is_the_same_in_any_encoding(folder, tmp_path):
    """Reports for scripts hold the name itself, escaped as JSON has it."""
    done = run_process(["info", str(folder / f"{NAME}.kmq"), "--json"], tmp_path, "ascii")
    report = json.loads(done.stdout.decode("ascii"))
    assert report["input"] == str(folder / f"{NAME}.kmq")
    assert report["names"] == [NAME, "b", "c"]
