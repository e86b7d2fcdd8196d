# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""The quick model of the index coder ``mixed`` (spec 6.3.12): indices in steps of four bits.

Each step has the mean of two adaptive distributions over 16 symbols, each chosen by neighbouring
leaves. Distributions are cumulative: element i is the chance of symbols below i, in 1/16384. After
Moffat and Turpin's account of adaptive coding, "Compression and Coding Algorithms" (2002), 6.
"""

from __future__ import annotations

try:
    import cython
except ImportError:
    from kmcodec._kernels import _shadow as cython


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _adapt(
    tables: cython.short[::1],
    at: cython.Py_ssize_t,
    symbol: cython.short,
    rate: cython.short,
) -> cython.void:
    """Move a distribution towards a symbol; every symbol keeps a chance of 1 at least."""
    i: cython.Py_ssize_t
    t: cython.short
    for i in range(16):
        t = i if i <= symbol else 16368 + i
        tables[at + i] += (t - tables[at + i]) >> rate


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _shift(
    coder: cython.p_ulonglong, stream: cython.uchar[::1], decoding: cython.bint
) -> cython.void:
    """Move whole bytes while the range is below 2^24; `coder` is position, low or code, range."""
    at: cython.Py_ssize_t
    size: cython.ulonglong = stream.shape[0]
    while coder[2] < 0x1000000:
        coder[2] = coder[2] << 8
        if decoding:
            coder[1] = coder[1] << 8
            if coder[0] < size:
                coder[1] = coder[1] | stream[coder[0]]
        else:
            if coder[1] >> 32:
                at = coder[0] - 1
                while stream[at] == 255:
                    stream[at] = 0
                    at -= 1
                stream[at] += 1
            stream[coder[0]] = (coder[1] >> 24) & 255
            coder[1] = (coder[1] & 0xFFFFFF) << 8
        coder[0] += 1


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _code(
    plane: cython.ushort[:, ::1],
    stream: cython.uchar[::1],
    saved: cython.ulonglong[::1],
    tables: cython.short[::1],
    counts: cython.uchar[::1],
    rates: cython.const[cython.uchar][::1],
    flats: cython.int[::1],
    steps: cython.int,
    decoding: cython.bint,
) -> cython.void:
    """Do what ``code_plane`` says, compiled once for each direction."""
    height: cython.Py_ssize_t = plane.shape[0] - 3
    width: cython.Py_ssize_t = plane.shape[1] - 8
    coder: cython.ulonglong[3] = [0] * 3
    sums: cython.short[16] = [0] * 16
    x: cython.Py_ssize_t
    y: cython.Py_ssize_t
    i: cython.Py_ssize_t
    k: cython.Py_ssize_t
    a: cython.Py_ssize_t
    b: cython.Py_ssize_t
    part: cython.uint
    code: cython.uint
    start: cython.uint
    p: cython.int
    w: cython.int
    n: cython.int
    nw: cython.int
    ne: cython.int
    leaf: cython.int
    prefix: cython.int
    shift: cython.int
    value: cython.short
    symbol: cython.short
    bit: cython.bint
    for i in range(3):
        coder[i] = saved[i]
    for y in range(3, height + 3):
        for x in range(4):
            plane[y, x] = plane[y - 1, 4]
            plane[y - 1, width + 4 + x] = plane[y - 1, width + 3]
        for x in range(4, width + 4):
            w = plane[y, x - 1]
            n = plane[y - 1, x]
            nw = plane[y - 1, x - 1]
            ne = plane[y - 1, x + 1]
            leaf = plane[y, x]
            if w == n and w == nw and w == ne and w == plane[y, x - 2] and w == plane[y - 2, x]:
                i = (
                    (plane[y - 1, x + 2] == w)
                    + 2 * (plane[y - 2, x + 1] == w)
                    + 4 * (plane[y - 1, x - 2] == w)
                )
                p = flats[i]
                part = (coder[2] >> 16) * p
                bit = coder[1] < part if decoding else leaf != w
                if bit:
                    coder[2] = part
                    flats[i] += (65528 - p) >> 5
                else:
                    if decoding:
                        coder[1] -= part
                    else:
                        coder[1] += part
                    coder[2] -= part
                    flats[i] -= (p - 8) >> 5
                _shift(coder, stream, decoding)
                if not bit:
                    plane[y, x] = w
                    continue
            prefix = 0
            for i in range(steps):
                shift = (steps - 1 - i) * 4
                if i == 0:
                    a = (w >> shift & 15) << 4 | (n >> shift & 15)
                    b = (ne >> shift & 15) << 8 | (w >> shift & 15) << 4 | (nw >> shift & 15)
                    b += 256
                else:
                    a = b = (prefix & 255) * 17
                    a += 4352 + (w >> shift & 15 if w >> shift >> 4 == prefix else 16)
                    b += 8704 + (n >> shift & 15 if n >> shift >> 4 == prefix else 16)
                for k in range(16):
                    sums[k] = tables[16 * a + k] + tables[16 * b + k]
                part = coder[2] >> 15
                symbol = (leaf >> shift) & 15
                if decoding:
                    code = coder[1]
                    code = code // part
                    value = code if code < 32767 else 32767
                    symbol = -1
                    for k in range(16):
                        symbol += sums[k] <= value
                start = part * sums[symbol]
                if decoding:
                    coder[1] -= start
                else:
                    coder[1] += start
                if symbol < 15:
                    coder[2] = part * sums[symbol + 1]
                coder[2] -= start
                _shift(coder, stream, decoding)
                _adapt(tables, 16 * a, symbol, rates[counts[a]])
                _adapt(tables, 16 * b, symbol, rates[counts[b]])
                counts[a] += counts[a] < 255
                counts[b] += counts[b] < 255
                prefix = prefix << 4 | symbol
            plane[y, x] = prefix
    for i in range(3):
        saved[i] = coder[i]


def code_plane(
    plane: cython.ushort[:, ::1],  # IN OUT (h + 3, w + 8): leaves, h x w of them from [3, 4] on
    stream: cython.uchar[::1],  # OUT or IN: the bytes
    saved: cython.ulonglong[::1],  # IN OUT (3,): position, low or code, range
    tables: cython.short[::1],  # IN OUT (13056 * 16,): the distributions
    counts: cython.uchar[::1],  # IN OUT (13056,): how often each has been used, up to 255
    rates: cython.const[cython.uchar][::1],  # IN (256,): the shift of a distribution's steps
    flats: cython.int[::1],  # IN OUT (8,): chances that a flat area ends, in 1/65536
    steps: cython.int,  # of four bits, that a leaf takes
    decoding: cython.bint,
):
    """Encode or decode a whole plane."""
    with cython.nogil:
        if decoding:
            _code(plane, stream, saved, tables, counts, rates, flats, steps, 1)
        else:
            _code(plane, stream, saved, tables, counts, rates, flats, steps, 0)
