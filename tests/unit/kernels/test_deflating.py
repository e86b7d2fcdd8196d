"""The DEFLATE kernels against what their docstrings say, on both backends."""

from __future__ import annotations

import numpy as np
import oracles
import pytest

from kmcodec import _kernels
from kmcodec.deflate.blocks import tables


@pytest.fixture(params=["compiled", "interpreted"])
def kernel(request):
    """Return the kernel of each backend; the compiled one is skipped only where there is none."""
    if request.param == "compiled" and not _kernels.has_compiled():
        pytest.skip("this installation has no compiled kernels")
    return _kernels.load("deflating", request.param)


def matches(kernel, data, start, stop, depth=4096, nice=258):
    """Return the (length, distance) matches of each position."""
    heads = np.full(32768, -1, dtype=np.int32)
    chain = np.full(32768, -1, dtype=np.int32)
    for low, high in ((0, start), (start, stop)):
        found = np.zeros((high - low, 8), dtype=np.int32)
        kernel.find_matches(data, low, high, heads, chain, depth, nice, found)
    return found, [[(int(f) >> 16, (int(f) & 65535) + 1) for f in row if f] for row in found]


def texts():
    """Return texts of bytes by name."""
    rng = np.random.default_rng(2)
    return {
        "few": rng.integers(0, 3, 600).astype(np.uint8),
        "runs": np.repeat(rng.integers(0, 4, 20), 40).astype(np.uint8),
        "zeros": np.zeros(700, dtype=np.uint8),
        "rows": np.tile(rng.integers(0, 200, 97), 8).astype(np.uint8),
    }


@pytest.mark.parametrize("name", texts())
def test_matches_are_true_and_grow(kernel, name):
    """Each match repeats earlier bytes, stays before the end, and is longer and farther."""
    data = texts()[name]
    start, stop = 100, len(data)
    _, found = matches(kernel, data, start, stop)
    assert any(found)
    for i, listed in enumerate(found, start=start):
        for length, distance in listed:
            assert 3 <= length <= min(258, stop - i)
            for k in range(length):
                assert data[i + k] == data[i + k - distance]
        lengths, distances = [m[0] for m in listed], [m[1] for m in listed]
        assert lengths == sorted(set(lengths))
        assert distances == sorted(set(distances))


def test_the_longest_match_is_found(kernel):
    """With an unbounded search, no earlier place repeats more (here, where 8 slots suffice)."""
    data = texts()["few"]
    _, found = matches(kernel, data, 300, 600)
    raw = data.tobytes()
    for i, listed in enumerate(found, start=300):
        longest = 0
        for j in range(i):
            n = 0
            while i + n < 600 and n < 258 and raw[j + n] == raw[i + n]:
                n += 1
            longest = max(longest, n)
        assert (listed[-1][0] if listed else 0) == (longest if longest >= 3 else 0)


@pytest.mark.parametrize("name", ["few", "rows"])
def test_the_parse_is_the_cheapest(kernel, name):
    """Tokens cover the data and cost what exhaustive search finds, for matches up to 40 bytes."""
    data = texts()[name][:400]
    rng = np.random.default_rng(5)
    packed, found = matches(kernel, data, 0, 400, nice=40)
    packed = np.where(packed >> 16 > 40, (40 << 16) | (packed & 65535), packed).astype(np.int32)
    found = [[(min(length, 40), distance) for length, distance in row] for row in found]
    literal = rng.integers(40, 200, 256).astype(np.int32)
    length = rng.integers(60, 300, 259).astype(np.int32)
    distance = rng.integers(60, 400, 30).astype(np.int32)
    symbols = tables().distance_symbols
    costs, lengths, values = np.zeros((3, 401), dtype=np.int32)
    count = kernel.parse_tokens(
        data, 0, packed, literal, length, distance, symbols, costs, lengths, values
    )
    position, spent = 0, 0
    for token, value in zip(lengths[-count:], values[-count:], strict=True):
        if token == 0:
            assert data[position] == value
            spent += int(literal[value])
            position += 1
        else:
            assert (int(token), int(value)) in [
                (n, d) for m, d in found[position] for n in range(3, m + 1)
            ]
            spent += int(length[token]) + int(distance[symbols[value - 1]])
            position += int(token)
    by_distance = {d: int(distance[symbols[d - 1]]) for row in found for _, d in row}
    unique = [
        [(m, d) for k, (m, d) in enumerate(row) if all(m != other for other, _ in row[:k])]
        for row in found
    ]
    best = oracles.cheapest_parse(data.tobytes(), unique, literal, length, by_distance)
    assert position == 400
    assert spent == costs[400]
    assert best <= spent <= best * 1.02  # a length takes the nearest match that reaches it


def test_tokens_are_written_bit_by_bit(kernel):
    """Codes, extra bits and their order, against a string of bits."""
    table = tables()
    codes = np.zeros((286, 2), dtype=np.int32)
    codes[65], codes[66], codes[257], codes[270] = (1, 2), (0, 1), (5, 3), (3, 4)
    distance_codes = np.zeros((30, 2), dtype=np.int32)
    distance_codes[0], distance_codes[20] = (1, 1), (2, 3)
    lengths = np.array([0, 3, 0, 25], dtype=np.int32)
    values = np.array([65, 1, 66, 1500], dtype=np.int32)
    out = np.zeros(20, dtype=np.uint8)
    out[0] = 0b101
    end = kernel.write_tokens(
        lengths,
        values,
        codes,
        distance_codes,
        table.length_symbols,
        table.distance_symbols,
        table.distance_bases,
        out,
        3,
    )
    fields = [
        (0b101, 3),
        (1, 2),
        (5, 3),
        (1, 1),
        (0, 1),
        (3, 4),
        (25 - 23, 2),
        (2, 3),
        (1500 - 1025, 9),
    ]
    expected = "".join(f"{value:0{width}b}"[::-1] for value, width in fields)
    bits = "".join(f"{byte:08b}"[::-1] for byte in out)
    assert end == len(expected)
    assert bits[:end] == expected
    assert set(bits[end:]) <= {"0"}
