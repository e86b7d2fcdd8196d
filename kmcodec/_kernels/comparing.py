# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""What SSIMULACRA2 measures of two pictures: structure lost, edges added, edges lost.

Pictures are maps of X, Y and B, as the kernel ``lighting`` makes them. Only IEEE's basic operations
happen here, so every machine gives the same numbers.

Of two pictures a and b, with e = b - a and m() for a Gaussian blur, the difference in structure is
1 - (1 - m(e)^2) * (2 * cov + C) / (var(a) + var(b) + C). Since m(a^2) + m(b^2) - 2 m(ab) = m(e^2),
it is (m(e^2) - m(e)^2 + m(e)^2 * (2 * cov + C)) / (var(a) + var(b) + C), which needs one blur less
and no difference of large numbers. Edges are judged alike: (1 + |b - m(b)|) / (1 + |a - m(a)|) - 1
is (|b - m(b)| - |a - m(a)|) / (1 + |a - m(a)|).

After Jon Sneyers, SSIMULACRA 2.1, https://github.com/cloudinary/ssimulacra2.
"""

from __future__ import annotations

try:
    from kmcodec._kernels import _shadow as cython
except ImportError:
    import cython  # what Cython's compiler reads

# A Gaussian of sigma 1.5, cut off beyond five pixels: its weights at distances 0 to 5.
TAP_0 = cython.declare(cython.const[cython.float], 0.26601172486179436)
TAP_1 = cython.declare(cython.const[cython.float], 0.2130055377112537)
TAP_2 = cython.declare(cython.const[cython.float], 0.10936068950970002)
TAP_3 = cython.declare(cython.const[cython.float], 0.03600077212843082)
TAP_4 = cython.declare(cython.const[cython.float], 0.007598758135239184)
TAP_5 = cython.declare(cython.const[cython.float], 0.0010283800844791099)
# Tiles are 128 columns wide, of which 118 are measured: rings of their rows fit the caches.
ROW = cython.declare(cython.const[cython.int], 512)  # of a tile: four maps
STABILIZER = cython.declare(cython.const[cython.float], 0.0009)
TINY = cython.declare(cython.const[cython.float], 1e-8)  # less is 0: its powers would be slow

ZERO = cython.declare(cython.const[cython.float], 0.0)
HALF = cython.declare(cython.const[cython.float], 0.5)
ONE = cython.declare(cython.const[cython.float], 1.0)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _blur_down(
    ring: cython.p_float,
    newest: cython.Py_ssize_t,  # the row's slot, of eleven
    part: cython.Py_ssize_t,  # where the map begins in a row
    count: cython.Py_ssize_t,
    out: cython.p_float,
) -> cython.void:
    """Blur a map from above to below, for the row five before the newest one."""
    a: cython.Py_ssize_t = (newest + 1) % 11 * ROW + part
    b: cython.Py_ssize_t = (newest + 2) % 11 * ROW + part
    c: cython.Py_ssize_t = (newest + 3) % 11 * ROW + part
    d: cython.Py_ssize_t = (newest + 4) % 11 * ROW + part
    e: cython.Py_ssize_t = (newest + 5) % 11 * ROW + part
    f: cython.Py_ssize_t = (newest + 6) % 11 * ROW + part
    g: cython.Py_ssize_t = (newest + 7) % 11 * ROW + part
    h: cython.Py_ssize_t = (newest + 8) % 11 * ROW + part
    i: cython.Py_ssize_t = (newest + 9) % 11 * ROW + part
    j: cython.Py_ssize_t = (newest + 10) % 11 * ROW + part
    k: cython.Py_ssize_t = newest * ROW + part
    x: cython.Py_ssize_t
    for x in range(count):
        out[x] = (
            (TAP_0 * ring[f + x] + TAP_1 * (ring[e + x] + ring[g + x]))
            + (TAP_2 * (ring[d + x] + ring[h + x]) + TAP_3 * (ring[c + x] + ring[i + x]))
            + (TAP_4 * (ring[b + x] + ring[j + x]) + TAP_5 * (ring[a + x] + ring[k + x]))
        )


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _blur_across(row: cython.p_float, count: cython.Py_ssize_t, out: cython.p_float) -> cython.void:
    """Blur a row from left to right; its first output is the sixth input's."""
    x: cython.Py_ssize_t
    for x in range(count):
        out[x] = (
            (TAP_0 * row[x + 5] + TAP_1 * (row[x + 4] + row[x + 6]))
            + (TAP_2 * (row[x + 3] + row[x + 7]) + TAP_3 * (row[x + 2] + row[x + 8]))
            + (TAP_4 * (row[x + 1] + row[x + 9]) + TAP_5 * (row[x] + row[x + 10]))
        )


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _fill_row(
    first: cython.const[cython.float][:, :, ::1],
    second: cython.const[cython.float][:, :, ::1],
    channel: cython.Py_ssize_t,
    y: cython.Py_ssize_t,
    left: cython.Py_ssize_t,
    begin: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
    with_structure: cython.bint,
    ring: cython.p_float,
    base: cython.Py_ssize_t,
) -> cython.void:
    """Put into the ring what is blurred of a row: a, e = b - a, a^2 + b^2, and e^2."""
    i: cython.Py_ssize_t
    a: cython.float
    b: cython.float
    if not with_structure:
        for i in range(begin, end):
            a = first[channel, y, left + i]
            ring[base + i] = a
            ring[base + 128 + i] = second[channel, y, left + i] - a
        return
    for i in range(begin, end):
        a = first[channel, y, left + i]
        b = second[channel, y, left + i]
        ring[base + i] = a
        ring[base + 128 + i] = b - a
        ring[base + 256 + i] = a * a + b * b
        ring[base + 384 + i] = (b - a) * (b - a)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _add_structure(
    mean: cython.p_float,
    mean_gap: cython.p_float,
    squares: cython.p_float,
    square_gaps: cython.p_float,
    count: cython.Py_ssize_t,
    total: cython.p_float,
    total_4: cython.p_float,
) -> cython.void:
    """Add a row's differences in structure to each column's sums."""
    i: cython.Py_ssize_t
    a: cython.float
    b: cython.float
    p: cython.float
    q: cython.float
    d: cython.float
    for i in range(count):
        a = mean[i]
        b = a + mean_gap[i]
        p = mean_gap[i] * mean_gap[i]
        q = square_gaps[i] - p
        d = (squares[i] - (a * a + b * b)) + STABILIZER
        d = (q + p * (d - q)) / d
        d -= TINY
        d = HALF * (d + abs(d))  # 0 if it is less, without a branch
        total[i] += d
        d = d * d
        total_4[i] += d * d


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _add_edges(
    ring: cython.p_float,
    center: cython.Py_ssize_t,
    mean: cython.p_float,
    mean_gap: cython.p_float,
    sign: cython.float,
    count: cython.Py_ssize_t,
    total: cython.p_float,
    total_4: cython.p_float,
) -> cython.void:
    """Add the edges that a row of b has more than a, or with the other sign less, to the sums."""
    i: cython.Py_ssize_t
    e: cython.float
    a: cython.float
    for i in range(count):
        e = ring[center + i] - mean[i]
        a = abs(e)
        e = abs(e + (ring[center + 128 + i] - mean_gap[i]))
        e = sign * (e - a) / (ONE + a) - TINY
        e = HALF * (e + abs(e))
        total[i] += e
        e = e * e
        total_4[i] += e * e


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _measure_tile(
    first: cython.const[cython.float][:, :, ::1],
    second: cython.const[cython.float][:, :, ::1],
    low: cython.Py_ssize_t,
    height: cython.Py_ssize_t,
    channel: cython.Py_ssize_t,
    with_structure: cython.bint,
    with_added: cython.bint,
    with_lost: cython.bint,
    start: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
    left: cython.Py_ssize_t,
    count: cython.Py_ssize_t,
    sums: cython.double[::1],
) -> cython.void:
    """Measure columns left + 5 to left + 5 + count."""
    ring = cython.declare(cython.float[5632])
    down = cython.declare(cython.float[128])
    mean = cython.declare(cython.float[128])
    mean_gap = cython.declare(cython.float[128])
    squares = cython.declare(cython.float[128])
    square_gaps = cython.declare(cython.float[128])
    structure = cython.declare(cython.float[128])
    structure_4 = cython.declare(cython.float[128])
    added = cython.declare(cython.float[128])
    added_4 = cython.declare(cython.float[128])
    lost = cython.declare(cython.float[128])
    lost_4 = cython.declare(cython.float[128])
    begin: cython.Py_ssize_t = -left if left < 0 else 0
    end: cython.Py_ssize_t = first.shape[2] - left
    slot: cython.Py_ssize_t = 0
    r: cython.Py_ssize_t
    y: cython.Py_ssize_t
    i: cython.Py_ssize_t
    if end > count + 10:
        end = count + 10
    for i in range(11 * ROW):
        ring[i] = ZERO
    for i in range(count):
        structure[i] = structure_4[i] = added[i] = added_4[i] = lost[i] = lost_4[i] = ZERO
    for r in range(start - 5, stop + 5):
        y = r if r >= 0 else -1 - r
        y = (y if y < height else 2 * height - 1 - y) - low
        _fill_row(first, second, channel, y, left, begin, end, with_structure, ring, slot * ROW)
        if r >= start + 5:
            _blur_down(ring, slot, 0, count + 10, down)
            _blur_across(down, count, mean)
            _blur_down(ring, slot, 128, count + 10, down)
            _blur_across(down, count, mean_gap)
            if with_structure:
                _blur_down(ring, slot, 256, count + 10, down)
                _blur_across(down, count, squares)
                _blur_down(ring, slot, 384, count + 10, down)
                _blur_across(down, count, square_gaps)
                _add_structure(mean, mean_gap, squares, square_gaps, count, structure, structure_4)
            i = (slot + 6) % 11 * ROW + 5
            if with_added:
                _add_edges(ring, i, mean, mean_gap, ONE, count, added, added_4)
            if with_lost:
                _add_edges(ring, i, mean, mean_gap, -ONE, count, lost, lost_4)
        slot = slot + 1 if slot < 10 else 0
    for i in range(count):
        sums[0] += cython.cast(cython.double, structure[i])
        sums[1] += cython.cast(cython.double, structure_4[i])
        sums[2] += cython.cast(cython.double, added[i])
        sums[3] += cython.cast(cython.double, added_4[i])
        sums[4] += cython.cast(cython.double, lost[i])
        sums[5] += cython.cast(cython.double, lost_4[i])


def measure(
    first: cython.const[cython.float][:, :, ::1],  # IN (3, rows, W): maps of the original
    second: cython.const[cython.float][:, :, ::1],  # IN (3, rows, W): maps of the other
    low: cython.Py_ssize_t,  # the picture's row that the maps begin with
    height: cython.Py_ssize_t,  # of the picture, at least 5
    channel: cython.Py_ssize_t,
    with_structure: cython.bint,
    with_added: cython.bint,
    with_lost: cython.bint,
    start: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
    sums: cython.double[::1],  # INOUT (6,): of each measure, and of its fourth power
):
    """Measure rows start to stop of a channel: structure lost, edges added, edges lost.

    The maps hold five rows more above and below, as far as the picture has them. Beyond the
    picture it is mirrored above and below, and zero at the left and the right.
    """
    width: cython.Py_ssize_t = first.shape[2]
    x: cython.Py_ssize_t
    count: cython.Py_ssize_t
    with cython.nogil:
        for x in range(0, width, 118):
            count = width - x if width - x < 118 else 118
            _measure_tile(
                first,
                second,
                low,
                height,
                channel,
                with_structure,
                with_added,
                with_lost,
                start,
                stop,
                x - 5,
                count,
                sums,
            )
