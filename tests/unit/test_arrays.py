"""Arrays of integers come back as they were: values, type, shape, order."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import kmcodec
from kmcodec import FormatError, InputError, KmqError, LimitError, container
from kmcodec.codec.array_section import TYPES, build_section, parse_section, plane_shape


def check(array: np.ndarray) -> bytes:
    """Encode, decode and compare; return the file."""
    data = kmcodec.encode_array(array)
    back = kmcodec.decode_array(data)
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    np.testing.assert_array_equal(back, array)
    return data


@given(
    st.sampled_from(TYPES).flatmap(
        lambda name: arrays.arrays(
            np.dtype(name), arrays.array_shapes(min_dims=2, max_dims=5, min_side=0, max_side=6)
        )
    )
)
def test_any_array_comes_back(array):
    """Any integer array of 2 to 5 dimensions comes back, empty and transposed ones too."""
    check(array)
    check(array.T)


@pytest.mark.parametrize("name", TYPES)
def test_the_ends_of_every_type(name):
    """The least and the largest value of every type come back."""
    dtype = np.dtype(name)
    ends = [0, 1] if dtype.kind == "b" else [np.iinfo(dtype).min, np.iinfo(dtype).max]
    check(np.array([ends, ends[::-1]], dtype=dtype))
    check(np.array([ends[1:]] * 3, dtype=dtype))


@pytest.mark.parametrize("n_values", [1, 2, 255, 256, 257, 65535, 65536])
@pytest.mark.parametrize("step", [1, 3, 2**40 + 1])
def test_up_to_65536_values_wherever_they_are(n_values, step):
    """Up to 65536 distinct values come back, dense or spread over 64 bits."""
    values = np.arange(n_values, dtype=np.int64) * step - 5
    rng = np.random.default_rng(n_values)
    check(np.concatenate([values, rng.choice(values, 2 * n_values)]).reshape(3, n_values))


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((2, 2)), "float64"),
        (np.zeros((2, 2), "M8[s]"), "datetime64"),
        (np.zeros((2, 2), object), "object"),
        (np.zeros((2, 2), [("a", "i4")]), "expected an integer type"),
        (np.zeros(4, int), "2 or more dimensions"),
        (7, "2 or more dimensions"),
        (np.broadcast_to(np.uint8(0), (1, 178_956_971)), "178956971 elements"),
    ],
)
def test_others_are_refused(array, message):
    """What is no array of integers of 2 or more dimensions raises InputError."""
    with pytest.raises(InputError, match=message):
        kmcodec.encode_array(array)
    with pytest.raises(InputError, match="effort"):
        kmcodec.encode_array(np.eye(2, dtype=int), effort=0)


def test_order_is_kept_where_it_is_one():
    """Arrays in C order and in Fortran order come back in theirs; strided ones come back whole."""
    array = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    assert kmcodec.decode_array(check(array)).flags.c_contiguous
    assert kmcodec.decode_array(check(np.asfortranarray(array))).flags.f_contiguous
    check(array[:, ::-1, ::2])


def test_the_plane_has_rows_of_the_last_axis():
    """The plane's rows are the last axis longer than one, all others are its height."""
    assert plane_shape((3, 4)) == (3, 4)
    assert plane_shape((1, 5, 1, 6, 1)) == (5, 6)
    assert plane_shape((2, 3, 4)) == (6, 4)
    assert plane_shape((1, 7)) == (1, 7)
    assert plane_shape((1, 1)) == (1, 1)
    assert plane_shape((9, 0)) == (1, 1)


def test_byte_order_of_the_machine_is_written_as_little_endian():
    """Native integers are written as little-endian on any machine."""
    array = np.eye(3, dtype="=i4")
    assert b"<i4" in kmcodec.encode_array(array)


def test_it_is_a_picture_to_everybody_else():
    """An array's file decodes as a gray picture of ranks."""
    array = np.array([[-7, 300], [5, -7]], dtype=np.int32)
    data = kmcodec.encode_array(array)
    assert kmcodec.decode(data).tolist() == [[0, 2], [1, 0]]
    info = kmcodec.read_info(data)
    assert [name for name, _, _ in info.sections] == ["palette", "array", "indices"]


def test_a_picture_is_no_array():
    """decode_array of a picture's file raises InputError."""
    with pytest.raises(InputError, match="picture, not an array"):
        kmcodec.decode_array(kmcodec.encode(np.eye(3, dtype=np.uint8)))


def test_limits_hold():
    """An array of more elements than max_pixels raises LimitError."""
    data = kmcodec.encode_array(np.eye(9, dtype=int))
    with pytest.raises(LimitError):
        kmcodec.decode_array(data, limits=kmcodec.Limits(max_pixels=80))


def test_label_maps_take_few_bytes():
    """Five labels far apart, in 64 bits: about what the indices alone take."""
    labels = np.kron(np.arange(20).reshape(4, 5) % 5, np.ones((16, 16), int)) * 10**15
    assert len(kmcodec.encode_array(labels)) < 100


SECTION = bytes.fromhex("43 7c7531 02 03 03  0e 02")  # C, |u1, (3, 3); 7, 8, 9


def test_the_section_of_the_specification():
    """The specification's example is what is written and read."""
    section = parse_section(memoryview(SECTION), 3)
    assert section.values.tolist() == [7, 8, 9]
    assert build_section(section) == SECTION
    array = np.array([[7, 8, 9]] * 3, dtype=np.uint8)
    assert SECTION in kmcodec.encode_array(array)


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ("", "order and type"),
        ("41 7c7531 02 03 03 0e 02", "order and type"),
        ("43 7c6631 02 03 03 0e 02", "order and type"),
        ("43 7c7531 21", "33 axes"),
        ("43 7c7531 02 03", "ends early"),
        ("43 7c7531 02 03 03 0e", "ends early"),
        ("43 7c7531 02 03 03 0e 03", "4 values are told, not 3"),
        ("43 7c7531 02 03 03 0e 02 00", "ends early"),
        ("43 7c7531 02 03 03 0d 02", "values go from -7"),
        ("43 7c7531 02 03 03 fc03 02", "values go from 254 to 256"),
        ("43 7c6231 02 03 03 00 02", "values go from 0 to 2"),
        ("43 7c7531 02 03 04 0e 02", "not one of 3 x 3"),
        ("43 7c7531 03 00 ffffffff7f ffffffff7f 0e 02", "has shape"),
        ("43 7c7531 03 00 80808008 80808008 0e 02", "has shape"),
        ("43 7c7531 02 03 8300 0e 02", "shortest form"),
        ("43 7c7531 02 03 03 " + "ff" * 10 + "01 02", "longer than 10 bytes"),
        ("43 7c7531 02 03 03 00 00 " + "ff" * 9 + "02 01", "2\\^64 or more"),
        ("43 7c7531 02 03 03 00 00 8000 01", "shortest form"),
        ("63 7c7531 02 03 03 0e 02", "2 values are told, not 3"),
        ("63 7c7531 02 03 03 0e 02 02", "values that ascend are told in runs"),
        ("63 7c7531 02 03 03 0e 02 8004", "differs from the one before"),
        ("63 7c6231 02 03 03 00 02 02", "neither 0 nor 1"),
    ],
)
def test_bad_sections_are_format_errors(payload, message):
    """A wrong array section raises FormatError that names the section and the fault."""
    parsed = container.parse(kmcodec.encode_array(np.array([[7, 8, 9]] * 3, dtype=np.uint8)))
    sections = [(s.tag, bytes(s.payload)) for s in parsed.sections]
    sections[1] = (container.SECTION_ARRAY, bytes.fromhex(payload))
    with pytest.raises(FormatError, match=message) as caught:
        kmcodec.decode_array(container.build(parsed.header, sections))
    assert caught.value.section == "array"


def test_any_flipped_bit_and_any_truncation_raises():
    """Every prefix and every flipped bit of an array's file raises KmqError."""
    data = bytearray(kmcodec.encode_array(np.arange(20, dtype=np.int64).reshape(4, 5) // 3 * 99))
    for size in range(len(data)):
        with pytest.raises(KmqError):
            kmcodec.decode_array(data[:size])
    for place in range(len(data) * 8):
        data[place // 8] ^= 1 << place % 8
        with pytest.raises(KmqError):
            kmcodec.decode_array(data)
        data[place // 8] ^= 1 << place % 8


def test_limits_of_seconds_and_bytes_hold_for_arrays():
    """Of a file that asks for an hour, and of one that asks for much memory."""
    array = np.zeros((300, 300), dtype=np.int64)
    array[1, 1] = -1
    data = kmcodec.encode_array(array, effort=9)
    enough = kmcodec.Limits(max_bytes=array.nbytes, max_seconds=1)
    assert (kmcodec.decode_array(data, limits=enough) == array).all()
    with pytest.raises(kmcodec.LimitError, match="the array takes 720000 bytes"):
        kmcodec.decode_array(data, limits=kmcodec.Limits(max_bytes=array.nbytes - 1))
    with pytest.raises(kmcodec.LimitError, match="seconds"):
        kmcodec.decode_array(data, limits=kmcodec.Limits(max_seconds=0))


def test_decoding_takes_little_more_than_the_array():
    """The peak of memory stays below 1.8 times the array."""
    array = np.zeros((2000, 2000), dtype=np.int64)
    array[::7] = 5
    data = kmcodec.encode_array(array, effort=1)
    kmcodec.decode_array(data, threads=1)
    tracemalloc.start()
    try:
        back = kmcodec.decode_array(data, threads=1)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (back == array).all()
    assert peak < array.nbytes + 3 * array.size + 64 * 10**6
    assert peak < 1.8 * array.nbytes


def test_decoding_an_array_can_be_stopped():
    """Progress ends at 1, and a progress function that returns False raises CancelledError."""
    data = kmcodec.encode_array(np.eye(300, dtype=np.int8))
    shares = []
    kmcodec.decode_array(data, progress=shares.append)
    assert shares[-1] == 1.0
    with pytest.raises(kmcodec.CancelledError):
        kmcodec.decode_array(data, progress=lambda _: False)


@pytest.mark.parametrize(
    "shape", [(1,) * 30 + (2, 2), (0, (1 << 48) - 1), ((1 << 24) - 1, 0, 1 << 24)]
)
def test_the_largest_shapes_come_back(shape):
    """Arrays of 32 axes come back, and empty ones whose other sides are almost 2**48 together."""
    check(np.zeros(shape, dtype=np.uint8))


@pytest.mark.parametrize("shape", [(1,) * 31 + (2, 2), (0, 1 << 48), (1 << 24, 0, 1 << 24)])
def test_what_could_not_be_read_back_is_refused(shape):
    """A shape that decoding would refuse raises InputError on encoding."""
    if len(shape) > 32 and np.lib.NumpyVersion(np.__version__) < "2.0.0":
        pytest.skip("NumPy 1 has no such arrays")
    with pytest.raises(kmcodec.InputError, match="shape"):
        kmcodec.encode_array(np.zeros(shape, dtype=np.uint8))
