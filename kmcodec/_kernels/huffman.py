# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""Codes of DEFLATE (RFC 1951): what symbols cost, length-limited Huffman codes, their runs."""

from __future__ import annotations

try:
    from kmcodec._kernels import _shadow as cython
except ImportError:
    import cython  # what Cython's compiler reads

ONE = cython.declare(cython.const[cython.longlong], 1 << 30)  # of a mantissa


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _scaled_log2(value: cython.longlong, unit_bits: cython.int) -> cython.int:
    """Return the binary logarithm of a positive integer in ``1 / 2**unit_bits``, rounded down.

    By squaring a mantissa of 31 bits: the lost bits may make a result one less than exact.
    """
    whole: cython.int = 0
    bit: cython.int
    mantissa: cython.longlong = value
    while mantissa >= 2 * ONE:
        mantissa >>= 1
        whole += 1
    while mantissa < ONE:
        mantissa <<= 1
        whole -= 1
    whole += 30
    for bit in range(unit_bits):
        mantissa = (mantissa * mantissa) >> 30
        whole <<= 1
        if mantissa >= 2 * ONE:
            mantissa >>= 1
            whole += 1
    return whole


def symbol_costs(
    counts: cython.const[cython.longlong][::1],  # IN (n,), sum below 2**62
    unit_bits: cython.int,
    costs: cython.int[::1],  # OUT (n,)
):
    """Give each symbol its ideal code length in ``1 / 2**unit_bits`` bit, at least 1.

    A symbol that does not occur costs what one that occurs once does.
    """
    n: cython.Py_ssize_t = counts.shape[0]
    i: cython.Py_ssize_t
    whole: cython.int
    total: cython.longlong = 0
    with cython.nogil:
        for i in range(n):
            total += counts[i]
        whole = _scaled_log2(total, unit_bits) if total > 0 else 0
        for i in range(n):
            costs[i] = whole
            if counts[i] > 0:
                costs[i] = whole - _scaled_log2(counts[i], unit_bits)
            if costs[i] < 1:
                costs[i] = 1


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _sort_keys(keys: cython.longlong[::1], n: cython.Py_ssize_t) -> cython.void:
    """Sort the first n keys, which differ, by Shell's method."""
    gap: cython.Py_ssize_t = 1
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    key: cython.longlong
    while gap < n:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(gap, n):
            key = keys[i]
            j = i
            while j >= gap and keys[j - gap] > key:
                keys[j] = keys[j - gap]
                j -= gap
            keys[j] = key
        gap //= 3


def code_lengths(
    counts: cython.const[cython.longlong][::1],  # IN (n,), n at most 512, counts below 2**50
    keys: cython.longlong[::1],  # scratch (n,)
    sums: cython.longlong[:, ::1],  # scratch (2, 2 * n)
    packed: cython.uchar[:, ::1],  # scratch (limit, 2 * n)
    lengths: cython.longlong[::1],  # OUT (n,)
):
    """Find the best code lengths of at most `limit` bits, by package-merge.

    Larmore and Hirschberg 1990, doi:10.1145/79147.79150. Of equal counts the lower symbol goes
    first, and a symbol before a package, so that the result is the same everywhere.
    """
    limit: cython.Py_ssize_t = packed.shape[0]
    n: cython.Py_ssize_t = 0
    level: cython.Py_ssize_t
    size: cython.Py_ssize_t = 0
    leaf: cython.Py_ssize_t
    pair: cython.Py_ssize_t
    place: cython.Py_ssize_t
    now: cython.Py_ssize_t
    wanted: cython.Py_ssize_t
    package: cython.longlong
    with cython.nogil:
        for leaf in range(counts.shape[0]):
            lengths[leaf] = 0
            if counts[leaf] > 0:
                keys[n] = (counts[leaf] << 9) | leaf
                n += 1
        if n == 1:
            lengths[keys[0] & 511] = 1
        if n > 1:
            _sort_keys(keys, n)
            for level in range(limit):
                now = level & 1
                leaf = 0
                pair = 0
                place = 0
                while leaf < n or 2 * pair + 1 < size:
                    package = -1
                    if 2 * pair + 1 < size:
                        package = sums[1 - now, 2 * pair] + sums[1 - now, 2 * pair + 1]
                    if leaf < n and (package < 0 or (keys[leaf] >> 9) <= package):
                        sums[now, place] = keys[leaf] >> 9
                        packed[level, place] = 0
                        leaf += 1
                    else:
                        sums[now, place] = package
                        packed[level, place] = 1
                        pair += 1
                    place += 1
                size = place
            wanted = 2 * n - 2
            for level in range(limit - 1, -1, -1):
                pair = 0
                for place in range(wanted):
                    if packed[level, place]:
                        pair += 1
                    else:
                        lengths[keys[place - pair] & 511] += 1
                wanted = 2 * pair


def canonical_codes(
    lengths: cython.const[cython.longlong][::1],  # IN (n,), at most 15
    codes: cython.int[:, ::1],  # OUT (n, 2): the code with its bits reversed, and its length
):
    """Give each symbol its code: those of one length count up (RFC 1951, 3.2.2)."""
    n: cython.Py_ssize_t = lengths.shape[0]
    i: cython.Py_ssize_t
    bits: cython.int
    bit: cython.int
    code: cython.int = 0
    reversed_code: cython.int
    with cython.nogil:
        for bits in range(1, 16):
            for i in range(n):
                if lengths[i] == bits:
                    reversed_code = 0
                    for bit in range(bits):
                        reversed_code |= ((code >> bit) & 1) << (bits - 1 - bit)
                    codes[i, 0] = reversed_code
                    codes[i, 1] = bits
                    code += 1
            code <<= 1


def length_runs(
    lengths: cython.const[cython.longlong][::1],  # IN (n,): of both alphabets, one after the other
    runs: cython.int[:, ::1],  # OUT (n, 2): symbols of the code-length alphabet, extra values
):
    """Shorten lengths by the repeats of RFC 1951, 3.2.7; return how many symbols there are."""
    n: cython.Py_ssize_t = lengths.shape[0]
    i: cython.Py_ssize_t = 0
    run: cython.Py_ssize_t
    step: cython.Py_ssize_t
    used: cython.Py_ssize_t = 0
    value: cython.int
    with cython.nogil:
        while i < n:
            value = lengths[i]
            run = 1
            while i + run < n and lengths[i + run] == value:
                run += 1
            i += run
            if value:
                runs[used, 0] = value
                runs[used, 1] = 0
                used += 1
                run -= 1
            while run >= 3:
                if value:
                    step = run if run < 6 else 6
                    runs[used, 0] = 16
                    runs[used, 1] = step - 3
                elif run >= 11:
                    step = run if run < 138 else 138
                    runs[used, 0] = 18
                    runs[used, 1] = step - 11
                else:
                    step = run
                    runs[used, 0] = 17
                    runs[used, 1] = step - 3
                used += 1
                run -= step
            while run > 0:
                runs[used, 0] = value
                runs[used, 1] = 0
                used += 1
                run -= 1
    return used
