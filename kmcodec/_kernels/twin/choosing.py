"""Leaves that are chosen as they are coded, by their error and by their price.

The price of a leaf is that of its bits at this very place, as the model has learnt so far. Errors
are squared distances of points, to which the errors of neighbours are added before (Floyd and
Steinberg, "An adaptive algorithm for spatial grey scale", 1976).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kmcodec._kernels.twin import tables
from kmcodec._kernels.twin.before import RUN
from kmcodec._kernels.twin.contexts import NE, W
from kmcodec._kernels.twin.inputs import prepare
from kmcodec._kernels.twin.rows import Mixture

if TYPE_CHECKING:
    from kmcodec._kernels.twin.state import Site, State

BITS_OF_BREAK = 1024  # about what it takes to end a run, of 256 a bit
STEPS_CLOSER = 4
LEAST_ERROR, MOST_ERROR = -16384, 16383
CHOOSERS = 3  # models that choose: those with the lowest numbers


class Costs(NamedTuple):
    """What a choice depends on; see ``TileEncoder.choose``."""

    points: list[list[list[int]]]
    weights: list[list[int]]
    entries: list[list[int]]
    close: list[list[int]]
    price: int
    diffusion: int


class Choice:
    """The choice of a tile's leaves."""

    def __init__(self, costs: Costs, size: tuple[int, int]) -> None:
        self.costs = costs
        height, width = size
        self.errors = [[[0] * 4 for _ in range(width + 2)] for _ in range(height + 1)]
        self.bits_of_escape = 12 * 256 * 16  # of a leaf that no neighbour has, lately; times 16

    def aim(self, x: int, y: int) -> list[int]:
        """Return the point that a pixel is to have: its own, and a share of neighbours' errors."""
        above, row = self.errors[y], self.errors[y + 1]
        parts = zip(row[x], above[x], above[x + 1], above[x + 2], strict=True)
        sums = [7 * w + nw + 5 * n + 3 * ne for w, nw, n, ne in parts]
        point, diffusion = self.costs.points[y][x], self.costs.diffusion
        return [p + (total * diffusion >> 12) for p, total in zip(point, sums, strict=True)]

    def note_error(self, x: int, y: int, target: list[int], leaf: int) -> None:
        """Note how far a leaf is from what the pixel was to have."""
        pairs = zip(target, self.costs.entries[leaf], strict=True)
        self.errors[y + 1][x + 1] = [min(max(t - e, LEAST_ERROR), MOST_ERROR) for t, e in pairs]

    def distance(self, leaf: int, target: list[int]) -> int:
        """Return the squared distance of a leaf from a point."""
        return sum((e - t) ** 2 for e, t in zip(self.costs.entries[leaf], target, strict=True))

    def approach(self, leaf: int, target: list[int]) -> int:
        """Return a leaf near a point, found from a leaf by steps to the nearest close one."""
        for _ in range(STEPS_CLOSER):
            best = min(self.costs.close[leaf], key=lambda other: self.distance(other, target))
            if best == leaf:
                break
            leaf = best
        return leaf

    def choose_expected(
        self, state: State, place: tuple[int, int, int], expected: int, bits: int
    ) -> bool:
        """Decide whether the pixel at (x, y, place in the plane) is as expected.

        `bits` are those by which escaping costs more, without the leaf itself. The pixel then has
        the expected leaf, or the best other one.
        """
        x, y, at = place
        target = self.aim(x, y)
        bits += self.bits_of_escape >> 4
        other = self.approach(state.plane[at], target)
        stays = other == expected and bits >= 0
        if not stays:
            if other == expected:
                other = self.costs.close[expected][1]
            weight = self.costs.weights[y][x]
            escape = weight * self.distance(other, target) + self.costs.price * bits
            stays = weight * self.distance(expected, target) <= escape
        state.plane[at] = expected if stays else other
        if stays:
            self.note_error(x, y, target, expected)
        return stays


def log2_of(number: int) -> int:
    """Return 256 log2 of a number of at most 32 bits, to about 2; it is not 0."""
    zeros = 32 - number.bit_length()
    part = number << zeros >> 23 & 255
    return 256 * (31 - zeros) + part + (part * (256 - part) * 88 >> 16)


def bits_of(chance: int, one_bits: int) -> int:
    """Return the bits, of 256 each, of what has a chance of 2**one_bits."""
    return 256 * one_bits - log2_of(chance)


def chance_of(state: State, places: list[int], which: int) -> int:
    """Return the chance of a 1, as mixed from up to three cells."""
    inputs = [tables.STRETCH[state.cells[place] >> 20] for place in places]
    weights = state.flat_weights[which]
    total = sum(x * w for x, w in zip(inputs, weights, strict=False)) >> 14
    return tables.SQUASH[min(max(total, -2047), 2047) + 2048]


def choose_flat(state: State, choice: Choice, site: Site, places: list[int], which: int) -> None:
    """Choose whether a flat pixel escapes, by the chance of that."""
    chance = chance_of(state, places, which)
    bits = bits_of(chance, 16) - bits_of((1 << 16) - chance, 16)
    choice.choose_expected(state, (site.x, site.y, site.at), site.expected, bits)


def choose_run(state: State, choice: Choice, site: Site) -> None:
    """Choose how many of the next pixels are as expected, at most a run of them."""
    for i in range(RUN):
        place = site.x + i, site.y, site.at + i
        if not choice.choose_expected(state, place, site.expected, BITS_OF_BREAK):
            return


class Candidate:
    """A leaf that may be chosen."""

    def __init__(self, leaf: int, cost: int) -> None:
        self.leaf = leaf
        self.cost = cost
        self.depth = 0  # steps of which the price is part of the cost


def _find_candidates(
    state: State, choice: Choice, site: Site, target: list[int]
) -> list[Candidate]:
    """Return the candidates: leaves near the point, neighbours, and what matches expect."""
    nearest = choice.approach(state.plane[site.at], target)
    leaves = [*choice.costs.close[nearest], *site.near[W : NE + 1]]
    if state.member.matches:
        leaves += [guess for guess, times in zip(site.guess, site.times, strict=True) if times > 0]
    weight = choice.costs.weights[site.y][site.x]
    return [
        Candidate(leaf, weight * choice.distance(leaf, target))
        for leaf in dict.fromkeys(leaves)
        if not (site.escaped and leaf == site.near[W])
    ]


def _price_step(
    state: State, site: Site, candidates: list[Candidate], chosen: Candidate, price: int
) -> None:
    """Add the price of a step to all candidates that share what comes before it."""
    depth = chosen.depth
    down = 4 * (state.steps - 1 - depth)
    prefix = chosen.leaf >> down >> 4
    mixture = Mixture()
    prepare(state, mixture, site, depth, prefix)
    mixture.mix()
    for candidate in candidates:
        if candidate.depth == depth and candidate.leaf >> down >> 4 == prefix:
            symbol = candidate.leaf >> down & 15
            chance = mixture.ends[symbol + 1] - mixture.ends[symbol]
            candidate.cost += price * bits_of(chance, 14)
            candidate.depth += 1


def choose_leaf(state: State, choice: Choice, site: Site) -> None:
    """Choose the leaf of least cost.

    Steps are priced in the order of what is known of the costs, so that few are.
    """
    price = choice.costs.price
    target = choice.aim(site.x, site.y)
    candidates = _find_candidates(state, choice, site, target)
    best = min(candidates, key=lambda candidate: candidate.cost)
    while best.depth < state.steps:
        _price_step(state, site, candidates, best, price)
        best = min(candidates, key=lambda candidate: candidate.cost)
    if site.escaped and price > 0:
        weight = choice.costs.weights[site.y][site.x]
        bits = (best.cost - weight * choice.distance(best.leaf, target)) // price
        choice.bits_of_escape += bits - (choice.bits_of_escape >> 4)
    state.plane[site.at] = best.leaf
    choice.note_error(site.x, site.y, target, best.leaf)
