"""``--score``, ``--price`` and ``--max-bytes`` of ``encode`` and ``quantize``."""

from __future__ import annotations

import json

import pytest
from pictures import soft_picture
from PIL import Image

import kmcodec


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Return a folder to work in, with a picture."""
    monkeypatch.chdir(tmp_path)
    photo = soft_picture()
    Image.fromarray(photo).save("a.png")
    Image.fromarray(photo[:6, :6]).save("tiny.png")
    frames = [Image.fromarray(photo), Image.fromarray(photo[::-1])]
    frames[0].save("anim.gif", save_all=True, append_images=frames[1:])
    return tmp_path


def test_a_score(run, place):
    """The report tells score, price and why the search ended; the line tells the score."""
    done = run("encode", "a.png", "--score", "50", "-o", "b.kmq", "--json")
    report = json.loads(done.out)
    shown = kmcodec.decode((place / "b.kmq").read_bytes())
    assert report["score"] == round(kmcodec.ssimulacra2(soft_picture(), shown), 2)
    assert report["score"] >= 50
    assert report["why"] == "score"
    assert report["price"] > 0
    line = run("encode", "a.png", "--score", "50", "-o", "c.kmq").out.decode()
    assert f"score {report['score']:.1f}" in line
    assert (place / "c.kmq").read_bytes() == (place / "b.kmq").read_bytes()


def test_the_best_in_so_many_bytes(run, place):
    """The file has no more bytes than allowed."""
    done = run("encode", "a.png", "--max-bytes", "1200", "-o", "b.kmq")
    assert done.code == 0
    assert (place / "b.kmq").stat().st_size <= 1200


@pytest.mark.parametrize("options", [["--score", "40"], ["--price", "0.0002"]])
@pytest.mark.parametrize("suffix", [".png", ".gif", ".webp"])
def test_palette_pictures(run, place, options, suffix):
    """Standard formats are written with chosen indices, too."""
    name = f"b{suffix}"
    report = json.loads(run("quantize", "a.png", *options, "-o", name, "--json").out)
    with Image.open(place / name) as image:
        shown = image.convert("RGB")
    assert report["score"] == round(kmcodec.ssimulacra2(soft_picture(), shown), 2)
    flat = run("quantize", "a.png", "-o", f"flat{suffix}")
    assert flat.code == 0
    assert (place / name).stat().st_size < (place / f"flat{suffix}").stat().st_size


@pytest.mark.parametrize(
    "others",
    [
        ["--dither", "1"],
        ["--space", "srgb"],
        ["--quality", "50"],
        ["--keep", "#ff0000"],
        ["--price", "0.1"],
    ],
)
@pytest.mark.parametrize("command", ["encode", "quantize"])
def test_options_that_exclude_each_other(run, place, command, others):
    """One line names the two."""
    end = ".kmq" if command == "encode" else ".png"
    done = run(command, "a.png", "--score", "50", *others, "-o", f"b{end}")
    assert done.code == 2
    assert f"--score and {others[0]} exclude each other" in done.err
    assert not (place / f"b{end}").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["a.png", "--score", "99.9", "-k", "4"], 99, "4 colours reach score"),
        (["a.png", "--score", "80-70"], 2, "is not of the form"),
        (["a.png", "--score", "high"], 2, "is not of the form"),
        (["a.png", "--price", "nan"], 2, "nan"),
        (["tiny.png", "--score", "50"], 3, "too few for a score"),
        (["anim.gif", "--score", "50"], 2, "for single pictures"),
        (["a.png", "--max-bytes", "30"], 6, "max_bytes allows 30"),
        (["a.png", "--max-bytes", "3000", "--block", "4x4"], 2, "exclude each other"),
    ],
)
def test_what_is_refused(run, place, arguments, code, message):
    """Each has its exit code, one line, and no file."""
    done = run("encode", *arguments, "-o", "b.kmq")
    assert (done.code, message in done.err) == (code, True), done.err
    assert not (place / "b.kmq").exists()


@pytest.mark.usefixtures("place")
def test_the_least_of_two_scores(run):
    """Where colours do not reach the second score, the first is enough."""
    done = run("encode", "a.png", "--score", "5-99.9", "-k", "8", "-o", "b.kmq", "--json")
    report = json.loads(done.out)
    assert report["why"] == "colors"
    assert report["colors"] <= 8
