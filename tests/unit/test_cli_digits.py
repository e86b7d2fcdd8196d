"""``kmcodec digits``: tables, figures, merging and splitting, wrong files and options."""

from __future__ import annotations

import gzip
import io
import json
import struct

import numpy as np
import pytest
import sklearn.datasets
from PIL import Image

import kmcodec
from kmcodec.digits.samples import bundled_digits
from kmcodec.drawing.digits import GREEN


def idx(array):
    """Return an array of bytes as an IDX file."""
    head = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.astype(np.uint8).tobytes()


def pixels_of(path):
    """Return a picture file's pixels."""
    with Image.open(path) as image:
        return np.asarray(image)


@pytest.fixture(scope="module")
def digits():
    """Return 400 of scikit-learn's digits and their labels."""
    images, labels = bundled_digits()
    return images[:400], labels[:400]


@pytest.fixture
def files(tmp_path, digits):
    """Return a folder with images.gz and labels, in IDX."""
    (tmp_path / "images.gz").write_bytes(gzip.compress(idx(digits[0])))
    (tmp_path / "labels").write_bytes(idx(digits[1]))
    return tmp_path


def test_without_a_file_the_digits_of_scikit_learn_are_grouped(run):
    done = run("digits", "--features", "gradients")
    lines = done.out.decode().splitlines()
    assert done.code == 0
    assert lines[0].startswith("digits of scikit-learn  1,797 images of 8 x 8  10 clusters  ")
    assert lines[1].split() == ["cluster", "size", "share", "digit", "purity"]
    assert len(lines) == 13
    assert "accuracy 0." in lines[12]


def test_table_without_labels(run, files, digits):
    done = run("digits", files / "images.gz", "-k", 4)
    sizes = kmcodec.cluster_digits(digits[0], 4).sizes.tolist()
    rows = [line.split() for line in done.out.decode().splitlines()[2:]]
    assert [[row[0], row[1]] for row in rows] == [[str(i), str(s)] for i, s in enumerate(sizes)]
    assert "digit" not in done.out.decode()


def test_json_with_labels_and_tree(run, files, digits):
    done = run("digits", files / "images.gz", "--labels", files / "labels", "--tree", "--json")
    report = json.loads(done.out)
    found = kmcodec.cluster_digits(digits[0])
    agreement = found.report(digits[1])
    assert report["accuracy"] == round(agreement.accuracy, 6)
    assert [c["size"] for c in report["clusters"]] == found.sizes.tolist()
    assert [c["counts"] for c in report["clusters"]] == agreement.table.tolist()
    assert [c["digit"] for c in report["clusters"]] == agreement.majorities.tolist()
    assert [row[:2] for row in report["tree"]] == found.hierarchy()[:, :2].astype(int).tolist()
    assert (report["images"], report["width"], report["outputs"]) == (400, 8, {})


def test_standard_input_and_npy(run, digits):
    buffer = io.BytesIO()
    np.save(buffer, digits[0])
    done = run("digits", "-", "-k", 2, "--json", stdin=buffer.getvalue())
    assert (
        json.loads(done.out)["clusters"][0]["size"] == kmcodec.cluster_digits(digits[0], 2).sizes[0]
    )


def test_merge_and_split_take_the_numbers_of_the_first_table(run, files, digits):
    done = run("digits", files / "images.gz", "--merge", "3+8", "--split", "7:2", "--json")
    expected = kmcodec.cluster_digits(digits[0]).rearrange(merge=[(3, 8)], split={7: 2})
    sizes = [c["size"] for c in json.loads(done.out)["clusters"]]
    assert sizes == expected.sizes.tolist()
    assert len(sizes) == 10


@pytest.mark.parametrize("members", ["nearest", "random"])
def test_figure(run, files, digits, members):
    target = files / "figure.png"
    done = run("digits", files / "images.gz", "-o", target, "-n", 6, "--members", members)
    assert done.code == 0
    assert f"output: {target}" in done.out.decode()
    shown = pixels_of(target)
    found = kmcodec.cluster_digits(digits[0])
    corner = found.centers[0, 0, 0]
    assert corner == 0
    greens = (shown == GREEN).all(axis=2)
    columns = np.flatnonzero(greens.any(axis=0))
    assert columns[-1] - columns[0] < 56
    left, top = columns[0], np.flatnonzero(greens.any(axis=1))[0]
    number = (found.nearest(0, 6) if members == "nearest" else found.sample(0, 6, 0))[0]
    first = shown[top : top + 56 : 7, left + 64 : left + 120 : 7]
    assert np.array_equal(first[..., 0], digits[0][number])


def test_all_pictures_and_force(run, files):
    names = {"-o": "f.png", "--map": "m.png", "--confusion": "c.png"}
    options = [part for option, name in names.items() for part in (option, files / name)]
    options += ["--labels", files / "labels", "--tree", "-k", 5]
    assert run("digits", files / "images.gz", *options).code == 0
    sizes = {name: pixels_of(files / name).shape for name in names.values()}
    assert sizes["f.png"][1] > 21 * 56
    assert len(set(sizes.values())) == 3
    again = run("digits", files / "images.gz", *options)
    assert again.code == 7
    assert "exists already; -f overwrites it" in again.err
    assert run("digits", files / "images.gz", *options, "-f").code == 0


def test_openml(run, monkeypatch, digits):
    answer = digits[0][:60].reshape(60, 64).astype(float), digits[1][:60].astype(str)
    monkeypatch.setattr(sklearn.datasets, "fetch_openml", lambda _name, **_options: answer)
    report = json.loads(run("digits", "--openml", "optdigits", "-k", 3, "--json").out)
    assert (report["input"], report["images"]) == ("optdigits", 60)
    assert report["classes"] == list(range(10))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["none.gz"], "cannot read none.gz: No such file or directory"),
        (["-k", 401], "images.gz: n_clusters is 401, but there are 400 images"),
        (["--merge", "3+10"], "images.gz: cluster is 10, it may be 0 to 9"),
        (["--merge", "3+8", "--split", "8:2"], "cluster 8 is to be merged or split twice"),
        (["--split", "8:2", "--split", "8:3"], "--split names a cluster twice"),
        (["--split", "8:0"], "the number of parts of cluster 8 is 0"),
        (["--labels", "short"], "short: there are 3 labels for 400 images"),
        (["--labels", "none"], "cannot read none: No such file or directory"),
        (["--confusion", "c.png"], "--confusion needs --labels"),
        (["cut.gz"], "cut.gz: the file is cut short"),
        (["nothing"], "nothing: the file is empty"),
        (["black.npy"], "black.npy: all images are black, there is nothing to group"),
        (["short"], "short: images are uint8 of shape (3,)"),
    ],
)
def test_what_cannot_be_done_is_one_line(run, files, monkeypatch, options, message):
    monkeypatch.chdir(files)
    (files / "short").write_bytes(idx(np.arange(3)))
    (files / "cut.gz").write_bytes((files / "images.gz").read_bytes()[:900])
    (files / "nothing").write_bytes(b"")
    np.save(files / "black.npy", np.zeros((20, 8, 8), np.uint8))
    done = run("digits", *([] if options[0][0] != "-" else ["images.gz"]), *options)
    assert done.code == 3
    assert done.err.startswith("kmcodec: ")
    assert message in done.err
    assert done.err.count("\n") == 1
    assert done.out == b""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-k", 0], "0 is not in the range x>=1"),
        (["a.gz", "--openml", "b"], "--openml stands in place of IMAGES"),
        (["--merge", "3"], "'3' is not of the form A+B"),
        (["--split", "7:2:3"], "'7:2:3' is not of the form A:N"),
        (["-o", "figure.jpg"], "should end in .png"),
        (["-o", "same.png", "--map", "same.png"], "two outputs would be same.png"),
        ([""], "an input's name is empty"),
    ],
)
def test_wrong_options(run, options, message):
    done = run("digits", *options)
    assert done.code == 2
    assert message in done.err
    assert done.err.count("\n") == 1
