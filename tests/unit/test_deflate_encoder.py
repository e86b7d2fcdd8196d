"""The DEFLATE encoder: any inflater reads it, and it is smaller than zlib's best."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kmcodec
from kmcodec import _kernels
from kmcodec.deflate import encoder
from kmcodec.deflate.encoder import compress
from kmcodec.deflate.huffman import _package_merge, canonical_codes, code_lengths


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
    """The compiled and the interpreted kernel write the same stream."""
    data = texts()[name][:70_000:3] if name != "far" else texts()[name][:40_000]
    compiled = compress(data, 5)
    interpreted = _kernels.load("deflating", "interpreted")
    monkeypatch.setattr(encoder._kernels, "load", lambda _: interpreted)
    assert compress(data, 5) == compiled


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


def test_package_merge_without_need_is_as_good_as_huffman():
    """Package-merge without a tight limit is as short as Huffman's code."""
    weights = np.random.default_rng(4).integers(1, 500, 60)
    best = code_lengths(weights, 15) @ weights
    assert np.array(_package_merge(weights.tolist(), 15)) @ weights == best


def test_canonical_codes_are_those_of_the_rfc():
    """The example of RFC 1951, 3.2.2: lengths (3, 3, 3, 3, 3, 2, 4, 4)."""
    codes = canonical_codes(np.array([3, 3, 3, 3, 3, 2, 4, 4]))
    texts = [f"{int(code):0{int(bits)}b}"[::-1] for code, bits in codes]
    assert texts == ["010", "011", "100", "101", "110", "00", "1110", "1111"]


def test_single_symbols_have_one_bit():
    """One symbol alone has a code of one bit, none at all has none."""
    assert code_lengths(np.array([0, 7, 0]), 15).tolist() == [0, 1, 0]
    assert code_lengths(np.array([0, 0]), 15).tolist() == [0, 0]
