"""Numbered picture files become the frames of an animation, and frames numbered files."""

from __future__ import annotations

import json
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kmcodec
from kmcodec import Timing
from kmcodec.cli._frame_files import FrameFiles
from kmcodec.cli._job import Job
from kmcodec.container import Limits
from kmcodec.files import OutputError, paths, write_numbered
from kmcodec.files.numbering import numbered


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return the working folder, which is empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def frames(photo):
    """Return (5, 60, 80, 3) frames of few colours."""
    first = kmcodec.quantize(photo, n_colors=20).to_pixels()
    return np.stack([np.roll(first, 3 * number, axis=1) for number in range(5)])


def save(frames, name, first=0):
    """Write frames as numbered files."""
    for number, frame in enumerate(frames, first):
        Image.fromarray(frame).save(name % number)


def names(folder):
    """Return the names of all files in a folder, hidden ones too."""
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("first", [0, 1, 998])
@pytest.mark.parametrize("name", ["f_%03d.png", "f_%d.png", "%03d-100%%.bmp"])
def test_there_and_back(run, folder, frames, name, first):
    """Frames come in the order of their numbers, from the least on; they are written from 0 on."""
    save(frames, name, first)
    done = run("encode", name, "-o", "a.kmq", "--json")
    assert (done.code, done.err) == (0, "")
    report = json.loads(done.out)
    sizes = [(folder / (name % number)).stat().st_size for number in range(first, first + 5)]
    assert (report["frames"], report["input"], report["input_bytes"]) == (5, name, sum(sizes))
    animation = kmcodec.decode_animation((folder / "a.kmq").read_bytes())
    assert (animation.to_pixels() == frames).all()
    assert animation.timing == Timing((100,) * 5)
    done = run("decode", "a.kmq", "-o", f"out/{name}", "--json")
    assert (done.code, done.err) == (0, "")
    report = json.loads(done.out)
    written = sorted((folder / "out").iterdir())
    assert [path.name for path in written] == [name % number for number in range(5)]
    assert report["bytes"] == sum(path.stat().st_size for path in written)
    assert report["frames"] == 5
    for path, frame in zip(written, frames, strict=True):
        with Image.open(path) as image:
            assert (np.asarray(image.convert("RGB")) == frame).all()


@pytest.mark.usefixtures("folder")
def test_lines_say_how_many_frames(run, frames):
    """The report for a person tells the frames both ways."""
    save(frames, "%d.png")
    assert (
        b"%d.png -> a.kmq  5 frames of 80 x 60  20 colours"
        in run("encode", "%d.png", "-o", "a.kmq").out
    )
    assert (
        b"a.kmq -> x%d.png  5 frames of 80 x 60  20 colours"
        in run("decode", "a.kmq", "-o", "x%d.png").out
    )


@pytest.mark.parametrize(
    ("rate", "timing"),
    [
        ("10", Timing((100,))),
        ("24", Timing((1,), 24)),
        ("12.5", Timing((80,))),
        ("30000/1001", Timing((1001,), 30000)),
        ("1/3", Timing((3000,))),
        ("23.976", Timing((125,), 2997)),
        ("1/999999999", Timing((999_999_999,), 1)),
    ],
)
@pytest.mark.usefixtures("folder")
def test_rates(run, frames, rate, timing):
    """A rate is kept exactly, and decoding says how to give it back."""
    save(frames[:2], "%d.png")
    assert run("encode", "%d.png", "-o", "a.kmq", "--fps", rate).code == 0
    found = kmcodec.KmqFile(Path("a.kmq").read_bytes()).info.timing
    assert found == Timing(timing.durations * 2, timing.ticks_per_second)
    done = run("decode", "a.kmq", "-o", "b%d.png")
    if rate == "10":
        assert done.err == ""
    else:
        given = done.err.split("--fps ")[1].split()[0]
        assert run("encode", "b%d.png", "-o", "c.kmq", "--fps", given).code == 0
        assert kmcodec.KmqFile(Path("c.kmq").read_bytes()).info.timing == found


@pytest.mark.parametrize("rate", ["0", "-1", "nan", "1/0", "0/5", "1e9", "1e999999999", "1000001"])
@pytest.mark.usefixtures("folder")
def test_what_is_no_rate(run, frames, rate):
    """One line says what a rate is."""
    save(frames, "%d.png")
    done = run("encode", "%d.png", "-o", "a.kmq", "--fps", rate)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "such as 10, 12.5 or 30000/1001" in done.err


@pytest.mark.usefixtures("folder")
def test_a_rate_is_for_numbered_files(run, frames):
    """A picture or an animated file takes none."""
    save(frames, "%d.png")
    done = run("encode", "0.png", "-o", "a.kmq", "--fps", "5")
    assert (done.code, done.err.count("\n"), "--fps is for numbered" in done.err) == (2, 1, True)


def test_a_file_of_that_very_name_wins(run, folder, frames, photo):
    """What is written like numbered files may be one file; -f overwrites that, and it alone."""
    save(frames, "f%d.png")
    Image.fromarray(photo).save("f%d.png")
    assert run("encode", "f%d.png", "-k", 4800).code == 0
    assert (kmcodec.decode((folder / "f%d.kmq").read_bytes()) == photo).all()
    before = names(folder)
    assert run("decode", "f%d.kmq", "-o", "f%d.png").code == 7
    assert run("decode", "f%d.kmq", "-o", "f%d.png", "-f").code == 0
    assert names(folder) == before


@pytest.mark.usefixtures("folder")
def test_names_that_the_program_makes_are_literal(run, frames):
    """Only a name that the person wrote stands for numbered files."""
    data = kmcodec.encode_indexed(kmcodec.quantize_frames(frames))
    Path("f%d.kmq").write_bytes(data)
    assert run("decode", "f%d.kmq").code == 0
    with Image.open("f%d.png") as image:
        assert image.n_frames == 5


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("%d%d.png", 3, "has 2 places for a frame's number"),
        ("f_%s.png", 3, "there is no file f_%s.png; %d or %04d, not %s, stands"),
        ("f_%x.png", 3, "not %x, stands for a frame's number"),
        ("%99999999d.png", 3, "at most 10"),
        ("%" + "9" * 200 + "d.png", 3, "at most 10"),
        ("%011d.png", 3, "asks for 11 digits"),
        ("g_%d.png", 3, "there is no file like g_0.png or g_1.png"),
        ("missing/%d.png", 3, "there is no file like missing/0.png"),
        ("f_%d.png", 3, "f_2.png is missing, between f_1.png and f_3.png"),
        ("s_%d.png", 3, "s_1.png has 79 x 60 pixels, s_0.png 80 x 60"),
        ("t_%d.png", 3, "t_1.png"),
        ("a%f.png", 3, "cannot read a%f.png"),
    ],
)
def test_hostile_names_and_files(run, folder, frames, name, code, words):
    """Each gives one clear sentence, and no file."""
    save(frames, "f_%d.png")
    (folder / "f_2.png").unlink()
    (folder / "f_2.png").mkdir()  # a folder is no frame
    save(frames[:1], "s_%d.png")
    Image.fromarray(frames[1, :, :79]).save("s_1.png")
    save(frames[:1], "t_%d.png")
    (folder / "t_1.png").write_bytes(b"no picture")
    done = run("encode", name, "-o", "a.kmq")
    assert (done.code, done.err.count("\n")) == (code, 1)
    assert words in done.err
    assert not (folder / "a.kmq").exists()


@pytest.mark.usefixtures("folder")
def test_what_takes_one_picture(run, frames):
    """Options of one picture, and outputs that are not named, are refused in one line."""
    save(frames, "%d.png")
    for options, words in (
        (["-o", "a.kmq", "--first-frame"], "--first-frame takes one picture"),
        (["-o", "a.kmq", "--block", "2x2"], "--block takes one picture"),
        ([], "name it with -o NAME.kmq"),
        (["-o", "out/"], "name it with -o NAME.kmq"),
    ):
        done = run("encode", "%d.png", *options)
        assert (done.code, done.err.count("\n"), words in done.err) == (2, 1, True)


@pytest.mark.usefixtures("folder")
def test_zeros_count(run, frames):
    """%02d takes 09 and 10 and 100, not 9 nor 010; %d takes 9, not 09."""
    frame = Image.fromarray(frames[0])
    for name in ("09", "10", "11", "9", "010", "0009"):
        frame.save(f"{name}.png")
    for name, count in (("%02d.png", 3), ("%d.png", 3), ("%2d.png", 3), ("%04d.png", 1)):
        report = json.loads(run("encode", name, "-o", "a.kmq", "-f", "--json").out)
        assert report.get("frames", 1) == count


def test_one_file_is_a_picture(run, folder, frames):
    """A note says that there is no other."""
    save(frames[:1], "%d.png", 7)
    done = run("encode", "%d.png", "-o", "a.kmq")
    assert "no other file has such a name: the result is one picture" in done.err
    assert (kmcodec.decode((folder / "a.kmq").read_bytes()) == frames[0]).all()


def test_frames_of_several_kinds(run, folder, frames):
    """Gray, palette, RGB and alpha frames become what holds all of them, without loss."""
    gray = frames[0, ..., 0]
    clear = np.dstack([frames[3], np.full(gray.shape, 255, np.uint8)])
    clear[:9, :, 3] = 7
    Image.fromarray(gray).save("g0.png")
    Image.fromarray(gray + 1).save("g1.png")
    assert run("encode", "g%d.png", "-o", "g.kmq").code == 0
    found = kmcodec.decode((folder / "g.kmq").read_bytes())
    assert (found == np.stack([gray, gray + 1])).all()
    Image.fromarray(frames[1]).quantize(256).save("g2.png")
    Image.fromarray(np.dstack([gray, clear[..., 3]])).save("g3.png")
    Image.fromarray(clear).save("g4.png")
    assert run("encode", "g%d.png", "-o", "g.kmq", "-f", "-k", 400).code == 0
    found = kmcodec.decode((folder / "g.kmq").read_bytes())
    for number in range(5):
        with Image.open(f"g{number}.png") as image:
            assert (found[number] == np.asarray(image.convert("RGBA"))).all()


def test_profiles(run, folder, frames):
    """Kept metadata are the first file's; frames whose profiles differ are refused."""
    from PIL import ImageCms  # noqa: PLC0415

    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for number, frame in enumerate(frames[:2]):
        Image.fromarray(frame).save(f"{number}.png", icc_profile=icc)
    assert run("encode", "%d.png", "-o", "a.kmq", "--keep-metadata").code == 0
    assert kmcodec.KmqFile((folder / "a.kmq").read_bytes()).metadata.icc == icc
    Image.fromarray(frames[1]).save("1.png")
    done = run("encode", "%d.png", "-o", "b.kmq", "--keep-metadata")
    assert (done.code, "1.png has another colour profile than 0.png" in done.err) == (3, True)
    assert run("encode", "%d.png", "-o", "b.kmq").code == 0


@pytest.mark.usefixtures("folder")
def test_limits_are_those_of_all_frames(run, frames):
    """Many frames are refused by their number, before the others are read."""
    save(frames, "%d.png")
    Path("4.png").write_bytes(b"never read")
    done = run("encode", "%d.png", "-o", "a.kmq", "--max-pixels", 4 * 80 * 60)
    assert (done.code, done.err.count("\n")) == (6, 1)
    assert "5 files of 80 x 60 exceed the limit of 19,200 pixels" in done.err


def test_a_folder_of_many_files(folder, frames):
    """The names in a folder are read once: 20,000 take no five seconds."""
    Image.fromarray(frames[0]).save("000000.png")
    for number in range(1, 20_000):
        (folder / f"{number:06d}.png").touch()
    started = time.perf_counter()
    found = numbered(folder / "%06d.png").numbers()
    assert found == list(range(20_000))
    assert time.perf_counter() - started < 5


@pytest.fixture
def stack(folder, frames):
    """Return the bytes of a.kmq: five frames of 40 ms, the last of 200."""
    timing = Timing((40, 40, 40, 40, 200))
    data = kmcodec.encode_indexed(kmcodec.quantize_frames(frames, timing=timing))
    (folder / "a.kmq").write_bytes(data)
    return data


@pytest.mark.usefixtures("stack")
def test_nothing_is_overwritten_unasked(run, folder, frames):
    """One file that is there stops all; -f overwrites, and tells of files of other numbers."""
    (folder / "f3.png").write_bytes(b"theirs")
    done = run("decode", "a.kmq", "-o", "f%d.png")
    assert (done.code, done.err.count("\n")) == (7, 1)
    assert "f3.png exists already; -f overwrites it" in done.err
    assert names(folder) == ["a.kmq", "f3.png"]
    assert (folder / "f3.png").read_bytes() == b"theirs"
    for number in (7, 9):
        (folder / f"f{number}.png").write_bytes(b"theirs")
    done = run("decode", "a.kmq", "-o", "f%d.png", "-f")
    assert done.code == 0
    assert "f7.png and 1 more of that name were there before" in done.err
    assert "pictures have no durations: those of the frames are not in them" in done.err
    with Image.open("f3.png") as image:
        assert (np.asarray(image.convert("RGB")) == frames[3]).all()


@pytest.mark.usefixtures("stack")
def test_nothing_is_half_written(run, folder, monkeypatch):
    """A failure at the last frame leaves no file, nor changes one that was there."""
    contents = iter([b"1", b"2"])

    def failing():
        yield from contents
        raise kmcodec.FormatError("the third frame is damaged")

    (folder / "f1.png").write_bytes(b"theirs")
    with pytest.raises(kmcodec.FormatError):
        write_numbered(numbered(folder / "f%d.png"), failing(), 3, overwrite=True)
    assert names(folder) == ["a.kmq", "f1.png"]
    assert (folder / "f1.png").read_bytes() == b"theirs"
    real, calls = paths._create_beside, []

    def full(target):
        calls.append(target)
        if len(calls) == 4:
            raise OSError(28, "No space left on device")
        return real(target)

    monkeypatch.setattr(paths, "_create_beside", full)
    done = run("decode", "a.kmq", "-o", "new/g%d.png")
    assert (done.code, done.err.count("\n")) == (7, 1)
    assert "No space left on device" in done.err
    assert names(folder / "new") == []


def test_a_file_that_appears_meanwhile(folder):
    """It stays, and those that were written before it go."""

    def contents():
        yield b"1"
        (folder / "f1.png").write_bytes(b"theirs")
        yield b"2"

    with pytest.raises(OutputError, match="exists already"):
        write_numbered(numbered(folder / "f%d.png"), contents(), 2, overwrite=False)
    assert names(folder) == ["f1.png"]


@pytest.mark.usefixtures("stack")
def test_parts_and_kinds_of_frames(run, frames, folder):
    """A region is one of each frame; true colour, blocks and pictures are written, too."""
    assert run("decode", "a.kmq", "-o", "r%d.png", "--region", "5,7,20,10").code == 0
    assert run("decode", "a.kmq", "-o", "t%d.png", "--truecolor").code == 0
    for number in range(5):
        with Image.open(f"r{number}.png") as image:
            assert (np.asarray(image.convert("RGB")) == frames[number, 7:17, 5:25]).all()
        with Image.open(f"t{number}.png") as image:
            assert image.mode == "RGB"
    (folder / "b.kmq").write_bytes(kmcodec.encode(frames[0], n_colors=9, block=(2, 2)))
    (folder / "c.kmq").write_bytes(kmcodec.encode(frames[0]))
    for name in ("b", "c"):
        report = json.loads(run("decode", f"{name}.kmq", "-o", f"{name}%d.png", "--json").out)
        assert report["frames"] == 1
        with Image.open(f"{name}0.png") as image:
            assert image.size == (80, 60)


@pytest.mark.usefixtures("stack")
def test_options_that_numbered_outputs_do_not_have(run):
    """One frame, arrays, and a part outside are refused in one line."""
    for options, words in (
        (["-o", "%d.png", "--frame", 1], "--frame writes one file"),
        (["-o", "%d.npy"], "-o NAME.npy holds all frames"),
        (["-o", "%d.png", "--region", "0,0,99,99"], "--region"),
        (["-o", "%d%d.png"], "2 places"),
    ):
        done = run("decode", "a.kmq", *options)
        assert done.code in (2, 3)
        assert (done.err.count("\n"), words in done.err) == (1, True)


def test_memory_does_not_grow_with_the_number_of_frames(folder):
    """Four times the frames take about the same memory to become files."""
    rng = np.random.default_rng(5)
    palette = np.arange(12, dtype=np.uint8).reshape(4, 3)
    peaks = []
    for count in (64, 256):
        indices = rng.integers(0, 4, (count, 240, 4)).astype(np.uint8).repeat(80, axis=2)
        data = kmcodec.encode_indexed(kmcodec.Animation(palette, indices), coding="mixed", effort=1)
        del indices
        names = numbered(folder / f"m{count}" / "%d.png")
        job = Job(None, None, threads=1)
        tracemalloc.start()
        work = FrameFiles(names, None, indexed=False, effort=1, limits=Limits(), overwrite=False)
        write_numbered(names, work.contents(kmcodec.KmqFile(data), job), count, overwrite=False)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert len(names.numbers()) == count
    assert peaks[1] < 1.5 * peaks[0]
