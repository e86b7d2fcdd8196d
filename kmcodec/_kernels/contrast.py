# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""How much pixels differ from their neighbours, summed by colour."""

from __future__ import annotations

try:
    from kmcodec._kernels import _shadow as cython
except ImportError:
    import cython  # what Cython's compiler reads


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _difference(
    pixels: cython.const[cython.uchar][:, ::1],
    a: cython.Py_ssize_t,
    b: cython.Py_ssize_t,
    channels: cython.Py_ssize_t,
) -> cython.int:
    """Return the difference of two pixels, summed over channels."""
    total: cython.int
    gap: cython.int
    j: cython.Py_ssize_t
    gap = pixels[a, 0] - pixels[b, 0]
    total = abs(gap)
    if channels == 3:  # without a loop, which takes most of the time
        gap = pixels[a, 1] - pixels[b, 1]
        total += abs(gap)
        gap = pixels[a, 2] - pixels[b, 2]
        return total + abs(gap)
    for j in range(1, channels):
        gap = pixels[a, j] - pixels[b, j]
        total += abs(gap)
    return total


def sum_contrasts(
    pixels: cython.const[cython.uchar][:, ::1],  # IN (n, C), rows one after the other
    numbers: cython.const[cython.int][::1],  # IN (n,), less than m
    even: cython.longlong[::1],  # INOUT (m,) pixels without contrast
    contrasts: cython.longlong[::1],  # INOUT (m,) sums over the others
    width: cython.Py_ssize_t,
    start: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
):
    """Add up a range's contrasts by colour number.

    A pixel's contrast is the sum of its differences from the pixels left, right, above and below
    it, as far as there are any.
    """
    n: cython.Py_ssize_t = pixels.shape[0]
    channels: cython.Py_ssize_t = pixels.shape[1]
    i: cython.Py_ssize_t
    x: cython.Py_ssize_t = start % width
    number: cython.int
    beside: cython.int = 0
    contrast: cython.int
    with cython.nogil:
        if x > 0:
            beside = _difference(pixels, start, start - 1, channels)
        for i in range(start, stop):
            contrast = beside
            x += 1
            if x < width:
                beside = _difference(pixels, i, i + 1, channels)
            else:
                x = 0
                beside = 0
            contrast += beside
            if i >= width:
                contrast += _difference(pixels, i, i - width, channels)
            if i + width < n:
                contrast += _difference(pixels, i, i + width, channels)
            number = numbers[i]
            if contrast == 0:
                even[number] += 1
            else:
                contrasts[number] += contrast
