"""Options of every type that a caller may have at hand."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import kmcodec
from kmcodec import IndexedImage, InputError, Limits, Metadata
from kmcodec.histogram import Histogram
from kmcodec.options import check_integer


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.int64, np.uint32])
def test_numpy_integers_are_integers(kind, photo):
    """The same bytes as with Python's own, whatever their width."""
    expected = kmcodec.encode(photo, n_colors=100, effort=5, seed=5, threads=2, keep_facts=True)
    options = {"n_colors": kind(100), "effort": kind(5), "seed": kind(5), "threads": kind(2)}
    assert kmcodec.encode(photo, **options, keep_facts=True) == expected


@pytest.mark.parametrize("value", [2.0, "8", True, 1.5, [3], np.float64(4)])
@pytest.mark.parametrize("option", ["n_colors", "effort", "seed", "threads"])
def test_other_types_are_refused_by_name(option, value, photo):
    """Whole numbers of another type raise InputError with the option's name."""
    with pytest.raises(InputError, match=f"{option} is .* expected a whole number"):
        kmcodec.quantize(photo, **{option: value})


@pytest.mark.parametrize("option", ["n_colors", "effort", "seed"])
def test_none_is_no_whole_number(option, photo):
    """None raises InputError for every whole number but threads."""
    with pytest.raises(InputError, match=f"{option} is None, expected a whole number"):
        kmcodec.quantize(photo, **{option: None})


@pytest.mark.parametrize("value", ["1", None, float("nan"), -0.1, [1]])
def test_dither_is_a_number_from_0_to_1(value, photo):
    """A dither that is no number from 0 to 1 raises InputError."""
    with pytest.raises(InputError, match="dither is"):
        kmcodec.quantize(photo, dither=value)


@pytest.mark.parametrize("value", ["blue noise", "", None, 1, ["diffusion"]])
def test_dither_method_is_a_known_name(value, photo):
    """An unknown dither method raises InputError."""
    with pytest.raises(InputError, match="dither_method is"):
        kmcodec.quantize(photo, dither_method=value)


def test_other_objects_are_refused(photo):
    """Objects of a wrong type raise InputError that names argument and type."""
    data = kmcodec.encode(photo, n_colors=2)
    gone = memoryview(bytearray(data))
    gone.release()
    for call, message in (
        (lambda: kmcodec.decode(data, limits=5), "limits is int"),
        (lambda: kmcodec.decode(gone), "data is memoryview"),
        (lambda: kmcodec.decode(memoryview(data)[::2]), "data is memoryview"),
        (lambda: Metadata(icc="text"), "icc is str"),
        (lambda: kmcodec.encode(photo, metadata={"icc": b""}), "metadata is dict"),
        (lambda: kmcodec.encode_indexed(photo), "image is ndarray"),
        (lambda: kmcodec.encode([[1, 2], [3]]), "pixels"),
        (lambda: Limits(max_pixels=-1), "max_pixels is -1"),
        (lambda: Histogram.from_pixels(np.zeros((4, 4, 8), dtype=np.uint8)), "shape"),
        (lambda: Histogram.from_pixels(np.zeros((4, 4))), "float64"),
        (lambda: Histogram(np.zeros(2, np.uint32), np.ones(2, np.int64), 3), "ascend"),
    ):
        with pytest.raises(InputError, match=message):
            call()


def test_check_integer_says_what_it_may_be():
    """NumPy integers become int, and others raise InputError with the range."""
    assert check_integer(np.uint8(7), 0, 9, "x") == 7
    assert type(check_integer(np.uint8(7), 0, 9, "x")) is int
    with pytest.raises(InputError, match="x is 10, it may be 0 to 9"):
        check_integer(10, 0, 9, "x")


def test_images_cannot_smuggle_indices_past_their_check():
    """Neither through a view of a writable array, nor by unpickling, nor by unlocking."""
    indices = np.zeros((2, 3), dtype=np.uint8)
    view = indices[:]
    view.flags.writeable = False
    image = IndexedImage(np.zeros((2, 3), dtype=np.uint8), view)
    indices[:] = 9
    assert not image.indices.any()
    for twin in (pickle.loads(pickle.dumps(image)), copy.deepcopy(image)):  # noqa: S301
        assert (twin.palette == image.palette).all()
        assert not twin.indices.flags.writeable
    image.indices.flags.writeable = True
    image.indices[:] = 200
    for use in (image.to_pixels, lambda: kmcodec.encode_indexed(image)):
        with pytest.raises(InputError, match="from 200 to 200"):
            use()


def test_colors_made_to_collide_cost_little():
    """Colours whose hashes are all equal are sorted instead, with the same histogram."""
    inverse = pow(0x1E3779B1, -1, 1 << 32)
    keys = (np.arange(40_000, dtype=np.uint64) * np.uint64(inverse)).astype(np.uint32)
    pixels = keys.astype(">u4").view(np.uint8).reshape(200, 200, 4)
    found = Histogram.from_pixels(pixels)
    assert (found.keys == np.sort(keys)).all()
    assert (found.counts == 1).all()


def test_a_cluster_of_one_color_is_that_color():
    """Where colours fall into clusters of their own, they come back to the last bit."""
    rng = np.random.default_rng(2)
    for space in ("oklab", "srgb"):
        colors = np.column_stack([rng.integers(0, 256, (21, 3)), np.full(21, 40)]).astype(np.uint8)
        pixels = np.repeat(colors, 50, axis=0).reshape(30, 35, 4)
        back = kmcodec.quantize(pixels, n_colors=20, space=space).to_pixels()
        wrong = np.unique(pixels[(back != pixels).any(axis=2)], axis=0)
        assert len(wrong) <= 2
