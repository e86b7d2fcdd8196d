# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""One step of weighted Lloyd iteration in exact integers, sped up by sorted neighbour lists.

Points and centres are int32 with 4 columns (unused ones zero), at most 23170 apart per axis, so a
squared distance stays below 2^31. Ties go to the lowest centre.

Phillips, "Acceleration of k-means and related clustering algorithms", ALENEX 2002 (sort-means),
doi:10.1007/3-540-45643-0_13: a centre farther from the point's own centre than twice the point's
distance cannot be nearer to the point.
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
def _insert(
    near: cython.longlong[:, ::1],
    c: cython.Py_ssize_t,
    j: cython.Py_ssize_t,
    entry: cython.longlong,
) -> cython.void:
    """Put an entry in its place among the first j of a list, over the one at j."""
    while j > 0 and near[c, j - 1] > entry:
        near[c, j] = near[c, j - 1]
        j -= 1
    near[c, j] = entry


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _distance(
    x0: cython.int,
    x1: cython.int,
    x2: cython.int,
    x3: cython.int,
    centers: cython.const[cython.int][:, ::1],
    c: cython.Py_ssize_t,
) -> cython.int:
    """Return the squared distance of a point and a centre."""
    e0: cython.int = x0 - centers[c, 0]
    e1: cython.int = x1 - centers[c, 1]
    e2: cython.int = x2 - centers[c, 2]
    e3: cython.int = x3 - centers[c, 3]
    return e0 * e0 + e1 * e1 + e2 * e2 + e3 * e3


def sort_neighbors(
    columns: cython.const[cython.int][:, ::1],  # IN (4, K): the centres, K <= 65536
    near: cython.longlong[:, ::1],  # IN OUT (K, M), M at most K - 1
    row: cython.int[::1],  # scratch (K,)
    seen: cython.int[::1],  # scratch (K,): -1 on entry
):
    """List each centre's M nearest others, nearest first.

    An entry is (ceil(squared distance / 4) << 16) | other. On entry only the others count, M
    different ones: the nearer they are, the less there is to do.
    """
    k: cython.Py_ssize_t = columns.shape[1]
    most: cython.Py_ssize_t = near.shape[1]
    c: cython.Py_ssize_t
    o: cython.Py_ssize_t
    i: cython.Py_ssize_t
    e0: cython.int
    e1: cython.int
    e2: cython.int
    e3: cython.int
    d: cython.longlong
    last: cython.longlong
    with cython.nogil:
        for c in range(k):
            for o in range(k):
                e0 = columns[0, o] - columns[0, c]
                e1 = columns[1, o] - columns[1, c]
                e2 = columns[2, o] - columns[2, c]
                e3 = columns[3, o] - columns[3, c]
                row[o] = e0 * e0 + e1 * e1 + e2 * e2 + e3 * e3
            seen[c] = c
            for i in range(most):
                o = near[c, i] & 65535
                seen[o] = c
                d = row[o]
                _insert(near, c, i, (((d + 3) >> 2) << 16) | o)
            last = (near[c, most - 1] >> 16) << 2 if most > 0 else -1
            for o in range(k):
                if row[o] > last or seen[o] == c:
                    continue
                d = row[o]
                d = (((d + 3) >> 2) << 16) | o
                if d > near[c, most - 1]:
                    continue
                _insert(near, c, most - 1, d)
                last = (near[c, most - 1] >> 16) << 2


def assign(
    points: cython.const[cython.int][:, ::1],  # IN (n, 4)
    weights: cython.const[cython.longlong][::1],  # IN (n,)
    centers: cython.const[cython.int][:, ::1],  # IN (K, 4)
    near: cython.const[cython.longlong][:, ::1],  # IN (K, M), from sort_neighbors
    labels: cython.int[::1],  # IN OUT (n,): a guess, then the nearest centre
    sums: cython.longlong[:, ::1],  # IN OUT (K, 5): adds weight and weighted coordinates
    roles: cython.uchar[
        ::1
    ],  # IN OUT (K,): 0, or 1 for firm centres; 2 when these have firm points
    n_firm: cython.Py_ssize_t,  # points before it are firm: they take firm centres only
    start: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
):
    """Label ``points[start:stop]``; return (inertia, labels that changed).

    There is a firm centre if there are firm points.
    """
    listed: cython.Py_ssize_t = near.shape[1]
    k: cython.Py_ssize_t = centers.shape[0]
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    guess: cython.Py_ssize_t
    best: cython.Py_ssize_t
    o: cython.Py_ssize_t
    x0: cython.int
    x1: cython.int
    x2: cython.int
    x3: cython.int
    d: cython.int
    best_d: cython.int
    guess_d: cython.longlong
    reach: cython.longlong
    w: cython.longlong
    inertia: cython.longlong = 0
    changed: cython.longlong = 0
    firm: cython.bint
    anchor: cython.Py_ssize_t = 0  # a firm centre
    with cython.nogil:
        while start < n_firm and roles[anchor] == 0:
            anchor += 1
        for i in range(start, stop):
            guess = labels[i]
            firm = i < n_firm
            if firm and roles[guess] == 0:
                guess = anchor
            x0 = points[i, 0]
            x1 = points[i, 1]
            x2 = points[i, 2]
            x3 = points[i, 3]
            best_d = _distance(x0, x1, x2, x3, centers, guess)
            best = guess
            guess_d = best_d
            reach = (guess_d << 16) | 65535
            for j in range(listed):
                if near[guess, j] > reach:
                    break
                o = near[guess, j] & 65535
                if firm and roles[o] == 0:
                    continue
                d = _distance(x0, x1, x2, x3, centers, o)
                if d < best_d or (d == best_d and o < best):
                    best_d = d
                    best = o
                    # (a + b)^2 <= 2 (a^2 + b^2), and entries hold a quarter of the squared distance
                    reach = (((guess_d + best_d + 1) >> 1) << 16) | 65535
            else:
                for o in range(k if listed < k - 1 else 0):  # the list was too short
                    if firm and roles[o] == 0:
                        continue
                    d = _distance(x0, x1, x2, x3, centers, o)
                    if d < best_d or (d == best_d and o < best):
                        best_d = d
                        best = o
            if best != labels[i]:
                changed += 1
                labels[i] = best
            if firm:
                roles[best] = 2
            w = weights[i]
            inertia += w * best_d
            sums[best, 0] += w
            sums[best, 1] += w * x0
            sums[best, 2] += w * x1
            sums[best, 3] += w * x2
            sums[best, 4] += w * x3
    return inertia, changed
