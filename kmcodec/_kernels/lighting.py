# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""From sRGB to linear light, to half the size, and to X, Y and B, the space of SSIMULACRA2.

Only IEEE's basic operations happen here, so every machine gives the same numbers: light is looked
up, and cube roots are looked up roughly and then made exact by a step of Halley's method.
"""

from __future__ import annotations

try:
    from kmcodec._kernels import _shadow as cython
except ImportError:
    import cython  # what Cython's compiler reads

# The absorbance of the eye's three cones, and the little light that they always see.
LONG_RED = cython.declare(cython.const[cython.float], 0.30)
LONG_GREEN = cython.declare(cython.const[cython.float], 0.622)
MEDIUM_RED = cython.declare(cython.const[cython.float], 0.23)
MEDIUM_GREEN = cython.declare(cython.const[cython.float], 0.692)
EITHER_BLUE = cython.declare(cython.const[cython.float], 0.078)
SHORT_RED = cython.declare(cython.const[cython.float], 0.24342268924547819)
SHORT_GREEN = cython.declare(cython.const[cython.float], 0.20476744424496821)
SHORT_BLUE = cython.declare(cython.const[cython.float], 0.5518098665095536)
BIAS = cython.declare(cython.const[cython.float], 0.0037930732552754493)
BIAS_ROOT = cython.declare(cython.const[cython.float], 0.1559542005492486)
# What makes X, Y and B - Y positive, and X as large as the others.
X_SCALE = cython.declare(cython.const[cython.float], 7.0)
X_SHIFT = cython.declare(cython.const[cython.float], 0.42)
Y_SHIFT = cython.declare(cython.const[cython.float], 0.01)
BLUE_SHIFT = cython.declare(cython.const[cython.float], 0.56)  # 0.55, and Y's


QUARTER = cython.declare(cython.const[cython.float], 0.25)
HALF = cython.declare(cython.const[cython.float], 0.5)


def to_light(
    pixels: cython.const[cython.uchar][:, :, ::1],  # IN (H, W, 3)
    table: cython.const[cython.float][::1],  # IN (256,)
    light: cython.float[:, :, ::1],  # OUT (3, rows, W)
    start: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
):
    """Look up the linear light of rows start to stop."""
    width: cython.Py_ssize_t = pixels.shape[1]
    y: cython.Py_ssize_t
    x: cython.Py_ssize_t
    with cython.nogil:
        for y in range(start, stop):
            for x in range(width):
                light[0, y - start, x] = table[pixels[y, x, 0]]
                light[1, y - start, x] = table[pixels[y, x, 1]]
                light[2, y - start, x] = table[pixels[y, x, 2]]


def halve(
    light: cython.const[cython.float][:, :, ::1],  # IN (3, rows, W)
    first: cython.Py_ssize_t,  # the row of `light` to begin with
    rows: cython.Py_ssize_t,
    half: cython.float[:, :, ::1],  # OUT (3, (H + 1) // 2, (W + 1) // 2)
    target: cython.Py_ssize_t,  # the row of `half` to begin with
):
    """Average squares of four pixels, and what there is of them at the right and lower edges."""
    width: cython.Py_ssize_t = light.shape[2]
    pairs: cython.Py_ssize_t = width // 2
    c: cython.Py_ssize_t
    y: cython.Py_ssize_t
    x: cython.Py_ssize_t
    up: cython.Py_ssize_t
    down: cython.Py_ssize_t
    with cython.nogil:
        for c in range(3):
            for y in range((rows + 1) // 2):
                up = first + 2 * y
                down = up + 1 if 2 * y + 1 < rows else up
                for x in range(pairs):
                    half[c, target + y, x] = QUARTER * (
                        (light[c, up, 2 * x] + light[c, up, 2 * x + 1])
                        + (light[c, down, 2 * x] + light[c, down, 2 * x + 1])
                    )
                if 2 * pairs < width:
                    half[c, target + y, pairs] = HALF * (
                        light[c, up, width - 1] + light[c, down, width - 1]
                    )


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _sharpened(root: cython.float, cube: cython.float) -> cython.float:
    """Return a cube root three times as exact as the one given: a step of Halley's method."""
    third: cython.float = root * root * root
    return root * (third + (cube + cube)) / ((third + third) + cube)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _look_up(
    roots: cython.const[cython.float][::1],
    cubes: cython.p_float,
    count: cython.Py_ssize_t,
    found: cython.p_float,
) -> cython.void:
    """Look up cube roots to begin with."""
    scale: cython.float = cython.cast(cython.float, roots.shape[0])
    last: cython.int = roots.shape[0] - 1
    i: cython.Py_ssize_t
    k: cython.int
    for i in range(count):
        k = cython.cast(cython.int, cubes[i] * scale)
        found[i] = roots[k if k < last else last]


def to_xyb(
    light: cython.const[cython.float][:, :, ::1],  # IN (3, rows, W)
    first: cython.Py_ssize_t,  # the row of `light` to begin with
    roots: cython.const[cython.float][::1],  # IN (n,): cube roots, n of them between 0 and 1
    with_blue: cython.bint,
    maps: cython.float[:, :, ::1],  # OUT (3, rows, W): X, Y and B - Y, all made positive
):
    """Turn linear light into X and Y, and B where it is asked for."""
    long = cython.declare(cython.float[128])
    medium = cython.declare(cython.float[128])
    long_root = cython.declare(cython.float[128])
    medium_root = cython.declare(cython.float[128])
    rows: cython.Py_ssize_t = maps.shape[1]
    width: cython.Py_ssize_t = maps.shape[2]
    y: cython.Py_ssize_t
    left: cython.Py_ssize_t
    count: cython.Py_ssize_t
    i: cython.Py_ssize_t
    r: cython.float
    g: cython.float
    b: cython.float
    with cython.nogil:
        for y in range(rows):
            for left in range(0, width, 128):
                count = width - left if width - left < 128 else 128
                for i in range(count):
                    r = light[0, first + y, left + i]
                    g = light[1, first + y, left + i]
                    b = light[2, first + y, left + i]
                    long[i] = LONG_RED * r + LONG_GREEN * g + EITHER_BLUE * b + BIAS
                    medium[i] = MEDIUM_RED * r + MEDIUM_GREEN * g + EITHER_BLUE * b + BIAS
                _look_up(roots, long, count, long_root)
                _look_up(roots, medium, count, medium_root)
                for i in range(count):
                    r = _sharpened(long_root[i], long[i]) - BIAS_ROOT
                    g = _sharpened(medium_root[i], medium[i]) - BIAS_ROOT
                    maps[0, y, left + i] = X_SCALE * (r - g) + X_SHIFT
                    maps[1, y, left + i] = HALF * (r + g) + Y_SHIFT
                if with_blue:
                    for i in range(count):
                        r = light[0, first + y, left + i]
                        g = light[1, first + y, left + i]
                        b = light[2, first + y, left + i]
                        long[i] = SHORT_RED * r + SHORT_GREEN * g + SHORT_BLUE * b + BIAS
                    _look_up(roots, long, count, long_root)
                    for i in range(count):
                        b = _sharpened(long_root[i], long[i]) - BIAS_ROOT
                        maps[2, y, left + i] = (b - maps[1, y, left + i]) + BLUE_SHIFT
