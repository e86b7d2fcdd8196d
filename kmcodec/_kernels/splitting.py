# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""Seeds by repeated splitting: the group of largest spread is cut at its mean, across its widest axis.

Su and Dy, "In search of deterministic methods for initializing K-means and Gaussian mixture
clustering", Intelligent Data Analysis 11 (2007), doi:10.3233/IDA-2007-11402 (Var-Part).
"""

from __future__ import annotations

try:
    from kmcodec._kernels import _shadow as cython
except ImportError:
    import cython  # what Cython's compiler reads

# Columns of a group
START = cython.declare(cython.const[cython.int], 0)
STOP = cython.declare(cython.const[cython.int], 1)
WEIGHT = cython.declare(cython.const[cython.int], 2)
MEAN = cython.declare(cython.const[cython.int], 3)  # of each axis
SPREAD = cython.declare(cython.const[cython.int], 7)
AXIS = cython.declare(cython.const[cython.int], 8)  # the widest


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _measure(
    points: cython.const[cython.int][:, ::1],
    weights: cython.const[cython.longlong][::1],
    order: cython.int[::1],
    groups: cython.longlong[:, ::1],
    g: cython.Py_ssize_t,
) -> cython.void:
    """Fill the columns of group g from its range."""
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    p: cython.Py_ssize_t
    d: cython.longlong
    widest: cython.longlong = -1
    spread: cython.longlong
    for j in range(WEIGHT, AXIS + 1):
        groups[g, j] = 0
    for i in range(groups[g, START], groups[g, STOP]):
        p = order[i]
        groups[g, WEIGHT] += weights[p]
        for j in range(4):
            groups[g, MEAN + j] += weights[p] * points[p, j]
    for j in range(4):
        d = groups[g, MEAN + j] // groups[g, WEIGHT]
        if d * groups[g, WEIGHT] > groups[g, MEAN + j]:
            d -= 1
        groups[g, MEAN + j] = d
    for j in range(4):
        spread = 0
        for i in range(groups[g, START], groups[g, STOP]):
            p = order[i]
            d = points[p, j] - groups[g, MEAN + j]
            spread += weights[p] * d * d
        groups[g, SPREAD] += spread
        if spread > widest:
            widest = spread
            groups[g, AXIS] = j


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _partition(
    points: cython.const[cython.int][:, ::1],
    order: cython.int[::1],
    groups: cython.longlong[:, ::1],
    g: cython.Py_ssize_t,
) -> cython.Py_ssize_t:
    """Move the points of group g up to its mean before those beyond; return where these begin."""
    axis: cython.Py_ssize_t = groups[g, AXIS]
    mean: cython.longlong = groups[g, MEAN + axis]
    i: cython.Py_ssize_t = groups[g, START]
    j: cython.Py_ssize_t = groups[g, STOP] - 1
    p: cython.int
    while i <= j:
        if points[order[i], axis] <= mean:
            i += 1
        else:
            p = order[i]
            order[i] = order[j]
            order[j] = p
            j -= 1
    return i


def split_groups(
    points: cython.const[cython.int][:, ::1],  # IN (n, 4)
    weights: cython.const[cython.longlong][::1],  # IN (n,), positive
    order: cython.int[::1],  # IN OUT (n,): a permutation of the points; a group is a range of it
    groups: cython.longlong[
        :, ::1
    ],  # OUT (K, 9): start, stop, weight, 4 means, spread, widest axis
):
    """Split until there are K groups or every group is one point; return how many there are.

    Means are rounded down, so the lower part (at most the mean) and the upper one are never empty.
    """
    wanted: cython.Py_ssize_t = groups.shape[0]
    n_groups: cython.Py_ssize_t = 1
    g: cython.Py_ssize_t
    best: cython.Py_ssize_t
    cut: cython.Py_ssize_t
    with cython.nogil:
        groups[0, START] = 0
        groups[0, STOP] = order.shape[0]
        _measure(points, weights, order, groups, 0)
        while n_groups < wanted:
            best = 0
            for g in range(1, n_groups):
                if groups[g, SPREAD] > groups[best, SPREAD]:
                    best = g
            if groups[best, SPREAD] == 0:
                break
            cut = _partition(points, order, groups, best)
            groups[n_groups, START] = cut
            groups[n_groups, STOP] = groups[best, STOP]
            groups[best, STOP] = cut
            _measure(points, weights, order, groups, best)
            _measure(points, weights, order, groups, n_groups)
            n_groups += 1
    return n_groups
