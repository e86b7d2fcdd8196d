"""``kmcodec digits``: what it reads, prints and writes."""

from __future__ import annotations

import gzip
import json
import struct

import numpy as np
import pytest
from PIL import Image

import kmcodec
from kmcodec.files.samples import bundled_digits


def idx_of(array):
    """Return an array of bytes as an IDX file."""
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture(scope="module")
def images():
    """Return 200 of scikit-learn's digits."""
    return bundled_digits()[0][:200]


@pytest.fixture
def files(images, tmp_path):
    """Return images and labels as files."""
    labels = bundled_digits()[1][:200].astype(np.uint8)
    (tmp_path / "images.gz").write_bytes(gzip.compress(idx_of(images)))
    (tmp_path / "labels").write_bytes(idx_of(labels))
    return tmp_path / "images.gz", tmp_path / "labels"


def test_digits_come_along(run):
    """Without input, scikit-learn's 1,797 digits are grouped."""
    done = run("digits")
    assert done.code == 0
    assert b"1,797 images of 8 x 8  10 clusters" in done.out


def test_json(run, files, images):
    """The JSON report agrees with the library's groups and their scores."""
    report = json.loads(run("digits", files[0], "--labels", files[1], "-k", 6, "--json").out)
    found = kmcodec.cluster_digits(images, 6)
    assert [cluster["size"] for cluster in report["clusters"]] == found.sizes.tolist()
    assert report["inertia"] == pytest.approx(found.inertia, rel=1e-6)
    truth = bundled_digits()[1][:200]
    assert report["accuracy"] == pytest.approx(found.report(truth).accuracy, abs=1e-6)
    assert sum(sum(cluster["counts"]) for cluster in report["clusters"]) == 200


def test_standard_input_is_read(run, images):
    """Images are read from standard input."""
    assert b"200 images" in run("digits", "-", stdin=idx_of(images)).out


def test_merge_and_split(run, files, images):
    """--merge and --split give the sizes of the library's rearrange."""
    options = ("--merge", "0+4", "--split", "2:3", "--json")
    report = json.loads(run("digits", files[0], "-k", 6, *options).out)
    expected = kmcodec.cluster_digits(images, 6).rearrange(merge=[[0, 4]], split={2: 3})
    assert [cluster["size"] for cluster in report["clusters"]] == expected.sizes.tolist()


def test_steps_are_done_one_after_another(run, files, images):
    """A merged cluster is split, its part split again; each says where it is from."""
    options = ("--merge", "0+1", "--split", "1:2", "--split", "0.1:2", "--merge", "0.2+4")
    report = json.loads(run("digits", files[0], "-k", 6, *options, "--json").out)
    names = {cluster["from"]: cluster["size"] for cluster in report["clusters"]}
    assert set(names) == {"2", "3", "5", "0.2+4", "0.1.1 from 0.1", "0.1.2 from 0.1"}
    before = kmcodec.cluster_digits(images, 6).sizes
    parts = names["0.1.1 from 0.1"] + names["0.1.2 from 0.1"]
    assert parts + names["0.2+4"] == before[0] + before[1] + before[4]
    assert b"  0.1.1 from 0.1" in run("digits", files[0], "-k", 6, *options).out


def test_groups_are_saved_and_come_back(run, files, images, tmp_path):
    """--save writes a .kmq file whose indices are the labels and whose codebook the centres."""
    target = tmp_path / "groups.kmq"
    assert run("digits", files[0], "--save", target).code == 0
    found = kmcodec.cluster_digits(images, 10)
    back = kmcodec.decode_blocks(target.read_bytes())
    assert (back.indices[0] == found.labels).all()
    assert (back.codebook[..., 0] == found.centers).all()
    assert run("decode", target, "-o", tmp_path / "centers.npy").code == 0
    assert (np.load(tmp_path / "centers.npy") == found.centers[found.labels]).all()
    assert run("decode", target, "-o", tmp_path / "sheet.png").code == 0
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (15 * 8, 14 * 8)
    assert b"10 blocks of 8 x 8 (authored" in run("info", target).out


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (["-o"], "PNG"),
        (["--tree", "--members", "random", "-n", 3, "-o"], "PNG"),
        (["--map"], "PNG"),
        (["--labels", "labels", "--confusion"], "PNG"),
    ],
)
def test_pictures(run, files, monkeypatch, options, kind):
    """Each kind of picture is written, and not overwritten unasked."""
    monkeypatch.chdir(files[0].parent)
    done = run("digits", files[0], *options, "out.png")
    assert done.code == 0, done.err
    with Image.open("out.png") as image:
        assert image.format == kind
        assert len(np.unique(np.asarray(image.convert("RGB")).reshape(-1, 3), axis=0)) > 5
    refused = run("digits", files[0], *options, "out.png")
    assert (refused.code, "exists" in refused.err) == (7, True)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["none"], 3, "none"),
        (["cut.gz"], 3, "cut.gz"),
        (["text"], 3, "text"),
        (["empty"], 3, "empty"),
        (["labels"], 3, "labels"),
        (["images.gz", "-k", "201"], 3, "n_clusters is 201, but there are 200 images"),
        (["images.gz", "-k", "0"], 2, "0 is not in the range"),
        (["images.gz", "--labels", "images.gz"], 3, "images.gz"),
        (["images.gz", "--labels", "short"], 3, "short"),
        (["images.gz", "--merge", "0+10"], 2, "there is no cluster 10: they go from 0 to 9"),
        (["images.gz", "--merge", "0"], 2, "'0' is not of the form A:N"),
        (["images.gz", "--merge", "5+5"], 2, "with different clusters"),
        (["images.gz", "--split", "0:1"], 2, "a cluster and its parts, 2 or more"),
        (["images.gz", "--split", "0:201"], 2, "cluster 0 cannot have 201 parts: it has"),
        (["images.gz", "--split", "12:2"], 2, "there is no cluster 12: they go from 0 to 9"),
        (["images.gz", "--split", "3"], 2, "'3' is not of the form A:N"),
        (
            ["images.gz", "--split", "1:2", "--split", "1:3"],
            2,
            "cluster 1 is split: take one of its parts, 1.1, 1.2",
        ),
        (["images.gz", "--merge", "1+2", "--merge", "2+1"], 2, "2+1 is one cluster already"),
        (["images.gz", "--openml", "mnist_784"], 2, "--openml stands in place of IMAGES"),
        (["images.gz", "--confusion", "c.png"], 2, "--confusion needs --labels"),
        (["images.gz", "--save", "g.png"], 2, "should end in .kmq"),
        (["images.gz", "-o", "images.gz"], 2, "should end in .png"),
    ],
)
def test_bad_input_gives_one_line(run, files, monkeypatch, arguments, code, message):
    """Bad input is one line, the documented exit code and no new file."""
    folder = files[0].parent
    monkeypatch.chdir(folder)
    (folder / "cut.gz").write_bytes(files[0].read_bytes()[:-100])
    (folder / "text").write_text("no digits")
    (folder / "empty").write_bytes(b"")
    (folder / "short").write_bytes(idx_of(np.zeros(199, dtype=np.uint8)))
    before = sorted(path.name for path in folder.iterdir())
    done = run("digits", *arguments)
    assert done.code == code
    assert message in done.err.replace("\n", " ")
    assert "Traceback" not in done.err
    if code != 2:
        assert done.err.count("\n") == 1
    assert sorted(path.name for path in folder.iterdir()) == before
