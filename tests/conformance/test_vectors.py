"""The package and the reference decoder agree on every vector of the specification."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import reference_decoder as reference
from run_vectors import read_pam, read_png
from work import STEPS

import kmcodec
from kmcodec.errors import KmqError

SPEC = Path(__file__).parents[2] / "spec"
VECTORS = SPEC / "vectors"
INDEX = json.loads((VECTORS / "index.json").read_text())


GOOD = [(folder, name) for folder in ("valid", "uncommon") for name in INDEX[folder]]


@pytest.mark.parametrize(("folder", "name"), GOOD)
def test_valid(folder, name):
    """Both decode a valid file to the pixels beside it, with the same palette and indices."""
    data = (VECTORS / folder / f"{name}.kmq").read_bytes()
    picture = reference.decode(data)
    expected = read_png((VECTORS / folder / f"{name}.png").read_bytes())
    assert expected == read_pam(reference.build_pam(picture))
    assert picture.pixels() == kmcodec.decode(data).tobytes()
    if picture.planes > 1:
        check_stack(picture, kmcodec.KmqFile(data))
        return
    image = kmcodec.decode_blocks(data)
    assert picture.rows == image.indices.tolist()
    assert picture.palette == [entry.tobytes() for entry in image.codebook]
    assert picture.block == image.block
    assert (picture.channels, picture.authored) == (image.channels, image.authored)


def check_stack(picture, file):
    """Compare the palette, the planes and the flags of a stack."""
    assert picture.rows == file.decode_indices().tolist()
    assert picture.palette == [entry.tobytes() for entry in file.palette]
    header = file.header
    assert (picture.planes, picture.height) == (header.planes, header.height)
    assert (picture.channels, picture.authored) == (header.channels, header.authored)


def test_frames():
    """The vector that plays says how long each frame is shown; those to be ignored say nothing."""
    timing = kmcodec.KmqFile((VECTORS / "valid" / "frames.kmq").read_bytes()).info.timing
    assert timing is not None
    assert (timing.loop, timing.ticks_per_second) == (0, 100)
    assert timing.durations == (10, 10, 10, 10, 0, 200)
    for name in ("frames-ignored", "frames-of-picture"):
        data = (VECTORS / "uncommon" / f"{name}.kmq").read_bytes()
        assert kmcodec.KmqFile(data).info.timing is None


def rows_of(path: str) -> np.ndarray:
    """Return the indices of a vector, as the reference decoder finds them."""
    return np.array(reference.decode((VECTORS / path).read_bytes()).rows)


def array_of(path: str) -> np.ndarray:
    """Return the array of a vector."""
    array = kmcodec.decode_array((VECTORS / path).read_bytes())
    assert array.dtype == np.dtype("<i2")
    return array


def test_arrays():
    """The vectors with arrays hold the integers that the makers gave them; others hold none."""
    values = np.array([-3, -2, 5, 300], dtype="<i2")
    for path in ("valid/array.kmq", "uncommon/array-own-palette.kmq"):
        np.testing.assert_array_equal(array_of(path), values[rows_of(path)])
    planes = rows_of("valid/stack-array.kmq").reshape(2, 1, 3, 4, 5)
    np.testing.assert_array_equal(array_of("valid/stack-array.kmq"), values[planes])
    for name in ("array-ignored", "array-tables-ignored"):
        with pytest.raises(kmcodec.FormatError):
            array_of(f"uncommon/{name}.kmq")


def test_arrays_whose_values_do_not_stand_for_ranks():
    """Values in another order, and blocks with indices of their own, as the makers gave them."""
    path = "uncommon/array-relabelled.kmq"
    np.testing.assert_array_equal(array_of(path), np.array([300, -3, 300, 5])[rows_of(path)])
    first, second = np.array([-3, -2, 5, 300]), np.array([-2, 5, 302, 303])
    path = "valid/array-tables.kmq"
    left, right = np.split(rows_of(path), [2], axis=1)
    np.testing.assert_array_equal(array_of(path), np.hstack([first[left], second[right]]))
    path = "valid/stack-array-tables.kmq"
    front, back = rows_of(path).reshape(2, 3, 4, 5)
    expected = np.stack([first[front], np.array([-3, -2, 5, 302])[back]])
    np.testing.assert_array_equal(array_of(path), expected.reshape(2, 1, 3, 4, 5))


@pytest.mark.parametrize("name", INDEX["faulty"])
def test_faulty(name):
    """Both refuse a faulty file with exactly the error class in the index."""
    data = (VECTORS / "faulty" / f"{name}.kmq").read_bytes()
    expected = INDEX["faulty"][name]["error"]
    with pytest.raises(KmqError) as raised:
        kmcodec.decode(data)
    assert expected == type(raised.value).__name__
    with pytest.raises(reference.KmqError) as raised:
        reference.decode(data)
    assert expected == type(raised.value).__name__


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(("folder", "name"), GOOD)
def test_prefixes(folder, name, step):
    """Both refuse every prefix of a valid file with TruncatedError."""
    data = (VECTORS / folder / f"{name}.kmq").read_bytes()
    for end in {*range(len(name) % step, len(data), step), len(data) - 1}:
        with pytest.raises(KmqError) as raised:
            kmcodec.decode(data[:end])
        assert type(raised.value).__name__ == "TruncatedError"
        with pytest.raises(reference.TruncatedError):
            reference.decode(data[:end])


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(("folder", "name"), GOOD)
def test_flipped_bits(folder, name, step):
    """Both refuse a valid file with any one bit changed, and with the same error class."""
    data = (VECTORS / folder / f"{name}.kmq").read_bytes()
    for position in range(len(name) % step, 8 * len(data), step):
        damaged = bytearray(data)
        damaged[position // 8] ^= 1 << position % 8
        with pytest.raises(KmqError) as raised:
            kmcodec.decode(damaged)
        expected = type(raised.value).__name__
        with pytest.raises(reference.KmqError) as raised:
            reference.decode(bytes(damaged))
        assert expected == type(raised.value).__name__


def test_index_is_complete():
    """Every file in the folders is named in the index, and every name has its files."""
    found = {path.relative_to(VECTORS).as_posix() for path in VECTORS.rglob("*") if path.is_file()}
    named = {f"{folder}/{name}.{kind}" for folder, name in GOOD for kind in ("kmq", "png")}
    named |= {f"faulty/{name}.kmq" for name in INDEX["faulty"]}
    assert found == named | {"index.json"}
