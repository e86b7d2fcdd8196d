"""The kernel that writes GIF's codes: they decode to what it says it wrote, on both backends."""

from __future__ import annotations

import numpy as np
import oracles
import pytest

from kmcodec import _kernels

IMPOSSIBLE = 1 << 30
BACKENDS = ["compiled", "interpreted"]


@pytest.fixture(params=BACKENDS)
def which(request):
    """Return the backend to test; the compiled one is skipped only where there is none."""
    if request.param == "compiled" and not _kernels.has_compiled():
        pytest.skip("this installation has no compiled kernels")
    return request.param


def make_case(seed, count, bits=3, *, spare=True, lossy=0):
    """Return pixels that repeat with changes, some of which may stay, and costs of symbols."""
    rng = np.random.default_rng(seed)
    roots = 1 << bits
    spares = roots - 1 if spare else -1
    used = roots - spare
    period = rng.integers(0, used, 23)
    wanted = np.where(
        rng.random(count) < 0.8, np.resize(period, count), rng.integers(0, used, count)
    )
    staying = np.full(count, IMPOSSIBLE, dtype=np.int32)
    if spare:
        staying[rng.random(count) < 0.5] = 0
        clear = rng.random(count) < 0.05
        wanted[clear], staying[clear] = -1, 0
    gaps = abs(np.arange(roots)[:, None] - np.arange(roots))
    costs = np.where(gaps <= 2, gaps * lossy, IMPOSSIBLE) if lossy else IMPOSSIBLE * (gaps > 0)
    costs = costs.astype(np.int32)
    costs[used:] = costs[:, used:] = IMPOSSIBLE
    order = np.argsort(costs, axis=1, kind="stable").astype(np.int16)
    likely = np.where(np.take_along_axis(costs, order, axis=1) < IMPOSSIBLE, order, -1)
    weights = rng.integers(1, 4, count).astype(np.uint8)
    return wanted.astype(np.int16), staying, weights, costs, likely.astype(np.int16), spares


def encode(which, case, bits=3, *, rate=300, ahead=0, patience=0):
    """Run the kernel; return data, symbols and totals."""
    count = len(case[0])
    tree = np.zeros((5, 4096), dtype=np.int32)
    found, later = (np.zeros((2, 4097), dtype=np.int64) for _ in range(2))
    stack = np.zeros((3, 4096), dtype=np.int64)
    shown = np.zeros(count, dtype=np.int16)
    out = np.zeros(2 * count + 16, dtype=np.uint8)
    totals = np.zeros(3, dtype=np.int64)
    how = (bits, rate, ahead, patience, tree, found, later, stack, shown, out, totals)
    _kernels.load("lzw", which).encode(*case, *how)
    data = out[: -(-int(totals[0]) // 8)].tobytes()
    assert not out[len(data) :].any()
    return data, shown, totals.tolist()


@pytest.mark.parametrize("bits", [2, 3, 8])
@pytest.mark.parametrize("count", [1, 2, 7, 3000])
@pytest.mark.parametrize("ahead", [0, 3])
def test_codes_decode_to_what_was_written(which, bits, count, ahead):
    """Each symbol is the one wanted, or the spare one where a pixel may stay."""
    case = make_case(count, count, bits)
    data, shown, totals = encode(which, case, bits, ahead=ahead)
    assert oracles.lzw_symbols(data, bits) == (shown.tolist(), 1)
    wanted, staying = case[:2]
    assert ((shown == wanted) | ((shown == case[5]) & (staying == 0))).all()
    assert totals[1] == 0


@pytest.mark.parametrize("lossy", [40, 4000])
@pytest.mark.parametrize("ahead", [0, 2])
def test_errors_are_counted(which, lossy, ahead):
    """What errors cost is the sum over pixels, and nothing impossible is written."""
    case = make_case(5, 2500, lossy=lossy)
    data, shown, totals = encode(which, case, ahead=ahead)
    assert oracles.lzw_symbols(data, 3)[0] == shown.tolist()
    wanted, staying, weights, costs, _, spare = case
    each = np.where(shown == spare, staying, costs[wanted, shown].astype(np.int64) * weights)
    assert (each < IMPOSSIBLE).all()
    assert totals[1] == each.sum()
    assert (totals[1] > 0) == (lossy == 40)


def test_errors_buy_bytes():
    """The cheaper errors are, the fewer bits are written."""
    sizes = [encode("interpreted", make_case(5, 2500, lossy=lossy))[2][0] for lossy in (0, 100, 20)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[2] < 0.9 * sizes[0]


@pytest.mark.parametrize("patience", [0, 64, 1 << 30])
def test_a_full_dictionary(which, patience):
    """Beyond 4096 codes, clear codes come at once, when the rate is worse, or never."""
    rng = np.random.default_rng(3)
    count = 9000
    wanted = rng.integers(0, 256, count).astype(np.int16)
    wanted[6000:] = np.resize(np.arange(90), 3000)  # what was learnt is of no use
    case = make_case(1, count, 8, spare=False)
    data, shown, totals = encode(which, (wanted, *case[1:]), 8, patience=patience)
    symbols, clears = oracles.lzw_symbols(data, 8)
    assert symbols == shown.tolist() == wanted.tolist()
    assert (clears, totals[2]) == (1 if patience == 1 << 30 else 2, 1)


@pytest.mark.parametrize("case", [(1, 4000, 4), (2, 900, 2), (3, 1200, 5)])
def test_backends_agree(case):
    """Both backends write the same, with errors and without."""
    if not _kernels.has_compiled():
        pytest.skip("this installation has no compiled kernels")
    for lossy in (0, 60):
        given = make_case(*case, lossy=lossy)
        compiled, interpreted = (
            encode(backend, given, case[2], ahead=2, patience=100) for backend in BACKENDS
        )
        assert compiled[0] == interpreted[0]
        assert compiled[1].tolist() == interpreted[1].tolist()
        assert compiled[2] == interpreted[2]
