# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""K-means over colour and position, each centre within its window.

Centres start one to each cell of a grid; a pixel chooses among the centres of its cell and of the
eight cells around it. Positions are given as coordinates of the same unit as colours, so distances
are Euclidean in six dimensions: below 2^31 in colour, below 2^61 in position.

After Achanta et al., "SLIC superpixels compared to state-of-the-art superpixel methods", IEEE
TPAMI 34 (2012), doi:10.1109/TPAMI.2012.120.
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
def _nearest(
    points: cython.const[cython.int][:, ::1],
    i: cython.Py_ssize_t,
    y: cython.int,
    x: cython.int,
    centers: cython.const[cython.int][:, ::1],
    row: cython.Py_ssize_t,
    column: cython.Py_ssize_t,
    n_rows: cython.Py_ssize_t,
    n_columns: cython.Py_ssize_t,
) -> cython.int:
    """Return the nearest centre of a pixel at position (y, x) and in cell (row, column)."""
    best: cython.longlong = -1
    label: cython.int = 0
    gap: cython.longlong
    e: cython.longlong
    r: cython.Py_ssize_t
    c: cython.Py_ssize_t
    k: cython.Py_ssize_t
    for r in range(row - 1 if row > 0 else 0, row + 2 if row + 2 < n_rows else n_rows):
        for c in range(
            column - 1 if column > 0 else 0, column + 2 if column + 2 < n_columns else n_columns
        ):
            k = r * n_columns + c
            e = points[i, 0] - centers[k, 0]
            gap = e * e
            e = points[i, 1] - centers[k, 1]
            gap += e * e
            e = points[i, 2] - centers[k, 2]
            gap += e * e
            e = points[i, 3] - centers[k, 3]
            gap += e * e
            e = y - centers[k, 4]
            gap += e * e
            e = x - centers[k, 5]
            gap += e * e
            if best < 0 or gap < best:
                best = gap
                label = k
    return label


def assign_windows(
    points: cython.const[cython.int][:, ::1],  # IN (rows * W, 4)
    ys: cython.const[cython.int][::1],  # IN (rows,): position coordinate of each row
    cell_rows: cython.const[cython.int][::1],  # IN (rows,): the cell that each row lies in
    xs: cython.const[cython.int][::1],  # IN (W,)
    cell_columns: cython.const[cython.int][::1],  # IN (W,)
    centers: cython.const[cython.int][:, ::1],  # IN (K, 6): four colour coordinates, y, x
    n_columns: cython.Py_ssize_t,  # of cells; K is a multiple of it
    labels: cython.int[::1],  # OUT (rows * W,)
    sums: cython.longlong[:, ::1],  # IN OUT (K, 7): adds pixels, and the sums of coordinates
    start: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
):
    """Label the pixels of rows start to stop with their nearest centres, ties to the lowest."""
    width: cython.Py_ssize_t = xs.shape[0]
    n_rows: cython.Py_ssize_t = centers.shape[0] // n_columns
    r: cython.Py_ssize_t
    x: cython.Py_ssize_t
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    k: cython.int
    with cython.nogil:
        for r in range(start, stop):
            for x in range(width):
                i = r * width + x
                k = _nearest(
                    points,
                    i,
                    ys[r],
                    xs[x],
                    centers,
                    cell_rows[r],
                    cell_columns[x],
                    n_rows,
                    n_columns,
                )
                labels[i] = k
                sums[k, 0] += 1
                for j in range(4):
                    sums[k, 1 + j] += points[i, j]
                sums[k, 5] += ys[r]
                sums[k, 6] += xs[x]
