"""Colours as integer points in which Euclidean distance means difference, and back.

A *space* turns (n, C) uint8 colours into (n, 4) int32 points (unused columns zero), C from 1 to 4:
gray, gray + alpha, RGB, RGB + alpha. Everything is integer arithmetic, so that points, and all
that follows from them, are the same on every machine.

With alpha, colour is premultiplied and centred: for a colour p and opacity a (0 to 1) the point is
(a * (p - w/2), a * |w|/2) where w is white. The squared distance of two such points is the mean of
the squared differences seen over black and over white. All fully transparent colours are one
point.

OKLab: Björn Ottosson, "A perceptual color space for image processing" (2020).
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from kmcodec.arithmetic import divide_rounded
from kmcodec.channels import color_channels, has_alpha
from kmcodec.errors import InputError
from kmcodec.options import SPACES

if TYPE_CHECKING:
    from numpy.typing import NDArray

SRGB_SCALE = 64  # points per 8-bit step: 255 * 64 = 16320, near OKLab's range
OKLAB_ONE = 1 << 14  # the point coordinate of lightness 1
LINEAR_ONE = 1 << 18  # linear light 1, and cone response 1
TABLE_ONE = 1 << 16  # the root table's step is 4 / LINEAR_ONE, its roots are scaled by this
FINE_BITS = 2  # log2 of LINEAR_ONE / TABLE_ONE: the part of a cone response between table entries
ROOT_ONE = TABLE_ONE << FINE_BITS
MATRIX_ONE = 1 << 14

# Rows sum to MATRIX_ONE exactly, so that white has cone responses of exactly 1.
RGB_TO_CONES = np.array(
    [[6754, 8787, 843], [3472, 11152, 1760], [1447, 4616, 10321]], dtype=np.int64
)
# Lightness sums to MATRIX_ONE and the two opponent rows to 0: grays are exactly achromatic.
CONES_TO_LAB = np.array(
    [[3448, 13003, -67], [32408, -39790, 7382], [424, 12825, -13249]], dtype=np.int64
)
LAB_TO_CONES = np.array(
    [[16384, 6494, 3536], [16384, -1730, -1046], [16384, -1466, -21160]], dtype=np.int64
)
CONES_TO_RGB = np.array(
    [[66793, -54194, 3785], [-20782, 42758, -5592], [-69, -11525, 27978]], dtype=np.int64
)


@functools.cache
def linear_table() -> NDArray[np.int64]:
    """Return linear light (0 to ``LINEAR_ONE``) of the 256 sRGB values.

    No entry lies near a rounding boundary (a test holds this), so every C library gives the same.
    """
    v = np.arange(256) / 255.0
    linear = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)
    table: NDArray[np.int64] = np.rint(linear * LINEAR_ONE).astype(np.int64)
    return table


@functools.cache
def root_table() -> NDArray[np.int64]:
    """Return the cube roots of 0 to ``TABLE_ONE + 1``, rounded down, as parts of ``TABLE_ONE``."""
    cubes = np.arange(TABLE_ONE + 2, dtype=np.int64) * TABLE_ONE**2
    roots = np.cbrt(cubes.astype(np.float64)).astype(np.int64)
    roots = roots - (roots**3 > cubes)  # exact, whatever the library's cube root did
    return roots + ((roots + 1) ** 3 <= cubes)


def _rgb_to_oklab(rgb: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return (n, 3) OKLab coordinates of (n, 3) sRGB colours."""
    cones = divide_rounded(linear_table()[rgb] @ RGB_TO_CONES.T, MATRIX_ONE)
    whole, part = cones >> FINE_BITS, cones & ((1 << FINE_BITS) - 1)
    low, high = root_table()[whole], root_table()[whole + 1]
    roots = (low << FINE_BITS) + part * (high - low)
    return divide_rounded(roots @ CONES_TO_LAB.T, ROOT_ONE * MATRIX_ONE // OKLAB_ONE)


def _oklab_to_rgb(lab: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the nearest 8-bit sRGB values, clipped into the gamut."""
    roots = divide_rounded(lab @ LAB_TO_CONES.T, OKLAB_ONE * MATRIX_ONE // ROOT_ONE)
    cones = divide_rounded(roots**3, ROOT_ONE**3 // LINEAR_ONE)
    linear = divide_rounded(cones @ CONES_TO_RGB.T, MATRIX_ONE)
    table = linear_table()
    return np.searchsorted((table[1:] + table[:-1]) // 2, linear)


def _split_alpha(colors: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.int64] | None]:
    """Return colour channels and, where there are 2 or 4 channels, alpha (n,)."""
    if has_alpha(colors.shape[1]):
        return colors[:, :-1], colors[:, -1].astype(np.int64)
    return colors, None


def _coordinates(colors: NDArray[np.uint8], space: str) -> NDArray[np.int64]:
    """Return (n, 1 or 3) coordinates of opaque colours."""
    if space == "srgb":
        return colors.astype(np.int64) * SRGB_SCALE
    if colors.shape[1] == 1:
        return _rgb_to_oklab(np.repeat(colors, 3, axis=1))[:, :1]
    return _rgb_to_oklab(colors)


@functools.cache
def _white(channels: int, space: str) -> tuple[NDArray[np.int64], int]:
    """Return white's coordinates and the coordinate of full opacity, |white| / 2."""
    white = _coordinates(np.full((1, channels), 255, dtype=np.uint8), space)[0]
    white.flags.writeable = False
    # sqrt(3) / 2 * 16320, the only irrational length here, rounded once and for all
    return white, 14134 if space == "srgb" and channels == 3 else int(white[0]) // 2


def opaque_level(channels: int, space: str) -> tuple[int, int] | None:
    """Return the axis of opacity and where opaque colours of so many channels lie on it, if any.

    No other colour's coordinate on that axis is as large.
    """
    if not has_alpha(channels):
        return None
    n_color = color_channels(channels)
    return n_color, _white(n_color, space)[1]


def check_space(space: str) -> None:
    """Raise ``InputError`` unless `space` is one of ``SPACES``."""
    if space not in SPACES:
        raise InputError(f"space is {space!r}, it may be one of {', '.join(SPACES)}")


def to_points(colors: NDArray[np.uint8], space: str) -> NDArray[np.int32]:
    """Return the points of colours.

    Parameters
    ----------
    colors : (n, C) uint8
        C from 1 to 4: gray, gray + alpha, RGB, RGB + alpha.
    space : {"oklab", "srgb"}
        sRGB as stored (its squared distance is 4096 times the squared 8-bit error), or OKLab.

    Returns
    -------
    (n, 4) int32
        Coordinates within -16384 to 16384, less than 23170 apart; unused columns are 0.
    """
    if space == "srgb" and not has_alpha(colors.shape[1]):  # the same as below, in one step
        out = np.zeros((len(colors), 4), dtype=np.int32)
        np.multiply(colors, SRGB_SCALE, out=out[:, : colors.shape[1]], dtype=np.int32)
        return out
    color, alpha = _split_alpha(colors)
    points = _coordinates(color, space)
    if alpha is not None:
        white, full = _white(color.shape[1], space)
        premultiplied = divide_rounded((2 * points - white) * alpha[:, None], 2 * 255)
        points = np.column_stack([premultiplied, divide_rounded(alpha * full, 255)])
    out = np.zeros((len(colors), 4), dtype=np.int32)
    out[:, : points.shape[1]] = points
    return out


def to_colors(
    points: NDArray[np.int32], channels: int, space: str, posterize: int = 0
) -> NDArray[np.uint8]:
    """Return the 8-bit colours of points: the inverse of ``to_points``, but for rounding.

    An opaque colour comes back within one step per channel; the lower alpha, the less exactly.

    Parameters
    ----------
    points : (n, 4) int32
    channels : int
        1 to 4, as in ``to_points``.
    space : {"oklab", "srgb"}
    posterize : int
        Low bits that each channel gives up, as in ``posterized``.

    Returns
    -------
    (n, channels) uint8
        Values outside the gamut are clipped; where alpha rounds to 0 all channels are 0.
    """
    n_color = color_channels(channels)
    values = points[:, :n_color].astype(np.int64)
    alpha = np.full(len(points), 255, dtype=np.int64)
    if has_alpha(channels):
        white, full = _white(n_color, space)
        alpha = np.clip(divide_rounded(points[:, n_color].astype(np.int64) * 255, full), 0, 255)
        values = divide_rounded(
            2 * values * 255 + white * alpha[:, None], 2 * np.maximum(alpha, 1)[:, None]
        )
    if space == "srgb":
        color = divide_rounded(values, SRGB_SCALE)
    elif n_color == 1:
        gray = np.column_stack([values, np.zeros_like(values), np.zeros_like(values)])
        color = _oklab_to_rgb(gray)[:, :1]
    else:
        color = _oklab_to_rgb(values)
    color = np.clip(color, 0, 255) * (alpha > 0)[:, None]
    columns = [color, alpha[:, None]] if has_alpha(channels) else [color]
    return posterized(np.hstack(columns).astype(np.uint8), posterize)


@functools.cache
def levels(posterize: int) -> NDArray[np.uint8]:
    """Return the nearest level for each of 0 to 255 where `posterize` low bits are given up.

    The 2**(8 - posterize) levels are evenly spaced and include 0 and 255.
    """
    last = (1 << 8 - posterize) - 1
    steps = divide_rounded(np.arange(256, dtype=np.int64) * last, 255)
    table = divide_rounded(steps * 255, last).astype(np.uint8)
    table.flags.writeable = False
    return table


def posterized(colors: NDArray[np.uint8], posterize: int) -> NDArray[np.uint8]:
    """Return (n, C) colours at their nearest levels; what becomes transparent is 0 throughout."""
    if not posterize:
        return colors
    found = levels(posterize)[colors]
    if has_alpha(colors.shape[1]):
        found[found[:, -1] == 0] = 0
    return found


def fewest_channels(colors: NDArray[np.uint8]) -> int:
    """Return the least number of channels that can hold (n, C) colours: 1 to 4."""
    channels = colors.shape[1]
    opaque = not has_alpha(channels) or bool((colors[:, -1] == 255).all())
    gray = channels <= 2 or bool((colors[:, :1] == colors[:, 1:3]).all())
    return (1 if gray else 3) + (not opaque)


def common_channels(a: int, b: int) -> int:
    """Return the least number of channels that can hold colours of `a` and of `b` channels."""
    return color_channels(max(a, b)) + (has_alpha(a) or has_alpha(b))


def with_channels(colors: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    """Return (n, C) colours with another number of channels, which has to be able to hold them."""
    color, alpha = (
        (colors[:, :-1], colors[:, -1:])
        if has_alpha(colors.shape[1])
        else (colors, np.full((len(colors), 1), 255, dtype=np.uint8))
    )
    if channels <= 2:
        color = color[:, :1]
    elif color.shape[1] == 1:
        color = np.repeat(color, 3, axis=1)
    out = np.hstack([color, alpha]) if has_alpha(channels) else color
    return np.ascontiguousarray(out)
