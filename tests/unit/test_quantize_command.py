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
    """Exit code 98 only if all are skipped; the rest is written, and failures count for more."""
    (place / "small.webp").write_bytes(webp(np.zeros((1, 1, 3), np.uint8)))
    done = run("quantize", "small.webp", "-o", "x.png", "--skip-if-larger", "--json")
    report = json.loads(done.out)
    assert (done.code, sorted(report)) == (98, ["exit_code", "input", "skipped", "why"])
    assert report["skipped"].endswith(f"the input has {(place / 'small.webp').stat().st_size}")
    assert done.err == f"kmcodec: small.webp: skipped: {report['skipped']}\n"
    assert not (place / "x.png").exists()
    many = run("quantize", "small.webp", "a.png", "-o", "out", "--skip-if-larger")
    assert (many.code, names(place / "out")) == (0, ["a.png"])
    assert many.out.decode().splitlines()[-1].endswith("; 1 skipped (1 not smaller)")
    mixed = run("quantize", "small.webp", "none.png", "-o", "out", "--skip-if-larger")
    assert mixed.code == 3
    assert run("quantize", "small.webp", "small.webp", "-o", "o", "--skip-if-larger").code == 2
    (place / "small2.webp").write_bytes((place / "small.webp").read_bytes())
    both = run("quantize", "small.webp", "small2.webp", "-o", "o", "--skip-if-larger")
    assert (both.code, both.out) == (98, b"0 files written; 2 skipped (2 not smaller)\n")


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


def animated(name, file_format, photo):
    """Write an animation of two frames in few colours."""
    first = Image.fromarray(photo).quantize(8)
    second = Image.fromarray(photo[::-1].copy()).quantize(8)
    if file_format != "GIF":
        first, second = first.convert("RGB"), second.convert("RGB")
    options = {"lossless": True} if file_format == "WEBP" else {}
    first.save(name, file_format, save_all=True, append_images=[second], **options)


@pytest.mark.parametrize("file_format", ["GIF", "PNG", "WEBP", "TIFF"])
def test_an_animation_is_never_replaced(run, place, photo, file_format):
    """In place, by either way to say it, an animation stays as it is, with a reason."""
    ending = file_format.lower()
    name = place / f"moving.{ending}"
    animated(name, file_format, photo)
    before = name.read_bytes()
    for words in (["--suffix=", "--format", ending], ["-o", "moving." + ending]):
        left = run("quantize", "moving." + ending, "-f", *words, "--json")
        assert (left.code, name.read_bytes()) == (7, before)
        report = json.loads(left.out)
        which = "its first frame" if file_format == "TIFF" else "quantized ones"
        assert report["skipped"] == f"{which} would replace all 2 frames; -o writes elsewhere"
        assert report["exit_code"] == 7
    assert run("quantize", "moving." + ending, "--suffix=-still").code == 0
    assert run("quantize", "a.png", "moving." + ending, "-f", "--suffix=").code in (0, 7)


def test_a_damaged_animation_is_not_replaced_either(run, place, photo):
    """Frames that cannot be read are frames."""
    animated("moving.png", "PNG", photo)
    whole = (place / "moving.png").read_bytes()
    data = whole[: whole.index(b"fdAT") + 8]
    (place / "moving.png").write_bytes(data)
    assert run("quantize", "moving.png", "-f", "--suffix=").code == 7
    assert (place / "moving.png").read_bytes() == data
    done = run("quantize", "moving.png", "-o", "still.png", "-k", "8")
    assert (done.code, "the animation is damaged" in done.err) == (0, True)


@pytest.mark.usefixtures("place")
def test_more_pixels_than_usual_are_read_when_asked_for(run, monkeypatch):
    """--max-pixels moves the limit both ways, for every command that reads pictures."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 3000)
    commands = [
        ("encode", "-f", "-o", "out.kmq", "-k", 4, "--effort", 1),
        ("quantize", "-f", "-o", "out.png", "-k", 4, "--effort", 1),
        ("segment", "-f", "--labels", "out.png"),
    ]
    for name in ("a.png", "b.bmp"):  # of 4800 pixels: Pillow alarms, and refuses above 6000
        for command, *words in commands:
            done = run(command, name, *words)
            assert (done.code, done.err) == (0, ""), done.err
            low = run(command, name, *words, "--max-pixels", 4799)
            assert (low.code, "exceeds limit of 4,799 pixels" in low.err) == (6, True)
            assert len(low.err.splitlines()) == 1
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 2000)
    for name in ("a.png", "b.bmp"):
        for command, *words in commands:
            assert run(command, name, *words).code == 6
            done = run(command, name, *words, "--max-pixels", 4800)
            assert (done.code, done.err) == (0, "")
    words = ["--shared-palette", "-k", 4, "--effort", 1, "--max-pixels", 4800, "-o", "o/"]
    assert run("quantize", "a.png", "b.bmp", *words).code == 0
    assert Image.MAX_IMAGE_PIXELS == 2000


def soft_edge():
    """Return an RGBA picture whose alpha goes from 0 to 255."""
    pixels = np.full((4, 256, 4), 200, dtype=np.uint8)
    pixels[..., 3] = np.arange(256)
    pixels[2:, :, :3] = (10, 20, 30)
    return pixels


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(("words", "least"), [([], 128), (["--alpha-threshold", 10], 10)])
def test_soft_alpha_becomes_a_gif_by_a_threshold(run, words, least):
    """A GIF's alpha is clear below the threshold and opaque from it on, with a note."""
    Image.fromarray(soft_edge()).save("soft.png")
    done = run("quantize", "soft.png", "-o", "soft.gif", *words)
    assert done.code == 0
    assert f"below {least} it became clear, the rest opaque" in done.err
    found = np.asarray(opened("soft.gif").convert("RGBA"))
    assert (found[..., 3] == np.where(soft_edge()[..., 3] < least, 0, 255)).all()
    visible = found[..., 3] > 0
    assert (found[visible] == np.dstack([soft_edge()[..., :3], found[..., 3]])[visible]).all()


@pytest.mark.usefixtures("place")
def test_other_formats_keep_soft_alpha_unless_a_threshold_is_asked_for(run):
    """A PNG has soft alpha; --alpha-threshold is for it, too."""
    Image.fromarray(soft_edge()).save("soft.png")
    assert run("quantize", "soft.png", "-o", "o.png").err == ""
    assert len(np.unique(np.asarray(opened("o.png").convert("RGBA"))[..., 3])) > 2
    assert run("quantize", "soft.png", "-o", "h.png", "--alpha-threshold", 200).code == 0
    alpha = np.asarray(opened("h.png").convert("RGBA"))[..., 3]
    assert (alpha == np.where(soft_edge()[..., 3] < 200, 0, 255)).all()


@pytest.mark.usefixtures("place")
def test_hard_alpha_and_few_colours_still_become_a_gif(run, sprite):
    """Clear and opaque pixels need no note, and palettes that mix them become hard again."""
    hard = sprite.copy()
    hard[..., 3] = np.where(hard[..., 3] < 100, 0, 255)
    Image.fromarray(hard).save("hard.png")
    assert "it became clear" not in run("quantize", "hard.png", "-o", "hard.gif").err
    for count in (1, 2, 3):
        assert run("quantize", "hard.png", "-f", "-o", "few.gif", "-k", count).code == 0
    shared = ["--shared-palette", "-k", 16, "--format", "gif", "-o", "out/"]
    Image.fromarray(soft_edge()).save("soft.png")
    assert run("quantize", "hard.png", "soft.png", *shared).code == 0


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("d.png", {"dpi": (144, 144)}),
        ("d.jpg", {"dpi": (300, 300)}),
        ("d.tiff", {"dpi": (72, 144)}),
        ("d.bmp", {"dpi": (96, 96)}),
    ],
)
def test_resolution_is_kept(run, photo, name, options):
    """A resolution stays with and without --keep-metadata, in PNG, TIFF and BMP."""
    Image.fromarray(photo).save(name, **options)
    for target in ("o.png", "o.tiff", "o.bmp"):
        for words in ([], ["--keep-metadata"]):
            assert run("quantize", name, "-f", "-o", target, "-k", 8, *words).code == 0
            assert opened(target).info["dpi"] == pytest.approx(options["dpi"], abs=0.02)
    assert run("quantize", name, "-o", "o.webp", "-k", 8, "--keep-metadata").code == 0
    assert run("quantize", name, "-f", "-o", "o.png", "-k", 8, "--strip").code == 0
    assert "dpi" not in opened("o.png").info
    both = run("quantize", name, "-o", "x.png", "--strip", "--keep-metadata")
    assert (both.code, both.err.count("\n")) == (2, 1)


@pytest.mark.usefixtures("place")
def test_no_resolution_is_made_up(run):
    """A PNG without pHYs stays without."""
    assert run("quantize", "a.png", "-o", "o.png", "-k", 8).code == 0
    assert "dpi" not in opened("o.png").info
