"""``kmcodec quantize``: where outputs go, what is skipped, what is kept."""

from __future__ import annotations

import importlib.util
import io
import json

import numpy as np
import pytest
from pictures import opened, swapped_profile
from PIL import Image

import kmcodec
from kmcodec.files import OxipngMissingError


@pytest.fixture
def place(tmp_path, monkeypatch, photo):
    """Return a working folder with a picture in two formats."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(photo).save("a.png")
    Image.fromarray(photo).save("b.bmp")
    return tmp_path


def names(place):
    """Return the names in a folder, sorted."""
    return sorted(p.name for p in place.iterdir())


def test_a_suffix_writes_beside_the_inputs(run, place):
    """--suffix names the outputs beside their inputs, or in the folder of -o."""
    assert run("quantize", "a.png", "b.bmp", "--suffix=-8bit").code == 0
    assert names(place) == ["a-8bit.png", "a.png", "b-8bit.png", "b.bmp"]
    assert opened("a-8bit.png").mode == "P"
    assert run("quantize", "a.png", "--suffix=-8bit").code == 7
    assert run("quantize", "a.png", "--suffix", ".min", "--format", "webp", "-o", "out/").code == 0
    assert names(place / "out") == ["a.min.webp"]


def test_in_place_needs_force(run, place):
    """An output that is its input is exit code 2 without -f, and always for encode."""
    before = (place / "a.png").read_bytes()
    refused = run("quantize", "a.png", "--suffix=")
    assert (refused.code, (place / "a.png").read_bytes()) == (2, before)
    assert "a.png would overwrite the input a.png; -f allows it" in refused.err
    refused = run("quantize", "a.png", "-o", "./a.png")
    assert (refused.code, "-f allows it" in refused.err) == (2, True)
    assert "use -o" in run("encode", "a.png", "-o", "a.png", "-f").err  # which never does so


def test_in_place(run, place, photo):
    """With -f, a picture is replaced by its quantized self."""
    assert run("quantize", "a.png", "--suffix=", "-f", "-k", 20).code == 0
    assert names(place) == ["a.png", "b.bmp"]
    expected = kmcodec.quantize(photo, n_colors=20).to_pixels()
    assert (np.asarray(opened("a.png").convert("RGB")) == expected).all()
    assert run("quantize", "a.png", "-o", "a.png", "-f", "-k", 10).code == 0


def test_in_place_an_input_keeps_its_own_name(run, place, photo):
    """Of two inputs for a.png the one that is a.png stays it, wherever it stands."""
    Image.fromarray(photo).save("a.jpg")
    assert run("quantize", "a.png", "a.jpg", "--suffix=").code == 2
    assert run("quantize", "a.jpg", "./a.png", "--suffix=", "-f", "-k", 8).code == 0
    assert names(place) == ["a.jpg", "a.jpg.png", "a.png", "b.bmp"]
    assert [opened(name).mode for name in ("a.png", "a.jpg.png")] == ["P", "P"]


def test_another_input_is_never_overwritten(run, place, photo):
    """c.bmp would become c-x.png, which is an input itself."""
    Image.fromarray(photo).save("c.bmp")
    Image.fromarray(photo).save("c-x.png")
    done = run("quantize", "c.bmp", "c-x.png", "--suffix=-x", "-f")
    assert (done.code, names(place)) == (2, ["a.png", "b.bmp", "c-x.png", "c.bmp"])
    assert "c.bmp would overwrite the input c-x.png" in done.err


def test_suffixes_that_are_none(run, place):
    """Wrong suffixes and a missing output are one line, and no file is written."""
    for arguments, message in (
        (["--suffix=x", "-o", "c.png"], "--suffix is for outputs that -o does not name"),
        (["--suffix=/x"], "no part of a file's name"),
        ([], "Missing option '-o'"),
    ):
        done = run("quantize", "a.png", *arguments)
        assert (done.code, done.err.count("\n")) == (2, 1)
        assert message in done.err
    assert names(place) == ["a.png", "b.bmp"]


def test_outputs_that_are_not_smaller_are_skipped(run, place):
    """Exit code 98 where it is the only reason, 1 among others; the rest is written."""
    (place / "small.webp").write_bytes(webp(np.zeros((1, 1, 3), np.uint8)))
    done = run("quantize", "small.webp", "-o", "x.png", "--skip-if-larger", "--json")
    report = json.loads(done.out)
    assert (done.code, sorted(report)) == (98, ["exit_code", "input", "skipped"])
    assert report["skipped"].endswith(f"the input has {(place / 'small.webp').stat().st_size}")
    assert done.err == f"kmcodec: small.webp: skipped: {report['skipped']}\n"
    assert not (place / "x.png").exists()
    many = run("quantize", "small.webp", "a.png", "-o", "out", "--skip-if-larger")
    assert (many.code, names(place / "out")) == (98, ["a.png"])
    mixed = run("quantize", "small.webp", "none.png", "-o", "out", "--skip-if-larger")
    assert mixed.code == 1


def webp(pixels):
    """Return pixels as a lossless WebP."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "WEBP", lossless=True)
    return buffer.getvalue()


def test_encode_skips_too(run, place):
    """A larger file skipped by encode is exit code 98 and no file."""
    noise = np.random.default_rng(0).integers(0, 256, (40, 40), dtype=np.uint8)
    Image.fromarray(noise).save("d.jpg", quality=1)
    done = run("encode", "d.jpg", "--skip-if-larger")
    assert (done.code, (place / "d.kmq").exists()) == (98, False)


def test_pipes_skip_like_files(run, place):
    """Through pipes, a larger output is skipped and a smaller one written."""
    tiny = webp(np.zeros((1, 1, 3), np.uint8))
    done = run("quantize", "-", "-o", "-", "--skip-if-larger", stdin=tiny)
    assert (done.code, done.out) == (98, b"")
    assert done.err.startswith("kmcodec: -: skipped: the output would have ")
    data = (place / "b.bmp").read_bytes()
    done = run("quantize", "-", "-o", "-", "--skip-if-larger", stdin=data)
    assert (done.code, done.out[:4]) == (0, b"\x89PNG")


def test_own_palettes_lose_nothing(run, place):
    """Few enough colours are kept; their order is, too, if that is asked for."""
    image = Image.frombytes("P", (4, 2), bytes([0, 1, 2, 3, 3, 2, 1, 0]))
    image.putpalette(bytes([1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 99, 99, 99]))
    image.save(place / "p.png", transparency=1)
    for arguments in ([], ["--keep-order"]):
        assert run("quantize", "p.png", "-o", "q.png", "-f", *arguments).code == 0
        again = opened("q.png")
        assert (np.asarray(again.convert("RGBA")) == np.asarray(image_rgba("p.png"))).all()
    assert (np.asarray(again) == np.asarray(image)).all()


def image_rgba(name):
    """Return a picture file as RGBA."""
    return opened(name).convert("RGBA")


def test_profiles_are_applied_or_kept(run, place, photo):
    """Without --keep-metadata the profile is applied, with it kept, or refused by GIF."""
    Image.fromarray(photo).save("wide.png", icc_profile=swapped_profile())
    assert run("quantize", "wide.png", "-o", "x.png", "-k", 8).code == 0
    assert "icc_profile" not in opened("x.png").info
    assert run("quantize", "wide.png", "-o", "y.png", "-k", 8, "--keep-metadata").code == 0
    assert opened("y.png").info["icc_profile"] == swapped_profile()
    x, y = (np.asarray(image_rgba(f"{n}.png")).astype(int).mean(axis=(0, 1)) for n in "xy")
    assert x[:3] == pytest.approx(y[2::-1], abs=3)
    refused = run("quantize", "wide.png", "-o", "y.gif", "--keep-metadata")
    assert (refused.code, (place / "y.gif").exists()) == (3, False)
    assert "GIF cannot carry this picture's metadata (ICC profile); choose PNG" in refused.err
    for arguments in ([], ["--keep-metadata"]):
        assert run("encode", "wide.png", "-o", "x.kmq", "-f", *arguments).code == 0
        kept = kmcodec.read_metadata((place / "x.kmq").read_bytes()).icc
        assert kept == (swapped_profile() if arguments else None)


def test_notes_are_reported(run, place):
    """Notes stand in the JSON report and on standard error."""
    Image.new("CMYK", (4, 4)).save(place / "c.tiff")
    done = run("quantize", "c.tiff", "-o", "c.png", "--json")
    assert json.loads(done.out)["notes"] == [done.err.strip().removeprefix("kmcodec: c.tiff: ")]
    assert "simple formula" in done.err


def test_oxipng_is_optional_and_for_png(run, place, monkeypatch):
    """--oxipng works where it is installed, and is refused for other formats or without it."""
    if importlib.util.find_spec("oxipng"):
        assert run("quantize", "a.png", "-o", "x.png", "--oxipng", 1).code == 0
        assert (np.asarray(image_rgba("x.png"))[..., 3] == 255).all()
    for arguments in (["-o", "x.gif"], ["-o", "-", "--format", "webp"]):
        done = run("quantize", "a.png", "--oxipng", 1, *arguments)
        assert (done.code, done.err) == (2, "kmcodec quantize: --oxipng is for PNG outputs\n")

    def missing():
        raise OxipngMissingError("--oxipng needs the package pyoxipng")

    monkeypatch.setattr("kmcodec.files.check_oxipng", missing)
    done = run("quantize", "a.png", "-o", "z.png", "--oxipng", 1)
    assert (done.code, (place / "z.png").exists()) == (2, False)
    assert done.err == "kmcodec quantize: --oxipng needs the package pyoxipng\n"
