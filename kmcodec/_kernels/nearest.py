# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""Nearest centre of any point by a k-d tree, and error diffusion, which asks for it pixel by pixel.

The tree is balanced and stored without pointers: node 1 is the root, node i has the children 2i
and 2i + 1, the last level are leaves of equal size. Each inner node knows its axis, the largest
coordinate of its lower child and the smallest of its upper child. All numbers are as in ``lloyd``:
squared distances below 2^31, ties to the lowest centre.

Friedman, Bentley and Finkel, "An algorithm for finding best matches in logarithmic expected time",
ACM TOMS 3 (1977), doi:10.1145/355744.355745.
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
def _search(
    x: cython.const[cython.int][:, ::1],
    row: cython.Py_ssize_t,
    nodes: cython.const[cython.int][:, ::1],
    leaf_points: cython.const[cython.int][:, ::1],
    leaf_centers: cython.const[cython.int][::1],
    stack: cython.longlong[:, ::1],
) -> cython.longlong:
    """Return (squared distance << 16) | centre of the centre nearest to ``x[row]``."""
    n_leaves: cython.Py_ssize_t = nodes.shape[0]
    leaf_size: cython.Py_ssize_t = leaf_centers.shape[0] // n_leaves
    best: cython.longlong = 0x7FFFFFFF
    top: cython.Py_ssize_t = 1
    node: cython.Py_ssize_t
    slot: cython.Py_ssize_t
    below: cython.longlong
    above: cython.longlong
    bound: cython.longlong
    d: cython.longlong
    e0: cython.int
    e1: cython.int
    e2: cython.int
    e3: cython.int
    best = (best << 16) | 65535
    stack[0, 0] = 1
    stack[0, 1] = 0
    while top > 0:
        top -= 1
        if (stack[top, 1] << 16) > best:
            continue
        node = stack[top, 0]
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
        for slot in range((node - n_leaves) * leaf_size, (node - n_leaves + 1) * leaf_size):
            e0 = x[row, 0] - leaf_points[slot, 0]
            e1 = x[row, 1] - leaf_points[slot, 1]
            e2 = x[row, 2] - leaf_points[slot, 2]
            e3 = x[row, 3] - leaf_points[slot, 3]
            d = e0 * e0 + e1 * e1 + e2 * e2 + e3 * e3
            d = (d << 16) | leaf_centers[slot]
            if d < best:
                best = d
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


def diffuse_row(
    targets: cython.int[:, ::1],  # IN OUT (w, 4): wanted coordinates; overwritten
    palette: cython.const[cython.int][:, ::1],  # IN (K, 4)
    nodes: cython.const[cython.int][:, ::1],  # IN, as in find_nearest
    leaf_points: cython.const[cython.int][:, ::1],  # IN
    leaf_centers: cython.const[cython.int][::1],  # IN
    box: cython.const[cython.int][:, ::1],  # IN (2, 4): least and largest palette coordinates
    errors: cython.int[:, ::1],  # IN (w + 2, 4): from the row above, pixel x at x + 1
    below: cython.int[:, ::1],  # OUT (w + 2, 4): for the row below, zeros on entry
    labels: cython.int[::1],  # OUT (w,)
    strength: cython.int,  # 0 to 256: the share of the error that is passed on, in 1/256
    step: cython.int,  # 1: left to right; -1: right to left
    stack: cython.longlong[:, ::1],  # scratch (depth + 1 or more, 2)
):
    """Dither one row by error diffusion with the weights of Floyd and Steinberg (1976).

    A target is clamped to the palette's bounding box, which keeps errors from building up.
    """
    width: cython.Py_ssize_t = targets.shape[0]
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    x: cython.Py_ssize_t
    ahead: cython.Py_ssize_t
    behind: cython.Py_ssize_t
    label: cython.int
    t: cython.int
    e: cython.int
    e7: cython.int
    e5: cython.int
    e3: cython.int
    with cython.nogil:
        for i in range(width):
            x = i if step > 0 else width - 1 - i
            ahead = x + 1 + step
            behind = x + 1 - step
            for j in range(4):
                t = targets[x, j] + errors[x + 1, j]
                t = box[0, j] if t < box[0, j] else t
                t = box[1, j] if t > box[1, j] else t
                targets[x, j] = t
            label = _search(targets, x, nodes, leaf_points, leaf_centers, stack) & 65535
            labels[x] = label
            for j in range(4):
                e = ((targets[x, j] - palette[label, j]) * strength) >> 8
                e7 = (7 * e) >> 4
                e5 = (5 * e) >> 4
                e3 = (3 * e) >> 4
                errors[ahead, j] += e7
                below[behind, j] += e3
                below[x + 1, j] += e5
                below[ahead, j] += e - e7 - e5 - e3
