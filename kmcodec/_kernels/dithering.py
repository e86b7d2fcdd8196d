# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""Dithering: the index of each pixel, chosen so that neighbours together show its colour.

Both kernels start from a pixel's nearest colour, its *flat* label, and choose among that colour
and those in its row of ``near``, the nearest other colours of each palette entry. Squared
distances of pixels and colours are below 2^31; a target strays from its pixel by a few times that
distance, so its squared distances are below 2^38 and fit a key of (distance << 16) | colour.
"""

from __future__ import annotations

try:
    from kmcodec._kernels import _shadow as cython
except ImportError:
    import cython  # what Cython's compiler reads


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _gap(
    a: cython.const[cython.int][:, ::1],
    i: cython.Py_ssize_t,
    b: cython.const[cython.int][:, ::1],
    j: cython.Py_ssize_t,
) -> cython.longlong:
    """Return the squared distance of ``a[i]`` and ``b[j]``."""
    e0: cython.longlong = a[i, 0] - b[j, 0]
    e1: cython.longlong = a[i, 1] - b[j, 1]
    e2: cython.longlong = a[i, 2] - b[j, 2]
    e3: cython.longlong = a[i, 3] - b[j, 3]
    return e0 * e0 + e1 * e1 + e2 * e2 + e3 * e3


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _aim(
    points: cython.const[cython.int][:, ::1],
    p: cython.Py_ssize_t,
    palette: cython.const[cython.int][:, ::1],
    flat: cython.Py_ssize_t,
    errors: cython.int[:, :, ::1],
    here: cython.Py_ssize_t,
    x: cython.Py_ssize_t,
    tolerance: cython.int,
    target: cython.int[:, ::1],
) -> cython.void:
    """Write the target of a pixel: its colour and what it accepts of the errors."""
    j: cython.Py_ssize_t
    e: cython.longlong
    arrived: cython.longlong = 1  # no division by zero
    accepted: cython.longlong = tolerance * _gap(points, p, palette, flat)
    for j in range(4):
        e = errors[here, x, j]
        arrived += e * e
    accepted = (accepted << 12) // (accepted + arrived)  # in 1/4096
    for j in range(4):
        target[0, j] = points[p, j] + ((errors[here, x, j] * accepted) >> 12)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _nearest(
    target: cython.const[cython.int][:, ::1],
    palette: cython.const[cython.int][:, ::1],
    near: cython.const[cython.longlong][:, ::1],
    flat: cython.Py_ssize_t,
) -> cython.Py_ssize_t:
    """Return the colour nearest to the target, of the flat one and those near it."""
    m: cython.Py_ssize_t
    label: cython.Py_ssize_t
    key: cython.longlong
    best: cython.longlong = (_gap(target, 0, palette, flat) << 16) | flat
    reach: cython.longlong = best >> 14  # 4 d^2: what lies farther from the flat colour is farther
    for m in range(near.shape[1]):
        if (near[flat, m] >> 16) > reach:
            break
        label = near[flat, m] & 65535
        key = (_gap(target, 0, palette, label) << 16) | label
        if key < best:
            best = key
    return best & 65535


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _diffuse(
    target: cython.const[cython.int][:, ::1],
    palette: cython.const[cython.int][:, ::1],
    label: cython.Py_ssize_t,
    errors: cython.int[:, :, ::1],
    here: cython.Py_ssize_t,
    x: cython.Py_ssize_t,
    step: cython.Py_ssize_t,
    share: cython.int,
) -> cython.void:
    """Pass the error on to four neighbours, in sixteenths: 7 ahead, 3, 5 and 1 below."""
    below: cython.Py_ssize_t = 1 - here
    j: cython.Py_ssize_t
    e: cython.longlong
    e7: cython.longlong
    e5: cython.longlong
    e3: cython.longlong
    for j in range(4):
        e = ((target[0, j] - palette[label, j]) * share) >> 8
        e7 = (7 * e) >> 4
        e5 = (5 * e) >> 4
        e3 = (3 * e) >> 4
        errors[here, x + step, j] += e7
        errors[below, x - step, j] += e3
        errors[below, x, j] += e5
        errors[below, x + step, j] += e - e7 - e5 - e3


def diffuse_rows(
    points: cython.const[cython.int][:, ::1],  # IN (rows * w, 4)
    palette: cython.const[cython.int][:, ::1],  # IN (K, 4)
    near: cython.const[cython.longlong][:, ::1],  # IN (K, M), as nearest.find_neighbors has it
    errors: cython.int[:, :, ::1],  # IN OUT (2, w + 2, 4): for row y, pixel x at [y % 2, x + 1]
    target: cython.int[:, ::1],  # scratch (1, 4)
    labels: cython.int[::1],  # IN OUT (rows * w,): flat labels on entry
    share: cython.int,  # 0 to 256: the part of the error that is passed on, in 1/256
    tolerance: cython.int,  # an error this many times the flat one (both squared) is halved
    first: cython.Py_ssize_t,  # number of the first of these rows in the picture
):
    """Dither rows by error diffusion, even rows to the right and odd ones to the left.

    A pixel accepts of the error e that reaches it e * t / (t + e^2), where t is `tolerance` times
    the squared distance to its flat colour: at most half of the root of t, and nothing where the
    palette has the pixel's colour.
    """
    width: cython.Py_ssize_t = errors.shape[1] - 2
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    p: cython.Py_ssize_t
    x: cython.Py_ssize_t
    y: cython.Py_ssize_t
    step: cython.Py_ssize_t
    here: cython.Py_ssize_t
    flat: cython.Py_ssize_t
    label: cython.Py_ssize_t
    with cython.nogil:
        for y in range(first, first + points.shape[0] // width):
            here = y & 1
            step = 1 - 2 * here
            for x in range(width + 2):
                for j in range(4):
                    errors[1 - here, x, j] = 0
            for i in range(width):
                x = i if step > 0 else width - 1 - i
                p = (y - first) * width + x
                x += 1
                flat = labels[p]
                _aim(points, p, palette, flat, errors, here, x, tolerance, target)
                label = _nearest(target, palette, near, flat)
                labels[p] = label
                _diffuse(target, palette, label, errors, here, x, step, share)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _gain(
    points: cython.const[cython.int][:, ::1],
    p: cython.Py_ssize_t,
    x: cython.Py_ssize_t,
    width: cython.Py_ssize_t,
    error: cython.longlong,
    share: cython.int,
) -> cython.longlong:
    """Return 1 - h in 1/256, by a pixel's error and its gradient."""
    n: cython.Py_ssize_t = points.shape[0]
    rough: cython.longlong = _gap(points, p, points, p - 1 if x > 0 else p)
    rough += _gap(points, p, points, p + 1 if x < width - 1 else p)
    rough += _gap(points, p, points, p - width if p >= width else p)
    rough += _gap(points, p, points, p + width if p + width < n else p)
    return (2 * share * error) // (2 * error + rough + 1)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _mix(
    points: cython.const[cython.int][:, ::1],
    p: cython.Py_ssize_t,
    palette: cython.const[cython.int][:, ::1],
    near: cython.const[cython.longlong][:, ::1],
    flat: cython.Py_ssize_t,
    error: cython.longlong,
    gain: cython.longlong,
    rank: cython.int,
    area: cython.longlong,
) -> cython.Py_ssize_t:
    """Return a pixel's colour in the mixture that saves the most."""
    j: cython.Py_ssize_t
    m: cython.Py_ssize_t
    other: cython.Py_ssize_t
    chosen: cython.Py_ssize_t = flat
    most: cython.longlong = 0
    size: cython.longlong
    dot: cython.longlong
    part: cython.longlong
    for m in range(near.shape[1]):
        size = near[flat, m] >> 16
        if (256 - gain) * (256 - gain) * size > (error << 18):
            break  # as d.v <= |d| |v|, no farther colour has a part
        other = near[flat, m] & 65535
        dot = 0
        for j in range(4):
            dot += (points[p, j] - palette[flat, j]) * (palette[other, j] - palette[flat, j])
        dot = 512 * dot - (256 - gain) * size  # 2 t gain |v|^2
        if dot <= 0:
            continue
        part = (area * dot) // (2 * gain * size)
        if part * dot > most:
            most = part * dot
            chosen = other if rank < part else flat
    return chosen


def mix_rows(
    points: cython.const[cython.int][:, ::1],  # IN (rows * w, 4)
    palette: cython.const[cython.int][:, ::1],  # IN (K, 4)
    near: cython.const[cython.longlong][:, ::1],  # IN (K, M), as nearest.find_neighbors has it
    ranks: cython.const[cython.int][:, ::1],  # IN (n, n): a permutation of 0 to n * n - 1
    labels: cython.int[::1],  # IN OUT (rows * w,): flat labels on entry
    share: cython.int,  # 0 to 255: how far mixing may go, in 1/256
    width: cython.Py_ssize_t,
    start: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
    first: cython.Py_ssize_t,  # number of row 0 in the picture
):
    """Dither the rows `start` to `stop` by thresholds; other rows only serve as neighbours.

    A pixel lies off its flat colour a by d. With v = b - a, it gets the part t of another colour b
    (t is at most 1/2, as a is the nearest) that minimizes |d - t v|^2 + h t (1 - t) |v|^2: the
    mixture's error, and its graininess at the price h. So t = (d.v - h |v|^2 / 2) / ((1 - h)
    |v|^2), which saves t^2 (1 - h) |v|^2; b is the colour that saves the most. The price is
    1 - share * d^2 / (d^2 + g^2), where g is the picture's gradient: mixing serves where the
    palette's steps are coarser than the picture's own.
    """
    side: cython.Py_ssize_t = ranks.shape[0]
    area: cython.longlong = side * side
    p: cython.Py_ssize_t
    x: cython.Py_ssize_t
    y: cython.Py_ssize_t
    flat: cython.Py_ssize_t
    rank: cython.int
    error: cython.longlong
    gain: cython.longlong
    with cython.nogil:
        for y in range(start, stop):
            for x in range(width):
                p = y * width + x
                flat = labels[p]
                error = _gap(points, p, palette, flat)
                gain = _gain(points, p, x, width, error, share)
                if gain == 0:
                    continue
                rank = ranks[(first + y) % side, x % side]
                labels[p] = _mix(points, p, palette, near, flat, error, gain, rank, area)
