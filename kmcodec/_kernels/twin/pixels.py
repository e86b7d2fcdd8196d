"""The pixels of a tile, in their order (spec 6.3.3 to 6.3.5)."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from kmcodec._kernels.twin import tables
from kmcodec._kernels.twin.before import (
    RUN,
    describe_before,
    is_still,
    look_before,
    same_beyond,
)
from kmcodec._kernels.twin.choosing import choose_leaf
from kmcodec._kernels.twin.contexts import (
    W,
    describe,
    equal_beyond,
    is_flat,
    look,
    recall,
    remember,
)
from kmcodec._kernels.twin.flat import can_run, code_flat, code_run, expected_run
from kmcodec._kernels.twin.inputs import prepare
from kmcodec._kernels.twin.learnt import learn_prediction
from kmcodec._kernels.twin.rows import Mixture
from kmcodec._kernels.twin.state import FLAT_RUN, NO_RUN, STILL_RUN, Site

if TYPE_CHECKING:
    from kmcodec._kernels.twin.state import State

BEHIND = 3  # pixels that the lower row of a pair is behind the upper one, at least
WHOLE_ROW = 1 << 32


def begin_pixel(state: State, site: Site, side: int, line: int, known: int) -> bool:
    """Look around, and code whether the next pixels of a line are as expected.

    `known` is how far the row above is. Return whether the site's leaf is still to be coded.
    """
    site.x, site.y = state.x[line], state.y + line
    site.at = (site.y + 3) * state.stride + 4 + site.x
    site.escaped = 0
    site.near = look(state.plane, site.at, state.stride)
    if state.member.matches:
        recall(site, state)
    state.x[line] += 1
    state.done += 1
    _expect(state, site, line)
    if site.still or is_flat(site.near):
        run = _code_calm(state, site, side, line, known)
        if run > 0:
            state.calm[line] += run
            state.plane[site.at : site.at + run] = expected_run(state, site)[:run]
            if state.member.matches:
                remember(site, state)
            return False
        site.escaped = 1
    state.calm[line] = 0
    return True


def _expect(state: State, site: Site, line: int) -> None:
    """Find what is expected: the neighbours' leaf or, of a still pixel, that of the plane before.

    Where a run of a single leaf has broken, the pixel is flat and not still.
    """
    site.expected = site.near[W]
    if state.member.stack:
        look_before(site, state)
        site.still = state.z > 0 and state.broken[line] != FLAT_RUN and is_still(site)
        if site.still:
            site.expected = site.before


def _code_calm(state: State, site: Site, side: int, line: int, known: int) -> int:
    """Return how many pixels are as expected; 0 if this one is not."""
    beyond = same_beyond(site) if site.still else equal_beyond(site.near)
    if state.broken[line] != NO_RUN:
        state.broken[line] = NO_RUN
        return 0
    if not can_run(state, site, beyond, known):
        return 1 - code_flat(state, site, side, state.calm[line], beyond)
    run = code_run(state, site, side, line)
    if run > 0:
        state.x[line] += run - 1
        state.done += run - 1
        if run < RUN:
            state.broken[line] = STILL_RUN if site.still else FLAT_RUN
    return run


def code_symbol(state: State, mixture: Mixture, side: int, symbol: int) -> None:
    """Code a symbol by its cumulative chances."""
    ends = mixture.ends
    if state.encoders:
        state.encoders[side].encode_symbol(ends[symbol], ends[symbol + 1])
    else:
        decoder = state.decoders[side]
        symbol = bisect_right(ends, decoder.value()) - 1
        if symbol >= mixture.limit:
            decoder.source.fault = True
            symbol = 0
        decoder.take(ends[symbol], ends[symbol + 1])
    mixture.symbol = symbol


def code_leaves(state: State, pixels: list[tuple[Site, int]]) -> None:
    """Code the leaves of one pixel, or of two: both are mixed before either learns."""
    mixtures = [Mixture() for _ in pixels]
    prefixes = [0] * len(pixels)
    for site, _ in pixels:
        if state.member.stack:
            describe_before(site, state)
        describe(site, state)
    if state.choice is not None:
        for site, _ in pixels:
            choose_leaf(state, state.choice, site)
    leaves = [state.plane[site.at] for site, _ in pixels]
    for index in range(state.steps):
        down = 4 * (state.steps - 1 - index)
        for (site, _), mixture, prefix in zip(pixels, mixtures, prefixes, strict=True):
            prepare(state, mixture, site, index, prefix)
        for mixture in mixtures:
            mixture.mix()
        for i, (_, side) in enumerate(pixels):
            code_symbol(state, mixtures[i], side, leaves[i] >> down & 15)
        for i, mixture in enumerate(mixtures):
            mixture.learn(state.paces, state.rate)
            prefixes[i] = prefixes[i] << 4 | mixture.symbol
    for (site, _), leaf in zip(pixels, prefixes, strict=True):
        state.plane[site.at] = leaf
    if state.member.learnt:
        for site, _ in pixels:
            learn_prediction(site, state)
    if state.member.matches:
        for site, _ in pixels:
            remember(site, state)


def pad(state: State, y: int, *, right: bool) -> None:
    """Fill what lies left of a row that begins, or right of one that has ended."""
    start = (y + 3) * state.stride
    if right:
        start += state.width + 4
    leaf = state.plane[start - 1] if right else state.plane[start + 4 - state.stride]
    state.plane[start : start + 4] = [leaf] * 4


def code_two(state: State, *, lower: bool) -> None:
    """Code the next pixels of each row of the pair: the lower row is some pixels behind."""
    width, (ahead, x) = state.width, state.x
    pixels = []
    if ahead < width:
        if ahead == 0:
            pad(state, state.y, right=False)
        site = Site()
        if begin_pixel(state, site, 0, 0, WHOLE_ROW):
            pixels.append((site, 0))
    if lower and x < width and (ahead >= width or ahead >= x + BEHIND):
        if x == 0:
            pad(state, state.y + 1, right=False)
        site = Site()
        if begin_pixel(state, site, state.sides - 1, 1, ahead if ahead < width else WHOLE_ROW):
            pixels.append((site, state.sides - 1))
    if pixels:
        code_leaves(state, pixels)


def begin_pair(state: State) -> None:
    """Set the rate of weights, which falls as pixels are coded."""
    before = (state.z * state.height + state.y) * state.width
    state.rate = tables.LAST_RATE + state.member.first_rate * 8000 // (8000 + before)


def code_pixels(state: State, budget: int) -> None:
    """Code pixels until at least `budget` of them are done, or the plane, or there is a fault."""
    stop, width, x = state.done + budget, state.width, state.x
    while state.y < state.height and state.done < stop:
        lower = state.y + 1 < state.height
        if x[0] == 0:
            begin_pair(state)
        while x[0] < width or (lower and x[1] < width):
            ahead = x[0]
            code_two(state, lower=lower)
            if state.source is not None and state.source.fault:
                return
            if ahead < width == x[0]:
                pad(state, state.y, right=True)
            if state.done >= stop:
                break
        if x[0] < width or (lower and x[1] < width):
            return
        if lower:
            pad(state, state.y + 1, right=True)
        state.y += 2
        x[0] = x[1] = 0
