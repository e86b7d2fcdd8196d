"""Every command that opens a .kmq file copes with a stack of planes."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from pictures import opened
from PIL import Image

import kmcodec
from kmcodec import Timing
from kmcodec.pages import view


@pytest.fixture
def frames(photo):
    """Return (5, 60, 80, 3) frames of few colours."""
    first = kmcodec.quantize(photo, n_colors=20).to_pixels()
    return np.stack([np.roll(first, 3 * number, axis=1) for number in range(5)])


@pytest.fixture
def stack(tmp_path, monkeypatch, frames):
    """Return the bytes of a.kmq in the working folder: five frames."""
    monkeypatch.chdir(tmp_path)
    timing = Timing((40, 40, 40, 40, 200), loop=3)
    animation = kmcodec.quantize_frames(frames, n_colors=20, timing=timing)
    data = kmcodec.encode_indexed(animation)
    (tmp_path / "a.kmq").write_bytes(data)
    return data


def test_decode_to_npy(run, stack, frames):
    """All frames, a region of all, one frame, and indices come back as arrays."""
    assert run("decode", "a.kmq", "-o", "x.npy").code == 0
    assert (np.load("x.npy") == frames).all()
    assert run("decode", "a.kmq", "-o", "part.npy", "--region", "5,7,20,10").code == 0
    assert (np.load("part.npy") == frames[:, 7:17, 5:25]).all()
    assert run("decode", "a.kmq", "-o", "one.npy", "--frame", 3).code == 0
    assert (np.load("one.npy") == frames[3]).all()
    assert run("decode", "a.kmq", "-o", "indices.npy", "--indexed").code == 0
    assert (np.load("indices.npy") == kmcodec.decode_animation(stack).indices).all()


@pytest.mark.parametrize("suffix", ["gif", "png", "webp"])
@pytest.mark.usefixtures("stack")
def test_decode_to_animations(run, frames, suffix):
    """Pillow reads the same frames, durations and plays; the report says how many."""
    done = run("decode", "a.kmq", "-o", f"x.{suffix}", "--json")
    report = json.loads(done.out)
    assert (report["frames"], "notes" in report) == (5, False)
    with Image.open(f"x.{suffix}") as image:
        assert image.n_frames == 5
        assert image.info["loop"] == (2 if suffix == "gif" else 3)
        for number, frame in enumerate(frames):
            image.seek(number)
            assert (np.asarray(image.convert("RGB")) == frame).all()
            assert image.info["duration"] == (200 if number == 4 else 40)
    assert b"5 frames of 80 x 60" in run("decode", "a.kmq", "-o", f"y.{suffix}").out


@pytest.mark.usefixtures("stack")
def test_decode_one_frame(run, frames):
    """``--frame`` writes one frame in any format; one that is not there is a usage error."""
    for suffix in ("png", "bmp", "tiff", "gif"):
        assert run("decode", "a.kmq", "-o", f"x.{suffix}", "--frame", 2).code == 0
        with Image.open(f"x.{suffix}") as image:
            assert getattr(image, "n_frames", 1) == 1
            assert (np.asarray(image.convert("RGB")) == frames[2]).all()
    done = run("decode", "a.kmq", "-o", "y.png", "--frame", 5)
    assert (done.code, "--frame 5: the file has 5, counted from 0" in done.err) == (2, True)


@pytest.mark.usefixtures("stack")
def test_decode_to_a_format_without_animations(run):
    """The error names the formats that have them, and ``--frame``."""
    done = run("decode", "a.kmq", "-o", "x.bmp")
    assert done.code == 3
    assert "stack of 5 planes, BMP holds one picture" in done.err
    assert "--frame N" in done.err


@pytest.mark.usefixtures("stack")
def test_frame_of_a_picture(run, photo, tmp_path):
    """A picture has frame 0 and no other."""
    (tmp_path / "b.kmq").write_bytes(kmcodec.encode(photo))
    assert run("decode", "b.kmq", "-o", "b.png", "--frame", 0).code == 0
    assert run("decode", "b.kmq", "-o", "c.png", "--frame", 1).code == 2


def test_volumes(run, tmp_path, monkeypatch):
    """A volume's layer is one of its array; as an animation it shows ranks, with two notes."""
    monkeypatch.chdir(tmp_path)
    array = np.random.default_rng(3).integers(-4, 9, (4, 12, 10)).astype(np.int16)
    (tmp_path / "a.kmq").write_bytes(kmcodec.encode_array(array))
    (tmp_path / "f.kmq").write_bytes(kmcodec.encode_array(np.asfortranarray(array)))
    assert run("decode", "a.kmq", "-o", "x.npy", "--frame", 2).code == 0
    assert (np.load("x.npy") == array[2]).all()
    done = run("decode", "a.kmq", "-o", "x.png")
    assert "no durations" in done.err
    assert "stand for the values" in done.err
    with Image.open("x.png") as image:
        assert image.n_frames == 4
    assert run("decode", "f.kmq", "-o", "f.npy").code == 0
    assert (np.load("f.npy") == array).all()
    done = run("decode", "f.kmq", "-o", "g.npy", "--frame", 2)
    assert (done.code, "no layers" in done.err) == (2, True)
    assert run("verify", "a.kmq", "f.kmq").code == 0


@pytest.mark.usefixtures("stack")
def test_info_and_verify_tell_of_planes(run):
    """Planes, durations and loop are in the text and the JSON; a rate is one per pixel."""
    text = run("info", "a.kmq").out.decode()
    assert "5 planes of 80 x 60 RGB" in text
    assert "each plane is shown for 40 to 200 ms, all of them for 0.36 s, 3 times" in text
    report = json.loads(run("info", "a.kmq", "--json").out)
    assert report["planes"] == 5
    assert report["timing"] == {
        "durations": [40, 40, 40, 40, 200],
        "ticks_per_second": 1000,
        "loop": 3,
    }
    assert f"{8 * report['bytes'] / 24000:.3f} bits per pixel" in text
    assert b"ok, 5 planes of 80 x 60" in run("verify", "a.kmq").out
    assert json.loads(run("verify", "a.kmq", "--json").out)["planes"] == 5


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize("module", [None, b"module"])
def test_pages_hold_all_planes(run, frames, monkeypatch, tmp_path, module):
    """The page says how many frames there are; without a decoder it holds all of them."""
    monkeypatch.setattr(view, "binary_asset", lambda _name: module)
    packed = []
    monkeypatch.setattr(view, "packed", lambda array: packed.append(array) or "")
    report = json.loads(run("view", "a.kmq", "-o", "a.html", "--json").out)
    assert (report["frames"], "notes" in report) == (5, module is None)
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "5 frames of 80 x 60" in page
    assert '"timing":{"runs":[[4,40],[1,200]],"ticks":1000,"loop":3}' in page
    if module is None:
        indices, palette = packed
        assert (palette[indices] == frames).all()


@pytest.mark.parametrize("coding", ["packed", "mixed"])
def test_pages_hold_planes_by_groups(monkeypatch, photo, coding):
    """Where the file does not say which planes belong together, the page takes a few at a time."""
    monkeypatch.setattr(view, "GROUP", 3 * photo.shape[0] * photo.shape[1])
    animation = kmcodec.quantize_frames(np.stack([photo] * 70), n_colors=9)
    file = kmcodec.KmqFile(kmcodec.encode_indexed(animation, coding=coding))
    groups = view._groups(file)
    assert groups == ([*range(0, 70, 3)] if coding == "packed" else [0, 35])
    parts = list(groups_of(file, monkeypatch))
    assert [len(part) for part in parts] == np.diff([*groups, 70]).tolist()
    assert (np.concatenate(parts) == file.decode_animation().indices).all()


def groups_of(file, monkeypatch):
    """Return what a page without a decoder would hold of each group."""
    monkeypatch.setattr(view, "packed", lambda array: array)
    return view._packed_groups(file)


@pytest.mark.usefixtures("stack")
def test_thumbnails_and_pictures_of_stacks_are_the_first_plane(run, frames):
    """``thumbnail`` and ``segment`` take the first plane, and ``quantize`` on request."""
    assert run("thumbnail", "a.kmq", "-o", "t.png", "--size", 80).code == 0
    assert (np.asarray(opened("t.png").convert("RGB")) == frames[0]).all()
    done = run("quantize", "a.kmq", "-o", "q.png", "--first-frame")
    assert "only the first of 5 planes was used" in done.err
    assert (np.asarray(opened("q.png").convert("RGB")) == frames[0]).all()
    done = run("segment", "a.kmq", "--labels", "s.png")
    assert "only the first of 5 planes was used" in done.err


@pytest.mark.parametrize("ending", ["gif", "png", "webp"])
@pytest.mark.usefixtures("stack")
def test_quantize_keeps_all_planes_of_a_stack(run, frames, ending):
    """A stack becomes an animation, with its frames and times; the palette has room for all."""
    done = run("quantize", "a.kmq", "-o", f"q.{ending}")
    assert (done.code, done.err) == (0, "")
    with Image.open(f"q.{ending}") as image:
        assert image.n_frames == 5
        for number, frame in enumerate(frames):
            image.seek(number)
            assert (np.asarray(image.convert("RGB")) == frame).all()


def test_blocks_of_a_stack_are_refused(stack):
    """``decode_blocks`` says what returns a stack's planes."""
    with pytest.raises(kmcodec.InputError, match="stack of 5 planes; decode_animation"):
        kmcodec.decode_blocks(stack)


def test_standard_output_carries_animations(run, stack):
    """An animation is written to a pipe like any picture."""
    done = run("decode", "-", "-o", "-", "--format", "gif", stdin=stack)
    with Image.open(io.BytesIO(done.out)) as image:
        assert image.n_frames == 5
