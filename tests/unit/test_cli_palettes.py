"""The palette options of ``encode`` and ``quantize``, each through the command line."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

import kmcodec


def read(path):
    """Return a .kmq file's image."""
    return kmcodec.decode_indexed(path.read_bytes())


def test_palette_from_a_list(run, folder, tmp_path):
    """A list of hexadecimal colours is the palette, in its order."""
    (tmp_path / "p.hex").write_text("000000\nffffff\nc83c1e\n")
    done = run("encode", folder / "photo.png", "--palette", tmp_path / "p.hex", "--json")
    assert done.code == 0
    assert read(folder / "photo.kmq").palette.tolist() == [
        [0, 0, 0],
        [255, 255, 255],
        [200, 60, 30],
    ]
    assert json.loads(done.out)["mse"] > 100


def test_palette_of_another_picture(run, folder, tmp_path):
    """The palette of one file serves another, as a .kmq file or as an indexed picture."""
    run("encode", folder / "photo.png", "-k", 8, "-o", tmp_path / "a.kmq")
    run("decode", tmp_path / "a.kmq", "-o", tmp_path / "a.png")
    expected = read(tmp_path / "a.kmq").palette.tolist()
    for name in ("a.kmq", "a.png"):
        source = folder / "deep" / "indexed.gif"
        done = run("encode", source, "--palette", tmp_path / name, "-f", "-o", tmp_path / "b.kmq")
        assert done.code == 0, done.err
        assert sorted(read(tmp_path / "b.kmq").palette[:, :3].tolist()) == expected


def test_shared_palette(run, folder, tmp_path):
    """All outputs have one palette; inputs that cannot be read fail alone."""
    bad = folder / "bad.png"
    bad.write_bytes(b"no picture")
    done = run("encode", folder, "-o", tmp_path, "-k", 20, "--shared-palette")
    assert done.code == 3
    assert done.err.count("\n") == 1
    palettes = [read(path).palette for path in sorted(tmp_path.rglob("*.kmq"))]
    assert len(palettes) == 4
    assert all((palette == palettes[0]).all() for palette in palettes)
    assert palettes[0].shape == (20, 4)


def test_a_shared_palette_of_nothing_readable_says_why(run, tmp_path):
    """Each input fails for its own reason, as without the option."""
    (tmp_path / "bad.png").write_bytes(b"no picture")
    done = run("encode", tmp_path / "bad.png", tmp_path / "none.png", "--shared-palette", "-k", 3)
    assert done.code == 3
    assert [line.split("/")[-1] for line in done.err.splitlines()] == [
        "bad.png is not a picture that Pillow can read",
        "none.png: No such file or directory",
    ]
    alone = run("quantize", tmp_path / "none.png", "-o", "x.png", "--shared-palette", "--json")
    assert json.loads(alone.out)["exit_code"] == 3


def test_contradictions_are_told_once(run, folder, tmp_path):
    """Too many kept colours are one line for a whole folder; equal ones count once."""
    done = run("encode", folder, "-o", tmp_path / "out", "--keep", "f00", "--keep", "00f", "-k", 1)
    assert (done.code, done.err.count("\n")) == (2, 1)
    same = run("encode", folder, "-o", tmp_path / "a", "--keep", "f00", "--keep", "#f00", "-k", 1)
    assert same.code == 0


@pytest.mark.parametrize("suffix", ["png", "gif", "bmp", "tiff", "webp"])
def test_given_palettes_fit_the_output_or_are_refused_once(run, folder, tmp_path, photo, suffix):
    """An indexed format holds 256 colours; WebP stores pixels, and .kmq holds more."""
    palette = np.unique(photo.reshape(-1, 3), axis=0)[:300]
    (tmp_path / "p.hex").write_text("\n".join(bytes(row).hex() for row in palette))
    options = ("--palette", tmp_path / "p.hex", "--format", suffix)
    done = run("quantize", folder, "-o", tmp_path / "out/", *options)
    if suffix == "webp":
        assert done.code == 0
    else:
        assert (done.code, (tmp_path / "out").exists()) == (2, False)
        assert done.err == (
            f"kmcodec quantize: --palette has 300 colours, {suffix.upper()} holds 256;"
            " choose WebP\n"
        )
        assert run("encode", folder / "photo.png", "--palette", tmp_path / "p.hex").code == 0


def test_keep(run, folder):
    """Colours of --keep are in the palette."""
    run("encode", folder / "photo.png", "-k", 5, "--keep", "#ff00ff", "--keep", "0f0")
    rows = read(folder / "photo.kmq").palette.tolist()
    assert [255, 0, 255] in rows
    assert [0, 255, 0] in rows


def test_keep_rare(run, tmp_path):
    """A red dot of one part in a thousand comes through four colours."""
    picture = np.tile(np.arange(100, 200, dtype=np.uint8)[:, None, None], (1, 100, 3)).copy()
    picture[4:6, 4:10] = (250, 10, 10)
    Image.fromarray(picture).save(tmp_path / "a.png")
    run("encode", tmp_path / "a.png", "-k", 4, "--keep-rare", 0.001)
    assert read(tmp_path / "a.kmq").to_pixels()[5, 5].tolist() == pytest.approx(
        [250, 10, 10], abs=3
    )


def test_importance(run, folder, photo):
    """Pixels of high importance lose less than without the mask."""
    mask = np.zeros(photo.shape[:2], dtype=np.uint8)
    mask[:20] = 255
    Image.fromarray(mask).save(folder / "mask.png")
    options = ("-k", 6, "--space", "srgb", "-f")
    errors = []
    for more in ((), ("--importance", folder / "mask.png")):
        run("encode", folder / "photo.png", *options, *more)
        gaps = read(folder / "photo.kmq").to_pixels().astype(int) - photo
        errors.append((gaps[:20] ** 2).mean())
    assert errors[1] < 0.7 * errors[0]


def test_importance_of_another_size_is_an_input_error(run, folder):
    """An importance mask of another size is exit code 3 with both shapes."""
    Image.new("L", (3, 3)).save(folder / "mask.png")
    done = run("encode", folder / "photo.png", "--importance", folder / "mask.png")
    assert done.code == 3
    assert "importance is uint8 of shape (3, 3), expected uint8 of shape (60, 80)" in done.err


@pytest.mark.parametrize(
    ("text", "quality"), [("20-40", (20, 40)), ("-40", (0, 40)), ("40", (0, 40)), ("0-", (0, 100))]
)
def test_quality(run, folder, photo, text, quality):
    """Each way of writing --quality gives the palette of the library's range."""
    run("encode", folder / "photo.png", "-k", 200, f"--quality={text}")
    expected = kmcodec.quantize(photo, n_colors=200, quality=quality)
    assert (read(folder / "photo.kmq").palette == expected.palette).all()


def test_quality_out_of_reach_is_exit_99(run, folder):
    """No file for that one; the others are written."""
    inputs = (folder / "photo.png", folder / "deep" / "indexed.gif")
    done = run("encode", *inputs, "-k", 4, "--quality", "90-100", "--json")
    assert done.code == 99
    reports = [json.loads(line) for line in done.out.splitlines()]
    assert all(report["exit_code"] == 99 for report in reports)
    assert "4 colours reach quality" in reports[0]["error"]
    assert not (folder / "photo.kmq").exists()
    assert run("encode", folder / "deep" / "indexed.gif", "-k", 9, "--quality", "90-").code == 0


def test_posterize(run, folder):
    """--posterize 4 leaves multiples of 17."""
    run("encode", folder / "photo.png", "-k", 30, "--posterize", 4)
    assert (read(folder / "photo.kmq").palette % 17 == 0).all()


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("--palette", "none.gpl"), 3, "cannot read none.gpl"),
        (("--keep", "red"), 2, "'red' is no colour"),
        (
            ("--keep", "f00", "--keep", "0f0", "-k", "1"),
            2,
            "--keep asks for 2 colours, -k allows 1",
        ),
        (("--palette", "none.gpl", "-k", "256"), 2, "--palette and -k exclude each other"),
        (("--palette", "none.gpl", "--quality", "9"), 2, "--palette and --quality exclude"),
        (("--palette", "none.gpl", "--keep", "f00"), 2, "--palette and --keep exclude"),
        (("--palette", "none.gpl", "--keep-rare", "0.1"), 2, "--palette and --keep-rare exclude"),
        (("--palette", "none.gpl", "--posterize", "2"), 2, "--palette and --posterize exclude"),
        (("--palette", "none.gpl", "--importance", "a.png"), 2, "--palette and --importance"),
        (("--quality", "80-20"), 2, "MIN-MAX"),
        (("--quality", "x"), 2, "MIN-MAX"),
        (("--posterize", "5"), 2, "--posterize"),
        (("--keep-rare", "nan"), 2, "--keep-rare"),
        (("--palette", "a.png", "--shared-palette"), 2, "exclude each other"),
        (("--importance", "none.png"), 3, "cannot read none.png"),
        (("--importance", "a.png", "--shared-palette"), 2, "exclude each other"),
    ],
    ids=str,
)
def test_wrong_options_are_one_line(run, folder, options, code, message):
    """Wrong palette options are one line and no file."""
    done = run("quantize", folder / "photo.png", "-o", folder / "out.png", *options)
    assert done.code == code
    assert message in done.err
    assert done.err.count("\n") == 1
    assert not (folder / "out.png").exists()


def test_a_shared_palette_cannot_read_standard_input_twice(run, folder):
    """--shared-palette refuses standard input, which it would read twice."""
    done = run("encode", "-", "--shared-palette", stdin=(folder / "photo.png").read_bytes())
    assert done.code == 3
    assert "reads every input twice" in done.err
