"""Arrays of more values than a codebook has entries, their parts, and new values for old ones."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kmcodec
from kmcodec import FormatError, InputError, KmqError, KmqFile, container
from kmcodec.codec.array_tables import divided_until, localized, parse_tables
from kmcodec.codec.array_values import (
    ascends,
    build_ascending,
    build_unordered,
    parse_ascending,
    parse_unordered,
)
from kmcodec.codec.varints import read_varints, write_varints
from kmcodec.coding import Grid, Rectangle
from kmcodec.varint import write_varint


def names_of(data: bytes) -> list[str]:
    """Return the names of a file's sections."""
    return [name for name, _, _ in kmcodec.read_info(data).sections]


def random_volume(shape: tuple[int, ...], n_values: int, dtype: str = "u8") -> np.ndarray:
    """Return an array that has exactly so many distinct values, anywhere in its type."""
    rng = np.random.default_rng(n_values)
    info = np.iinfo(dtype)
    values = np.unique(rng.integers(info.min, info.max, 2 * n_values, dtype, endpoint=True))
    values = rng.permutation(values)[:n_values]
    size = int(np.prod(shape))
    return rng.permutation(np.resize(values, size)).reshape(shape)


@pytest.mark.parametrize(
    ("shape", "n_values"),
    [
        ((7, 100, 100), 70_000),
        ((300, 250), 75_000),
        ((1, 70_001), 65_537),
        ((65_600, 1, 2), 131_200),
        ((2, 3, 40, 40, 10), 65_537),
    ],
)
def test_more_than_65536_values_come_back(shape, n_values):
    """Volumes, pictures and rows of more values than a codebook has come back, in both orders."""
    array = random_volume(shape, n_values)
    data = kmcodec.encode_array(array)
    assert "tables" in names_of(data)
    assert kmcodec.read_info(data).array.n_values == n_values
    np.testing.assert_array_equal(kmcodec.decode_array(data), array)
    turned = kmcodec.decode_array(kmcodec.encode_array(array.T))
    np.testing.assert_array_equal(turned, array.T)


def test_negative_values_of_more_than_65536():
    """Values below zero keep their sign and their type."""
    array = random_volume((5, 120, 120), 66_000, "i8")
    back = kmcodec.decode_array(kmcodec.encode_array(array))
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)


@pytest.mark.exhaustive
def test_three_million_values_come_back():
    """A volume of three million distinct uint64 comes back."""
    array = random_volume((64, 256, 256), 3_000_000)
    data = kmcodec.encode_array(array, effort=1)
    np.testing.assert_array_equal(kmcodec.decode_array(data), array)
    assert len(KmqFile(data).array_values) == 3_000_000


def test_volumes_of_few_values_a_block_have_local_tables():
    """A volume of 1280 values whose blocks have few of them is smaller with tables."""
    array = np.repeat(np.arange(1280), 1024).reshape(10, 32, 32, 128)
    data = kmcodec.encode_array(array)
    assert "tables" in names_of(data)
    np.testing.assert_array_equal(kmcodec.decode_array(data), array)
    few = np.repeat(np.arange(128), 10240).reshape(10, 32, 32, 128)
    assert "tables" not in names_of(kmcodec.encode_array(few))


SLICES = st.builds(slice, *[st.none() | st.integers(-9, 9)] * 2)
CASES = {
    "volume": np.arange(7 * 5 * 6).reshape(7, 5, 6) // 9,
    "turned": np.asfortranarray(np.arange(7 * 5 * 6).reshape(7, 5, 6) // 9),
    "picture": np.arange(48, dtype=np.int8).reshape(6, 8) // 5,
    "five axes": np.arange(2 * 3 * 4 * 5 * 2, dtype=np.uint16).reshape(2, 3, 1, 4, 5, 2) // 3,
    "row": np.arange(30).reshape(1, 30, 1) // 4,
    "tables": random_volume((5, 120, 120), 66_000),
    "nothing": np.zeros((3, 0, 2), dtype=np.int32),
}
FILES = {name: KmqFile(kmcodec.encode_array(array)) for name, array in CASES.items()}


@settings(max_examples=200)
@given(st.sampled_from(sorted(CASES)), st.lists(SLICES, max_size=3))
def test_a_part_is_what_numpy_takes(name, part):
    """``part`` gives what the same slices of the array give, empty parts too."""
    part = part[: CASES[name].ndim]
    found = FILES[name].decode_array(part=part)
    np.testing.assert_array_equal(found, CASES[name][tuple(part)])
    assert found.dtype == CASES[name].dtype


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ([slice(None)] * 4, "4 slices, the array has 3 axes"),
        ([slice(None, None, 2)], "steps of 1"),
        ([slice(None, None, -1)], "steps of 1"),
        ([1], "expected slices"),
        (1, "expected slices"),
        ("ab", "expected slices"),
        (np.array([1, 2]), "expected slices"),
        (np.s_[..., ...], "expected slices"),
        (np.s_[1.5:2], "expected slices"),
        (np.s_[:: [1]], "expected slices"),
    ],
)
def test_other_parts_are_refused(part, message):
    """What is no slices in steps of 1 raises InputError."""
    with pytest.raises(InputError, match=message):
        FILES["volume"].decode_array(part=part)


def test_dots_stand_for_the_axes_that_are_missing():
    """``...`` is what it is to NumPy."""
    array, file = CASES["five axes"], FILES["five axes"]
    for part in (..., np.s_[..., :1], np.s_[1:, ..., 2:], np.s_[:, ..., :, 1:]):
        np.testing.assert_array_equal(file.decode_array(part=part), array[part])


def test_parts_of_many_layers_take_little_memory():
    """Layers that lie apart are decoded by groups: the peak is far below that of all layers."""
    array = np.zeros((10, 40, 100, 100), dtype=np.uint64)
    array[:, ::7, 5:] = 9
    file = KmqFile(kmcodec.encode_array(array, effort=1))
    file.decode_array(part=np.s_[:1, :1])
    tracemalloc.start()
    try:
        part = file.decode_array(part=np.s_[:, 8:9], threads=1)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    np.testing.assert_array_equal(part, array[:, 8:9])
    assert peak < array.nbytes / 4


def test_a_part_decodes_only_the_tiles_that_it_touches():
    """A window of a volume costs a fraction of the whole, as the limit of seconds sees it."""
    z, y, x = np.indices((32, 128, 128))
    array = (7 * z + y * y // 16 + x) // 4 % 999
    data = kmcodec.encode_array(array, effort=9)
    limits = kmcodec.Limits(max_seconds=1)
    with pytest.raises(kmcodec.LimitError):
        kmcodec.decode_array(data, limits=limits)
    window = np.s_[4:8, :60, :60]
    np.testing.assert_array_equal(
        kmcodec.decode_array(data, part=window, limits=limits), array[window]
    )


NUMBERS = st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 300), max_size=60)


@given(NUMBERS)
def test_many_numbers_are_written_like_one(numbers):
    """``write_varints`` writes what ``write_varint`` does, and ``read_varints`` reads it."""
    written = write_varints(np.array(numbers, dtype=np.uint64))
    assert written == b"".join(map(write_varint, numbers))
    assert read_varints(memoryview(written), "numbers").tolist() == numbers


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("80", "ends early"),
        ("0080", "ends early"),
        ("8000", "shortest form"),
        ("ffffffffffffffffff02", "2\\^64 or more"),
        ("8080808080808080808001", "2\\^64 or more"),
    ],
)
def test_numbers_that_are_none(data, message):
    """Numbers that end early, are too large or not in their shortest form are refused."""
    with pytest.raises(FormatError, match=message):
        read_varints(memoryview(bytes.fromhex(data)), "numbers")


TYPES = st.sampled_from(["b1", "i1", "u1", "<i2", ">u4", "<i8", "<u8", ">i8"])


@given(TYPES, st.data())
def test_values_come_back_in_any_order(name, data):
    """Lists of values, ascending ones and others, come back from their coding."""
    dtype = np.dtype(name)
    low, high = (0, 1) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    drawn = st.integers(low, high) | st.sampled_from([low, high])
    values = np.array(data.draw(st.lists(drawn, min_size=1, max_size=30)), dtype=dtype)
    coded = build_unordered(values)
    back = parse_unordered(memoryview(coded), len(values), dtype)
    assert back.dtype == dtype
    np.testing.assert_array_equal(back, values)
    values = np.unique(values)
    assert ascends(values)
    coded = build_ascending(values)
    back = parse_ascending(memoryview(coded), len(values), dtype)
    assert back.dtype == dtype
    np.testing.assert_array_equal(back, values)


def test_blocks_are_divided_until_their_values_fit():
    """No block has more distinct ranks than allowed, and the blocks are not oblong."""
    ranks = np.arange(8 * 64 * 96, dtype=np.uint32).reshape(8, 64, 96)
    whole = Rectangle(0, 64, 0, 96, 0, 8)
    grid = divided_until(ranks, Grid(1, 1, 1), whole, 5000)
    assert grid == Grid(4, 4, 1)
    indices, tables = localized(ranks, grid, whole)
    assert tables.counts.tolist() == [3072] * 16
    assert indices.max() == 3071


ARRAY = np.arange(4 * 130 * 140, dtype=np.int64).reshape(4, 130, 140) * 7
WHOLE = Rectangle(0, 2, 0, 3, 0, 2)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ([], "end early"),
        ([4, 0, 0], "end early"),
        ([4, 0, 0, 0, 4, 0, 0, 0, 0, 0], "1 x 1 x 1 tiles"),
        ([4, 2, 0, 0], "3 x 1 x 1 tiles"),
        ([4, 1, 0, 0, 4, 0, 0, 0, 0, 0], "end early"),
        ([4, 1, 0, 0, 4, 0, 0, 0, 0, 0, 3, 0, 0, 0], "numbers are told"),
        ([4, 1, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0], "numbers are told"),
        ([4, 1, 0, 0, 3, 0, 0, 0, 0, 0, 1], "largest table has 4 values, not 5"),
        ([4, 1, 0, 0, 4, 0, 0, 0, 0, 1, 0, 1], "place 5 in a list of 5 values"),
        ([6, 1, 0, 0, 4, 0, 0, 0, 0, 0, 0, 1], "6 places in tables of 7 values"),
        ([4, 1, 0, 0, 4, 2**31, 0, 0, 0, 0, 0, 1], "2\\^31 or more"),
    ],
)
def test_bad_tables_are_format_errors(told, message):
    """Tables that are not so raise FormatError that names the section."""
    payload = write_varints(np.array(told, dtype=np.uint64))
    with pytest.raises(FormatError, match=message) as caught:
        parse_tables(memoryview(payload), 5, WHOLE)
    assert caught.value.section == "tables"


def test_tables_as_they_are_told():
    """Two blocks of a stack: all five values, and the second of them."""
    told = [4, 1, 0, 0, 4, 0, 0, 0, 0, 0, 0, 1]
    tables = parse_tables(memoryview(bytes(told)), 5, WHOLE)
    assert tables.table(0).tolist() == [0, 1, 2, 3, 4]
    assert tables.table(1).tolist() == [1]


def test_an_index_beyond_its_table_is_a_format_error():
    """An index that its block's table does not have raises FormatError, never a wrong value."""
    array = np.repeat(np.arange(1280) % 640, 1024).reshape(10, 32, 32, 128)
    parsed = container.parse(kmcodec.encode_array(array))
    sections = [(s.tag, bytes(s.payload)) for s in parsed.sections]
    tables = parse_tables(
        memoryview(sections[2][1]), parsed.header.n_colors, Rectangle(0, 32, 0, 128, 0, 320)
    )
    counts = tables.counts.copy()
    assert len(set(counts.tolist())) == 1
    numbers = read_varints(memoryview(sections[2][1]), "tables").tolist()
    del numbers[5 + counts[0] - 1]
    numbers[4] -= 1
    sections[2] = (container.SECTION_TABLES, write_varints(np.array(numbers, dtype=np.uint64)))
    with pytest.raises(FormatError, match="an index of block 0 is not below"):
        kmcodec.decode_array(container.build(parsed.header, sections))


def test_lists_count_for_the_limit_of_bytes():
    """Lists of more bytes than an array within the limits has raise LimitError."""
    data = kmcodec.encode_array(random_volume((2, 190, 180), 65_600, "u8"), effort=1)
    limits = kmcodec.Limits(max_bytes=140_000)
    with pytest.raises(kmcodec.LimitError, match="values and tables have"):
        kmcodec.decode_array(data, limits=limits)
    assert kmcodec.read_info(data, limits=limits).array is None
    assert kmcodec.decode(data, limits=limits).shape == (2, 190, 180, 2)


def test_flipped_bits_of_tables_raise():
    """Flipped bits of a file with tables raise KmqError."""
    data = bytearray(kmcodec.encode_array(random_volume((2, 190, 180), 65_600, "u4"), effort=1))
    for place in range(0, len(data) * 8, len(data) // 3):
        data[place // 8] ^= 1 << place % 8
        with pytest.raises(KmqError):
            kmcodec.decode_array(data)
        data[place // 8] ^= 1 << place % 8


def test_values_are_listed_and_relabelled():
    """The values of a file are listed; a mapping or an array of new ones takes their place."""
    array = np.array([[5, 7, 9], [9, 7, -3]], dtype=np.int16)
    data = kmcodec.encode_array(array)
    assert KmqFile(data).array_values.tolist() == [-3, 5, 7, 9]
    merged = kmcodec.relabel_array(data, {9: 5, -3: 100, 1000: 1})
    assert kmcodec.decode_array(merged).tolist() == [[5, 7, 5], [5, 7, 100]]
    assert kmcodec.decode_array(merged).dtype == np.int16
    assert KmqFile(merged).array_values.tolist() == [100, 5, 7, 5]
    wider = kmcodec.relabel_array(merged, np.array([0, 2**63, 1, 1], dtype=np.uint64))
    assert kmcodec.decode_array(wider).tolist() == [[2**63, 1, 1], [1, 1, 0]]
    again = kmcodec.relabel_array(kmcodec.relabel_array(data, {}), KmqFile(data).array_values)
    assert again == data


def test_a_large_array_is_relabelled():
    """Arrays with tables are relabelled, too."""
    array = random_volume((5, 120, 120), 66_000)
    data = kmcodec.encode_array(array)
    small = kmcodec.relabel_array(data, np.arange(66_000, dtype=np.uint32) % 7)
    expected = (np.searchsorted(np.unique(array), array) % 7).astype(np.uint32)
    np.testing.assert_array_equal(kmcodec.decode_array(small), expected)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({5: 40_000}, "40000 is no value of type int16"),
        ({5: 1.5}, "no value of type int16"),
        ({5: "x"}, "no value of type int16"),
        ({"a": 1}, "'a' is no value of an array"),
        (np.ma.masked_array([1, 2, 3], mask=[0, 1, 0]), "mask"),
        ([1, 2], "expected 3 integers"),
        ([1.0, 2.0, 3.0], "float64"),
        (np.zeros((3, 1), int), "expected 3 integers"),
    ],
)
def test_new_values_that_are_none(values, message):
    """Values that the type does not have, or that are too few, raise InputError."""
    data = kmcodec.encode_array(np.array([[5, 7, 9]], dtype=np.int16))
    with pytest.raises(InputError, match=message):
        kmcodec.relabel_array(data, values)


def test_pictures_have_no_values():
    """A picture raises InputError."""
    data = kmcodec.encode(np.zeros((2, 2, 3), np.uint8))
    with pytest.raises(InputError, match="a picture, not an array"):
        kmcodec.relabel_array(data, {})
