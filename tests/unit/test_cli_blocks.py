"""``kmcodec encode --block``, and decoding such files."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

import kmcodec


@pytest.fixture
def picture(photo, tmp_path):
    """Return a photograph of an odd size, as a file."""
    path = tmp_path / "photo.png"
    Image.fromarray(photo[:61, :83]).save(path)
    return path


@pytest.fixture
def groups(tmp_path):
    """Return seven small gray pictures in three groups, as a list of blocks in a file."""
    codebook = np.random.default_rng(5).integers(0, 256, (3, 4, 5, 1), dtype=np.uint8)
    indices = np.array([[2, 0, 1, 1, 0, 2, 2]], dtype=np.uint8)
    image = kmcodec.BlockImage(codebook, indices, 4, 35, authored=True)
    path = tmp_path / "groups.kmq"
    path.write_bytes(kmcodec.encode_blocks(image))
    return path, image


def test_there_and_back(run, picture, photo, tmp_path):
    """The option --block writes the library's bytes, and decode the library's pixels."""
    target, back = tmp_path / "b.kmq", tmp_path / "back.png"
    done = run("encode", picture, "--block", "4x2", "-k", 40, "-o", target)
    assert done.code == 0
    assert "40 blocks of 4 x 2" in done.out.decode()
    expected = kmcodec.encode(photo[:61, :83], block=(4, 2), n_colors=40)
    assert target.read_bytes() == expected
    assert run("decode", target, "-o", back).code == 0
    assert (np.asarray(Image.open(back)) == kmcodec.decode(expected)).all()


def test_reports_tell_block_and_loss(run, picture, photo, tmp_path):
    """Reports tell block size, mean squared error and PSNR of the blocks."""
    done = run("encode", picture, "--block", "2x2", "-k", 9, "-o", tmp_path / "b.kmq", "--json")
    report = json.loads(done.out)
    assert (report["colors"], report["block"]) == (9, [2, 2])
    back = kmcodec.decode((tmp_path / "b.kmq").read_bytes())
    error = ((back.astype(int) - photo[:61, :83]) ** 2).sum(axis=2).mean()
    assert report["mse"] == pytest.approx(error, rel=0.01)
    assert report["psnr"] == pytest.approx(10 * np.log10(255**2 * 3 / error), abs=0.05)
    assert json.loads(run("info", tmp_path / "b.kmq", "--json").out)["block"] == [2, 2]
    assert b"9 blocks of 2 x 2" in run("info", tmp_path / "b.kmq").out


@pytest.mark.parametrize("ending", ["bmp", "tif", "webp", "npy"])
def test_other_formats(run, picture, tmp_path, ending):
    """Block files decode to the same pixels in other formats."""
    source, target = tmp_path / "b.kmq", tmp_path / f"back.{ending}"
    assert run("encode", picture, "--block", "4x4", "-o", source).code == 0
    assert run("decode", source, "-o", target).code == 0
    found = np.load(target) if ending == "npy" else np.asarray(Image.open(target))
    assert (found == kmcodec.decode(source.read_bytes())).all()


def test_a_region(run, picture, tmp_path):
    """The option --region writes that part of the whole."""
    source, target = tmp_path / "b.kmq", tmp_path / "part.npy"
    assert run("encode", picture, "--block", "4x4", "-o", source).code == 0
    assert run("decode", source, "--region", "5,6,7,8", "-o", target).code == 0
    whole = kmcodec.decode(source.read_bytes())
    assert (np.load(target) == whole[6:14, 5:12]).all()


def test_palette_pictures_as_arrays(run, picture, tmp_path):
    """A palette picture is written as an array of pixels, or of indices with --indexed."""
    source = tmp_path / "p.kmq"
    assert run("encode", picture, "-k", 8, "-o", source).code == 0
    image = kmcodec.decode_indexed(source.read_bytes())
    assert run("decode", source, "-o", tmp_path / "a.npy").code == 0
    assert (np.load(tmp_path / "a.npy") == image.to_pixels()).all()
    assert run("decode", source, "--indexed", "-o", tmp_path / "i.npy").code == 0
    assert (np.load(tmp_path / "i.npy") == image.indices).all()


def test_a_list_becomes_a_sheet_or_an_array(run, groups, tmp_path):
    """A list of blocks becomes a sheet of them as a picture, a stack as an array."""
    source, image = groups
    assert run("decode", source, "-o", tmp_path / "sheet.png").code == 0
    sheet = np.asarray(Image.open(tmp_path / "sheet.png"))
    assert sheet.shape == (12, 15)  # 3 x 3 places for 7
    members = image.to_vectors()[..., 0]
    for number, member in enumerate(members):
        y, x = 4 * (number // 3), 5 * (number % 3)
        assert (sheet[y : y + 4, x : x + 5] == member).all()
    assert not sheet[8:, 5:].any()
    assert run("decode", source, "-o", tmp_path / "members.npy").code == 0
    assert (np.load(tmp_path / "members.npy") == members).all()


def test_alpha(run, tmp_path):
    """Blocks with alpha are written to formats with alpha and refused by BMP."""
    pixels = np.random.default_rng(1).integers(0, 256, (8, 8, 4), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    source = tmp_path / "a.kmq"
    assert run("encode", tmp_path / "a.png", "--block", "2x2", "-k", 4, "-o", source).code == 0
    assert run("decode", source, "-o", tmp_path / "back.png").code == 0
    back = np.asarray(Image.open(tmp_path / "back.png"))
    assert (back == kmcodec.decode(source.read_bytes())).all()
    refused = run("decode", source, "-o", tmp_path / "back.bmp")
    assert (refused.code, "BMP has no transparency" in refused.err) == (3, True)


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--block", "4"], 2, "'4' is not HxW"),
        (["--block", "0x4"], 2, "'0x4' is not HxW"),
        (["--block", "-1x4"], 2, "'-1x4' is not HxW"),
        (["--block", "2x2", "--dither", "1"], 2, "--block and --dither exclude each other"),
        (["--block", "2x2", "--space", "oklab"], 2, "--block and --space exclude each other"),
        (["--block", "2x2", "--keep-facts"], 2, "--block and --keep-facts exclude each other"),
        (["--block", "70000x2"], 3, "block height is 70000, it may be 1 to 65536"),
    ],
)
def test_what_is_refused(run, picture, tmp_path, options, code, message):
    """Wrong blocks and options that exclude blocks are one message, and no file."""
    done = run("encode", picture, *options, "-o", tmp_path / "x.kmq")
    assert done.code == code
    assert message in done.err.replace("\n", " ")
    assert not (tmp_path / "x.kmq").exists()


def test_formats_of_palettes_are_refused(run, groups, tmp_path):
    """A block file has no palette for GIF or --indexed: exit code 3."""
    for options, message in (
        (["-o", tmp_path / "x.gif"], "GIF holds 256 colours"),
        (["--indexed", "-o", tmp_path / "x.png"], "there is no palette to write"),
    ):
        done = run("decode", groups[0], *options)
        assert (done.code, message in done.err) == (3, True)
