"""Rows of chances, their mixture, and how both learn (spec 6.3.5).

A row has a chance for each of 16 symbols: a binary logarithm, 2048 for a factor of two above 1/16.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec._kernels.twin import tables

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec._kernels.twin.members import Member
    from kmcodec._kernels.twin.tables import Paces

    Numbers = NDArray[np.int64]

LEAST, MOST = -32768, 32767  # of a chance, and of a weight
MADE_ROWS = 4  # rows that are made for a step of either pixel
NOTHING = np.zeros(16, dtype=np.int64)
FIRST_ROW = 2 * MADE_ROWS  # of those that learn


def limited(numbers: Numbers) -> Numbers:
    """Return numbers that end at -32768 and 32767."""
    ends: Numbers = np.minimum(np.maximum(numbers, LEAST), MOST)
    return ends


def scaled(a: Numbers, b: Numbers | int) -> Numbers:
    """Return the rounded products of two numbers of which one is in 1/32768."""
    return (a * b + 16384) >> 15


def limited_sum(first: Numbers, terms: Numbers) -> Numbers:
    """Return the sums of a first row of numbers and others, each of which ends at its limits."""
    reach = np.abs(terms).sum(axis=0) + np.abs(first)
    if int(reach.max()) <= MOST:
        return first + terms.sum(axis=0)
    for term in terms:
        first = limited(first + term)
    return first


class Rows:
    """All rows of a tile, those that are made for a step first."""

    def __init__(self, count: int, paces: Paces) -> None:
        self.chance = np.zeros((count, 16), dtype=np.int64)
        self.count = np.zeros(count, dtype=np.int64)  # of visits
        self.check = [0] * count  # of the hashed number whose row it is; 0 before the first
        self.paces = paces

    def renew(self, row: int, check: int) -> None:
        """Give a row to another hashed number."""
        self.chance[row] = 0
        self.count[row] = 0
        self.check[row] = check

    def learn(self, rows: list[int], symbols: list[int]) -> None:
        """Let each row learn that its symbol came.

        A chance p becomes p + rate * (1 - p), the others' p - rate * p, in logarithms.
        """
        paces, places, at = self.paces, np.array(rows), np.arange(len(rows))
        visits = self.count[places]
        chances = self.chance[places]
        index = (paces.base[visits] - chances[at, symbols]) >> 5 & 2047
        chances = np.maximum(chances - paces.loss[visits, None], LEAST)
        chances[at, symbols] += tables.gains()[index]
        self.chance[places] = chances
        self.count[places] = np.minimum(visits + 1, paces.last)


class Mixture:
    """What one step of a pixel mixes.

    Parameters
    ----------
    rows : Rows
    member : Member
    first_made : int
        The first of the rows that are made for its steps.
    """

    def __init__(self, rows: Rows, member: Member, first_made: int) -> None:
        self.rows = rows
        self.member = member
        self.first_made = first_made
        self.shown: list[int] = []  # the rows that say something of this step's symbols
        self.learners: list[int] = []  # the rows that learn
        self.learns_set: list[bool] = []  # whether such a row is one of sets of neighbours
        self.weights: Numbers = np.empty((0, 0), dtype=np.int64)  # all sets
        self.sets: list[int] = []  # the chosen ones
        self.bias: Numbers = np.empty(0, dtype=np.int64)
        self.limit = self.excluded = 16  # symbols from the one on, and the other, do not occur
        self.set = [0] * 16  # of each symbol: which neighbours have it
        self.others = 16  # symbols that no neighbour has
        self.ends = np.zeros(17, dtype=np.int64)  # cumulative chances of 16384, and a 0 before
        self.symbol = 0

    def mix(self) -> list[int]:
        """Return the symbols' cumulative chances, 17 numbers from 0 to 16384."""
        chosen = self.weights[self.sets]
        weights = np.maximum(limited_sum(chosen[0], chosen[1:]), LEAST + 1)
        terms = scaled(self.rows.chance[self.shown], weights[:, None])
        sums = limited_sum(self.bias, terms[::2]) + limited_sum(NOTHING, terms[1::2])
        self._normalize(limited(sums))
        found: list[int] = self.ends.tolist()
        return found

    def _normalize(self, sums: Numbers) -> None:
        """Turn sums of log-chances into cumulative chances. What does not occur gets the least."""
        sums[self.limit :] = LEAST
        if self.excluded < 16:
            sums[self.excluded] = LEAST
        running = tables.powers()[np.minimum(sums.max() - sums, MOST)].cumsum()
        total = int(running[-1])  # 4095 to 65520
        shift = 16 - total.bit_length()
        scale = (16368 << 15) // (total << shift >> 1)
        self.ends[1:] = scaled(running << shift >> 1, scale)
        self.ends[1:] += np.arange(1, 17)
        self.ends[16] = 16384

    def learn(self, rate: int) -> None:
        """Let everything that took part learn the symbol."""
        error = self.ends[:-1] - self.ends[1:]
        error[self.symbol] += 16384
        dots = self.rows.chance[self.shown] @ error
        change = scaled(limited(dots >> 14), rate)
        self.weights[self.sets] = limited(self.weights[self.sets] + change)
        symbols = [self.set[self.symbol] if is_set else self.symbol for is_set in self.learns_set]
        self.rows.learn(self.learners, symbols)
        self.bias[:] = limited(self.bias + scaled(error, tables.BIAS_RATE))
