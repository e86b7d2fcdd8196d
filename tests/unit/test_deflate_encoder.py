"""The DEFLATE encoder: any inflater reads it, and it is smaller than zlib's best."""

from __future__ import annotations

import zlib

import numpy as np
import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kmcodec
from kmcodec import _kernels
from kmcodec.deflate.encoder import compress, compressed_size
from kmcodec.deflate.huffman import canonical_codes, code_lengths, length_runs, symbol_costs


def inflated(stream):
    """Return what zlib makes of a stream that must end with its last byte."""
    inflater = zlib.decompressobj(-15)
    data = inflater.decompress(stream)
    assert inflater.eof
    assert inflater.unused_data == b""
    return data


def zlib_best(data):
    """Return the fewest bytes that zlib's level 9 takes."""
    sizes = []
    for memory in (8, 9):
        packer = zlib.compressobj(9, zlib.DEFLATED, -15, memory)
        sizes.append(len(packer.compress(data) + packer.flush()))
    return min(sizes)


def texts():
    """Return texts of bytes by name."""
    rng = np.random.default_rng(3)
    row = rng.integers(0, 9, 200).astype(np.uint8)
    return {
        "nothing": b"",
        "one": b"a",
        "two": b"ab",
        "zeros": bytes(100_000),
        "noise": rng.integers(0, 256, 70_000).astype(np.uint8).tobytes(),
        "few": rng.integers(0, 3, 70_000).astype(np.uint8).tobytes(),
        "rows": b"".join(np.roll(row, k // 7).tobytes() for k in range(400)),
        "halves": bytes(40_000) + rng.integers(0, 200, 40_000).astype(np.uint8).tobytes(),
        "far": (block := rng.integers(0, 256, 32768).astype(np.uint8).tobytes())
        + block
        + b"x"
        + block,
        "long runs": b"".join(bytes([k]) * (250 + k) for k in range(60)),
    }


@pytest.mark.parametrize("effort", range(1, 10))
@pytest.mark.parametrize("name", texts())
def test_zlib_reads_every_stream(name, effort):
    """Zlib inflates each text of each effort."""
    data = texts()[name]
    assert inflated(compress(data, effort)) == data


@given(
    data=st.binary(max_size=400)
    | st.lists(st.sampled_from([b"ab", b"abc", b"\0" * 9, b"xyz"])).map(b"".join),
    effort=st.sampled_from([1, 5, 9]),
)
def test_zlib_reads_any_stream(data, effort):
    """Zlib inflates what is written for any bytes."""
    assert inflated(compress(data, effort)) == data


def test_planes_are_smaller_than_zlibs_best(photo):
    """On quantized pictures effort 5 beats zlib's level 9, and effort 9 beats effort 5."""
    wide = np.tile(photo, (3, 3, 1))
    wide = (wide + np.random.default_rng(1).integers(0, 9, wide.shape)).astype(np.uint8)
    ours, theirs = 0, 0
    for n_colors in (8, 64, 256):
        data = kmcodec.quantize(wide, n_colors=n_colors).indices.tobytes()
        sizes = [len(compress(data, effort)) for effort in (1, 5, 9)]
        assert sizes[0] > sizes[1] > sizes[2]
        ours, theirs = ours + sizes[1], theirs + zlib_best(data)
    assert ours < theirs


def test_noise_grows_little():
    """Bytes that do not compress take at most 1 % more."""
    data = texts()["noise"]
    assert len(compress(data, 5)) < 1.01 * len(data)


@pytest.mark.skipif(not _kernels.has_compiled(), reason="there are no compiled kernels to compare")
@pytest.mark.parametrize("name", ["zeros", "rows", "few", "far"])
def test_both_backends_write_the_same_stream(name, monkeypatch):
    """The compiled and the interpreted kernels write the same stream, with a stride and without."""
    data = texts()[name][:40_000:3] if name != "far" else texts()[name][:34_000]
    compiled = [compress(data, 4, stride=stride) for stride in (0, 67)]
    for kernel in ("deflating", "huffman"):
        interpreted = _kernels.load(kernel, "interpreted")
        monkeypatch.setitem(vars(_kernels), kernel, interpreted)
    assert [compress(data, 4, stride=stride) for stride in (0, 67)] == compiled


@pytest.mark.parametrize("stride", [1, 3, 200, 32768, 50_000])
@pytest.mark.parametrize("name", texts())
def test_any_stride_gives_a_right_stream(name, stride):
    """A stride helps where rows repeat, and does no harm where it is wrong or out of reach."""
    data = texts()[name]
    assert inflated(compress(data, 3, stride=stride)) == data


def test_a_right_stride_finds_what_a_short_search_does_not():
    """Rows that repeat each other take fewer bytes where the stride is told."""
    rng = np.random.default_rng(8)
    rows = np.repeat(rng.integers(0, 2, (40, 500)), 3, axis=0).astype(np.uint8)
    data = rows.tobytes()
    assert len(compress(data, 1, stride=500)) < 0.9 * len(compress(data, 1))


@pytest.mark.parametrize("effort", [1, 4])
@pytest.mark.parametrize("name", texts())
def test_the_size_is_known_without_writing(name, effort):
    """The size that is counted is the size of the stream."""
    data = texts()[name]
    assert compressed_size(data, effort, stride=200) == len(compress(data, effort, stride=200))


@pytest.mark.parametrize("limit", [7, 15])
def test_code_lengths_are_complete_and_limited(limit):
    """Kraft's sum is one, no code is too long, and rarer symbols have no shorter codes."""
    fibonacci = [1, 1]
    while len(fibonacci) < 30:
        fibonacci.append(fibonacci[-1] + fibonacci[-2])
    for weights in (
        fibonacci,
        [1] * 30,
        [0, 5, 0, 5],
        np.random.default_rng(2).integers(0, 99, 99),
    ):
        frequencies = np.array(weights, dtype=np.int64)
        lengths = code_lengths(frequencies, limit)
        used = lengths[frequencies > 0]
        assert (lengths[frequencies == 0] == 0).all()
        assert used.max() <= limit
        assert sum(2 ** (limit - int(n)) for n in used) == 2**limit
        order = np.argsort(frequencies[frequencies > 0], kind="stable")
        assert (np.diff(used[order]) <= 0).all()


@pytest.mark.parametrize("which", ["compiled", "interpreted"])
@pytest.mark.parametrize("limit", [4, 7, 15])
def test_code_lengths_are_the_shortest(which, limit, monkeypatch):
    """No code of at most `limit` bits is shorter than package-merge's, by its plain oracle."""
    if which == "compiled" and not _kernels.has_compiled():
        pytest.skip("this installation has no compiled kernels")
    monkeypatch.setitem(vars(_kernels), "huffman", _kernels.load("huffman", which))
    rng = np.random.default_rng(4)
    for n in (2, 3, 12, 16):
        weights = np.array([int(w) for w in rng.integers(1, 9, n) ** rng.integers(1, 6, n)])
        lengths = code_lengths(weights, limit)
        assert int(weights @ lengths) == oracles.least_code_bits(weights.tolist(), limit)


def test_costs_are_ideal_code_lengths():
    """A cost is the logarithm of total by count, in 1/16 bit, at most one unit off."""
    counts = np.array([1, 3, 0, 900, 77, 1], dtype=np.int64)
    costs = symbol_costs(counts, 4)
    ideal = 16 * np.log2(counts.sum() / np.maximum(counts, 1))
    assert (np.abs(costs - np.maximum(ideal, 1)) <= 1.01).all()
    assert symbol_costs(np.array([5, 0]), 4).tolist() == [1, 37]


def test_runs_of_lengths_are_those_of_the_rfc():
    """Zeros and repeats are shortened as 3.2.7 says, and come back when they are spelled out."""
    lengths = np.array([3] * 8 + [0] * 150 + [2, 2] + [0] * 4 + [5, 0, 0, 1], dtype=np.int64)
    runs = length_runs(lengths).tolist()
    assert runs[:3] == [[3, 0], [16, 3], [3, 0]]
    assert [18, 127] in runs
    assert [17, 1] in runs
    back: list[int] = []
    for symbol, extra in runs:
        if symbol < 16:
            back.append(symbol)
        elif symbol == 16:
            back += [back[-1]] * (3 + extra)
        else:
            back += [0] * ((3 if symbol == 17 else 11) + extra)
    assert back == lengths.tolist()


def test_canonical_codes_are_those_of_the_rfc():
    """The example of RFC 1951, 3.2.2: lengths (3, 3, 3, 3, 3, 2, 4, 4)."""
    codes = canonical_codes(np.array([3, 3, 3, 3, 3, 2, 4, 4]))
    texts = [f"{int(code):0{int(bits)}b}"[::-1] for code, bits in codes]
    assert texts == ["010", "011", "100", "101", "110", "00", "1110", "1111"]


def test_single_symbols_have_one_bit():
    """One symbol alone has a code of one bit, none at all has none."""
    assert code_lengths(np.array([0, 7, 0]), 15).tolist() == [0, 1, 0]
    assert code_lengths(np.array([0, 0]), 15).tolist() == [0, 0]
