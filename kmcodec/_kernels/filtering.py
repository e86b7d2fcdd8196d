# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""Filters of PNG rows (PNG 3rd edition, 9.2): their costs, their choice, their bytes."""

from __future__ import annotations

try:
    from kmcodec._kernels import _shadow as cython
except ImportError:
    import cython  # what Cython's compiler reads


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _paeth(a: cython.int, b: cython.int, c: cython.int) -> cython.int:
    """Return whichever of left, above and corner is nearest to a + b - c (PNG 9.4)."""
    near_a: cython.int = b - c if b > c else c - b
    near_b: cython.int = a - c if a > c else c - a
    near_c: cython.int = a + b - 2 * c
    if near_c < 0:
        near_c = -near_c
    if near_a <= near_b and near_a <= near_c:
        return a
    return b if near_b <= near_c else c


def choose_filters(
    rows: cython.const[cython.uchar][:, ::1],  # IN (H, W)
    chosen: cython.const[cython.longlong][::1],  # IN (R,): numbers of rows
    costs: cython.const[cython.int][::1],  # IN (256,), of each byte
    kinds: cython.uchar[::1],  # OUT (R,)
):
    """Give each chosen row the filter under which its bytes cost least, the first of equals."""
    width: cython.Py_ssize_t = rows.shape[1]
    r: cython.Py_ssize_t
    x: cython.Py_ssize_t
    y: cython.Py_ssize_t
    value: cython.int
    a: cython.int
    b: cython.int
    c: cython.int
    none: cython.longlong
    sub: cython.longlong
    up: cython.longlong
    average: cython.longlong
    paeth: cython.longlong
    least: cython.longlong
    with cython.nogil:
        for r in range(chosen.shape[0]):
            y = chosen[r]
            none = sub = up = average = paeth = 0
            a = 0
            b = 0
            c = 0
            for x in range(width):
                value = rows[y, x]
                if y > 0:
                    b = rows[y - 1, x]
                none += costs[value]
                sub += costs[(value - a) & 255]
                up += costs[(value - b) & 255]
                average += costs[(value - ((a + b) >> 1)) & 255]
                paeth += costs[(value - _paeth(a, b, c)) & 255]
                a = value
                c = b
            kinds[r] = 0
            least = none
            if sub < least:
                least = sub
                kinds[r] = 1
            if up < least:
                least = up
                kinds[r] = 2
            if average < least:
                least = average
                kinds[r] = 3
            if paeth < least:
                kinds[r] = 4


def filter_rows(
    rows: cython.const[cython.uchar][:, ::1],  # IN (H, W)
    chosen: cython.const[cython.longlong][::1],  # IN (R,): numbers of rows
    kinds: cython.const[cython.uchar][::1],  # IN (R,)
    out: cython.uchar[:, ::1],  # OUT (R, W + 1): filters and bytes
):
    """Filter the chosen rows, each as its kind says."""
    width: cython.Py_ssize_t = rows.shape[1]
    r: cython.Py_ssize_t
    x: cython.Py_ssize_t
    y: cython.Py_ssize_t
    kind: cython.int
    value: cython.int
    a: cython.int
    b: cython.int
    c: cython.int
    with cython.nogil:
        for r in range(chosen.shape[0]):
            y = chosen[r]
            kind = kinds[r]
            out[r, 0] = kind
            a = 0
            b = 0
            c = 0
            for x in range(width):
                value = rows[y, x]
                if y > 0:
                    b = rows[y - 1, x]
                if kind == 1:
                    out[r, x + 1] = (value - a) & 255
                elif kind == 2:
                    out[r, x + 1] = (value - b) & 255
                elif kind == 3:
                    out[r, x + 1] = (value - ((a + b) >> 1)) & 255
                elif kind == 4:
                    out[r, x + 1] = (value - _paeth(a, b, c)) & 255
                else:
                    out[r, x + 1] = value
                a = value
                c = b
