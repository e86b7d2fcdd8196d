"""The command line: what it writes, what it says, and how it ends."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from pictures import opened
from PIL import Image, ImageCms

import kmcodec
from kmcodec import cli


def pixels_of(path):
    """Return a picture file's pixels as RGBA."""
    return np.asarray(opened(path).convert("RGBA"))


def test_a_folder_goes_there_and_back(run, folder, tmp_path):
    """Every picture at any depth is encoded; each decodes to the library's own result."""
    done = run("encode", folder, "-o", tmp_path / "out", "-k", 40, "--space", "srgb")
    assert (done.code, done.err) == (0, "")
    assert len(done.out.splitlines()) == 5  # one for each, and the totals
    found = sorted(str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*.*"))
    assert found == ["deep/indexed.kmq", "deep/sprite.kmq", "gray.kmq", "photo.kmq"]
    assert run("decode", tmp_path / "out", "-o", tmp_path / "back").code == 0
    for name in ("photo.png", "gray.bmp", "deep/sprite.png"):
        expected = kmcodec.quantize(np.asarray(opened(folder / name)), n_colors=40, space="srgb")
        mode = opened(folder / name).mode
        back = np.asarray(opened((tmp_path / "back" / name).with_suffix(".png")).convert(mode))
        assert (back == expected.to_pixels()).all()


def test_an_indexed_picture_stays_indexed(run, folder, tmp_path):
    """An indexed picture keeps its palette and indices, unless fewer colours are asked for."""
    run("encode", folder / "deep" / "indexed.gif", "-o", tmp_path / "a.kmq")
    run("decode", tmp_path / "a.kmq", "-o", tmp_path / "a.png")
    before, after = opened(folder / "deep" / "indexed.gif"), opened(tmp_path / "a.png")
    assert after.mode == "P"
    assert (np.asarray(before) == np.asarray(after)).all()
    assert (pixels_of(folder / "deep" / "indexed.gif") == pixels_of(tmp_path / "a.png")).all()
    run("encode", folder / "deep" / "indexed.gif", "-o", tmp_path / "b.kmq", "-k", 4)
    assert kmcodec.read_info((tmp_path / "b.kmq").read_bytes()).n_colors == 4


@pytest.mark.parametrize(
    ("name", "options", "mode"),
    [
        ("photo.png", [], "P"),
        ("photo.png", ["--truecolor"], "RGB"),
        ("deep/sprite.png", [], "P"),
        ("deep/sprite.png", ["--truecolor"], "RGBA"),
        ("deep/indexed.gif", [], "P"),
        ("deep/indexed.gif", ["--truecolor"], "RGB"),
        ("gray.bmp", [], "L"),
        ("gray.bmp", ["--indexed"], "P"),
    ],
)
@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_few_colours_decode_to_a_palette_picture(
    run, folder, tmp_path, name, options, mode, suffix
):
    """Up to 256 colours have a palette unless --truecolor is asked for; gray stays gray."""
    run("encode", folder / name, "-k", 20, "-o", tmp_path / "a.kmq")
    target = tmp_path / f"a{suffix}"
    assert run("decode", tmp_path / "a.kmq", "-o", target, *options).code == 0
    image = opened(target)
    wide = "RGBA" if mode == "P" and "sprite" in name and suffix == ".tiff" else mode
    assert image.mode == wide
    pixels = kmcodec.decode((tmp_path / "a.kmq").read_bytes())
    channels = {2: "L", 3: "RGB", 4: "RGBA"}[pixels.shape[2] if pixels.ndim == 3 else 2]
    assert (np.asarray(image.convert(channels)) == pixels).all()


def test_gray_levels_are_those_of_a_label_map(run, tmp_path):
    """A gray picture of few levels reads back as its levels, not as places in a palette."""
    labels = np.array([[7, 0, 0], [33, 7, 255]], dtype=np.uint8).repeat(9, axis=0)
    Image.fromarray(labels).save(tmp_path / "labels.png")
    run("encode", tmp_path / "labels.png")
    run("decode", tmp_path / "labels.kmq", "-o", tmp_path / "back.png")
    assert (np.asarray(Image.open(tmp_path / "back.png")) == labels).all()


def test_a_palette_decodes_whole_and_in_its_order(run, tmp_path):
    """An indexed picture's indices and unused entries come back."""
    image = Image.frombytes("P", (4, 1), bytes([2, 0, 2, 3]))
    image.putpalette(bytes(range(30, 45)))
    image.save(tmp_path / "p.png")
    run("encode", tmp_path / "p.png")
    run("decode", tmp_path / "p.kmq", "-o", tmp_path / "q.png")
    again = Image.open(tmp_path / "q.png")
    assert np.asarray(again).tolist() == [[2, 0, 2, 3]]
    assert again.getpalette()[:15] == list(range(30, 45))


@pytest.mark.parametrize("n_colors", [16, 64, 200])
def test_a_decoded_png_is_no_larger_than_its_source(run, folder, tmp_path, n_colors):
    """Sources by Pillow, with and without a palette, and by quantize itself."""
    run("quantize", folder / "photo.png", "-k", n_colors, "-o", tmp_path / "ours.png")
    Image.open(tmp_path / "ours.png").convert("RGB").save(tmp_path / "rgb.png", optimize=True)
    Image.open(folder / "photo.png").quantize(n_colors).save(tmp_path / "pal.png", optimize=True)
    for name in ("ours", "rgb", "pal"):
        assert run("encode", tmp_path / f"{name}.png").code == 0
        assert run("decode", tmp_path / f"{name}.kmq", "-o", tmp_path / "back.png", "-f").code == 0
        before, after = tmp_path / f"{name}.png", tmp_path / "back.png"
        assert after.stat().st_size <= before.stat().st_size
        assert (pixels_of(before) == pixels_of(after)).all()


def test_outputs_stand_beside_their_inputs(run, folder):
    """Without -o, each output stands beside its input under the command's suffix."""
    assert run("encode", folder / "photo.png", folder / "gray.bmp").code == 0
    assert (folder / "photo.kmq").exists()
    assert (folder / "gray.kmq").exists()
    assert run("decode", folder / "photo.kmq", "--format", "webp").code == 0
    assert opened(folder / "photo.webp").format == "WEBP"


def test_pipes(run, folder):
    """- is standard input and output, and reports then go to standard error."""
    encoded = run("encode", "-", stdin=(folder / "photo.png").read_bytes())
    assert (encoded.code, encoded.err) == (0, "")
    assert encoded.out == kmcodec.encode(np.asarray(opened(folder / "photo.png")))
    decoded = run("decode", "-", "-o", "-", "--json", stdin=encoded.out)
    assert decoded.out.startswith(b"\x89PNG")
    assert json.loads(decoded.err)["input"] == "-"
    assert run("verify", "-", stdin=encoded.out).code == 0
    assert b"80 x 60" in run("info", "-", stdin=encoded.out).out


def test_json_reports_have_the_documented_keys(run, folder, tmp_path):
    """Reports as JSON have the documented keys, and their figures agree with the files."""
    keys = ["input", "output", "width", "height", "colors", "mse", "psnr", "seconds"]
    keys += ["input_bytes", "bytes"]
    for command, output in (("encode", "a.kmq"), ("quantize", "a.png")):
        done = run(command, folder / "photo.png", "-o", tmp_path / output, "-k", 8, "--json")
        report = json.loads(done.out)
        assert sorted(report) == sorted(keys)
        assert report["bytes"] == (tmp_path / output).stat().st_size
        assert report["input_bytes"] == (folder / "photo.png").stat().st_size
        assert report["psnr"] == pytest.approx(10 * np.log10(255**2 * 3 / report["mse"]), abs=0.01)
    decoded = json.loads(run("decode", tmp_path / "a.kmq", "-o", tmp_path / "b.png", "--json").out)
    assert sorted(decoded) == sorted(keys)
    assert decoded["psnr"] is None
    assert decoded["input_bytes"] == (tmp_path / "a.kmq").stat().st_size
    info = json.loads(run("info", tmp_path / "a.kmq", "--json").out)
    assert (info["width"], info["height"], info["colors"], info["coding"]) == (80, 60, 8, "mixed")
    assert json.loads(run("verify", tmp_path / "a.kmq", "--json").out)["ok"] is True
    assert json.loads(run("encode", "none.png", "--json").out)["exit_code"] == 3


def test_jobs_change_nothing(run, folder, tmp_path):
    """Any number of jobs writes the same files."""
    for jobs in (1, 2, 5):
        assert run("encode", folder, "-o", tmp_path / f"j{jobs}", "-j", jobs).code == 0
    paths = list((tmp_path / "j1").rglob("*.kmq"))
    assert len(paths) == 4
    for path in paths:
        for jobs in (2, 5):
            other = tmp_path / f"j{jobs}" / path.relative_to(tmp_path / "j1")
            assert other.read_bytes() == path.read_bytes()


def test_nothing_is_overwritten_unasked(run, folder):
    """An existing file is kept with exit code 7, and overwritten with -f."""
    target = folder / "photo.kmq"
    target.write_bytes(b"precious")
    refused = run("encode", folder / "photo.png")
    assert (refused.code, target.read_bytes()) == (7, b"precious")
    assert refused.err == f"kmcodec: {target} exists already; -f overwrites it\n"
    assert run("encode", folder / "photo.png", "-f").code == 0
    assert target.read_bytes() != b"precious"


def test_one_bad_input_does_not_stop_the_others(run, folder, tmp_path):
    """A bad input is one line, and all others are done; two kinds of faults end with 1."""
    (folder / "bad.png").write_bytes(b"no picture at all")
    done = run("encode", folder, "-o", tmp_path / "out")
    assert done.code == 3
    assert done.err.count("\n") == 1
    assert "bad.png is not a picture" in done.err
    assert len(list((tmp_path / "out").rglob("*.kmq"))) == 4
    (folder / "cut.kmq").write_bytes(b"\x8fKMQ")
    mixed = run("info", folder / "cut.kmq", folder / "missing.kmq")
    assert mixed.code == 1
    assert len(mixed.err.splitlines()) == 2


def test_facts_and_metadata_on_request(run, tmp_path, photo):
    """Facts and metadata are kept on request, shown by info and written again by decode."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(photo).save(tmp_path / "a.png", icc_profile=profile)
    run("encode", tmp_path / "a.png", "-k", 5, "--keep-facts", "--keep-metadata")
    done = run("info", tmp_path / "a.kmq")
    assert b"K-means: space oklab, effort 5, seed 0" in done.out
    assert f"icc  {len(profile):,} bytes".encode() in done.out
    run("decode", tmp_path / "a.kmq", "-o", tmp_path / "b.png")
    assert opened(tmp_path / "b.png").info["icc_profile"] == profile


@pytest.mark.parametrize(
    "words",
    [["encode", "--first-frame"], ["encode", "--block", "2x2"], ["quantize", "--first-frame"]],
)
def test_animations_give_their_first_frame_and_say_so(run, tmp_path, photo, words):
    """Where one picture is wanted, an animation's first frame is taken, with a note."""
    frames = [Image.fromarray(photo), Image.fromarray(photo[::-1].copy())]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    suffix = "png" if words[0] == "quantize" else "kmq"
    done = run(*words, tmp_path / "a.gif", "-o", tmp_path / f"b.{suffix}")
    assert done.code == 0
    assert "only the first of 2 frames was used" in done.err


@pytest.mark.parametrize("suffix", ["png", "gif", "webp", "bmp", "tiff"])
def test_quantize_writes_each_format(run, folder, tmp_path, suffix):
    """Each format holds the pixels of the library's quantize with the same options."""
    target = tmp_path / f"a.{suffix}"
    options = ["-k", 30, "--dither", 0.7, "--dither-method", "blue-noise"]
    assert run("quantize", folder / "photo.png", "-o", target, *options).code == 0
    expected = kmcodec.quantize(
        np.asarray(opened(folder / "photo.png")),
        n_colors=30,
        dither=0.7,
        dither_method="blue-noise",
    )
    assert (np.asarray(opened(target).convert("RGB")) == expected.to_pixels()).all()


def test_quantize_fills_a_folder(run, folder, tmp_path):
    """A quantized folder has each picture in the format asked for."""
    assert run("quantize", folder, "-o", tmp_path / "out", "--format", "tiff").code == 0
    assert len(list((tmp_path / "out").rglob("*.tiff"))) == 4


BAD = [
    (["encode", "missing.png"], 3, "cannot read missing.png: No such file or directory"),
    (["encode", "text.txt"], 3, "text.txt is not a picture that Pillow can read"),
    (["encode", "empty"], 3, "empty is not a picture"),
    (["encode", "locked.png"], 3, "cannot read locked.png: Permission denied"),
    (["encode", "deep.tiff"], 3, "more than 8 bits a channel"),
    (["encode", "photo.png", "-k", "0"], 2, "0 is not in the range 1<=x<=65536"),
    (["encode", "photo.png", "-k", "70000"], 2, "70000 is not in the range"),
    (["encode", "photo.png", "-k", "many"], 2, "'many' is not a valid integer"),
    (["encode", "photo.png", "-j", "5000"], 2, "5000 is not in the range 1<=x<=1024"),
    (["verify", "good.kmq", "-j", "0"], 2, "0 is not in the range 1<=x<=1024"),
    (["encode", "photo.png", "--coding", "zip"], 2, "'zip' is not one of"),
    (["encode", "photo.png", "--dither", "2"], 2, "not in the range"),
    (["encode", "photo.png", "--dither", "nan"], 2, "not in the range"),
    (["encode", "photo.png", "-o", "folder.kmq"], 0, ""),
    (["encode", "photo.png", "-o", "text.txt/x.kmq"], 7, "text.txt is not a folder"),
    (["encode", "photo.png", "-o", "closed/x.kmq"], 7, "cannot write closed/x.kmq: Permission"),
    (["encode", "photo.png", "./photo.png"], 2, "would both write photo.png.kmq"),
    (["encode", "photo.png", "-o", "./photo.png", "-f"], 2, "use -o NAME.kmq"),
    (["encode", "", "photo.png"], 2, "an input's name is empty"),
    (["encode", "photo.png", "-o", ""], 2, "the output's name is empty"),
    (["encode", "-", "-"], 2, "standard input can be read once only"),
    (["encode", "good.kmq", "-o", "x"], 3, "good.kmq is a .kmq file already"),
    (["encode", "n" * 300 + ".png"], 3, "File name too long"),
    (["encode", "photo.png", "-o", "n" * 300], 7, "File name too long"),
    (["encode", "photo.png", "photo.bmp", "-o", "text.txt"], 2, "need a folder to go to"),
    (["encode", "photo.png", "photo.bmp", "-o", "-"], 2, "standard output takes one input only"),
    (["encode", "bare"], 3, "folder bare holds no files of the kind"),
    (["encode"], 2, "Missing argument 'INPUT...'"),
    (["encode", "--wrong"], 2, "No such option"),
    (["paint", "photo.png"], 2, "No such command 'paint'"),
    (["decode", "text.txt"], 3, "text.txt is no .kmq file; kmcodec encode makes one"),
    (["decode", "empty"], 4, "empty: the file ends after 0 bytes"),
    (["decode", "cut.kmq"], 4, "cut.kmq: the file ends after 40 bytes"),
    (["decode", "flipped.kmq"], 4, "flipped.kmq: checksum is"),
    (["decode", "future.kmq"], 5, "future.kmq: the file has format version 9.1"),
    (["decode", "huge.kmq"], 6, "60000 x 60000 pixels, the limit is"),
    (["decode", "missing.kmq"], 3, "cannot read missing.kmq: No such file"),
    (["decode", "bare"], 3, "folder bare holds no files of the kind"),
    (["decode", "good.kmq", "-o", "x.xyz"], 2, "x.xyz should end in .bmp, .gif, .npy, .png"),
    (["decode", "soft.kmq", "-o", "x.bmp"], 3, "BMP has no transparency"),
    (["info", "future.kmq"], 5, "version 9.1"),
    (["info", "photo.png"], 3, "photo.png is no .kmq file; kmcodec encode makes one"),
    (["verify", "flipped.kmq"], 4, "flipped.kmq: checksum is"),
    (["quantize", "photo.png", "-o", "x.jpg"], 2, "x.jpg should end in .bmp, .gif, .png"),
    (["quantize", "photo.png"], 2, "Missing option '-o'"),
]


@pytest.mark.parametrize(
    ("arguments", "code", "message"), BAD, ids=lambda v: " ".join(v) if isinstance(v, list) else ""
)
def test_bad_input_gives_one_line_and_no_file(
    run, tmp_path, monkeypatch, photo, sprite, arguments, code, message
):
    """One clear line, the documented exit code, no traceback, nothing left behind."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(photo).save("photo.png")
    Image.fromarray(photo).save("photo.bmp")
    Image.fromarray(np.arange(64, dtype=np.int32).reshape(8, 8) * 999).save("deep.tiff")
    good = kmcodec.encode(photo, n_colors=8)
    flipped = bytearray(good)
    flipped[60] ^= 4
    files = {
        "text.txt": b"hello",
        "empty": b"",
        "good.kmq": good,
        "cut.kmq": good[:40],
        "flipped.kmq": bytes(flipped),
        "future.kmq": good[:4] + b"\x91" + good[5:],
        "huge.kmq": kmcodec.container.build(
            kmcodec.container.Header(60000, 60000, 1, 2), [(1, b"\0ab"), (2, b"\0" * 20)]
        ),
        "soft.kmq": kmcodec.encode(sprite),
        "locked.png": b"",
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    for name in ("folder.kmq", "bare", "closed"):
        (tmp_path / name).mkdir()
    (tmp_path / "locked.png").chmod(0)
    (tmp_path / "closed").chmod(0o500)
    if os.geteuid() == 0 and ("locked.png" in arguments or "closed/x.kmq" in arguments):
        monkeypatch.setattr(*denied(arguments))
    before = sorted(str(p) for p in tmp_path.rglob("*"))
    done = run(*arguments)
    assert done.code == code
    assert "Traceback" not in done.err
    if code:
        assert message in done.err
        assert done.err.count("\n") == 1
        assert done.err.startswith("kmcodec")
        assert sorted(str(p) for p in tmp_path.rglob("*")) == before
    else:
        assert (tmp_path / "folder.kmq" / "photo.kmq").exists()


def denied(arguments):
    """Return what to patch where the superuser runs the tests, whom no permission stops."""
    if "locked.png" in arguments:
        real = Image.open

        def refuse(source, *args, **kwargs):
            if str(source) == "locked.png":
                raise PermissionError(13, "Permission denied")
            return real(source, *args, **kwargs)

        return Image, "open", refuse

    from kmcodec.files import paths  # noqa: PLC0415

    def refuse_write(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    return paths, "_create_beside", refuse_write


def test_inputs_that_differ_in_their_suffix_keep_it(run, tmp_path, photo):
    """Nothing is lost where two inputs would give one name; unknown suffixes stay, too."""
    for name in ("a.png", "a.bmp", "v1.2"):
        Image.fromarray(photo).save(tmp_path / name, "PNG")
    assert run("encode", *(tmp_path / n for n in ("a.png", "a.bmp", "v1.2"))).code == 0
    assert sorted(p.name for p in tmp_path.glob("*.kmq")) == ["a.bmp.kmq", "a.png.kmq", "v1.2.kmq"]


def test_odd_names_stay_on_one_line(run, tmp_path, photo):
    """What a terminal might obey is spelled out; JSON has the name as it is."""
    name = tmp_path / "a\nb\x1b[31m\u00e9.png"
    Image.fromarray(photo).save(name)
    done = run("encode", name)
    assert done.out.count(b"\n") == 1
    assert "a\\nb\\x1b[31m\u00e9.png" in done.out.decode()
    assert json.loads(run("encode", name, "-f", "--json").out)["input"] == str(name)


def test_defects_of_ours_are_one_line_too(run, folder, monkeypatch):
    """An unexpected exception is one line and exit code 1, and the next input is done."""
    from kmcodec.cli import _quantizing  # noqa: PLC0415

    def fail(*_, **__):
        raise RuntimeError("oops")

    monkeypatch.setattr(_quantizing, "quantize", fail)
    done = run("encode", folder / "photo.png", folder / "deep" / "indexed.gif")
    assert done.code == 1
    assert done.err == f"kmcodec: {folder / 'photo.png'}: unexpected RuntimeError: oops\n"
    assert (folder / "deep" / "indexed.kmq").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("arguments", ["encode - -o -", "info -", "verify - --json", "--help"])
def test_a_full_disk_behind_standard_output(arguments, photo):
    """A full disk behind standard output is one line and exit code 7."""
    data = kmcodec.encode(photo, n_colors=3)
    if arguments.startswith("encode"):
        buffer = io.BytesIO()
        Image.fromarray(photo).save(buffer, "PNG")
        data = buffer.getvalue()
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "kmcodec", *arguments.split()],
            input=data,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 7
    assert done.stderr.decode().strip() == (
        "kmcodec: cannot write standard output: No space left on device"
    )


def heed_interrupts():
    """Undo what a shell does to programs in its background, which ignore interrupts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to a process")
def test_an_interrupt_ends_running_work(tmp_path):
    """A long encoding ends at once with 130, and no file appears afterwards."""
    noise = np.random.default_rng(1).integers(0, 256, (1500, 1500, 3)).astype(np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.png", compress_level=1)
    job = subprocess.Popen(
        [sys.executable, "-P", "-m", "kmcodec", "encode", "a.png", "--effort", "9", "-k", "200"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        preexec_fn=heed_interrupts,  # noqa: PLW1509
    )
    with pytest.raises(subprocess.TimeoutExpired):
        job.wait(2)
    job.send_signal(signal.SIGINT)
    assert job.wait(10) == 130
    assert "kmcodec: interrupted" in job.communicate()[1].decode()
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]


def test_help_and_version(run):
    """Help of every command and the version are printed; no command at all is exit code 2."""
    assert run("--help").out.startswith(b"Usage: kmcodec")
    assert run("--version").out.strip() == f"kmcodec, version {kmcodec.__version__}".encode()
    for command in cli.COMMANDS:
        assert b"Usage: kmcodec " + command.encode() in run(command, "--help").out
    assert run().code == 2


def test_a_terminal_is_not_filled_with_bytes(run, folder, monkeypatch):
    """A picture is not written to a terminal: exit code 2."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    done = run("encode", folder / "photo.png", "-o", "-")
    assert (done.code, done.out) == (2, b"")
    assert "refusing to write a picture to a terminal" in done.err


def test_interruption_ends_with_130_and_leaves_nothing(run, folder, monkeypatch):
    """An interrupt ends with 130 and one line, and no file is left."""
    from kmcodec.cli import _quantizing  # noqa: PLC0415
    from kmcodec.files import paths  # noqa: PLC0415

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(_quantizing, "quantize", interrupt)
    monkeypatch.setattr(paths, "_abandoned", threading.Event())
    done = run("encode", folder / "photo.png")
    assert (done.code, done.err.strip()) == (130, "kmcodec: interrupted")
    assert not (folder / "photo.kmq").exists()


def test_the_installed_script_is_the_same_thing(folder):
    """A fresh process through the module path, as the console script does it."""
    code = "from kmcodec.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, "encode", str(folder / "photo.png"), "-o", "-"],
        capture_output=True,
        check=True,
    )
    assert kmcodec.decode(done.stdout).shape == (60, 80, 3)


def test_demo(run, tmp_path):
    """Twelve rows, two contact sheets, and files that decode."""
    done = run("demo", "-o", tmp_path / "demo", "--json")
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 0
    assert [row["n_colors"] for row in rows] == [5, 10, 15, 20, 64, 256] * 2
    assert all(row["kmq_bytes"] < row["png_bytes"] for row in rows)
    for row in rows:
        data = (tmp_path / "demo" / f"{row['picture']}-{row['n_colors']:03}.kmq").read_bytes()
        assert len(data) == row["kmq_bytes"]
        assert kmcodec.decode(data).shape == (427, 640, 3)
    assert opened(tmp_path / "demo" / "china-contact-sheet.png").size == (1968, 1035)
    assert run("demo", "-o", tmp_path / "demo").code == 7
    assert b"china" in run("demo", "-o", tmp_path / "demo", "-f").out


def test_outputs_that_look_like_something_else_are_refused(run, folder, tmp_path):
    """Many inputs into what looks like one file, and a .kmq under a picture's name."""
    many = run("quantize", folder / "photo.png", folder / "photo.png", "-o", tmp_path / "out.png")
    assert many.code == 2
    assert "looks like a file" in many.err
    other = run("encode", folder / "photo.png", "-o", tmp_path / "out.png")
    assert other.code == 2
    assert "use -o NAME.kmq" in other.err
    assert not (tmp_path / "out.png").exists()
