# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""What a cluster would gain by being split, and what its removal would cost.

Points, centres and neighbour lists are as in ``lloyd``.
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
def _distance(
    points: cython.const[cython.int][:, ::1],
    i: cython.Py_ssize_t,
    centers: cython.const[cython.int][:, ::1],
    c: cython.Py_ssize_t,
) -> cython.longlong:
    """Return the squared distance of a point and a centre."""
    e0: cython.int = points[i, 0] - centers[c, 0]
    e1: cython.int = points[i, 1] - centers[c, 1]
    e2: cython.int = points[i, 2] - centers[c, 2]
    e3: cython.int = points[i, 3] - centers[c, 3]
    return e0 * e0 + e1 * e1 + e2 * e2 + e3 * e3


def halve_clusters(
    points: cython.const[cython.int][:, ::1],  # IN (n, 4)
    weights: cython.const[cython.longlong][::1],  # IN (n,)
    labels: cython.const[cython.int][::1],  # IN (n,)
    centers: cython.const[cython.int][:, ::1],  # IN (K, 4)
    spread: cython.longlong[:, ::1],  # OUT (K, 4): weighted squared deviations, zeros on entry
    axes: cython.int[::1],  # OUT (K,): the axis of largest spread, the lowest on ties
    upper: cython.longlong[
        :, ::1
    ],  # OUT (K, 5): sums of the half beyond the centre, zeros on entry
):
    """Cut each cluster at its centre across its widest axis."""
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    c: cython.Py_ssize_t
    d: cython.longlong
    with cython.nogil:
        for i in range(points.shape[0]):
            c = labels[i]
            for j in range(4):
                d = points[i, j] - centers[c, j]
                spread[c, j] += weights[i] * d * d
        for c in range(centers.shape[0]):
            axes[c] = 0
            for j in range(1, 4):
                if spread[c, j] > spread[c, axes[c]]:
                    axes[c] = j
        for i in range(points.shape[0]):
            c = labels[i]
            if points[i, axes[c]] > centers[c, axes[c]]:
                upper[c, 0] += weights[i]
                for j in range(4):
                    upper[c, 1 + j] += weights[i] * points[i, j]


def share_out(
    points: cython.const[cython.int][:, ::1],  # IN (n, 4)
    weights: cython.const[cython.longlong][::1],  # IN (n,)
    centers: cython.const[cython.int][:, ::1],  # IN (K, 4)
    near: cython.const[cython.longlong][:, ::1],  # IN (K, M), from lloyd.sort_neighbors
    labels: cython.const[cython.int][::1],  # IN (n,)
    roles: cython.const[cython.uchar][::1],  # IN (K,): not 0 for firm centres
    n_firm: cython.Py_ssize_t,  # points before it go to firm centres only
    extra: cython.longlong[::1],  # OUT (K,): error added by removal, zeros on entry
    shares: cython.longlong[:, :, ::1],  # OUT (K, S, 5): weight and weighted coordinates of the
    # points that would go to each of the S nearest neighbours, zeros on entry
):
    """Give each point to its second nearest centre, among those listed for its own centre.

    Where none of these may take it, it adds the largest distance.
    """
    listed: cython.Py_ssize_t = near.shape[1]
    n_shares: cython.Py_ssize_t = shares.shape[1]
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    c: cython.Py_ssize_t
    o: cython.Py_ssize_t
    rank: cython.Py_ssize_t
    own: cython.longlong
    d: cython.longlong
    best: cython.longlong
    reach: cython.longlong
    w: cython.longlong
    with cython.nogil:
        for i in range(points.shape[0]):
            c = labels[i]
            own = _distance(points, i, centers, c)
            best = 0x7FFFFFFF
            reach = best << 16
            rank = n_shares
            for j in range(listed):
                if near[c, j] > reach:
                    break
                o = near[c, j] & 65535
                if i < n_firm and roles[o] == 0:
                    continue
                d = _distance(points, i, centers, o)
                if d < best:
                    best = d
                    rank = j
                    # (a + b)^2 <= 2 (a^2 + b^2); entries hold a quarter of the squared distance
                    reach = (((own + best + 1) >> 1) << 16) | 65535
            w = weights[i]
            extra[c] += w * (best - own)
            if rank < n_shares:
                shares[c, rank, 0] += w
                for j in range(4):
                    shares[c, rank, 1 + j] += w * points[i, j]
