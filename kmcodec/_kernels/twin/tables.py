"""The constant tables of the index models, from integer formulas (spec 6.3.11)."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from typing import NamedTuple

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


class Pace(NamedTuple):
    """How a row learns at a visit."""

    loss: int  # what each symbol loses
    base: int  # from where the symbol that came gains
    following: int  # the count after it


def make_paces(start: int, last: int) -> list[Pace]:
    """Return the pace of each count of visits: the rate is 2 / (2 * visits + start)."""
    paces = []
    for visits in range(last + 1):
        below = 2 * visits + start
        loss = logarithm(below) - logarithm(below - 2)
        base = 5 * 2048 - logarithm(below) + loss + 512 * 32
        paces.append(Pace(loss, base, min(visits + 1, last)))
    return paces


def _make_gains() -> list[int]:
    """Return 2048 * log2(1 + 2^x), with x = (2 * (i - 512) + 1) / 128."""
    power = list(accumulate(range(63), lambda p, _: p * 1085434106 >> 30, initial=1079572136))
    found = []
    for i in range(2048):
        whole = i // 64 - 8
        value = power[i % 64] >> -whole if whole < 0 else power[i % 64] << whole
        found.append(logarithm((1 << 30) + value) - 30 * 2048)
    return found


def level(activity: int) -> int:
    """Return how lively the surroundings of a pixel are: 0 to 9."""
    return sum(activity >= least for least in LEAST_ACTIVITIES)


def _make_squash() -> list[int]:
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


def _power(x: int) -> int:
    """Return 2^-x in 1/4096, for x in 1/256 bit (spec 6.3.5)."""
    fraction = x % 256
    q = 32760 - (((fraction << 7) * (20480 - (fraction << 4)) + 16384) >> 15)
    return (q * (4096 >> (x >> 8)) + 16384) >> 15


GAINS = _make_gains()
SQUASH = _make_squash()  # a chance
STRETCH = [bisect_left(SQUASH, 16 * i + 8) - 2048 for i in range(4096)]  # its inverse
POWERS = [_power(x) for x in range(13 << 8)] + [0] * (65536 - (13 << 8))
FLAT_RATES = [40960 // (10 * i + 15) for i in range(64)]
FLAT_PACES = [2097 + 268432 // (16 + i) for i in range(256)]
LOGARITHMS = [0, *(logarithm(i) for i in range(1, 17))]
