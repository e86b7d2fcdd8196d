"""``kmcodec quantize`` over many files: going on, totals, one palette, and what is told before."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from pictures import opened, swapped_profile
from PIL import Image


@pytest.fixture
def place(tmp_path, monkeypatch, photo, sprite):
    """Return a working folder with two pictures in a folder, one of them deeper."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in" / "deep").mkdir(parents=True)
    Image.fromarray(photo).save("in/a.png")
    Image.fromarray(sprite).save("in/deep/b.png")
    return tmp_path


def found(folder):
    """Return the files in a folder at any depth, as text, sorted."""
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.*"))


def chunks(path):
    """Return a PNG's chunks, the last of each kind."""
    data, out, at = path.read_bytes(), {}, 8
    while at < len(data):
        size = int.from_bytes(data[at : at + 4])
        out[data[at + 4 : at + 8]] = data[at + 8 : at + 8 + size]
        at += 12 + size
    return out


def last_line(done):
    """Return the last line of a run's standard output."""
    return done.out.decode().splitlines()[-1]


def test_a_second_run_does_what_is_new(run, place, photo):
    """Outputs of the first run are no inputs, and are not written again."""
    assert run("quantize", "in", "--suffix=-q", "-k", 8).code == 0
    first = ["a-q.png", "a.png", "deep/b-q.png", "deep/b.png"]
    assert found(place / "in") == first
    stamp = (place / "in" / "a-q.png").stat().st_mtime_ns
    Image.fromarray(photo[::-1]).save("in/c.png")
    again = run("quantize", "in", "--suffix=-q", "-k", 4)
    assert (again.code, again.err) == (0, "")
    assert found(place / "in") == sorted([*first, "c-q.png", "c.png"])
    assert (place / "in" / "a-q.png").stat().st_mtime_ns == stamp
    lines = again.out.decode().splitlines()
    assert lines[0].startswith(f"{Path('in', 'c.png')} -> ")
    assert lines[1].startswith("1 file written: ")
    assert lines[1].endswith("; 2 skipped (2 done before)")
    idle = run("quantize", "in", "--suffix=-q")
    assert (idle.code, idle.out) == (0, b"0 files written; 3 skipped (3 done before)\n")


def test_a_second_run_over_named_files_goes_on_too(run, place):
    """A shell's pattern names the outputs as well; they are skipped, and JSON says why."""
    assert run("quantize", "in/a.png", "in/deep/b.png", "--suffix=-q", "-k", 8).code == 0
    names = ["in/a-q.png", "in/a.png", "in/deep/b.png"]
    again = run("quantize", *names, "--suffix=-q", "--json")
    reports = [json.loads(line) for line in again.out.splitlines()]
    assert (again.code, again.err) == (0, "")
    assert [(r["why"], r["exit_code"]) for r in reports] == [
        ("made by an earlier run", 0),
        ("done before", 0),
        ("done before", 0),
    ]
    assert found(place / "in") == ["a-q.png", "a.png", "deep/b-q.png", "deep/b.png"]


def test_force_does_a_folder_again_from_its_sources(run, place):
    """With -f, outputs are written anew and still are no inputs."""
    run("quantize", "in", "--suffix=-q", "-k", 8)
    done = run("quantize", "in", "--suffix=-q", "-k", 3, "-f")
    assert done.code == 0
    assert found(place / "in") == ["a-q.png", "a.png", "deep/b-q.png", "deep/b.png"]
    assert len(opened("in/a-q.png").convert("RGB").getcolors()) == 3


def test_a_name_that_only_looks_like_an_output_is_an_input(run, place, photo):
    """Without its source beside it, x-q.png is a picture like any other."""
    Image.fromarray(photo).save("in/x-q.png")
    assert run("quantize", "in", "--suffix=-q", "-k", 8).code == 0
    assert "x-q-q.png" in found(place / "in")
    assert run("quantize", "in", "--suffix=-q", "-k", 8).code == 0
    assert "x-q-q-q.png" not in found(place / "in")


def test_an_output_of_a_name_that_clashes_later_is_no_input(run, place, photo):
    """Where a.jpg joins a.png, a-q.png is still known for an output."""
    run("quantize", "in", "--suffix=-q", "-k", 8)
    Image.fromarray(photo).save("in/a.jpg")
    assert run("quantize", "in", "--suffix=-q", "-k", 8).code == 0
    assert [name for name in found(place / "in") if "-q-q" in name] == []


def test_an_output_older_than_its_input_is_told(run, place):
    """It is not overwritten unasked, and gets a line of its own."""
    run("quantize", "in", "--suffix=-q", "-k", 8)
    os.utime(place / "in" / "a-q.png", (1, 1))
    again = run("quantize", "in", "--suffix=-q", "-k", 8)
    assert again.code == 0
    assert again.err.count("\n") == 1
    assert "exists already, older than its input; -f overwrites it" in again.err
    assert last_line(again) == "0 files written; 2 skipped (1 done before, 1 outdated)"


def test_an_output_folder_among_the_inputs_is_left_out(run, place):
    """What -o put into a folder below the input folder is no input of the next run."""
    assert run("quantize", "in", "-o", "in/out/", "-k", 8).code == 0
    before = found(place / "in")
    again = run("quantize", "in", "-o", "in/out/", "-k", 8)
    assert again.code == 7
    assert again.err.count("exists already; -f overwrites it") == 2
    assert run("quantize", "in", "-o", "in/out", "-k", 8, "-f").code == 0
    assert found(place / "in") == before


def test_totals(run, place):
    """Files, bytes before and after, skipped and why, failed."""
    (place / "in" / "bad.png").write_bytes(b"no picture")
    Image.new("P", (1, 1)).save("in/dot.gif")
    done = run("quantize", "in", "-o", "out", "-k", 8, "--skip-if-larger")
    before = sum((place / "in" / n).stat().st_size for n in ("a.png", "deep/b.png"))
    after = sum((place / "out" / n).stat().st_size for n in ("a.png", "deep/b.png"))
    expected = f"2 files written: {before:,} -> {after:,} bytes ({100 * after / before:.1f} %)"
    assert last_line(done) == f"{expected}; 1 skipped (1 not smaller); 1 failed"
    assert done.code == 3
    alone = run("quantize", "in/a.png", "-o", "x.png", "-k", 8)
    assert len(alone.out.splitlines()) == 1
    as_json = run("quantize", "in", "-o", "json", "-k", 8, "--json")
    assert [json.loads(line)["input"] for line in as_json.out.splitlines()]


def test_totals_of_encode_and_decode(run, place):
    """Commands that write pictures or .kmq files have totals, too."""
    assert last_line(run("encode", "in", "-o", "k")).startswith("2 files written: ")
    assert last_line(run("decode", "k", "-o", "d")).startswith("2 files written: ")
    assert len(run("verify", "k").out.splitlines()) == 2
    assert found(place / "d") == ["a.png", "deep/b.png"]


@pytest.mark.usefixtures("place")
def test_encode_tells_of_a_shared_palette(run):
    """Its .kmq files hold the same palette, and the reports say so."""
    done = run("encode", "in", "-o", "k", "--shared-palette", "-k", 20)
    assert last_line(done).endswith(", all with the same palette of 20 colours")


def test_quiet(run, place):
    """Only errors are printed, and JSON where it is asked for."""
    Image.new("CMYK", (4, 4)).save("in/c.tiff")
    (place / "in" / "bad.png").write_bytes(b"no picture")
    done = run("quantize", "in", "-o", "out", "-k", 8, "--quiet")
    assert (done.code, done.out) == (3, b"")
    assert done.err.splitlines() == [
        f"kmcodec: {Path('in', 'bad.png')} is not a picture that Pillow can read"
    ]
    again = run("quantize", "in", "-o", "out", "-k", 8, "-f", "-q", "--json")
    assert len(again.out.splitlines()) == 4
    assert run("encode", "in/a.png", "-q").out == b""
    assert run("decode", "in/a.kmq", "-o", "d.png", "-q").out == b""


@pytest.mark.parametrize("suffix", ["png", "gif"])
def test_a_shared_palette_is_the_same_in_every_file(run, place, suffix):
    """Every file holds all colours of one palette, in one order, and the reports say so."""
    Image.new("RGB", (5, 5), (9, 200, 30)).save("in/one.png")
    words = ["--shared-palette", "-k", 20, "--format", suffix]
    done = run("quantize", "in", "-o", "out", *words)
    assert done.code == 0
    paths = sorted((place / "out").rglob("*." + suffix))
    palettes = {bytes(opened(path).getpalette("RGB")) for path in paths}
    assert (len(paths), len(palettes)) == (3, 1)
    assert last_line(done).endswith(", all with the same palette of 20 colours")
    assert done.out.count(b"  20 colours of one palette  ") == 3
    if suffix == "png":
        held = [chunks(path) for path in paths]
        assert {(len(c[b"PLTE"]), c[b"PLTE"], c[b"tRNS"]) for c in held} == {
            (60, held[0][b"PLTE"], held[0][b"tRNS"])
        }
        assert held[0][b"tRNS"].count(255) == 0  # opaque entries are last
    reports = run("quantize", "in", "-o", "out", *words, "-f", "--json").out.splitlines()
    assert {(r["colors"], r["shared_palette"]) for r in map(json.loads, reports)} == {(20, True)}


def test_a_shared_palette_is_not_mixed_with_another(run, place, photo):
    """Where some outputs exist, their palette is another: refused in a line, before the search."""
    words = ["--suffix=-s", "--shared-palette", "-k", 20]
    assert run("quantize", "in", *words).code == 0
    assert run("quantize", "in", *words).code == 0  # all is done
    Image.fromarray(photo).save("in/new.png")
    refused = run("quantize", "in", *words)
    assert (refused.code, refused.err.count("\n")) == (7, 1)
    assert "--shared-palette: 2 of 3 outputs exist already" in refused.err
    assert "new-s.png" not in found(place / "in")
    assert run("quantize", "in", *words, "-f").code == 0
    assert len({chunks(place / "in" / n)[b"PLTE"] for n in ("a-s.png", "new-s.png")}) == 1
    again = run("quantize", "in", "-o", "out", "--shared-palette")
    assert again.code == 0
    (place / "out" / "a.png").unlink()
    assert run("quantize", "in", "-o", "out", "--shared-palette").code == 7


def test_reports_tell_the_colours_in_the_file(run, place):
    """Entries that no pixel has are not in the file, unless --keep-order leaves them there."""
    image = Image.frombytes("P", (4, 1), bytes([2, 0, 2, 3]))
    image.putpalette(bytes(range(30, 45)))
    image.save("p.png")
    for words, colors in (([], 3), (["--keep-order"], 5)):
        done = run("quantize", "p.png", "-o", "q.png", "-f", "--json", *words)
        assert json.loads(done.out)["colors"] == colors
        assert len(chunks(place / "q.png")[b"PLTE"]) == 3 * colors
    (place / "p.hex").write_text("ff0000\n00ff00\n0000ff\n000000\n")
    one = ["quantize", "p.png", "--palette", "p.hex", "-o", "q.png", "-f", "--json"]
    assert json.loads(run(*one).out)["colors"] == 1
    assert json.loads(run(*one, "--keep-order").out)["colors"] == 4
    assert chunks(place / "q.png")[b"PLTE"] == bytes.fromhex("ff000000ff000000ff000000")


@pytest.mark.parametrize("suffix", ["png", "gif", "bmp", "tiff"])
def test_more_colours_than_a_palette_holds_are_refused_once(run, place, suffix):
    """One clear line before anything is read; WebP has room for them."""
    for words in (["in/a.png", "-o", f"x.{suffix}"], ["in", "-o", "x/", "--format", suffix]):
        done = run("quantize", *words, "-k", 1000)
        assert (done.code, done.err.count("\n")) == (2, 1)
        assert f"-k 1000 is too many: a palette in {suffix.upper()} holds 256 colours" in done.err
    assert found(place) == ["in/a.png", "in/deep/b.png"]
    assert run("quantize", "in/a.png", "-k", 1000, "-o", "x.webp").code == 0
    assert len(opened("x.webp").getcolors(5000)) == 1000


@pytest.mark.usefixtures("place")
def test_a_folder_needs_no_slash(run):
    """Several inputs, or a folder that exists, make -o a folder; a single new name does not."""
    assert run("quantize", "in/a.png", "in/deep/b.png", "-o", "new", "-k", 8).code == 0
    assert opened("new/a.png").mode == "P"
    assert run("quantize", "in/a.png", "-o", "new", "-k", 8, "-f").code == 0
    refused = run("quantize", "in/a.png", "-o", "newer", "-k", 8)
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert "or in / if it is a folder" in refused.err


@pytest.mark.usefixtures("place")
def test_applied_profiles_are_noted(run, photo):
    """A note for people and in JSON says that the colours changed; a kept profile needs none."""
    Image.fromarray(photo).save("wide.png", icc_profile=swapped_profile())
    note = "its colour profile was applied: colours are sRGB now"
    for command, target in (("quantize", "x.png"), ("encode", "x.kmq")):
        done = run(command, "wide.png", "-o", target, "-k", 8, "--json")
        assert json.loads(done.out)["notes"] == [note]
        assert done.err == f"kmcodec: wide.png: {note}\n"
        kept = run(command, "wide.png", "-f", "-o", target, "-k", 8, "--keep-metadata", "--json")
        assert (kept.code, kept.err) == (0, "")


@pytest.mark.usefixtures("place")
def test_an_applied_profile_is_no_reason_to_leave_a_png(run, photo):
    """With --in-place such a PNG is replaced, as colours are all that changes."""
    Image.fromarray(photo).save("wide.png", icc_profile=swapped_profile())
    done = run("quantize", "wide.png", "--in-place", "-k", 8)
    assert (done.code, opened("wide.png").mode) == (0, "P")
    assert "profile was applied" in done.err


@pytest.mark.usefixtures("place")
def test_keep_order_writes_a_gif_as_it_is(run):
    """Unused entries stay in a GIF's colour table."""
    image = Image.fromarray(np.array([[2, 0], [2, 3]], dtype=np.uint8))
    image = image.convert("P")
    image.putpalette(bytes(range(30, 54)))
    image.save("p.png")
    assert run("quantize", "p.png", "-o", "q.gif", "--keep-order").code == 0
    assert opened("q.gif").getpalette()[:24] == list(range(30, 54))
