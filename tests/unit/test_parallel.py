"""Threads that change no result, and limits that end with their last user."""

from __future__ import annotations

import pytest
from threadpoolctl import threadpool_info

from kmcodec.parallel import one_blas_thread


def blas_threads():
    """Return the number of threads of each BLAS library."""
    return [
        library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"
    ]


def test_overlapping_limits_of_blas_leave_it_as_it_was():
    """The limit holds until the last one leaves, in whatever order they do."""
    before = blas_threads()
    one, other = one_blas_thread(), one_blas_thread()
    one.__enter__()
    other.__enter__()
    assert set(blas_threads()) <= {1}
    one.__exit__(None, None, None)
    assert set(blas_threads()) <= {1}
    other.__exit__(None, None, None)
    assert blas_threads() == before


def test_a_limit_ends_with_an_error():
    """An exception inside lifts the limit, too."""
    before = blas_threads()
    with pytest.raises(ZeroDivisionError), one_blas_thread():
        _ = 1 // 0
    assert blas_threads() == before
