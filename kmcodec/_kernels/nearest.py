# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""Nearest centre of any point, and nearest neighbours of every centre, by a k-d tree.

The tree is balanced and stored without pointers: node 1 is the root, node i has the children 2i
and 2i + 1, the last level are leaves of equal size. Each inner node knows its axis, the largest
coordinate of its lower child and the smallest of its upper child. All numbers are as in ``lloyd``:
squared distances below 2^31, ties to the lowest centre.

Friedman, Bentley and Finkel, "An algorithm for finding best matches in logarithmic expected time",
ACM TOMS 3 (1977), doi:10.1145/355744.355745.
"""

from __future__ import annotations

try:
    from kmcodec._kernels import _shadow as cython
except ImportError:
    import cython  # what Cython's compiler reads

FARTHEST = cython.declare(
    cython.const[cython.longlong], 0x7FFFFFFFFFFF
)  # (the largest squared distance << 16) | 65535


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _descend(
    x: cython.const[cython.int][:, ::1],
    row: cython.Py_ssize_t,
    nodes: cython.const[cython.int][:, ::1],
    stack: cython.longlong[:, ::1],
    top: cython.Py_ssize_t,
) -> cython.Py_ssize_t:
    """Go from the node at ``stack[top]`` to the leaf on the side of ``x[row]``.

    The siblings passed are pushed with their least squared distances. Return the new top, where
    the leaf's number is left.
    """
    n_leaves: cython.Py_ssize_t = nodes.shape[0]
    node: cython.Py_ssize_t = stack[top, 0]
    below: cython.longlong
    above: cython.longlong
    bound: cython.longlong
    while node < n_leaves:
        below = x[row, nodes[node, 0]] - nodes[node, 1]
        above = nodes[node, 2] - x[row, nodes[node, 0]]
        if below <= above:
            bound = above
            node = 2 * node
            stack[top, 0] = node + 1
        else:
            bound = below
            node = 2 * node + 1
            stack[top, 0] = node - 1
        stack[top, 1] = bound * bound if bound > 0 else 0
        top += 1
    stack[top, 0] = node - n_leaves
    return top


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _distance(
    x: cython.const[cython.int][:, ::1],
    row: cython.Py_ssize_t,
    leaf_points: cython.const[cython.int][:, ::1],
    slot: cython.Py_ssize_t,
) -> cython.longlong:
    """Return the squared distance of ``x[row]`` and ``leaf_points[slot]``."""
    e0: cython.int = x[row, 0] - leaf_points[slot, 0]
    e1: cython.int = x[row, 1] - leaf_points[slot, 1]
    e2: cython.int = x[row, 2] - leaf_points[slot, 2]
    e3: cython.int = x[row, 3] - leaf_points[slot, 3]
    return e0 * e0 + e1 * e1 + e2 * e2 + e3 * e3


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _search(
    x: cython.const[cython.int][:, ::1],
    row: cython.Py_ssize_t,
    nodes: cython.const[cython.int][:, ::1],
    leaf_points: cython.const[cython.int][:, ::1],
    leaf_centers: cython.const[cython.int][::1],
    stack: cython.longlong[:, ::1],
) -> cython.longlong:
    """Return (squared distance << 16) | centre of the centre nearest to ``x[row]``."""
    leaf_size: cython.Py_ssize_t = leaf_centers.shape[0] // nodes.shape[0]
    best: cython.longlong = FARTHEST
    top: cython.Py_ssize_t = 1
    leaf: cython.Py_ssize_t
    slot: cython.Py_ssize_t
    key: cython.longlong
    stack[0, 0] = 1
    stack[0, 1] = 0
    while top > 0:
        top -= 1
        if (stack[top, 1] << 16) > best:
            continue
        top = _descend(x, row, nodes, stack, top)
        leaf = stack[top, 0]
        for slot in range(leaf * leaf_size, (leaf + 1) * leaf_size):
            key = (_distance(x, row, leaf_points, slot) << 16) | leaf_centers[slot]
            if key < best:
                best = key
    return best


def find_nearest(
    points: cython.const[cython.int][:, ::1],  # IN (n, 4)
    nodes: cython.const[cython.int][:, ::1],  # IN (leaves, 3): axis, lower's largest, upper's least
    leaf_points: cython.const[cython.int][:, ::1],  # IN (leaves * leaf size, 4)
    leaf_centers: cython.const[cython.int][::1],  # IN (leaves * leaf size,)
    labels: cython.int[::1],  # OUT (n,)
    stack: cython.longlong[:, ::1],  # scratch (depth + 1 or more, 2)
    start: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
):
    """Write the nearest centre of ``points[start:stop]``."""
    i: cython.Py_ssize_t
    with cython.nogil:
        for i in range(start, stop):
            labels[i] = _search(points, i, nodes, leaf_points, leaf_centers, stack) & 65535


def assign_by_tree(
    points: cython.const[cython.int][:, ::1],  # IN (n, 4)
    weights: cython.const[cython.longlong][::1],  # IN (n,)
    nodes: cython.const[cython.int][:, ::1],  # IN, as in find_nearest
    leaf_points: cython.const[cython.int][:, ::1],  # IN
    leaf_centers: cython.const[cython.int][::1],  # IN
    labels: cython.int[::1],  # IN OUT (n,)
    sums: cython.longlong[:, ::1],  # IN OUT (K, 5): adds weight and weighted coordinates
    stack: cython.longlong[:, ::1],  # scratch (depth + 1 or more, 2)
    start: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
):
    """Label ``points[start:stop]``; return (inertia, labels that changed), as ``lloyd.assign``."""
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    found: cython.longlong
    label: cython.int
    inertia: cython.longlong = 0
    changed: cython.longlong = 0
    with cython.nogil:
        for i in range(start, stop):
            found = _search(points, i, nodes, leaf_points, leaf_centers, stack)
            label = found & 65535
            if label != labels[i]:
                changed += 1
                labels[i] = label
            inertia += weights[i] * (found >> 16)
            sums[label, 0] += weights[i]
            for j in range(4):
                sums[label, 1 + j] += weights[i] * points[i, j]
    return inertia, changed


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _insert(
    near: cython.longlong[:, ::1], i: cython.Py_ssize_t, key: cython.longlong
) -> cython.void:
    """Put a key in its place in row i, unless it is there; the last one falls out."""
    last: cython.Py_ssize_t = near.shape[1] - 1
    j: cython.Py_ssize_t = last
    m: cython.Py_ssize_t
    while j > 0 and near[i, j - 1] > key:
        j -= 1
    if j > 0 and near[i, j - 1] == key:
        return  # the tree repeats its last centre to fill a leaf
    for m in range(last, j, -1):
        near[i, m] = near[i, m - 1]
    near[i, j] = key


def find_neighbors(
    centers: cython.const[cython.int][:, ::1],  # IN (K, 4)
    nodes: cython.const[cython.int][:, ::1],  # IN, as in find_nearest
    leaf_points: cython.const[cython.int][:, ::1],  # IN
    leaf_centers: cython.const[cython.int][::1],  # IN
    near: cython.longlong[:, ::1],  # OUT (K, M): (squared distance << 16) | centre, rising
    stack: cython.longlong[:, ::1],  # scratch (depth + 1 or more, 2)
):
    """Write the M nearest other centres of every centre, M from 1 to K - 1."""
    leaf_size: cython.Py_ssize_t = leaf_centers.shape[0] // nodes.shape[0]
    length: cython.Py_ssize_t = near.shape[1]
    i: cython.Py_ssize_t
    m: cython.Py_ssize_t
    top: cython.Py_ssize_t
    leaf: cython.Py_ssize_t
    slot: cython.Py_ssize_t
    key: cython.longlong
    with cython.nogil:
        for i in range(centers.shape[0]):
            for m in range(length):
                near[i, m] = FARTHEST
            stack[0, 0] = 1
            stack[0, 1] = 0
            top = 1
            while top > 0:
                top -= 1
                if (stack[top, 1] << 16) > near[i, length - 1]:
                    continue
                top = _descend(centers, i, nodes, stack, top)
                leaf = stack[top, 0]
                for slot in range(leaf * leaf_size, (leaf + 1) * leaf_size):
                    key = (_distance(centers, i, leaf_points, slot) << 16) | leaf_centers[slot]
                    if leaf_centers[slot] != i and key < near[i, length - 1]:
                        _insert(near, i, key)
