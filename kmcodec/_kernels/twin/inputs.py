"""Which rows a step of a pixel mixes (spec 6.3.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmcodec._kernels.twin import tables
from kmcodec._kernels.twin.before import set_before
from kmcodec._kernels.twin.contexts import NE, NW, N, W, mixed_hash, pattern
from kmcodec._kernels.twin.members import Kind
from kmcodec._kernels.twin.rows import LEAST, Mixer

if TYPE_CHECKING:
    from kmcodec._kernels.twin.rows import Mixture, Row
    from kmcodec._kernels.twin.state import Site, State

CLOSEST = (W, N, NE, NW)
MATCH_ROWS, TIMES_ROWS = 544, 17  # of the first step, and of each number of times
BEFORE_ROWS = 561  # of the first step: 33 patterns
MOST_DISTANCE = 255


class Step:
    """One step of a pixel: four bits of its leaf.

    Attributes
    ----------
    index : int
        0 for the highest bits.
    down : int
        Bits of the leaf below this step.
    prefix : int
        The bits above it.
    later : bool
        Whether it is not the first.
    within : int
        A row's place in its group of 17.
    outer : int
        From the third step on, what the first two gave.
    sharing : int
        Which of W, N, NE, NW share the prefix.
    symbols : list of int
        Of W, N, NE, NW.
    """

    def __init__(self, site: Site, steps: int, index: int, prefix: int) -> None:
        self.index = index
        self.down = down = 4 * (steps - 1 - index)
        self.prefix = prefix
        self.later = index > 0
        self.within = 1 + (prefix & 15) if index & 1 else 0
        self.outer = 0 if index < 2 else prefix >> 4 if index & 1 else prefix
        leaves = [site.near[place] >> down for place in CLOSEST]
        self.sharing = sum((leaf >> 4 == prefix) << k for k, leaf in enumerate(leaves))
        self.symbols = [leaf & 15 for leaf in leaves]


def make_sets(mixture: Mixture, step: Step) -> None:
    """Note of each symbol which neighbours have it."""
    mixture.set = [0] * 16
    for k, symbol in enumerate(step.symbols):
        if step.sharing >> k & 1:
            mixture.set[symbol] |= 1 << k
    mixture.others = mixture.set.count(0)


def hashed_row(state: State, i: int, number: int, step: Step) -> Row:
    """Return the row of a hashed number."""
    h = number if step.index < 2 else mixed_hash(number, step.outer)
    h = h * 0x9E3779B1 & 0xFFFFFFFF
    row = state.rows[i][(h >> state.shift) + step.within]
    check = (h ^ h >> 13) & 0xFFFF | 1
    if state.member.matches and row.check != check:
        row.renew(check)
    return row


def exact_row(state: State, i: int, leaf: int, step: Step) -> Row:
    """Return the row of a neighbour's leaf."""
    if state.n_leaves > 256:
        return hashed_row(state, i, leaf, step)
    return state.rows[i][leaf if state.few else 17 * leaf + step.within]


def match_row(state: State, site: Site, i: int, which: int, step: Step) -> Row:
    """Return the row of what followed these surroundings last time."""
    times, guess = site.times[which], site.guess[which] >> step.down
    symbol = guess & 15 if times > 0 and guess >> 4 == step.prefix else 16
    return state.rows[i][MATCH_ROWS * step.later + TIMES_ROWS * times + symbol]


def before_row(state: State, site: Site, i: int, step: Step) -> Row:
    """Return the row of which leaf the plane before has here, and of what is as it was there."""
    leaf = site.before >> step.down
    symbol = leaf & 15 if leaf >> 4 == step.prefix else 16
    return state.rows[i][BEFORE_ROWS * step.later + 17 * site.pattern + symbol]


def near_row(state: State, site: Site, i: int, what: int, step: Step) -> Row:
    """Return the row of sets of neighbours for a pattern of them."""
    return state.rows[i][17 * pattern(site, what) + (1 + step.sharing if step.later else 0)]


def distances(state: State, color: list[int], step: Step) -> list[int]:
    """Return how far the symbols' colours are from a predicted one, as chances."""
    centres = state.centres[step.index][step.prefix]
    channels = [[abs(c - value) for c in row] for row, value in zip(centres, color, strict=True)]
    return [-128 * min(sum(far), MOST_DISTANCE) for far in zip(*channels, strict=True)]


def symbols_of_sets(row: Row, mixture: Mixture, step: Step) -> list[int]:
    """Return the chances of symbols from a row of sets of neighbours."""
    rest = row.chance[0] - (tables.LOGARITHMS[mixture.others] if row.count else 0)
    says = [max(rest, LEAST)] * 16
    for k, symbol in enumerate(step.symbols):
        if step.sharing >> k & 1:
            says[symbol] = row.chance[mixture.set[symbol]]
    return says


def gather(state: State, mixture: Mixture, site: Site, step: Step) -> None:
    """Gather the inputs of a step."""
    if state.member.near:
        make_sets(mixture, step)
    mixture.shown, mixture.rows = [], []
    for i, (kind, what) in enumerate(state.inputs):
        if kind == Kind.DISTANCE:
            mixture.shown.append(distances(state, site.colors[what], step))
            continue
        if kind == Kind.HASHED:
            row = hashed_row(state, i, site.numbers[i], step)
        elif kind == Kind.EXACT:
            row = exact_row(state, i, site.near[what], step)
        elif kind == Kind.MATCH:
            row = match_row(state, site, i, what, step)
        elif kind == Kind.BEFORE:
            row = before_row(state, site, i, step)
        else:
            row = near_row(state, site, i, what, step)
        mixture.rows.append(row)
        is_set = kind == Kind.NEAR
        mixture.shown.append(symbols_of_sets(row, mixture, step) if is_set else row.chance)


def choose_mixers(state: State, mixture: Mixture, site: Site, step: Step) -> None:
    """Choose the sets of weights of a step, and its bias, for each mixer."""
    if state.few:
        sets, bias = [site.equal, site.outside], 0
    else:
        second = 16 + step.sharing + 16 * site.level if step.later else site.level
        sets = [2 * site.equal + step.later, second]
        bias = step.prefix & 255 if step.later else 256
    if state.member.matches:
        times = [
            min(times, 15) if guess >> step.down >> 4 == step.prefix else 0
            for times, guess in zip(site.times, site.guess, strict=True)
        ]
        sets.append(256 * step.later + (times[0] << 4) + times[1])
    if state.member.strips:
        strip = site.x * state.strips_per_pixel >> 16
        sets.append(32 * strip + 2 * site.level + step.later)
    if state.member.stack:
        sets.append(2 * set_before(site, state) + step.later)
    mixture.mixers = [_mixer(state, 0, sets, bias)]
    if state.member.mixers == 2:
        symbols = [step.symbols[k] if step.sharing >> k & 1 else 16 for k in range(2)]
        sets = [17 * step.later + symbol for symbol in symbols]
        sets.append(2 * site.outside + step.later + 64 * min(site.times[0], 3))
        mixture.mixers.append(_mixer(state, 1, sets, bias))


def _mixer(state: State, which: int, sets: list[int], bias: int) -> Mixer:
    """Return a mixer with its sets of weights."""
    tables_of_sets = state.weights[which]
    chosen = [weights[s] for weights, s in zip(tables_of_sets, sets, strict=True)]
    return Mixer(chosen, state.bias[which][bias])


def prepare(state: State, mixture: Mixture, site: Site, index: int, prefix: int) -> None:
    """Find what a step mixes, and which of its symbols do not occur."""
    mixture.learns_set = state.learns_set
    step = Step(site, state.steps, index, prefix)
    gather(state, mixture, site, step)
    choose_mixers(state, mixture, site, step)
    last = (state.n_leaves - 1) >> step.down  # the highest prefix and symbol there is
    mixture.limit = min(last - 16 * prefix + 1, 16)
    excludes = site.escaped and step.down == 0 and site.expected >> 4 == prefix
    mixture.excluded = site.expected & 15 if excludes else 16
