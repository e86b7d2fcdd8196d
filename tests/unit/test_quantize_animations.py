"""``kmcodec quantize`` on animations: all frames, caps of bytes, losses, refusals."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image, ImageSequence

import kmcodec
from kmcodec.files import read_frames


def save(name, frames, **options):
    """Write RGB or RGBA frames as an animation without loss."""
    images = [Image.fromarray(frame) for frame in frames]
    how = {"lossless": True} if name.endswith("webp") else {}
    options = {"duration": 50, "loop": 0, **how, **options}
    images[0].save(name, save_all=True, append_images=images[1:], **options)


@pytest.fixture
def moving(photo):
    """Return (4, 60, 80, 3) frames in which a part of a photograph moves."""
    frames = np.repeat(photo[None], 4, axis=0)
    for number in range(4):
        frames[number, 20:40, 5 + 4 * number : 25 + 4 * number] = photo[:20, :20]
    return frames


@pytest.fixture
def place(tmp_path, monkeypatch, moving):
    """Return a working folder with an animated PNG."""
    monkeypatch.chdir(tmp_path)
    save("a.png", moving, duration=[50, 60, 70, 80], loop=3)
    return tmp_path


def report_of(done):
    """Return the only report of a run."""
    return json.loads(done.out)


@pytest.mark.parametrize("ending", ["gif", "png", "webp"])
@pytest.mark.parametrize("words", [[], ["--dither", 1]])
@pytest.mark.usefixtures("place")
def test_all_frames_are_those_of_the_library(run, moving, ending, words):
    """Each format holds the frames, times and plays of ``quantize_frames``."""
    exact = ["--lossy", 0] if ending == "gif" else []
    done = run("quantize", "a.png", "-o", f"b.{ending}", "-k", 20, *words, *exact, "--json")
    assert (done.code, done.err) == (0, "")
    expected = kmcodec.quantize_frames(moving, n_colors=20, dither=len(words) / 2)
    with open(f"b.{ending}", "rb") as file:  # noqa: PTH123  (a name in the working folder)
        found = read_frames(file)
    assert (found.pixels == expected.to_pixels()).all()
    assert found.timing == kmcodec.Timing((50, 60, 70, 80), loop=3)
    report = report_of(done)
    assert (report["frames"], report["colors"]) == (4, 20)


@pytest.mark.usefixtures("place")
def test_a_gif_loses_a_little_unless_told_not_to(run, moving):
    """By default pixels take other colours for fewer bytes, and the report tells the error."""
    sizes, errors = [], []
    for words in ([], ["--lossy", 0], ["--lossy", 200]):
        done = run("quantize", "a.png", "-o", "b.gif", "-f", "-k", 20, "--json", *words)
        report = report_of(done)
        with Image.open("b.gif") as image:
            shown = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(image)]
        mse = ((np.stack(shown).astype(int) - moving) ** 2).sum(axis=3).mean()
        assert report["mse"] == pytest.approx(mse, abs=1e-3)
        sizes.append(report["bytes"])
        errors.append(mse)
    assert sizes[2] < sizes[0] < sizes[1]
    assert errors[2] > errors[0] > errors[1]


@pytest.mark.usefixtures("place")
def test_few_colors_lose_nothing(run, moving):
    """What the palette shows exactly is shown exactly."""
    few = kmcodec.quantize_frames(moving, n_colors=30).to_pixels()
    save("few.png", few)
    report = report_of(run("quantize", "few.png", "-o", "b.gif", "-k", 30, "--json"))
    assert (report["psnr"], report["colors"]) == (None, 30)


@pytest.mark.usefixtures("place")
def test_a_given_palette_is_not_left(run):
    """With --palette nothing is lost beside it, and --keep-order writes it as it is."""
    colors = [f"#{n:02x}{255 - n:02x}{n // 2:02x}" for n in range(0, 256, 16)]
    with open("p.hex", "w", encoding="ascii") as file:  # noqa: PTH123  (in the working folder)
        file.write("\n".join(color[1:] for color in colors))
    for words in ([], ["--lossy", 0]):
        run("quantize", "a.png", "-o", f"b{len(words)}.gif", "--palette", "p.hex", *words)
    with open("b0.gif", "rb") as one, open("b2.gif", "rb") as other:  # noqa: PTH123  (there, too)
        assert one.read() == other.read()
    run("quantize", "a.png", "-o", "c.gif", "--palette", "p.hex", "--keep-order")
    with Image.open("c.gif") as image:
        assert image.getpalette()[:48] == [int(c[i : i + 2], 16) for c in colors for i in (1, 3, 5)]


@pytest.mark.parametrize("ending", ["gif", "png", "webp"])
def test_a_cap_is_held(run, place, ending):
    """--max-bytes takes fewer colours, tells how many, and is nearly used."""
    run("quantize", "a.png", "-o", f"whole.{ending}", "-k", 200)
    whole = (place / f"whole.{ending}").stat().st_size
    cap = whole * 2 // 3
    done = run("quantize", "a.png", "-o", f"b.{ending}", "-k", 200, "--max-bytes", cap, "--json")
    report = report_of(done)
    size = (place / f"b.{ending}").stat().st_size
    assert 0.8 * cap < size <= cap
    assert report["bytes"] == size
    assert report["notes"] == [f"--max-bytes leaves room for {report['colors']} colours"]
    same = run("quantize", "a.png", "-o", f"c.{ending}", "-k", report["colors"], "--json")
    assert report_of(same)["bytes"] == size


def test_a_cap_on_a_still_picture(run, place, photo):
    """--max-bytes works for one picture, and does nothing where there is room."""
    Image.fromarray(photo).save("s.png")
    whole = report_of(run("quantize", "s.png", "-o", "x.png", "--json"))["bytes"]
    done = run("quantize", "s.png", "-o", "y.png", "--json", "--max-bytes", whole // 2)
    assert report_of(done)["bytes"] <= whole // 2
    done = run("quantize", "s.png", "-o", "z.png", "--json", "--max-bytes", whole)
    assert (report_of(done)["bytes"], "notes" in report_of(done)) == (whole, False)
    assert (place / "x.png").read_bytes() == (place / "z.png").read_bytes()


def test_a_cap_out_of_reach(run, place):
    """Where two colours take too many bytes, one line says so, and no file is written."""
    done = run("quantize", "a.png", "-o", "b.gif", "--max-bytes", 100)
    assert done.code == 6
    assert done.err.startswith("kmcodec: a.png: with 2 colours it takes ")
    assert done.err.endswith(" bytes, --max-bytes allows 100\n")
    assert not (place / "b.gif").exists()


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["-o", "b.png", "--lossy", 9], "--lossy is for GIFs, PNG shows the palette's colours"),
        (["-o", "b.gif", "--max-bytes", 9, "--quality", "50"], "--max-bytes and --quality exclude"),
        (["-o", "b.gif", "--max-bytes", 9, "--shared-palette"], "--shared-palette exclude"),
        (["-o", "b.png", "--oxipng", 2], "--oxipng is for single pictures"),
    ],
)
def test_options_that_make_no_sense(run, place, words, told, monkeypatch):
    """What an animation has no use for is refused in one line, not ignored."""
    monkeypatch.setattr("kmcodec.files.check_oxipng", lambda: None)  # it may be missing
    done = run("quantize", "a.png", *words)
    assert done.code == 2
    assert told in done.err
    assert done.err.count("\n") == 1
    assert [path.name for path in place.iterdir()] == ["a.png"]


@pytest.mark.parametrize("ending", ["bmp", "tiff"])
@pytest.mark.usefixtures("place")
def test_formats_of_one_picture(run, ending):
    """An animation is not cut to its first frame, unless that is asked for."""
    done = run("quantize", "a.png", "-o", f"b.{ending}")
    assert done.code == 3
    assert f"the picture has 4 frames, {ending.upper()} holds one" in done.err
    assert run("quantize", "a.png", "-o", f"b.{ending}", "--first-frame").code == 0


def test_an_existing_file_needs_force(run, place):
    """-f writes over another file, and nothing writes over the animation itself."""
    before = (place / "a.png").read_bytes()
    (place / "b.gif").write_bytes(b"mine")
    assert run("quantize", "a.png", "-o", "b.gif").code == 7
    assert (place / "b.gif").read_bytes() == b"mine"
    assert run("quantize", "a.png", "-o", "b.gif", "-f").code == 0
    assert run("quantize", "a.png", "-o", "a.png").code == 2
    done = run("quantize", "a.png", "-o", "a.png", "-f")
    assert (done.code, (place / "a.png").read_bytes()) == (7, before)
    assert "quantized ones would replace all 4 frames; -o writes elsewhere" in done.err


def test_folders_and_totals(run, place, photo):
    """A folder of animations and pictures becomes one; a second run does what is new."""
    (place / "in").mkdir()
    (place / "a.png").rename(place / "in" / "a.png")
    Image.fromarray(photo).save("in/s.png")
    done = run("quantize", "in", "-o", "out", "--format", "gif", "-k", 16)
    assert (done.code, done.err) == (0, "")
    lines = done.out.decode().splitlines()
    assert "4 frames of 80 x 60" in lines[0]
    assert lines[2].startswith("2 files written: ")
    assert run("quantize", "in", "--suffix=-q", "-k", 16).code == 0
    again = run("quantize", "in", "--suffix=-q", "-k", 16)
    assert again.out.decode().splitlines()[-1].endswith("2 skipped (2 done before)")


@pytest.mark.parametrize("words", [[], ["--dither", 1]])
def test_half_clear_pixels(run, place, moving, words):
    """A GIF's alpha is cut at the threshold in every frame, and a note says so."""
    alpha = np.linspace(0, 255, 80).astype(np.uint8)
    frames = np.concatenate([moving, np.empty_like(moving[..., :1])], axis=3)
    frames[..., 3] = alpha
    frames[2, ..., 3] = alpha[::-1]
    save("soft.png", frames)
    for threshold, asked in ((128, []), (30, ["--alpha-threshold", 30])):
        done = run("quantize", "soft.png", "-o", "b.gif", "-f", "-k", 40, *asked, *words)
        assert f"below {threshold} it became clear" in done.err
        with (place / "b.gif").open("rb") as file:
            found = read_frames(file).pixels
        assert (found[..., 3] == np.where(frames[..., 3] < threshold, 0, 255)).all()
    run("quantize", "soft.png", "-o", "b.png", "-k", 40)
    with (place / "b.png").open("rb") as file:
        assert len(np.unique(read_frames(file).pixels[..., 3])) > 2


@pytest.mark.usefixtures("place")
def test_bytes_do_not_depend_on_threads(run):
    """One thread and two write the same."""
    for jobs in (1, 2):
        run("quantize", "a.png", "-o", f"{jobs}.gif", "-k", 30, "-j", jobs)
    with open("1.gif", "rb") as one, open("2.gif", "rb") as two:  # noqa: PTH123  (in the folder)
        assert one.read() == two.read()
