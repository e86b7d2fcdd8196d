"""``kmcodec compare``: pairs, folders, difference pictures, exit codes."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest
from PIL import Image

import kmcodec


@pytest.fixture
def place(tmp_path, monkeypatch, photo, sprite):
    """Return a folder to work in, with a picture, worse ones, and two folders of pairs."""
    monkeypatch.chdir(tmp_path)
    image = kmcodec.quantize(photo, n_colors=12)
    Image.fromarray(photo).save("a.png")
    Image.fromarray(photo).save("a.jpg", quality=60)
    Image.fromarray(photo[:, 1:]).save("narrow.png")
    Image.fromarray(photo[:7, :9]).save("tiny.png")
    (tmp_path / "a.kmq").write_bytes(kmcodec.encode_indexed(image))
    for folder in ("in/deep", "out/deep"):
        (tmp_path / folder).mkdir(parents=True)
    Image.fromarray(photo).save("in/one.png")
    Image.fromarray(image.to_pixels()).save("out/one.webp", lossless=True)
    Image.fromarray(sprite).save("in/deep/two.png")
    kmq = kmcodec.encode(sprite, n_colors=6)
    (tmp_path / "out" / "deep" / "two.kmq").write_bytes(kmq)
    return tmp_path


def test_a_pair_has_a_line(run, place):
    """Score, PSNR, error and bytes of both files are in it."""
    done = run("compare", "a.png", "a.kmq")
    sizes = [(place / name).stat().st_size for name in ("a.png", "a.kmq")]
    line = done.out.decode()
    assert (done.code, done.err) == (0, "")
    assert line.startswith("a.png -> a.kmq  80 x 60  SSIMULACRA2 ")
    assert line.endswith(
        f"{sizes[0]:,} -> {sizes[1]:,} bytes ({100 * sizes[1] / sizes[0]:.1f} %)\n"
    )


def test_the_report_for_scripts(run, place, photo):
    """JSON has what the library says, and PSNR and error as ``encode`` reports them."""
    encoded = json.loads(run("encode", "a.png", "-k", 12, "-o", "b.kmq", "--json").out)
    report = json.loads(run("compare", "a.png", "b.kmq", "--json").out)
    shown = kmcodec.decode((place / "b.kmq").read_bytes())
    assert report == {
        "input": "a.png",
        "other": "b.kmq",
        "width": 80,
        "height": 60,
        "ssimulacra2": round(kmcodec.ssimulacra2(photo, shown), 4),
        "mse": encoded["mse"],
        "psnr": encoded["psnr"],
        "input_bytes": encoded["input_bytes"],
        "bytes": encoded["bytes"],
    }


def test_equal_pictures(run, place):
    """What has no difference scores 100, and has no PSNR."""
    Image.open("a.png").save("same.bmp")
    assert "SSIMULACRA2 100.00  equal pixels" in run("compare", "a.png", "same.bmp").out.decode()
    report = json.loads(run("compare", "a.png", "same.bmp", "--json").out)
    assert (report["ssimulacra2"], report["psnr"], report["mse"]) == (100, None, 0)
    assert place


def test_folders_are_compared_by_name(run, place):
    """Each original has a line, whatever its counterpart ends in, and a line sums up."""
    done = run("compare", "in", "out")
    lines = done.out.decode().splitlines()
    two, one = (os.path.join("deep", "two"), "one")  # noqa: PTH118  (as they are shown)
    assert (done.code, done.err, len(lines)) == (0, "", 3)
    assert lines[0].startswith(f"{os.path.join('in', two)}.png -> ")  # noqa: PTH118
    assert lines[1].startswith(f"{os.path.join('in', one)}.png -> ")  # noqa: PTH118
    assert lines[2].startswith("2 pairs compared: SSIMULACRA2 ")
    reports = [json.loads(line) for line in run("compare", "in", "out", "--json").out.splitlines()]
    scores = [report["ssimulacra2"] for report in reports]
    assert f"{sum(scores) / 2:.2f} in the mean, {min(scores):.2f} at least" in lines[2]
    assert place


def test_a_name_that_is_there_comes_first(run, place):
    """The same ending wins; of two other endings neither does, and none is told, too."""
    Image.open("a.png").save("out/one.bmp")
    done = run("compare", "in", "out")
    assert done.code == 3
    assert "one.png: out has several pictures for it: one.bmp, one.webp" in done.err
    Image.open("a.png").save("out/one.png")
    assert run("compare", "in", "out").code == 0
    Image.open("a.png").save("in/three.png")
    done = run("compare", "in", "out")
    assert done.code == 3
    assert "three.png: out has no picture three.* for it" in done.err
    assert b"2 pairs compared" in done.out
    assert place


def test_a_score_that_is_too_low_is_exit_99(run, place):
    """The report is there all the same, and a line says which score is too low."""
    report = json.loads(run("compare", "a.png", "a.jpg", "--json").out)
    score = report["ssimulacra2"]
    assert run("compare", "a.png", "a.jpg", "--fail-below", score).code == 0
    done = run("compare", "a.png", "a.jpg", "--fail-below", score + 0.01, "-o", "d.png")
    assert (done.code, (place / "d.png").exists()) == (99, True)
    assert done.out.startswith(b"a.png -> a.jpg")
    assert done.err.startswith(f"kmcodec: a.png: SSIMULACRA2 is {score:.2f}, less than ")
    done = run("compare", "a.png", "a.jpg", "--fail-below", 100, "--json")
    assert json.loads(done.out)["exit_code"] == 99
    assert run("compare", "in", "out", "--fail-below", -9999).code == 0
    done = run("compare", "in", "out", "--fail-below", 100)
    assert (done.code, len(done.err.splitlines())) == (99, 2)


def test_a_picture_of_the_difference(run, place):
    """-o writes it, as told in the report; of folders into a folder; never over an input."""
    report = json.loads(run("compare", "a.png", "a.jpg", "-o", "d.png", "--json").out)
    with Image.open("d.png") as drawn:
        assert (drawn.size, drawn.mode) == ((80, 60), "RGB")
        pixels = np.asarray(drawn)
    with Image.open("a.jpg") as other, Image.open("a.png") as original:
        gaps = np.asarray(other).astype(int) - np.asarray(original)
    assert (pixels == np.clip(128 + report["gain"] * gaps, 0, 255)).all()
    assert run("compare", "a.png", "a.jpg", "-o", "d.png").code == 7
    assert run("compare", "a.png", "a.jpg", "-o", "d.png", "-f").code == 0
    assert run("compare", "a.png", "a.jpg", "-o", "-").out == (place / "d.png").read_bytes()
    assert run("compare", "in", "out", "-o", "diff/").code == 0
    assert sorted(p.name for p in (place / "diff").rglob("*.png")) == ["one.png", "two.png"]
    for name in ("a.png", "same.png"):
        Image.open("a.png").save("same.png")
        assert run("compare", "a.png", "same.png", "-o", name, "-f").code == 2


def test_standard_input(run, place):
    """Either picture may come from it, not both."""
    data = (place / "a.kmq").read_bytes()
    assert run("compare", "a.png", "-", stdin=data).out.startswith(b"a.png -> -  80 x 60")
    assert run("compare", "-", "a.png", stdin=data).out.startswith(b"- -> a.png  80 x 60")
    assert run("compare", "-", "-", stdin=data).code == 2


def test_tiny_pictures_have_no_score(run, place):
    """Error and bytes are there all the same; a least score cannot be held."""
    Image.open("tiny.png").quantize(3).save("less.png")
    done = run("compare", "tiny.png", "less.png")
    assert (done.code, b"SSIMULACRA2 none" in done.out) == (0, True)
    assert json.loads(run("compare", "tiny.png", "less.png", "--json").out)["ssimulacra2"] is None
    done = run("compare", "tiny.png", "less.png", "--fail-below", 50)
    assert (done.code, "smaller than 8 x 8 pixels" in done.err) == (3, True)
    assert place


FAULTS = [
    (["a.png", "narrow.png"], 3, "a.png and narrow.png: the pictures differ in size: 80 x 60 and"),
    (["a.png", "missing.png"], 3, "cannot read missing.png: No such file"),
    (["missing.png", "a.png"], 3, "cannot read missing.png: No such file"),
    (["a.png", "in"], 2, "in is a folder and a.png is none"),
    (["in", "a.png"], 2, "in is a folder and a.png is none"),
    (["a.png"], 2, "Missing argument 'OTHER'"),
    (["a.png", ""], 2, "name is empty"),
    (["a.png", "a.jpg", "--fail-below", "101"], 2, "101.0 is not in the range"),
    (["a.png", "a.jpg", "--fail-below", "nan"], 2, "nan is not a score"),
    (["a.png", "a.jpg", "-o", "d.txt"], 2, "should end in .png"),
    (["a.png", "a.jpg", "--max-pixels", "4799"], 6, "exceeds limit of 4,799 pixels"),
    (["a.png", "cut.kmq"], 4, "cut.kmq"),
]


@pytest.mark.parametrize(("words", "code", "message"), FAULTS)
def test_faults_are_one_line(run, place, words, code, message):
    """What is wrong is told in one line, with both sizes where they differ."""
    (place / "cut.kmq").write_bytes((place / "a.kmq").read_bytes()[:-5])
    done = run("compare", *words)
    assert (done.code, done.out, len(done.err.splitlines())) == (code, b"", 1)
    assert message in done.err


def test_notes_name_the_picture_they_are_of(run, place, photo):
    """What was left out of either picture is told on standard error."""
    frames = [Image.fromarray(photo), Image.fromarray(255 - photo)]
    frames[0].save("moves.webp", save_all=True, append_images=frames[1:], lossless=True)
    done = run("compare", "a.png", "moves.webp")
    assert done.code == 0
    assert "a.png: moves.webp: only the first of 2 frames was used" in done.err
    assert place
