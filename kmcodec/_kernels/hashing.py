# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""Number the distinct colours of pixels with an open-addressing hash table.

A colour packs its channels into one integer, first channel highest. The table has a power of two
of slots, at most a quarter of them used, so probing always ends, and soon unless colours were
chosen to collide. ``shift`` is 32 minus the log2 of the slots: a slot is the top bits of
(key * multiplier) modulo 2^32. The multiplier is odd and below 2^31, so the product with a 32-bit
key stays below 2^63.
"""

from __future__ import annotations

try:
    from kmcodec._kernels import _shadow as cython
except ImportError:
    import cython  # what Cython's compiler reads

MULTIPLIER = cython.declare(cython.const[cython.int], 0x1E3779B1)
NUMBER_BITS = cython.declare(cython.const[cython.int], 31)  # of a table's entry


def number_colors(
    pixels: cython.const[cython.uchar][:, ::1],  # IN (n, C), C from 1 to 4
    table: cython.longlong[::1],  # IN OUT (slots,): (colour << 31) | its number, -1 where free
    keys: cython.uint[::1],  # IN OUT (slots / 4 or more,): each number's colour
    counts: cython.longlong[::1],  # IN OUT (slots / 4 or more,): each number's pixels
    numbers: cython.int[::1],  # OUT (n,): each pixel's colour number, in order of appearance
    shift: cython.int,
    start: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
    used: cython.Py_ssize_t,
    patience: cython.Py_ssize_t,
):
    """Give numbers to ``pixels[start:stop]``; return (next pixel, colours so far).

    Returns early, with next < stop, when a quarter of the table is used or when a search has passed
    more than `patience` occupied slots.
    """
    channels: cython.Py_ssize_t = pixels.shape[1]
    mask: cython.longlong = table.shape[0] - 1
    limit: cython.Py_ssize_t = table.shape[0] // 4
    i: cython.Py_ssize_t = start
    j: cython.Py_ssize_t
    key: cython.longlong
    last: cython.longlong = -1
    slot: cython.longlong
    entry: cython.longlong
    passed: cython.Py_ssize_t
    number: cython.longlong = 0
    with cython.nogil:
        while i < stop:
            if channels == 3:
                key = (pixels[i, 0] << 16) | (pixels[i, 1] << 8) | pixels[i, 2]
            else:
                key = pixels[i, 0]
                for j in range(1, channels):
                    key = (key << 8) | pixels[i, j]
            if key != last:
                slot = ((key * MULTIPLIER) >> shift) & mask
                entry = table[slot]
                passed = 0
                while entry >> NUMBER_BITS != key and entry >= 0 and passed <= patience:
                    slot = (slot + 1) & mask
                    entry = table[slot]
                    passed += 1
                if passed > patience:
                    break
                if entry < 0:
                    if used >= limit:
                        break
                    entry = (key << NUMBER_BITS) | used
                    table[slot] = entry
                    keys[used] = key
                    used += 1
                number = entry & 0x7FFFFFFF
                last = key
            counts[number] += 1
            numbers[i] = number
            i += 1
    return i, used


def fill_table(
    keys: cython.const[cython.uint][::1],  # IN (n or more,), the first n distinct
    table: cython.longlong[::1],  # OUT (slots,): -1 on entry
    shift: cython.int,
    n: cython.Py_ssize_t,
):
    """Enter the first n colours into an empty table."""
    mask: cython.longlong = table.shape[0] - 1
    i: cython.Py_ssize_t
    slot: cython.longlong
    key: cython.longlong
    with cython.nogil:
        for i in range(n):
            key = keys[i]
            slot = ((key * MULTIPLIER) >> shift) & mask
            while table[slot] >= 0:
                slot = (slot + 1) & mask
            table[slot] = (key << NUMBER_BITS) | i
