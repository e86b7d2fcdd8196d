# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""Steps of K-means with vectors of many dimensions, between the products of matrices.

Vectors are uint8, centres int32 in units of 1/64; sums are of whole numbers, exact.
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
def _add(
    vectors: cython.const[cython.uchar][:, ::1],
    row: cython.Py_ssize_t,
    weight: cython.longlong,
    sums: cython.longlong[:, ::1],
    label: cython.Py_ssize_t,
) -> cython.void:
    """Add a weighted vector to a cluster's sums; products of 64 bits take their time."""
    j: cython.Py_ssize_t
    if weight == 1:
        for j in range(vectors.shape[1]):
            sums[label, j] += vectors[row, j]
    elif weight == -1:
        for j in range(vectors.shape[1]):
            sums[label, j] -= vectors[row, j]
    else:
        for j in range(vectors.shape[1]):
            sums[label, j] += weight * vectors[row, j]


def decide(
    products: cython.const[cython.float][:, ::1],  # IN (n, K), off by some rounding
    squares: cython.const[cython.float][::1],  # IN (K,)
    slack: cython.const[cython.float][::1],  # IN (n,): how much two sums may be off together
    labels: cython.int[::1],  # OUT (n,): the least sum of product and square, or close to it
    close: cython.int[::1],  # OUT: numbers of the rows where another sum is as close
):
    """Label what is certain, and return how many rows are not."""
    n_clusters: cython.Py_ssize_t = products.shape[1]
    i: cython.Py_ssize_t
    c: cython.Py_ssize_t
    count: cython.Py_ssize_t = 0
    label: cython.int
    score: cython.float
    first: cython.float
    second: cython.float
    with cython.nogil:
        for i in range(products.shape[0]):
            label = 0
            first = products[i, 0] + squares[0]
            second = 3.0e38
            for c in range(1, n_clusters):
                score = products[i, c] + squares[c]
                if score < first:
                    second = first
                    first = score
                    label = c
                elif score < second:
                    second = score
            labels[i] = label
            if not second - first > slack[i]:
                close[count] = i
                count += 1
    return count


def regroup(
    vectors: cython.const[cython.uchar][:, ::1],  # IN (n, D)
    weights: cython.const[cython.longlong][::1],  # IN (n,)
    before: cython.const[cython.int][::1],  # IN (n,): a label, or -1 of none
    labels: cython.const[cython.int][::1],  # IN (n,)
    sums: cython.longlong[:, ::1],  # IN OUT (K, D): weighted sums of each cluster's vectors
    sizes: cython.longlong[::1],  # IN OUT (K,): their weights
):
    """Move vectors from one cluster's sums to another's; return how many labels differ."""
    i: cython.Py_ssize_t
    old: cython.Py_ssize_t
    new: cython.Py_ssize_t
    weight: cython.longlong
    count: cython.Py_ssize_t = 0
    with cython.nogil:
        for i in range(vectors.shape[0]):
            old = before[i]
            new = labels[i]
            if old == new:
                continue
            count += 1
            weight = weights[i]
            sizes[new] += weight
            _add(vectors, i, weight, sums, new)
            if old >= 0:
                sizes[old] -= weight
                _add(vectors, i, -weight, sums, old)
    return count


def part(
    vectors: cython.const[cython.uchar][:, ::1],  # IN (n, D)
    weights: cython.const[cython.longlong][::1],  # IN (n,)
    labels: cython.const[cython.int][::1],  # IN (n,)
    directions: cython.const[cython.short][:, ::1],  # IN (K, D): at most 2**23 / D each
    bounds: cython.const[cython.int][::1],  # IN (K,)
    sums: cython.longlong[:, ::1],  # OUT (K, D): of vectors beyond the bound, zeros on entry
    sizes: cython.longlong[::1],  # OUT (K,): their weights, zeros on entry
):
    """Sum up the vectors of each cluster whose product with its direction exceeds its bound."""
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    c: cython.Py_ssize_t
    weight: cython.longlong
    value: cython.short
    product: cython.int
    with cython.nogil:
        for i in range(vectors.shape[0]):
            c = labels[i]
            product = 0
            for j in range(vectors.shape[1]):
                value = vectors[i, j]
                product += value * directions[c, j]
            if product > bounds[c]:
                weight = weights[i]
                sizes[c] += weight
                _add(vectors, i, weight, sums, c)
