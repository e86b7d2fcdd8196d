"""The constant tables and the models of the coder ``mixed`` (spec 6.3.10 and 6.3.11)."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Int32 = NDArray[np.int32]

DECAY = 4172516  # 2^22 / e^(1/192), rounded
LEVELS = (8, 10, 13, 18, 26, 40)  # fifths of a distance from which on a level is one higher
ACTIVITIES = (1, 8, 16, 28, 45, 70, 110, 170, 260)
FLAT_WEIGHT = 4096  # a quarter; 16384 is 1
FLAT_ROWS = 64
ROWS = 906
CELLS = 51_168  # beside those of hashed contexts: 16 of them blank
EVEN = 1 << 31  # a cell of probability a half, never visited
REFINED = 33 * (264 + 28 * 162)


@dataclass(frozen=True)
class Model:
    """The numbers of a model.

    Attributes
    ----------
    number : int
        What the stream calls it.
    inputs, hashed : int
        Of the mixer, and how many of them are hashed contexts.
    log_buckets : int
        The log2 of the largest number of buckets of a context.
    weight : int
        Every weight's start, 16384 for 1.
    patience : int
        Visits after which a row of weights learns at about half its first speed.
    """

    number: int
    inputs: int
    hashed: int
    log_buckets: int
    weight: int
    patience: int


LEAN = Model(number=1, inputs=8, hashed=4, log_buckets=14, weight=4096, patience=8)
RICH = Model(number=2, inputs=16, hashed=11, log_buckets=15, weight=1638, patience=64)
FULL = Model(number=3, inputs=32, hashed=26, log_buckets=15, weight=1475, patience=8)
MODELS = {model.number: model for model in (LEAN, RICH, FULL)}


@dataclass(frozen=True, eq=False)
class Tables:
    """What the kernel reads."""

    stretch: NDArray[np.int16]
    squash: Int32
    rates: Int32
    levels: NDArray[np.uint8]
    costs: Int32
    refined: Int32  # the first values of the last stage


def _squash() -> list[int]:
    """Return the probability, in 1/65536, of each number from -2048 to 2047, in 1/192 nat."""
    powers = [1 << 30]
    while len(powers) <= 2048:
        powers.append(powers[-1] * DECAY >> 22)
    upper = [min(65535, (1 << 46) // ((1 << 30) + power)) for power in powers]
    return [65536 - upper[i] for i in range(2048, 0, -1)] + upper[:2048]


def _distance_level(distance: int) -> int:
    """Return the level, 0 to 27, of a distance in half steps of a channel."""
    fifths = abs(distance) // 5
    level = min(fifths, 7) + sum(fifths >= least for least in LEVELS)
    return 14 + level if distance >= 0 else 13 - level


@functools.cache
def tables() -> Tables:
    """Return the tables."""
    squash = _squash()
    stretch = np.searchsorted(squash, np.arange(4096) * 16 + 8) - 2048
    levels = [_distance_level(distance) for distance in range(-512, 512)]
    levels += np.searchsorted(ACTIVITIES, np.arange(3072), side="right").tolist()
    ends = [squash[min(128 * i, 4095)] << 6 for i in range(33)]
    return Tables(
        stretch=stretch.astype(np.int16),
        squash=np.array(squash, dtype=np.int32),
        rates=np.array([40960 // (10 * count + 15) for count in range(128)], dtype=np.int32),
        levels=np.array(levels, dtype=np.uint8),
        costs=np.array(_costs(), dtype=np.int32),
        refined=np.tile(np.array(ends, dtype=np.int32), REFINED // 33),
    )


def _costs() -> list[int]:
    """Return -log2 of (2 i + 1) / 8192, in 1/4096, for i from 0 to 4095."""
    return [(13 << 12) - _log2(2 * i + 1) for i in range(4096)]


def _log2(value: int) -> int:
    """Return 4096 * log2 of a positive integer, rounded down, by repeated squaring."""
    whole = value.bit_length() - 1
    mantissa = value << 32 >> whole
    for _ in range(12):
        mantissa = mantissa * mantissa >> 32
        whole = 2 * whole + (mantissa >> 33)
        mantissa >>= mantissa >> 33
    return whole


@functools.cache
def steps(patience: int) -> Int32:
    """Return how much a row of weights learns at each visit."""
    values = [2097 + 27962 * patience // (patience + visit) for visit in range(256)]
    return np.array(values, dtype=np.int32)
