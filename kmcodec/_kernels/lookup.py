# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""Table look-ups over whole planes: labels of numbered colours, colours of indices."""

from __future__ import annotations

try:
    from kmcodec._kernels import _shadow as cython
except ImportError:
    import cython  # what Cython's compiler reads

Index = cython.fused_type(cython.uchar, cython.ushort)


def gather_labels(
    labels: cython.const[cython.int][::1],  # IN (m,)
    numbers: cython.const[cython.int][::1],  # IN (n,), less than m
    out: Index[::1],  # OUT (n,)
    start: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
):
    """Write ``out = labels[numbers]`` over a range."""
    i: cython.Py_ssize_t
    with cython.nogil:
        for i in range(start, stop):
            out[i] = labels[numbers[i]]


def gather_colors(
    palette: cython.const[cython.uchar][:, ::1],  # IN (K, C)
    indices: cython.const[Index][::1],  # IN (n,), less than K
    out: cython.uchar[:, ::1],  # OUT (n, C)
    start: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
):
    """Write ``out = palette[indices]`` over a range."""
    channels: cython.Py_ssize_t = palette.shape[1]
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    k: cython.Py_ssize_t
    with cython.nogil:
        if channels == 3:
            for i in range(start, stop):
                k = indices[i]
                out[i, 0] = palette[k, 0]
                out[i, 1] = palette[k, 1]
                out[i, 2] = palette[k, 2]
        else:
            for i in range(start, stop):
                k = indices[i]
                for j in range(channels):
                    out[i, j] = palette[k, j]
