"""Tables and powers that are the same on every machine: no library's powers or roots are used."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

import numpy as np

from kmcodec.color import TABLE_ONE, root_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

LAST_LINEAR = 10  # the greatest 8-bit value on the straight part of sRGB's curve
ROOT_BITS = 64  # of a power, after the point
ROOTS = 4096  # starts of cube roots; one step of Halley's method then gives 6 digits and more


@functools.cache
def light_table() -> NDArray[np.float32]:
    """Return linear light, 0 to 1, of the 256 sRGB values: exact ones, rounded (IEC 61966-2-1)."""
    table = np.array([_light(value) for value in range(256)], dtype=np.float32)
    table.flags.writeable = False
    return table


def _light(value: int) -> float:
    """Return the linear light of an sRGB value."""
    if value <= LAST_LINEAR:
        return value * 100 / (255 * 1292)  # value / 255 / 12.92
    top, bottom = 200 * value + 2805, 53805  # (value / 255 + 0.055) / 1.055
    # to the power of 2.4 = 12 / 5
    return _fifth_root((top**12 << 5 * ROOT_BITS) // bottom**12) / (1 << ROOT_BITS)


def _fifth_root(number: int) -> int:
    """Return the fifth root of a whole number, rounded down."""
    root = 1 << -(-number.bit_length() // 5)  # not below it, from where Newton's steps descend
    while True:
        lower = (4 * root + number // root**4) // 5
        if lower >= root:
            return root
        root = lower


@functools.cache
def root_starts() -> NDArray[np.float32]:
    """Return cube roots of the middles of ``ROOTS`` intervals between 0 and 1, to 4 digits."""
    step = TABLE_ONE // ROOTS
    starts = (root_table()[step // 2 : TABLE_ONE : step] / TABLE_ONE).astype(np.float32)
    starts.flags.writeable = False
    return starts


def power(base: float, exponent: float) -> float:
    """Return a number from 0 on to the power of one between 0 and 1, by square roots alone."""
    product, root = 1.0, base
    while exponent > 0:
        root = math.sqrt(root)
        exponent *= 2
        if exponent >= 1:
            product *= root
            exponent -= 1
    return product
