# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""Seeds by repeated splitting: the group of largest spread is cut at its mean, across its widest axis.

Su and Dy, "In search of deterministic methods for initializing K-means and Gaussian mixture
clustering", Intelligent Data Analysis 11 (2007), doi:10.3233/IDA-2007-11402 (Var-Part).
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
def _measure(
    points: cython.const[cython.int][:, ::1],
    weights: cython.const[cython.longlong][::1],
    order: cython.int[::1],
    groups: cython.longlong[:, ::1],
    g: cython.Py_ssize_t,
) -> cython.void:
    """Fill group g's columns 2 to 8 from its range (columns 0 and 1)."""
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    p: cython.Py_ssize_t
    d: cython.longlong
    widest: cython.longlong = -1
    spread: cython.longlong
    for j in range(2, 9):
        groups[g, j] = 0
    for i in range(groups[g, 0], groups[g, 1]):
        p = order[i]
        groups[g, 2] += weights[p]
        for j in range(4):
            groups[g, 3 + j] += weights[p] * points[p, j]
    for j in range(4):
        d = groups[g, 3 + j] // groups[g, 2]
        if d * groups[g, 2] > groups[g, 3 + j]:
            d -= 1
        groups[g, 3 + j] = d
    for j in range(4):
        spread = 0
        for i in range(groups[g, 0], groups[g, 1]):
            p = order[i]
            d = points[p, j] - groups[g, 3 + j]
            spread += weights[p] * d * d
        groups[g, 7] += spread
        if spread > widest:
            widest = spread
            groups[g, 8] = j


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
    axis: cython.Py_ssize_t
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    cut: cython.longlong
    p: cython.int
    with cython.nogil:
        groups[0, 0] = 0
        groups[0, 1] = order.shape[0]
        _measure(points, weights, order, groups, 0)
        while n_groups < wanted:
            best = 0
            for g in range(1, n_groups):
                if groups[g, 7] > groups[best, 7]:
                    best = g
            if groups[best, 7] == 0:
                break
            axis = groups[best, 8]
            cut = groups[best, 3 + axis]
            i = groups[best, 0]
            j = groups[best, 1] - 1
            while i <= j:
                if points[order[i], axis] <= cut:
                    i += 1
                else:
                    p = order[i]
                    order[i] = order[j]
                    order[j] = p
                    j -= 1
            groups[n_groups, 0] = i
            groups[n_groups, 1] = groups[best, 1]
            groups[best, 1] = i
            _measure(points, weights, order, groups, best)
            _measure(points, weights, order, groups, n_groups)
            n_groups += 1
    return n_groups
