"""Decisions where all neighbours are equal: does the pixel escape, does a run break (spec 6.3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmcodec._kernels.twin import tables
from kmcodec._kernels.twin.contexts import NEE, NNE, W, mixed_hash
from kmcodec._kernels.twin.state import FLAT_CELLS

if TYPE_CHECKING:
    from kmcodec._kernels.twin.state import Site, State

RUN = 16  # pixels of a run
RUN_SET = 64  # the set of weights of runs; those before it are for single pixels
MOST_WEIGHT = 24000
MOST_COUNT = 62
MOST_STREAK = 15


def about(length: int) -> int:
    """Return what a length is about, in steps of half an octave: 0 to 63."""
    if length < 4:
        return length
    octave = length.bit_length() - 2
    return 2 * octave + (length >> octave)


def limited(number: int, most: int) -> int:
    """Return a number that ends at -most and most."""
    return min(max(number, -most), most)


def code_decision(state: State, side: int, chance: int, bit: int) -> int:
    """Code a decision by the range coder of a side."""
    if state.encoders:
        state.encoders[side].encode_bit(chance, bit=bool(bit))
        return bit
    return int(state.decoders[side].decide(chance))


def code_bit(state: State, side: int, places: list[int], which: int, bit: int) -> int:
    """Code one bit: the chances of up to three cells are mixed, and all learn."""
    cells, weights = state.cells, state.flat_weights[which]
    inputs = [tables.STRETCH[cells[place] >> 20] for place in places]
    total = sum(x * w for x, w in zip(inputs, weights, strict=False)) >> 14
    chance = tables.SQUASH[limited(total, 2047) + 2048]
    bit = code_decision(state, side, chance, bit)
    visits = state.flat_visits[which]
    step = ((bit << 16) - chance) * tables.FLAT_PACES[visits] >> 16
    state.flat_visits[which] = min(visits + 1, 255)
    for i, place in enumerate(places):
        change = ((inputs[i] * 16 * step >> 16) + 1) >> 1
        weights[i] = limited(weights[i] + change, MOST_WEIGHT)
        count, p = cells[place] & 1023, cells[place] >> 10
        p += (((bit << 22) - p) >> 3) * tables.FLAT_RATES[count] >> 9
        cells[place] = p << 10 | min(count + 1, MOST_COUNT)
    return bit


def with_match(state: State, site: Site, places: list[int], first: int) -> list[int]:
    """Return the places of cells, and that of the match if the model has any."""
    if not state.member.matches:
        return places
    return [*places, first + 2 * site.times[0] + (site.guess[0] == site.near[W])]


def code_flat(state: State, site: Site, side: int, calm: int, beyond: int) -> int:
    """Code whether a flat pixel escapes from its neighbours' leaf."""
    near = site.near
    h = mixed_hash(near[W] | near[NEE] << 16, near[NNE])
    places = [64 * beyond + about(calm), FLAT_CELLS + h % FLAT_CELLS]
    places = with_match(state, site, places, 2 * FLAT_CELLS)
    return code_bit(state, side, places, beyond, int(state.plane[site.at] != near[W]))


def can_run(state: State, site: Site, beyond: int, known: int) -> bool:
    """Whether a run is coded here: all around is one leaf, as far as its end."""
    if beyond != 63 or site.x + RUN > state.width or known < site.x + RUN + 2:
        return False
    up, w = site.at - state.stride, site.near[W]
    above, above2 = state.plane[up + 2 : up + 2 + RUN], up - state.stride + 1
    return above.count(w) == RUN == state.plane[above2 : above2 + RUN].count(w)


def code_run(state: State, site: Site, side: int, line: int) -> int:
    """Code how many of 16 pixels have the leaf of all around, too."""
    w, run, base = site.near[W], 0, 3 * FLAT_CELLS
    if state.encoders:
        while run < RUN and state.plane[site.at + run] == w:
            run += 1
    places = [base + 64 * min(state.streak, MOST_STREAK) + about(state.calm[line])]
    places.append(base + 1024 + mixed_hash(w, 0) % 1024)
    places = with_match(state, site, places, base + 2048)
    broken = code_bit(state, side, places, RUN_SET, int(run < RUN))
    state.streak = 0 if broken else state.streak + 1
    if not broken:
        return RUN
    node = 1
    for bit in (3, 2, 1, 0):
        place = base + 2112 + node
        node = 2 * node + code_bit(state, side, [place], RUN_SET + 1, run >> bit & 1)
    return node - 16
