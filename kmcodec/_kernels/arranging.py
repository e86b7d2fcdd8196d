# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""Orders of a palette: which indices meet, and where each of them costs least."""

from __future__ import annotations

try:
    from kmcodec._kernels import _shadow as cython
except ImportError:
    import cython  # what Cython's compiler reads


def count_indices(
    indices: cython.const[cython.uchar][:, ::1],  # IN (H, W)
    counts: cython.longlong[:, ::1],  # IN OUT (4, K): of every fourth column
):
    """Count how often each index occurs; in four places, for equal neighbours wait for no other."""
    width: cython.Py_ssize_t = indices.shape[1]
    fours: cython.Py_ssize_t = width - width % 4
    y: cython.Py_ssize_t
    x: cython.Py_ssize_t
    with cython.nogil:
        for y in range(indices.shape[0]):
            for x in range(0, fours, 4):
                counts[0, indices[y, x]] += 1
                counts[1, indices[y, x + 1]] += 1
                counts[2, indices[y, x + 2]] += 1
                counts[3, indices[y, x + 3]] += 1
            for x in range(fours, width):
                counts[0, indices[y, x]] += 1


def count_neighbours(
    indices: cython.const[cython.uchar][:, ::1],  # IN (H, W)
    chosen: cython.const[cython.longlong][::1],  # IN (R,): numbers of rows, ascending
    counts: cython.longlong[:, ::1],  # IN OUT (K, K): of an index and its left or upper neighbour
):
    """Count which two indices stand side by side, or one above the other, in the chosen rows."""
    width: cython.Py_ssize_t = indices.shape[1]
    r: cython.Py_ssize_t
    x: cython.Py_ssize_t
    y: cython.Py_ssize_t
    with cython.nogil:
        for r in range(chosen.shape[0]):
            y = chosen[r]
            for x in range(1, width):
                counts[indices[y, x], indices[y, x - 1]] += 1
            if y > 0:
                for x in range(width):
                    counts[indices[y, x], indices[y - 1, x]] += 1


def grow_list(
    counts: cython.const[cython.longlong][:, ::1],  # IN (K, K), symmetric
    first: cython.Py_ssize_t,
    ties: cython.longlong[::1],  # scratch (K,)
    order: cython.longlong[::1],  # OUT (K,)
):
    """Append to `first`, at the better end, whichever index meets the listed ones most."""
    n: cython.Py_ssize_t = counts.shape[0]
    size: cython.Py_ssize_t
    best: cython.Py_ssize_t
    k: cython.Py_ssize_t
    balance: cython.longlong
    with cython.nogil:
        for k in range(n):
            ties[k] = counts[first, k]
        ties[first] = -1
        order[0] = first
        for size in range(1, n):
            best = 0
            for k in range(1, n):
                if ties[k] > ties[best]:
                    best = k
            balance = 0  # positive towards the left end
            for k in range(size):
                balance += (size - 1 - 2 * k) * counts[best, order[k]]
            if balance > 0:
                for k in range(size, 0, -1):
                    order[k] = order[k - 1]
                order[0] = best
            else:
                order[size] = best
            for k in range(n):
                if ties[k] >= 0:
                    ties[k] += counts[best, k]
            ties[best] = -1


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _cheapest_place(
    meets: cython.short[:, ::1],
    slopes: cython.const[cython.short][::1],
    place: cython.Py_ssize_t,
) -> cython.Py_ssize_t:
    """Return the place of least cost for the entry at `place`: the same, or the leftmost.

    The entry goes through all places in turn and changes sides with one other at each step: that
    alters the distances of these two to all others by one.
    """
    n: cython.Py_ssize_t = meets.shape[0]
    other: cython.Py_ssize_t
    q: cython.Py_ssize_t
    j: cython.Py_ssize_t
    mine: cython.int
    its: cython.int
    cost: cython.longlong = 0
    least: cython.longlong = 0
    own: cython.longlong = 0
    best: cython.Py_ssize_t = 0
    for q in range(n - 1):
        other = q if q < place else q + 1
        mine = 0
        its = 0
        for j in range(place):
            mine += meets[place, j] * slopes[n + j - q]
            its += meets[other, j] * slopes[n + j - q]
        for j in range(place + 1, n):
            mine += meets[place, j] * slopes[n - 1 + j - q]
            its += meets[other, j] * slopes[n - 1 + j - q]
        cost += mine - its
        if cost < least:
            least = cost
            best = q + 1
        if q + 1 == place:
            own = cost
    return best if least < own else place


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _move(
    meets: cython.short[:, ::1],
    order: cython.longlong[::1],
    scratch: cython.short[::1],
    start: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
) -> cython.void:
    """Move the entry at `start` to `stop`, in the order and in both directions of `meets`."""
    n: cython.Py_ssize_t = meets.shape[0]
    step: cython.Py_ssize_t = 1 if stop > start else -1
    entry: cython.longlong = order[start]
    held: cython.short
    i: cython.Py_ssize_t
    k: cython.Py_ssize_t
    for i in range(n):
        scratch[i] = meets[start, i]
    k = start
    while k != stop:
        order[k] = order[k + step]
        for i in range(n):
            meets[k, i] = meets[k + step, i]
        k += step
    order[stop] = entry
    for i in range(n):
        meets[stop, i] = scratch[i]
    for i in range(n):
        held = meets[i, start]
        k = start
        while k != stop:
            meets[i, k] = meets[i, k + step]
            k += step
        meets[i, stop] = held


def improve_order(
    meets: cython.short[:, ::1],  # IN OUT (K, K): counts in the order, a row's sum below 2**15
    slopes: cython.const[cython.short][::1],  # IN (2 * K,): of the cost at distance i - K, below 64
    order: cython.longlong[::1],  # IN OUT (K,)
    scratch: cython.short[::1],  # (K,)
    entries: cython.const[cython.longlong][::1],  # IN: what to move, in turn
):
    """Move each entry to where it costs least; return how many moved."""
    e: cython.Py_ssize_t
    place: cython.Py_ssize_t
    best: cython.Py_ssize_t
    moved: cython.Py_ssize_t = 0
    with cython.nogil:
        for e in range(entries.shape[0]):
            place = 0
            while order[place] != entries[e]:
                place += 1
            best = _cheapest_place(meets, slopes, place)
            if best != place:
                _move(meets, order, scratch, place, best)
                moved += 1
    return moved
