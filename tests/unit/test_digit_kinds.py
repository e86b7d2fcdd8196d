"""Digits as the world stores them: types of IDX, gzip in parts, archives, black on white."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile

import numpy as np
import pytest
import sklearn.datasets

import kmcodec
from kmcodec.digits.ground import has_bright_ground
from kmcodec.digits.idx import parse_array
from kmcodec.errors import InputError, LimitError
from kmcodec.files.digits import read_digits, read_labels
from kmcodec.files.samples import bundled_digits

IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
CODES = {"u1": 8, "i1": 9, ">i2": 11, ">i4": 12, ">f4": 13, ">f8": 14}


def idx(array):
    """Return an array as an IDX file's bytes."""
    code = CODES[next(name for name in CODES if np.dtype(name) == array.dtype)]
    return (
        bytes([0, 0, code, array.ndim])
        + struct.pack(f">{array.ndim}I", *array.shape)
        + array.tobytes()
    )


def zipped(data):
    """Return bytes as one member of gzip, the same whenever it is made."""
    return gzip.compress(data, mtime=0)


def npz(**arrays):
    """Return arrays as a compressed archive's bytes."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


@pytest.mark.parametrize("name", CODES)
def test_idx_of_every_type_is_read(name):
    """Values come back in the type that the file has, plain and gzipped."""
    array = (IMAGES.astype(np.int64) - (0 if name == "u1" else 9)).astype(name)
    for data in (idx(array), zipped(idx(array))):
        found = parse_array(data)
        assert found.dtype == np.dtype(name)
        assert np.array_equal(found, array)


@pytest.mark.parametrize("name", ["u1", "i1", ">i2", ">i4"])
def test_labels_of_every_integer_type_are_read(tmp_path, name):
    """Labels of other integer types are labels."""
    (tmp_path / "y").write_bytes(idx(np.array([3, 1, 100], dtype=name)))
    assert read_labels(tmp_path / "y", 3).tolist() == [3, 1, 100]


@pytest.mark.parametrize(
    ("images", "expected", "note"),
    [
        (IMAGES.astype(">i4"), IMAGES, ""),
        ((IMAGES / 255).astype(">f4"), IMAGES, "float32 from 0 to 1: they were multiplied by 255"),
        ((IMAGES / 255).astype(">f8"), IMAGES, "float64 from 0 to 1: they were multiplied by 255"),
        ((IMAGES + 0.3).astype(">f4"), IMAGES, "float32 up to 255: they were rounded"),
    ],
    ids=["int", "float32 to 1", "float64 to 1", "float to 255"],
)
def test_images_of_other_types_become_bytes(images, expected, note):
    """Integers stay, floats up to 1 are stretched, others are rounded; a note says so."""
    found = read_digits(io.BytesIO(idx(images)))
    assert np.array_equal(found.images, expected)
    assert found.images.dtype == np.uint8
    assert list(found.notes) == ([f"values are {note}"] if note else [])


@pytest.mark.parametrize("wrong", [-1.0, 255.5, np.nan, np.inf])
def test_values_out_of_range_are_no_images(wrong):
    """Values that are no shades are refused with what was found."""
    array = IMAGES.astype(">f4")
    array[1, 1, 1] = wrong
    with pytest.raises(InputError, match=r"images have values from .*, expected 0 to 255"):
        read_digits(io.BytesIO(idx(array)))


def test_the_library_takes_the_same_types():
    """``cluster_digits`` gives one result for bytes, integers, and floats up to 1."""
    images, _ = bundled_digits()
    expected = kmcodec.cluster_digits(images[:200], 5)
    for same in (images[:200].astype(np.int64), images[:200] / 255):
        found = kmcodec.cluster_digits(same, 5)
        assert np.array_equal(found.labels, expected.labels)
        assert np.array_equal(found.images, expected.images)


DATA = idx(IMAGES)
PARTS = {
    "two members": zipped(DATA[:7]) + zipped(DATA[7:]),
    "a member for each byte": b"".join(zipped(bytes([byte])) for byte in DATA),
    "empty members": zipped(b"") + zipped(DATA) + zipped(b""),
    "zeros after the end": zipped(DATA) + bytes(1000),
    "zeros between": zipped(DATA[:20]) + bytes(3) + zipped(DATA[20:]) + bytes(1),
}


@pytest.mark.parametrize("kind", PARTS)
def test_gzip_is_read_as_gunzip_does(kind):
    """Members follow one another, and zeros may pad the file."""
    assert np.array_equal(parse_array(PARTS[kind]), IMAGES)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (zipped(DATA[:7]) + zipped(DATA[7:])[:-3], "gzip data is cut short"),
        (zipped(DATA) + zipped(b"!"), "1 bytes follow the last value"),
        (zipped(DATA) + bytes(5) + b"!", "bytes that are no gzip follow the gzip data"),
        (zipped(DATA[:7]) + bytes(9), "cut short"),
    ],
    ids=["cut", "too many values", "other bytes", "zeros instead of values"],
)
def test_what_gunzip_refuses_is_refused(data, message):
    """Members that are cut, too many values, and other bytes behind are one sentence."""
    with pytest.raises(InputError, match=message) as caught:
        parse_array(data)
    assert "\n" not in str(caught.value)


def test_archives_give_images_and_labels(tmp_path):
    """Parts for training and tests are put together with their labels; a note names them."""
    labels = np.array([1, 2])
    both = npz(x_train=IMAGES, y_train=labels, x_test=IMAGES[:1], y_test=labels[1:])
    found = read_digits(io.BytesIO(both))
    assert np.array_equal(found.images, np.concatenate([IMAGES, IMAGES[:1]]))
    assert found.labels.tolist() == [1, 2, 2]
    assert found.notes == ("the images are those of x_train and x_test, one after another",)
    (tmp_path / "mnist.npz").write_bytes(both)
    assert read_labels(tmp_path / "mnist.npz", 3).tolist() == [1, 2, 2]
    for names in (("images", "labels"), ("x", "y"), ("train_images", "train_labels")):
        arrays = dict(zip(names, (IMAGES / 255, labels[:, None].astype(np.uint8)), strict=True))
        found = read_digits(io.BytesIO(npz(**arrays)))
        assert np.array_equal(found.images, IMAGES)
        assert found.labels.tolist() == [1, 2]
    alone = read_digits(io.BytesIO(npz(anything=IMAGES)))
    assert np.array_equal(alone.images, IMAGES)
    assert alone.labels is None


def claimed(size):
    """Return an archive whose directory claims so many bytes for its array."""
    data = bytearray(npz(x=IMAGES))
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", size)
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (npz(a=IMAGES, b=IMAGES), InputError, "holds a, b; expected x_train and y_train"),
        (npz(x_train=IMAGES, x_test=IMAGES[:, :2]), InputError, "do not fit together"),
        (npz(x=np.array(["a"])), InputError, "holds <U1, expected numbers"),
        (npz(x=IMAGES, y=np.array([1])), InputError, "1 labels for 2 images"),
        (npz(x=IMAGES)[:-30], InputError, "the .npz file is damaged"),
        (npz(x=IMAGES)[:40], InputError, "the .npz file is damaged"),
        (claimed((1 << 32) - 1), LimitError, "claims 4,294,967,295 bytes"),
    ],
    ids=["names", "shapes", "text", "labels", "no directory", "cut", "claims"],
)
def test_archives_that_are_refused(data, error, message):
    """Each wrong archive is one sentence."""
    with pytest.raises(error, match=message) as caught:
        read_digits(io.BytesIO(data))
    assert "\n" not in str(caught.value)


def test_pickles_in_archives_are_not_loaded():
    """An archive of objects is refused before anything of it is built."""
    buffer = io.BytesIO()
    np.savez(buffer, x=np.array([None, {}], dtype=object))
    with pytest.raises(InputError, match="holds object, expected numbers"):
        read_digits(io.BytesIO(buffer.getvalue()))


def test_damaged_archives_raise_our_errors():
    """Any byte of an archive may be wrong: the images are the same, or InputError says why not."""
    data = npz(x_train=IMAGES, y_train=np.array([1, 2]))
    for place in range(0, len(data), 3):
        damaged = bytearray(data)
        damaged[place] ^= 0x11
        try:
            found = read_digits(io.BytesIO(bytes(damaged)))
        except (InputError, LimitError) as error:
            assert "\n" not in str(error)  # noqa: PT017  (either is right)
        else:
            assert np.array_equal(found.images, IMAGES)


def test_members_packed_otherwise_are_refused():
    """Only what NumPy writes is inflated."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("x.npy", b"\x93NUMPY")
    with pytest.raises(InputError, match="neither stored nor deflated"):
        read_digits(io.BytesIO(buffer.getvalue()))


@pytest.mark.parametrize("features", ["raw", "gradients", "spectral"])
def test_black_on_white_gives_the_same_groups(features):
    """Inverted digits are told apart as well as the others, and the grouping says so."""
    images, truth = bundled_digits()
    images, truth = images[:300], truth[:300]
    expected = kmcodec.cluster_digits(images, 10, features=features)
    assert not expected.inverted
    found = kmcodec.cluster_digits((230 - images * 0.8).astype(np.uint8), 10, features=features)
    assert found.inverted
    assert found.report(truth).accuracy >= expected.report(truth).accuracy - 0.05
    assert found.images.mean() < 128
    assert found.merge([0, 1]).inverted
    assert np.array_equal(kmcodec.cluster_digits(255 - images, 10).images, images)


@pytest.mark.parametrize(
    ("images", "bright"),
    [
        (np.random.default_rng(1).integers(0, 256, (50, 9, 9), dtype=np.uint8), False),
        (np.full((5, 9, 9), 200, np.uint8), False),
        (np.full((5, 2, 2), 200, np.uint8), False),
        (
            np.pad(np.full((5, 3, 3), 90, np.uint8), ((0, 0), (3, 3), (3, 3)), constant_values=0),
            False,
        ),
        (np.pad(np.zeros((5, 3, 3), np.uint8), ((0, 0), (3, 3), (3, 3)), constant_values=90), True),
        (
            np.pad(np.zeros((1, 1, 1), np.uint8), ((0, 0), (1, 1), (1, 1)), constant_values=255),
            True,
        ),
    ],
    ids=["noise", "one shade", "too small", "gray on black", "black on gray", "3 x 3"],
)
def test_the_ground_is_told_by_the_borders(images, bright):
    """A ground is bright where borders are bright among all shades, and what is within darker."""
    assert has_bright_ground(images) is bright


def test_photographs_are_not_taken_for_paper():
    """Images that fill their frame keep their shades."""
    photo = sklearn.datasets.load_sample_image("china.jpg")[:420, :616, 0]
    tiles = photo.reshape(15, 28, 22, 28).transpose(0, 2, 1, 3)
    assert not has_bright_ground(tiles.reshape(-1, 28, 28))


def test_the_command_line_says_what_was_done(run, tmp_path):
    """Notes of inversion, scaling and parts are on standard error and in JSON."""
    images, truth = bundled_digits()
    paper = (255 - images[:300]) / 255
    data = npz(x_train=paper[:200], y_train=truth[:200], x_test=paper[200:], y_test=truth[200:300])
    (tmp_path / "mnist.npz").write_bytes(data)
    done = run("digits", tmp_path / "mnist.npz", "--json", "--features", "gradients")
    report = json.loads(done.out)
    assert done.code == 0
    assert report["inverted"] is True
    assert report["accuracy"] > 0.6
    notes = " / ".join(report["notes"])
    for words in ("x_train and x_test", "multiplied by 255", "the ground is bright"):
        assert words in notes
        assert words in done.err
    plain = json.loads(run("digits", "--json").out)
    assert (plain["inverted"], "notes" in plain) == (False, False)
