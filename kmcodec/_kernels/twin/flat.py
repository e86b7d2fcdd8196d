"""Decisions where all neighbours are one leaf, or as in the plane before (spec 6.3.4).

Does the pixel escape from what is expected, does a run break?
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmcodec._kernels.twin import tables
from kmcodec._kernels.twin.before import RUN, run_before, same_around
from kmcodec._kernels.twin.choosing import choose_flat, choose_run
from kmcodec._kernels.twin.contexts import NEE, NNE, W, mixed_hash
from kmcodec._kernels.twin.state import FLAT_BANK, FLAT_CELLS, FLAT_SETS

if TYPE_CHECKING:
    from kmcodec._kernels.twin.state import Site, State

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


def first_cell(site: Site) -> int:
    """Return the first cell of flat pixels, or of still ones."""
    return FLAT_BANK if site.still else 0


def first_set(site: Site) -> int:
    """Return the first set of weights of flat pixels, or of still ones."""
    return FLAT_SETS if site.still else 0


def with_match(state: State, site: Site, places: list[int], first: int) -> list[int]:
    """Return the places of cells, and that of the match if the model has any."""
    if not state.member.matches:
        return places
    return [*places, first + 2 * site.times[0] + (site.guess[0] == site.expected)]


def code_flat(state: State, site: Site, side: int, calm: int, beyond: int) -> int:
    """Code whether a flat or still pixel escapes from what is expected."""
    near, expected, bank = site.near, site.expected, first_cell(site)
    if state.z > 0:
        number = same_around(site, state)
    else:
        number = mixed_hash(expected | near[NEE] << 16, near[NNE]) % FLAT_CELLS
    places = [bank + 64 * beyond + about(calm), bank + FLAT_CELLS + number]
    places = with_match(state, site, places, bank + 2 * FLAT_CELLS)
    which = first_set(site) + beyond
    if state.choice is not None:
        choose_flat(state, state.choice, site, places, which)
    escapes = int(state.plane[site.at] != expected)
    return code_bit(state, side, places, which, escapes)


def can_run(state: State, site: Site, beyond: int, known: int) -> bool:
    """Whether a run is coded here: all around is as expected, as far as its end."""
    if beyond != 63 or site.x + RUN > state.width or known < site.x + RUN + 2:
        return False
    up = site.at - state.stride + 2
    up2 = up - state.stride - 1
    above = state.plane[up : up + RUN] + state.plane[up2 : up2 + RUN]
    if site.still:
        return above == state.before[up : up + RUN] + state.before[up2 : up2 + RUN]
    return above.count(site.near[W]) == len(above)


def expected_run(state: State, site: Site) -> list[int]:
    """Return the leaves that the pixels of a run have."""
    if site.still:
        return state.before[site.at : site.at + RUN]
    return [site.expected] * RUN


def code_run(state: State, site: Site, side: int, line: int) -> int:
    """Code how many of 16 pixels are as expected, at a place where all around is."""
    run, base, first = 0, first_cell(site) + 3 * FLAT_CELLS, first_set(site) + RUN_SET
    if state.choice is not None:
        choose_run(state, state.choice, site)
    if state.encoders:
        leaves = expected_run(state, site)
        while run < RUN and state.plane[site.at + run] == leaves[run]:
            run += 1
    places = [base + 64 * min(state.streak, MOST_STREAK) + about(state.calm[line])]
    number = run_before(site, state) if state.z > 0 else mixed_hash(site.expected, 0) % 1024
    places.append(base + 1024 + number)
    places = with_match(state, site, places, base + 2048)
    broken = code_bit(state, side, places, first, int(run < RUN))
    state.streak = 0 if broken else state.streak + 1
    if not broken:
        return RUN
    node = 1
    for bit in (3, 2, 1, 0):
        place = base + 2112 + node
        node = 2 * node + code_bit(state, side, [place], first + 1, run >> bit & 1)
    return node - 16
