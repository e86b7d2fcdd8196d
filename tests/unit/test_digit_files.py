"""IDX and .npy files of digits: what is read, and what is refused in one line."""

from __future__ import annotations

import gzip
import io
import struct
import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest
import sklearn.datasets

from kmcodec.digits.idx import parse_array
from kmcodec.errors import InputError, LimitError
from kmcodec.files.digits import read_images, read_labels
from kmcodec.files.samples import bundled_digits, fetch_digits

IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
IDX = bytes.fromhex("00000803 00000002 00000003 00000004") + IMAGES.tobytes()


def npy(array, version=None):
    """Return an array as a .npy file's bytes."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=version)
    return buffer.getvalue()


def header(*shape):
    """Return an IDX header of unsigned bytes."""
    return bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}I", *shape)


@pytest.mark.parametrize(
    "data",
    [
        IDX,
        gzip.compress(IDX, mtime=0),
        npy(IMAGES),
        npy(IMAGES, (2, 0)),
        npy(np.asfortranarray(IMAGES)),
    ],
    ids=["idx", "gzip", "npy", "npy 2", "npy fortran"],
)
def test_images_are_read(data):
    """IDX, gzipped IDX and .npy of either order are read to the same images."""
    assert np.array_equal(parse_array(data), IMAGES)
    assert np.array_equal(read_images(io.BytesIO(data)), IMAGES)


def test_rows_of_square_images_are_images():
    """Rows of nine values are images of 3 x 3."""
    rows = np.arange(18, dtype=np.uint8).reshape(2, 9)
    assert np.array_equal(read_images(io.BytesIO(npy(rows))), rows.reshape(2, 3, 3))


@pytest.mark.parametrize("dtype", ["u1", "<i8", ">i4"])
def test_labels_are_read(tmp_path, dtype):
    """Labels of any integer type are read."""
    (tmp_path / "y.npy").write_bytes(npy(np.array([3, 1], dtype=dtype)))
    assert read_labels(tmp_path / "y.npy", 2).tolist() == [3, 1]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"GIF89a", "neither IDX"),
        (IDX[:3], "header is cut short, 3 bytes"),
        (IDX[:10], "header is cut short, 10 of 16 bytes"),
        (IDX[:-1], "cut short, 23 of 24 values"),
        (IDX + b"!", "1 bytes follow the last value"),
        (b"\0\0\x0a\3" + IDX[4:], "magic is 00000a03"),
        (b"\0\0\x0d\3" + IDX[4:], "cut short, 6 of 24 values"),
        (b"\0\0\x08\0" + IDX[4:], "magic is 00000800"),
        (header(0, 28, 28), "holds no values, its shape is 0 x 28 x 28"),
        (gzip.compress(IDX, mtime=0)[:-1], "gzip data is cut short"),
        (gzip.compress(IDX, mtime=0)[:20], "cut short"),
        (gzip.compress(IDX[:-1], mtime=0), "cut short, 23 of 24 values"),
        (gzip.compress(IDX + b"!", mtime=0), "1 bytes follow the last value"),
        (gzip.compress(IDX, mtime=0) + b"!", "bytes that are no gzip follow"),
        (gzip.compress(IDX, mtime=0)[:-8] + bytes(8), "gzip data is damaged"),
        (
            gzip.compress(header(9000, 300, 300), mtime=0),
            "bytes of gzip hold no 810,000,000 values",
        ),
        (npy(IMAGES)[:-1], "23 bytes of values, expected 24"),
        (npy(IMAGES) + b"!", "25 bytes of values, expected 24"),
        (npy(IMAGES)[:40], ".npy header is damaged"),
        (npy(IMAGES)[:6], "version ()"),
        (npy(IMAGES, (3, 0)), "version (3, 0)"),
        (npy(IMAGES.astype(complex)), "holds complex128, expected numbers"),
        (npy(np.array([None])), "holds object, expected numbers"),
    ],
)
def test_damage_is_told_in_one_line(data, message):
    """Each damaged file raises InputError with one line that says what is wrong."""
    with pytest.raises(InputError) as caught:
        parse_array(data)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [header(1 << 31, 28, 28), gzip.compress(header(1 << 31, 28, 28), mtime=0), npy(IMAGES[:1, :1])],
    ids=["idx", "gzip", "npy"],
)
def test_what_claims_too_much_is_refused_before_it_is_made(data):
    """A header that claims billions of values raises LimitError."""
    data = data.replace(b"(1, 1, 4)", b"(1, 9999999999, 4)")
    with pytest.raises(LimitError, match="are the limit"):
        parse_array(data)


def test_a_gzip_bomb_is_not_inflated():
    """64 MB of zeros behind a small header take less than 1 MB before they are refused."""
    bomb = gzip.compress(header(1, 1, 1) + bytes(1 << 26))
    tracemalloc.start()
    with pytest.raises(InputError, match="follow the last value"):
        parse_array(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 20


def test_every_prefix_and_every_flipped_byte_of_gzip_raises_or_reads_the_same():
    """A cut gzip file raises InputError; a changed byte does so or does not matter."""
    data = gzip.compress(IDX, mtime=0)
    for end in range(len(data)):
        with pytest.raises(InputError):
            parse_array(data[:end])
    same = 0
    for place in range(len(data)):
        damaged = bytearray(data)
        damaged[place] ^= 0x10
        try:
            found = parse_array(bytes(damaged))
        except (InputError, LimitError):
            continue
        assert np.array_equal(found, IMAGES)
        same += 1
    assert 6 <= same < 10  # bytes of time, flags and system, and bits after the last block


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((2, 10), np.uint8), "10 values, which is not the area of a square"),
        (np.zeros(4, np.uint8), "expected (n, h, w) or (n, d) numbers"),
        (np.full((2, 3, 3), 256, np.int32), "values from 256 to 256, expected 0 to 255"),
        (np.full((2, 3, 3), np.nan), "values from nan to nan"),
    ],
)
def test_other_arrays_are_no_images(array, message):
    """Arrays of other shapes and types raise InputError."""
    with pytest.raises(InputError) as caught:
        read_images(io.BytesIO(npy(array)))
    assert message in str(caught.value)


def test_labels_of_another_number_name_their_file(tmp_path):
    """Labels of another number raise InputError that names their file."""
    path = tmp_path / "y.npy"
    path.write_bytes(npy(np.zeros(3, np.uint8)))
    with pytest.raises(InputError, match=r"y\.npy: there are 3 labels for 2 images"):
        read_labels(path, 2)
    with pytest.raises(InputError, match="cannot read"):
        read_labels(tmp_path / "none", 2)


def test_bundled_digits_are_scaled_to_bytes():
    """The bundled digits are 1797 images of bytes up to 255, with their labels."""
    images, labels = bundled_digits()
    assert (images.shape, images.dtype, images.max()) == ((1797, 8, 8), np.uint8, 255)
    assert labels[:10].tolist() == list(range(10))


def test_digits_of_openml(monkeypatch):
    """The fetcher is scikit-learn's; here it answers as OpenML's mnist_784 does."""
    calls = []

    def fetch(name, **options):
        calls.append((name, options))
        return IMAGES.reshape(2, 12)[:, :9].astype(float), np.array(["5", "0"], dtype=object)

    monkeypatch.setattr(sklearn.datasets, "fetch_openml", fetch)
    images, labels = fetch_digits("mnist_784")
    assert np.array_equal(images.reshape(2, 9), IMAGES.reshape(2, 12)[:, :9])
    assert labels.tolist() == [5, 0]
    assert calls[0][0] == "mnist_784"
    assert not calls[0][1]["as_frame"]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (OSError("no route to\nhost"), "cannot fetch x from OpenML: no route to host"),
        (ValueError("no active dataset x"), "cannot fetch x from OpenML: no active dataset x"),
        ((np.full((2, 4), 0.5), np.zeros(2)), "x holds no images"),
        ((np.full((2, 4), 300.0), np.zeros(2)), "x holds no images"),
        ((np.full((2, 4), "a"), np.zeros(2)), "x holds no images"),
    ],
)
def test_what_openml_cannot_give(monkeypatch, answer, message):
    """Failures of OpenML and data that are no images raise InputError of one line."""

    def fetch(_name, **_options):
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(sklearn.datasets, "fetch_openml", fetch)
    with pytest.raises(InputError) as caught:
        fetch_digits("x")
    assert str(caught.value).startswith(message)


def test_labels_of_openml_may_be_words(monkeypatch):
    """Words as labels become their numbers in sorted order."""
    answer = SimpleNamespace(data=np.zeros((3, 4)), target=np.array(["b", "a", "b"]))
    monkeypatch.setattr(
        sklearn.datasets, "fetch_openml", lambda _name, **_options: (answer.data, answer.target)
    )
    assert fetch_digits("x")[1].tolist() == [1, 0, 1]
