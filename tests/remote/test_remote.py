"""Encoding on a Dask cluster of two processes: the same bytes, whatever becomes of the workers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from PIL import Image

import kmcodec
from kmcodec import files, remote
from kmcodec.histogram import Histogram

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
COUNT = 12


@pytest.fixture(scope="module")
def local_cluster():
    """Return a cluster of two processes with one thread each."""
    from distributed import LocalCluster  # noqa: PLC0415

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as running:
        yield running


@pytest.fixture
def pictures(tmp_path):
    """Return a folder of noisy pictures, in two folders."""
    rng = np.random.default_rng(4)
    for number in range(COUNT):
        shade = np.add.outer(np.arange(60), np.arange(90)) + 7 * number
        pixels = (shade[..., None] + rng.integers(0, 60, (60, 90, 3))) % 256
        path = tmp_path / "in" / f"{number % 2}" / f"{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels.astype(np.uint8)).save(path)
    return tmp_path / "in"


def files_below(folder):
    """Return the bytes of all files below a folder by name."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@pytest.mark.parametrize("palette", [(), ("--shared-palette",)])
def test_the_bytes_are_those_of_a_local_run(run, local_cluster, pictures, tmp_path, palette):
    """A run on the cluster writes the bytes and reports of a local run, in the same order."""
    here, there = tmp_path / "here", tmp_path / "there"
    options = ("-k", "30", "--json", *palette)
    local = run("encode", pictures, "-o", here, *options)
    remote = run(
        "encode", pictures, "-o", there, *options, "--scheduler", local_cluster.scheduler_address
    )
    assert local.code == remote.code == 0, remote.err
    assert files_below(here) == files_below(there)
    assert len(files_below(there)) == COUNT
    reports = [[json.loads(line) for line in done.out.splitlines()] for done in (local, remote)]
    for mine, theirs in zip(*reports, strict=True):
        assert mine["input"] == theirs["input"]
        assert mine["bytes"] == theirs["bytes"]
        assert theirs["output"] == mine["output"].replace(str(here), str(there))


def test_numbered_files(run, local_cluster, pictures, tmp_path, monkeypatch):
    """Numbered files are frames on the cluster, too, in whatever folder its workers are."""
    for number, path in enumerate(sorted(pictures.rglob("*.png"))):
        path.rename(tmp_path / f"{number}.png")
    monkeypatch.chdir(tmp_path)
    there = ("--scheduler", local_cluster.scheduler_address)
    local = run("encode", "%d.png", "-o", "here.kmq", "--fps", "5", "--json")
    remote = run("encode", "%d.png", "-o", "there.kmq", "--fps", "5", "--json", *there)
    assert local.code == remote.code == 0, remote.err
    assert (tmp_path / "here.kmq").read_bytes() == (tmp_path / "there.kmq").read_bytes()
    report = json.loads(remote.out)
    assert (report["frames"], report["input"]) == (COUNT, "%d.png")


def test_a_bad_input_spoils_nothing(run, local_cluster, pictures, tmp_path):
    """One unreadable picture gives exit code 3, and all others are written."""
    (pictures / "0" / "bad.png").write_bytes(b"no picture")
    done = run(
        "encode",
        pictures,
        "-o",
        tmp_path / "out",
        "--shared-palette",
        "--scheduler",
        local_cluster.scheduler_address,
    )
    assert done.code == 3
    assert "bad.png" in done.err
    assert len(files_below(tmp_path / "out")) == COUNT


def test_what_is_there_stays(run, local_cluster, pictures, tmp_path):
    """An existing output is kept with exit code 7, and all others are written."""
    target = tmp_path / "out" / "0" / "00.kmq"
    target.parent.mkdir(parents=True)
    target.write_bytes(b"mine")
    address = local_cluster.scheduler_address
    done = run("encode", pictures, "-o", tmp_path / "out", "--scheduler", address)
    assert done.code == 7
    assert target.read_bytes() == b"mine"
    assert len(files_below(tmp_path / "out")) == COUNT


def test_a_killed_worker_loses_nothing(local_cluster, pictures, tmp_path):
    """One worker dies by its process id when a third of the files are there."""
    expected = tmp_path / "expected"
    command = [sys.executable, "-P", "-m", "kmcodec", "encode", str(pictures), "--effort", "9"]
    command += ["-o"]
    subprocess.run([*command, str(expected)], check=True, capture_output=True, cwd=tmp_path)
    out = tmp_path / "out"
    with remote.connect(local_cluster.scheduler_address) as client:
        client.wait_for_workers(2)
        pids = client.run(os.getpid)
    killed = []

    def finished():
        return len(list(out.rglob("*.kmq")))  # others are renamed or removed while one looks

    def kill():
        deadline = time.monotonic() + 300
        while finished() < COUNT // 3 and time.monotonic() < deadline:
            time.sleep(0.01)
        pid = next(iter(pids.values()))
        os.kill(pid, signal.SIGSTOP)  # what it holds stays unfinished, however late its end is
        killed.append(finished())
        os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    address = local_cluster.scheduler_address
    done = subprocess.run(
        [*command, str(out), "--scheduler", address],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    killer.join()
    assert done.returncode == 0, done.stderr
    assert killed[0] < COUNT
    found = files_below(out)
    begun = {name for name in found if name.endswith(".tmp")}  # by the one that was killed
    assert len(begun) <= 1
    assert {name: found[name] for name in found.keys() - begun} == files_below(expected)


def test_histograms_merge_in_a_tree(local_cluster):
    """A histogram merged on the cluster gives the palette of the pictures in any order."""
    rng = np.random.default_rng(5)
    shapes = [(20, 20), (20, 20, 3)]
    pictures = [rng.integers(0, 9, shapes[n % 2], dtype=np.uint8) for n in range(7)]

    def read(pixels):
        return Histogram.from_pixels(pixels)

    with remote.connect(local_cluster.scheduler_address) as client:
        found = remote.merged_histogram(client, read, pictures)
        assert remote.merged_histogram(client, read, []) is None
    palette = kmcodec.find_palette(found, n_colors=40)
    assert (palette == kmcodec.find_palette(pictures[::-1], n_colors=40)).all()


def test_few_histograms_wait_at_a_time(local_cluster, tmp_path, monkeypatch):
    """However many pictures there are: merging goes before reading."""
    log = tmp_path / "log"

    def read(_number):
        with log.open("a") as file:
            file.write("+")
        return Histogram.from_pixels(np.zeros((2, 2), np.uint8))

    def merge(a, b):
        with log.open("a") as file:
            file.write("-")
        return a.merge(b)

    monkeypatch.setattr("kmcodec.remote.running._merge", merge)
    with remote.connect(local_cluster.scheduler_address) as client:
        remote.merged_histogram(client, read, list(range(300)))
    held = np.cumsum([1 if step == "+" else -1 for step in log.read_text()])
    assert held[-1] == 1
    assert held.max() < 40


def test_nobody_answers(run, pictures):
    """An address where no scheduler listens gives one line and exit code 3."""
    done = run("encode", pictures, "--scheduler", "tcp://127.0.0.1:9")
    assert done.code == 3
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    "address", ["nowhere", "", "foo://x:1", "tcp://127.0.0.1:port", "http://["]
)
def test_what_is_no_address(pictures, address):
    """What is no address is one line, and nothing hangs when the process ends."""
    command = [sys.executable, "-P", "-m", "kmcodec", "encode", pictures, "--scheduler", address]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 3
    assert done.stderr == (
        f"kmcodec: {address!r} is no address, expected one like tcp://HOST:8786\n"
    )


def test_without_dask(run, pictures, monkeypatch):
    """Without Dask installed, one line names the extra to install."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    done = run("encode", pictures, "--scheduler", "tcp://127.0.0.1:1")
    assert done.code == 3
    assert "pip install 'kmcodec[remote]'" in done.err


def test_standard_streams_are_refused(run, local_cluster):
    """Standard input cannot be sent to a cluster: exit code 2."""
    done = run("encode", "-", "--scheduler", local_cluster.scheduler_address)
    assert done.code == 2


def test_leftovers_of_killed_workers_go(tmp_path):
    """Only temporary files of the very target are removed."""
    target = tmp_path / "a.kmq"
    stays = [target, tmp_path / ".a.kmq.notes.tmp", tmp_path / f".b.kmq.{'0' * 16}.tmp"]
    goes = tmp_path / f".a.kmq.{'0a' * 8}.tmp"
    for path in (*stays, goes):
        path.write_bytes(b"")
    files.remove_leftovers(target)
    assert sorted(tmp_path.iterdir()) == sorted(stays)
