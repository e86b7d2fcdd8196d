"""Rows of chances, their mixture, and how both learn (spec 6.3.5).

A chance is a binary logarithm: 2048 for a factor of two above 1/16.
"""

from __future__ import annotations

from itertools import accumulate, pairwise
from operator import add, mul
from typing import TYPE_CHECKING

from kmcodec._kernels.twin import tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kmcodec._kernels.twin.tables import Pace

LEAST, MOST = -32768, 32767  # of a chance, and of a weight


def limited(number: int) -> int:
    """Return a number that ends at -32768 and 32767."""
    return min(max(number, LEAST), MOST)


def all_limited(numbers: Iterable[int]) -> list[int]:
    """Return numbers that end at -32768 and 32767."""
    found = list(numbers)
    if min(found) < LEAST or max(found) > MOST:
        found = list(map(limited, found))
    return found


def limited_sum(first: int, terms: Sequence[int]) -> int:
    """Return a sum that ends at its limits after each of its terms."""
    if abs(first) + sum(map(abs, terms)) <= MOST:
        return first + sum(terms)
    for term in terms:
        first = min(max(first + term, LEAST), MOST)
    return first


def scaled(a: int, b: int) -> int:
    """Return the rounded product of two numbers of which one is in 1/32768."""
    return (a * b + 16384) >> 15


class Row:
    """A chance for each of 16 symbols. Its list stays the same, so that mixtures may hold it."""

    __slots__ = ("chance", "check", "count")

    def __init__(self) -> None:
        self.chance = [0] * 16
        self.count = 0  # of visits
        self.check = 0  # of the hashed number whose row it is; 0 before the first

    def renew(self, check: int) -> None:
        """Begin anew, for another hashed number."""
        self.chance[:] = [0] * 16
        self.count = 0
        self.check = check

    def learn(self, paces: list[Pace], symbol: int) -> None:
        """Learn that a symbol (or set) came.

        Its chance p becomes p + rate * (1 - p), the others' p - rate * p, in logarithms.
        """
        pace = paces[self.count]
        gain = tables.GAINS[(pace.base - self.chance[symbol]) >> 5 & 2047]
        loss = pace.loss
        chances = [chance - loss for chance in self.chance]
        if min(chances) < LEAST:
            chances = [max(chance, LEAST) for chance in chances]
        chances[symbol] += gain
        self.chance[:] = chances
        self.count = pace.following


class Mixer:
    """The weights that one mixer gives the rows of a step, and what came of them.

    Parameters
    ----------
    weights : list of list of int
        The chosen sets, which are added.
    bias : list of int
    """

    __slots__ = ("bias", "ends", "weights")

    def __init__(self, weights: list[list[int]], bias: list[int]) -> None:
        self.weights = weights
        self.bias = bias
        self.ends: list[int] = []  # cumulative chances of its own

    def add_rows(self, shown: list[list[int]]) -> list[int]:
        """Return the weighted sums of the rows' chances."""
        weights = self.weights[0]
        for others in self.weights[1:]:
            weights = all_limited(map(add, weights, others))
        weights = [max(weight, LEAST + 1) for weight in weights]
        terms = [
            [(weight * chance + 16384) >> 15 for chance in row]
            for weight, row in zip(weights, shown, strict=True)
        ]
        # no sum of a chance and weights reaches a limit below this
        reach = sum(map(abs, weights)) + len(weights) + max(*self.bias, -min(self.bias))
        if reach > MOST:
            return [
                limited(limited_sum(bias, term[::2]) + limited_sum(0, term[1::2]))
                for bias, *term in zip(self.bias, *terms, strict=True)
            ]
        sums = list(self.bias)
        for term in terms:
            sums = list(map(add, sums, term))
        return sums

    def learn(self, shown: list[list[int]], symbol: int, rate: int) -> None:
        """Learn the symbol of a step, by the cumulative chances that came of the weights."""
        errors = [below - above for below, above in pairwise(self.ends)]
        errors[symbol] += 16384
        totals = all_limited(sum(map(mul, errors, row)) >> 14 for row in shown)
        changes = [(total * rate + 16384) >> 15 for total in totals]
        for weights in self.weights:
            weights[:] = all_limited(map(add, weights, changes))
        moves = [(error * tables.BIAS_RATE + 16384) >> 15 for error in errors]
        self.bias[:] = all_limited(map(add, self.bias, moves))


class Mixture:
    """What one step of a pixel mixes."""

    def __init__(self) -> None:
        self.shown: list[list[int]] = []  # what each row says of this step's symbols
        self.rows: list[Row] = []  # that learn
        self.learns_set: list[bool] = []  # whether such a row is one of sets of neighbours
        self.mixers: list[Mixer] = []  # one or two
        self.limit = self.excluded = 16  # symbols from the one on, and the other, do not occur
        self.set = [0] * 16  # of each symbol: which neighbours have it
        self.others = 16  # symbols that no neighbour has
        self.ends: list[int] = []  # a 0, and the cumulative chances of 16384 after each symbol
        self.symbol = 0

    def mix(self) -> None:
        """Find the symbols' cumulative chances: with two mixers, those of the mean of both."""
        sums = [mixer.add_rows(self.shown) for mixer in self.mixers]
        for mixer, total in zip(self.mixers, sums, strict=True):
            mixer.ends = self._cumulate(list(total))
        self.ends = self.mixers[0].ends
        if len(sums) == 2:
            self.ends = self._cumulate([(a >> 1) + (b >> 1) for a, b in zip(*sums, strict=True)])

    def _cumulate(self, sums: list[int]) -> list[int]:
        """Turn sums of log-chances into cumulative chances. What does not occur gets the least."""
        if self.limit < 16:
            sums[self.limit :] = [LEAST] * (16 - self.limit)
        if self.excluded < 16:
            sums[self.excluded] = LEAST
        most = max(sums)
        running = list(accumulate(tables.POWERS[most - chance] for chance in sums))
        total = running[-1]  # 4095 to 65520
        shift = 16 - total.bit_length()
        scale = (16368 << 15) // (total << shift >> 1)
        ends = [((r << shift >> 1) * scale + 16384) >> 15 for r in running]
        return [0, *map(add, ends[:-1], range(1, 16)), 16384]

    def learn(self, paces: list[Pace], rate: int) -> None:
        """Let everything that took part learn the symbol."""
        for mixer in self.mixers:
            mixer.learn(self.shown, self.symbol, rate)
        for row, is_set in zip(self.rows, self.learns_set, strict=True):
            row.learn(paces, self.set[self.symbol] if is_set else self.symbol)
