"""What surrounds a pixel, and the numbers made of it (spec 6.3.3, 6.3.6)."""

from __future__ import annotations

from operator import mul
from typing import TYPE_CHECKING

from kmcodec._kernels.twin import tables
from kmcodec._kernels.twin.learnt import predict_learnt
from kmcodec._kernels.twin.members import (
    AVERAGE,
    EQUAL,
    GRADIENT,
    LEARNT,
    SLOPE,
    Hashed,
    Kind,
    Near,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from kmcodec._kernels.twin.state import Site, State

W, N, NW, NE, WW, NN, NNE, NWW, NEE, WWW, NNN, NNW = map(int, Near)
WORD = (1 << 32) - 1
BEYOND = (NNE, NWW, NEE, WWW, NNN, NNW)
NEAR_PAIRS = ((W, N), (N, NW), (N, NE), (W, NW), (W, WW), (N, NN))
OUTSIDE_PAIRS = ((NEE, NE), (NWW, NW), (NNE, NE), (WWW, WW), (NNN, NN))
MOST_TIMES = 31
FACTORS = {4: (1, 16, 256, 4096), 5: (1, 32, 1024, 32767), 6: (1, 64, 4096, 32767)}


def mixed_hash(a: int, b: int) -> int:
    """Return 32 bits that depend on both numbers."""
    h = (a * 0x2C9277B5 + b * 0x1E3779B1 + 0x3F4A7C15) & WORD
    h = (h ^ h >> 15) * 0x35EBCA6B & WORD
    return h ^ h >> 13


def look(plane: list[int], at: int, stride: int) -> list[int]:
    """Return the leaves around a pixel, in the order of ``Near``."""
    up = at - stride
    up2 = up - stride
    near = [plane[at - 1], plane[up], plane[up - 1], plane[up + 1], plane[at - 2], plane[up2]]
    near += [plane[up2 + 1], plane[up - 2], plane[up + 2], plane[at - 3]]
    near += [plane[up2 - stride], plane[up2 - 1]]
    return near


def is_flat(near: list[int]) -> bool:
    """Whether the six nearest neighbours are equal."""
    return near[:6].count(near[W]) == 6


def equal_beyond(near: list[int]) -> int:
    """Return which of the six neighbours farther away are W."""
    return sum((near[place] == near[W]) << i for i, place in enumerate(BEYOND))


def equal_pairs(near: list[int], pairs: tuple[tuple[int, int], ...]) -> int:
    """Return which pairs of neighbours are equal."""
    return sum((near[a] == near[b]) << i for i, (a, b) in enumerate(pairs))


def predict(site: Site, state: State) -> None:
    """Predict the pixel's colour, and tell how lively its surroundings are."""
    near, colors = site.near, state.colors
    around = list(zip(*(colors[near[place]] for place in (W, N, NW, NE)), strict=True))
    site.colors[GRADIENT] = [min(max(w + n - nw, min(w, n)), max(w, n)) for w, n, nw, _ in around]
    activity = sum(abs(w - nw) + abs(n - nw) + abs(n - ne) for w, n, nw, ne in around)
    site.level = tables.level(activity)
    if state.member.learnt:
        site.colors[LEARNT] = predict_learnt(site, state)
    if state.member.average:
        site.colors[AVERAGE] = [(3 * w + 3 * n + 2 * ne + 4) >> 3 for w, n, _, ne in around]
    if state.member.slope:
        ahead = zip(*(colors[near[place]] for place in (N, NE, NNE)), strict=True)
        site.colors[SLOPE] = [min(max(n + ne - nne, 0), 255) for n, ne, nne in ahead]


def six(near: list[int]) -> int:
    """Hash the six nearest neighbours (spec 6.3.7)."""
    h = mixed_hash(near[W] | near[N] << 16, near[NW] | near[NE] << 16)
    return mixed_hash(h, near[WW] | near[NN] << 16)


def twelve(near: list[int], six_hashed: int) -> int:
    """Hash all twelve, given the hash of six."""
    rest = mixed_hash(near[NNE] | near[NWW] << 16, near[NEE] | near[WWW] << 16)
    return mixed_hash(mixed_hash(six_hashed, near[NNN] | near[NNW] << 16), rest)


def top(site: Site, color: int, bits: int) -> int:
    """Return the highest bits of a predicted colour's channels as one number."""
    channels = [value >> (8 - bits) for value in site.colors[color]]
    return sum(map(mul, channels, FACTORS[bits]))


def pair(site: Site, a: int, b: int, then: int = 0) -> int:
    """Hash two neighbours, and another number."""
    return mixed_hash(site.near[a] | site.near[b] << 16, then)


NUMBERS: dict[int, Callable[[Site, int], int]] = {
    Hashed.W_N: lambda site, what: pair(site, W, N, what),
    Hashed.W_N_NE: lambda site, what: pair(site, W, N, what | site.near[NE] << 16),
    Hashed.W_N_NEE: lambda site, what: pair(site, W, N, what | site.near[NEE] << 16),
    Hashed.W_WW: lambda site, what: pair(site, W, WW, what),
    Hashed.N_NN: lambda site, what: pair(site, N, NN, what),
    Hashed.N_NN_NNN: lambda site, what: pair(site, N, NN, what | site.near[NNN] << 16),
    Hashed.W_NE: lambda site, what: pair(site, W, NE, what),
    Hashed.NW_NE: lambda site, what: pair(site, NW, NE, what),
    Hashed.NE_NEE: lambda site, what: pair(site, NE, NEE, what),
    Hashed.FIVE: lambda site, what: mixed_hash(
        pair(site, W, N, site.near[NW] | site.near[NE] << 16), what | site.near[WW] << 16
    ),
    Hashed.SIX: lambda site, _: six(site.near),
    Hashed.TWELVE: lambda site, _: twelve(site.near, six(site.near)),
    Hashed.GRADIENT4: lambda site, what: mixed_hash(top(site, GRADIENT, 4), what),
    Hashed.SLOPE5: lambda site, what: mixed_hash(top(site, SLOPE, 5), what),
    Hashed.LEARNT4: lambda site, what: mixed_hash(top(site, LEARNT, 4), what),
    Hashed.LEARNT4_W: lambda site, what: mixed_hash(
        top(site, LEARNT, 4), what | site.near[W] << 16
    ),
    Hashed.AVERAGE6: lambda site, what: mixed_hash(top(site, AVERAGE, 6), what | site.level << 16),
    Hashed.ROW: lambda site, what: mixed_hash(site.y, what),
    Hashed.B_W_N: lambda site, what: pair(site, W, N, what | site.before << 16),
    Hashed.B_W_AFTER: lambda site, what: mixed_hash(
        mixed_hash(site.near[W] | site.before << 16, what), site.after
    ),
    Hashed.B_W_N_AFTER: lambda site, what: mixed_hash(
        pair(site, W, N, what | site.before << 16), site.after + site.pattern
    ),
}  # of hashed contexts


def describe(site: Site, state: State) -> None:
    """Work out what all steps of a pixel have in common."""
    site.equal = equal_pairs(site.near, NEAR_PAIRS) | site.escaped << 6
    site.outside = equal_pairs(site.near, OUTSIDE_PAIRS)
    predict(site, state)
    site.numbers = [
        NUMBERS[what](site, what) if kind == Kind.HASHED else 0 for kind, what in state.inputs
    ]


def pattern(site: Site, what: int) -> int:
    """Return the pattern, below 128, of rows of neighbours."""
    if what == EQUAL:
        return site.equal
    guess, near = site.guess[0], site.near
    return site.times[0] << 2 | (guess == near[N]) << 1 | (guess == near[W])


def recall(site: Site, state: State) -> None:
    """Look up what followed these surroundings last time.

    An entry: 11 bits of the hash, 5 of how often in a row the guess came true, 16 of the guess.
    """
    site.around[1] = six(site.near)
    site.around[0] = twelve(site.near, site.around[1])
    for k, h in enumerate(site.around):
        entry = state.matches[h & state.match_mask]
        known = entry >> 21 == h >> 21
        site.times[k] = entry >> 16 & MOST_TIMES if known else 0
        site.guess[k] = entry & 65535 if known else site.near[W]


def remember(site: Site, state: State) -> None:
    """Note what followed these surroundings."""
    leaf = state.plane[site.at]
    for k, h in enumerate(site.around):
        times = min(site.times[k] + 1, MOST_TIMES) if site.guess[k] == leaf else 1
        state.matches[h & state.match_mask] = h >> 21 << 21 | times << 16 | leaf
