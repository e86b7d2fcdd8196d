"""Files when the system is against us: kills, full disks, read-only folders, odd names."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

import kmcodec

COMMAND = [sys.executable, "-P", "-m", "kmcodec"]
NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]


@pytest.fixture
def picture(tmp_path):
    """Return a picture whose file takes some hundred thousand bytes."""
    pixels = np.random.default_rng(3).integers(0, 256, (500, 700), dtype=np.uint8)
    path = tmp_path / "in.png"
    Image.fromarray(pixels).save(path, compress_level=1)
    return path


def cut_short(command, after):
    """Run a command and kill it after so many seconds; return whether it was still running."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9")
@pytest.mark.parametrize("kills", [10, pytest.param(50, marks=pytest.mark.exhaustive)])
def test_kill_9_leaves_the_old_or_the_new_file(picture, tmp_path, kills):
    """At any moment of encoding over a file: the old one or the new one is there, whole."""
    target = tmp_path / "out.kmq"
    old = kmcodec.encode(np.arange(256, dtype=np.uint8).reshape(16, 16), n_colors=256)
    command = [*COMMAND, "encode", picture, "-o", target, "-f", "--coding", "packed"]
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    duration = time.perf_counter() - started
    new = target.read_bytes()
    rng = random.Random(11)
    outcomes = {"old": 0, "new": 0, "killed": 0}
    for _ in range(kills):
        target.write_bytes(old)
        # most kills fall where the file is written, at the end
        outcomes["killed"] += cut_short(command, duration * rng.triangular(0.2, 1.3, 0.95))
        found = target.read_bytes()
        outcomes["old" if found == old else "new" if found == new else "torn"] += 1
    assert outcomes["killed"] > 0
    assert outcomes["old"] + outcomes["new"] == kills


def namespace(script):
    """Run a shell script where file systems can be mounted; skip where the system forbids that."""
    probe = subprocess.run(
        [*NAMESPACE, "mount -t tmpfs -o size=64k none /mnt"], check=False, capture_output=True
    )
    if probe.returncode:
        pytest.skip(f"no file systems can be mounted here: {probe.stderr.decode().strip()}")
    return subprocess.run([*NAMESPACE, script], check=False, capture_output=True, text=True)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="tmpfs is Linux's")
def test_a_full_disk_leaves_the_old_file(picture, tmp_path):
    """On a file system of 64 kB the old file stays, nothing else does, and the message says why."""
    disk = tmp_path / "disk"
    disk.mkdir()
    python = " ".join(COMMAND)
    done = namespace(
        f"mount -t tmpfs -o size=64k none {disk} && cd {disk} && echo the old file > out.kmq"
        f" && {python} encode {picture} -o out.kmq -f; echo code $?; cat out.kmq; ls -A"
    )
    assert done.stdout.split("\n") == ["code 7", "the old file", "out.kmq", ""]
    assert done.stderr == "kmcodec: cannot write out.kmq: No space left on device\n"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="tmpfs is Linux's")
def test_a_read_only_folder_is_one_line(picture, tmp_path):
    """A read-only file system is one line and exit code 7, and the old file stays."""
    disk = tmp_path / "disk"
    disk.mkdir()
    python = " ".join(COMMAND)
    done = namespace(
        f"mount -t tmpfs -o size=64k none {disk} && cd {disk} && echo the old file > out.kmq"
        f" && mount -o remount,ro {disk} && {python} encode {picture} -o out.kmq -f;"
        " echo code $?; cat out.kmq; ls -A"
    )
    assert done.stdout.split("\n") == ["code 7", "the old file", "out.kmq", ""]
    assert done.stderr == "kmcodec: cannot write out.kmq: Read-only file system\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_limit_of_file_sizes_leaves_the_old_file(picture, tmp_path):
    """The same where the system bounds the size of files."""
    target = tmp_path / "out.kmq"
    target.write_bytes(b"the old file")

    def bound():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    command = [*COMMAND, "encode", picture, "-o", target, "-f"]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, preexec_fn=bound, cwd=tmp_path
    )
    assert done.returncode == 7
    assert done.stderr == f"kmcodec: cannot write {target}: File too large\n"
    assert target.read_bytes() == b"the old file"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.png", "out.kmq"]


NAMES = ["two words", "line\nbreak", "-k", "ünï", "tab\tand 'quotes\"", "%s {0} $HOME *"]


@pytest.mark.parametrize("name", NAMES)
def test_odd_names_go_there_and_back(run, photo, tmp_path, name):
    """Names with odd characters are encoded, reported and decoded."""
    source = tmp_path / f"{name}.png"
    Image.fromarray(photo).save(source)
    done = run("encode", source, "-k", 8, "--json")
    assert done.code == 0
    report = json.loads(done.out)
    assert report["output"] == str(source.with_suffix(".kmq"))
    back = run("decode", source.with_suffix(".kmq"), "-o", tmp_path / f"{name} back.png")
    assert back.code == 0
    assert len(back.out.splitlines()) == 1
    with Image.open(tmp_path / f"{name} back.png") as image:
        assert image.size == (80, 60)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="names are bytes on Linux only")
def test_names_that_are_not_utf_8(photo, tmp_path):
    """Such a file is encoded; reports stay printable, JSON stays JSON."""
    source = os.fsencode(tmp_path) + b"/caf\xe9.png"
    Image.fromarray(photo).save(os.fsdecode(source), "PNG")
    for options in ([], ["--json"]):
        command = [*COMMAND, "encode", source, "-k", "8", "-f", *options]
        done = subprocess.run(command, check=False, capture_output=True)
        assert done.returncode == 0, done.stderr
        text = done.stdout.decode("utf-8")
        assert len(text.splitlines()) == 1
        if options:
            assert os.fsencode(json.loads(text)["output"]) == source.replace(b".png", b".kmq")
    assert os.path.exists(source.replace(b".png", b".kmq"))  # noqa: PTH110  (bytes)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="names are bytes on Linux only")
def test_a_page_of_such_a_file(run, photo, tmp_path):
    """A page of a file whose name is not UTF-8 shows the name escaped."""
    source = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.kmq")
    with open(source, "wb") as file:  # noqa: PTH123
        file.write(kmcodec.encode(photo, n_colors=4))
    done = run("view", source, "-o", tmp_path / "page.html")
    assert done.code == 0, done.err
    assert "\\udcff.kmq" in (tmp_path / "page.html").read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_links_stay_links(run, photo, tmp_path):
    """A link to an output keeps pointing; a dangling one gets its goal; a loop is one line."""
    source = tmp_path / "in.png"
    Image.fromarray(photo).save(source)
    goal, link = tmp_path / "goal.kmq", tmp_path / "link.kmq"
    link.symlink_to(goal)
    assert run("encode", source, "-o", link).code == 0
    assert link.is_symlink()
    assert kmcodec.decode(goal.read_bytes()).shape == photo.shape
    loop = tmp_path / "loop.kmq"
    loop.symlink_to(loop)
    done = run("encode", source, "-o", loop, "-f")
    assert done.code == 7
    assert done.err == f"kmcodec: cannot write {loop}: it is a loop of symbolic links\n"


def test_bad_inputs_among_good_ones(run, photo, tmp_path):
    """In parallel: the good ones are done, the report names the bad ones, the code says so."""
    inputs = []
    for number in range(12):
        path = tmp_path / f"{number:02}.png"
        inputs.append(path)
        if number in (3, 7):
            path.write_bytes(b"\x89PNG\r\n\x1a\n of no kind")
        else:
            Image.fromarray(photo[number:]).save(path)
    done = run("encode", *inputs, "-o", f"{tmp_path}/out/", "-j", 4, "--json")
    assert done.code == 3
    reports = [json.loads(line) for line in done.out.splitlines()]
    assert [r["input"] for r in reports] == [str(path) for path in inputs]
    assert [n for n, r in enumerate(reports) if "error" in r] == [3, 7]
    assert len(done.err.splitlines()) == 2
    assert sorted(p.stem for p in (tmp_path / "out").iterdir()) == [
        f"{n:02}" for n in range(12) if n not in (3, 7)
    ]
