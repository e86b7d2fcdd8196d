"""The kernel of PNG's filters against the standard's own words, on both backends."""

from __future__ import annotations

import numpy as np
import oracles
import pytest

from kmcodec import _kernels


@pytest.fixture(params=["compiled", "interpreted"])
def kernel(request):
    """Return the kernel of each backend; the compiled one is skipped only where there is none."""
    if request.param == "compiled" and not _kernels.has_compiled():
        pytest.skip("this installation has no compiled kernels")
    return _kernels.load("filtering", request.param)


ROWS = np.random.default_rng(4).integers(0, 256, (7, 23), dtype=np.uint8)
CHOSEN = np.array([0, 2, 3, 6])


def above(row: int) -> list[int]:
    """Return the row above one, zeros above the first."""
    return ROWS[row - 1].tolist() if row else [0] * ROWS.shape[1]


@pytest.mark.parametrize("kind", range(5))
def test_rows_are_filtered_as_the_standard_says(kernel, kind):
    """Each filter of each chosen row is that of the standard, byte by byte, after its number."""
    out = np.zeros((len(CHOSEN), ROWS.shape[1] + 1), dtype=np.uint8)
    kernel.filter_rows(ROWS, CHOSEN, np.full(len(CHOSEN), kind, dtype=np.uint8), out)
    for line, row in zip(out.tolist(), CHOSEN.tolist(), strict=True):
        assert line == [kind, *oracles.filtered_row(kind, ROWS[row].tolist(), above(row))]


def test_the_cheapest_filter_is_chosen(kernel):
    """No filter of a row costs less than the chosen one, and no lower one as little."""
    costs = np.random.default_rng(5).integers(1, 900, 256).astype(np.int32)
    kinds = np.zeros(len(CHOSEN), dtype=np.uint8)
    kernel.choose_filters(ROWS, CHOSEN, costs, kinds)
    for kind, row in zip(kinds.tolist(), CHOSEN.tolist(), strict=True):
        totals = [
            sum(costs[oracles.filtered_row(k, ROWS[row].tolist(), above(row))].tolist())
            for k in range(5)
        ]
        assert kind == totals.index(min(totals))


def test_of_equal_filters_the_first_is_chosen(kernel):
    """A row of zeros is left as it is, and one like the row above takes filter 2."""
    rows = np.array([[0, 0, 0], [9, 7, 5], [9, 7, 5]], dtype=np.uint8)
    costs = np.full(256, 100, dtype=np.int32)
    costs[0] = 1
    kinds = np.zeros(3, dtype=np.uint8)
    kernel.choose_filters(rows, np.arange(3), costs, kinds)
    assert kinds[[0, 2]].tolist() == [0, 2]
