"""The DEFLATE kernels against what their docstrings say, on both backends."""

from __future__ import annotations

import itertools

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


SLOTS = 30


def matches(kernel, data, start, stop, depth=4096, nice=258, stride=0):
    """Return where each position's matches begin, and its (length, distance) matches."""
    heads = np.full(32768, -1, dtype=np.int32)
    chain = np.full(32768, -1, dtype=np.int32)
    for low, high in ((0, start), (start, stop)):
        starts = np.zeros(high - low + 1, dtype=np.int32)
        found = np.zeros(max(1, high - low) * SLOTS, dtype=np.int32)
        if high > low:
            kernel.find_matches(data, low, high, stride, heads, chain, depth, nice, starts, found)
    lists = [found[a:b].tolist() for a, b in itertools.pairwise(starts.tolist())]
    return starts, found, [[(f >> 16, (f & 32767) + 1) for f in row] for row in lists]


def texts():
    """Return texts of bytes by name."""
    rng = np.random.default_rng(2)
    return {
        "few": rng.integers(0, 3, 600).astype(np.uint8),
        "runs": np.repeat(rng.integers(0, 4, 20), 40).astype(np.uint8),
        "zeros": np.zeros(700, dtype=np.uint8),
        "rows": np.tile(rng.integers(0, 200, 97), 8).astype(np.uint8),
    }


@pytest.mark.parametrize("stride", [0, 1, 97, 40_000])
@pytest.mark.parametrize("name", texts())
def test_matches_are_true(kernel, name, stride):
    """Each match repeats earlier bytes and stays before the end."""
    data = texts()[name]
    start, stop = 100, len(data)
    *_, found = matches(kernel, data, start, stop, stride=stride)
    assert any(found)
    for i, listed in enumerate(found, start=start):
        for length, distance in listed:
            assert 3 <= length <= min(258, stop - i)
            assert (data[i : i + length] == data[i - distance : i - distance + length]).all()


def test_the_longest_match_is_found(kernel):
    """With an unbounded search, no earlier place repeats more, but for parts of longer runs."""
    data = texts()["few"]
    *_, found = matches(kernel, data, 300, 600, nice=259)
    raw = data.tobytes()
    for i, listed in enumerate(found, start=300):
        longest = 0
        for j in range(i):
            n = 0
            while i + n < 600 and n < 258 and raw[j + n] == raw[i + n]:
                n += 1
            longest = max(longest, n)
        if len(set(raw[i : i + longest])) > 1:
            assert max((n for n, _ in listed), default=0) == (longest if longest >= 3 else 0)


def test_runs_and_rows_are_known_without_a_search(kernel):
    """A repeat of the byte before, and what stands a stride before, need no candidates."""
    data = texts()["runs"]
    *_, found = matches(kernel, data, 100, 800, depth=0)
    at = next(i for i in range(100, 700) if len(set(data[i - 1 : i + 20].tolist())) == 1)
    assert found[at - 100][0][1] == 1
    data = texts()["rows"]
    *_, found = matches(kernel, data, 100, len(data), depth=0, stride=97)
    assert found[0] == [(258, 97)]
    assert all((258, 97) in row for row in found[: len(data) - 100 - 258])


@pytest.mark.parametrize("stride", [0, 97])
@pytest.mark.parametrize("name", ["few", "rows"])
def test_the_parse_is_nearly_the_cheapest(kernel, name, stride):
    """Tokens cover the data and cost at most 2 % more than what exhaustive search finds."""
    data = texts()[name][:400]
    rng = np.random.default_rng(5)
    starts, packed, found = matches(kernel, data, 0, 400, nice=400, stride=stride)
    literal = rng.integers(40, 200, 256).astype(np.int32)
    length = np.sort(rng.integers(60, 300, 259)).astype(np.int32)
    distance = np.sort(rng.integers(60, 400, 30)).astype(np.int32)
    symbols = tables().distance_symbols
    costs, tokens = np.zeros((2, 401), dtype=np.int32)
    count = kernel.parse_tokens(
        data, 0, starts, packed, literal, length, distance, symbols, costs, tokens
    )
    position, spent = 0, 0
    for token in tokens[-count:].tolist():
        if token < 256:
            assert data[position] == token
            spent += int(literal[token])
            position += 1
        else:
            size, back = token >> 16, (token & 32767) + 1
            assert any(size <= n and back == d for n, d in found[position])
            spent += int(length[size]) + int(distance[symbols[back - 1]])
            position += size
    by_distance = {d: int(distance[symbols[d - 1]]) for row in found for _, d in row}
    best = oracles.cheapest_parse(data.tobytes(), found, literal, length, by_distance)
    assert position == 400
    assert spent == costs[400]
    assert best <= spent <= best * 1.02


def test_symbols_are_counted(kernel):
    """Literals, lengths and distances are counted by their symbols."""
    table = tables()
    counts, distance_counts = np.zeros(286, dtype=np.int64), np.zeros(30, dtype=np.int64)
    tokens = np.array([7, (3 << 16) | 0, 7, (258 << 16) | 32767], dtype=np.int32)
    kernel.count_symbols(
        tokens, table.length_symbols, table.distance_symbols, counts, distance_counts
    )
    assert {int(s): int(counts[s]) for s in counts.nonzero()[0]} == {7: 2, 257: 1, 285: 1}
    assert distance_counts.nonzero()[0].tolist() == [0, 29]


def test_tokens_are_written_bit_by_bit(kernel):
    """Codes, extra bits and their order, against a string of bits."""
    table = tables()
    codes = np.zeros((286, 2), dtype=np.int32)
    codes[65], codes[66], codes[257], codes[270] = (1, 2), (0, 1), (5, 3), (3, 4)
    distance_codes = np.zeros((30, 2), dtype=np.int32)
    distance_codes[0], distance_codes[20] = (1, 1), (2, 3)
    tokens = np.array([65, 3 << 16, 66, (25 << 16) | 1499], dtype=np.int32)
    out = np.zeros(20, dtype=np.uint8)
    out[0] = 0b101
    end = kernel.write_tokens(
        tokens,
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
