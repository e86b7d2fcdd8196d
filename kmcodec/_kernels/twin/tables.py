"""The constant tables of the index models, from integer formulas (spec 6.3.11)."""

from __future__ import annotations

import functools
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.int64]

BIAS_RATE = 32
LAST_RATE = 32
LAST_FEW, LAST_MANY = 63, 127  # visits that a row counts, by the number of colours
LEAST_ACTIVITIES = (1, 8, 16, 28, 45, 70, 110, 170, 260)  # of the levels from 1


def logarithm(value: int) -> int:
    """Return 2048 * log2 of a positive number, rounded down."""
    whole = value.bit_length() - 1
    mantissa = value >> (whole - 31) if whole > 31 else value << (31 - whole)
    result = whole
    for _ in range(11):
        mantissa = mantissa * mantissa >> 31
        bit = mantissa >> 32
        result = 2 * result + bit
        mantissa >>= bit
    return result


class Paces(NamedTuple):
    """How a row learns at a visit, by the visits before."""

    loss: Table  # what each symbol loses
    base: Table  # from where the symbol that came gains
    last: int  # visits that it counts


@functools.cache
def paces(start: int, last: int) -> Paces:
    """Return the paces of the rate 2 / (2 * visits + start)."""
    below = [2 * visits + start for visits in range(last + 1)]
    loss = [logarithm(b) - logarithm(b - 2) for b in below]
    base = [5 * 2048 - logarithm(b) + lost + 512 * 32 for b, lost in zip(below, loss, strict=True)]
    return Paces(np.array(loss), np.array(base), last)


@functools.cache
def gains() -> Table:
    """Return 2048 * log2(1 + 2^x), with x = (2 * (i - 512) + 1) / 128."""
    power = list(accumulate(range(63), lambda p, _: p * 1085434106 >> 30, initial=1079572136))
    found = []
    for i in range(2048):
        whole = i // 64 - 8
        value = power[i % 64] >> -whole if whole < 0 else power[i % 64] << whole
        found.append(logarithm((1 << 30) + value) - 30 * 2048)
    return np.array(found)


def level(activity: int) -> int:
    """Return how lively the surroundings of a pixel are: 0 to 9."""
    return sum(activity >= least for least in LEAST_ACTIVITIES)


@functools.cache
def squash() -> list[int]:
    """Return 65536 / (1 + e^-x), for x from -2048 to 2047 in steps of 1/192."""
    found = [0] * 4097
    g = 1 << 30
    for v in range(2049):
        upper = min((1 << 46) // ((1 << 30) + g), 65535)
        found[2048 + v] = upper
        if v > 0:
            found[2048 - v] = 65536 - upper
        g = g * 4172516 >> 22
    return found[:4096]


@functools.cache
def stretch() -> list[int]:
    """Return the inverse of ``squash``, for chances in steps of 16."""
    chances = np.array(squash())
    wanted = 16 * np.arange(4096) + 8
    return [int(v) - 2048 for v in np.searchsorted(chances, wanted)]


@functools.cache
def powers() -> Table:
    """Return 2^-x in 1/4096, for x from 0 to 32767 in 1/256 bit (spec 6.3.5)."""
    x = np.arange(32768)
    fraction = x % 256
    half, steep = fraction << 7, 20480 - (fraction << 4)
    q = 32760 - ((half * steep + 16384) >> 15)
    places = x >> 8
    power = np.where(places > 12, 0, 4096 >> np.minimum(places, 12))
    return (q * power + 16384) >> 15


FLAT_RATES = [40960 // (10 * i + 15) for i in range(64)]
FLAT_PACES = [2097 + 268432 // (16 + i) for i in range(256)]
LOGARITHMS = [0, *(logarithm(i) for i in range(1, 17))]
