"""Palettes by a mixture of experts and the range coder (spec 5.4).

Roles and experts have the specification's numbers. A bump is a row of masses, of 16384, below each
offset from ``-ORIGIN``, and a part is one bump of one expert: (expert, weight, share, row, start),
where row[start + v] is its mass at values below v.
"""

from __future__ import annotations

import functools
from itertools import accumulate
from typing import TYPE_CHECKING

from kmcodec._kernels.twin.range_coder import RangeDecoder, RangeEncoder, RangeInput

if TYPE_CHECKING:
    Row = list[int]
    Part = tuple[int, int, int, Row, int]

COLOR_ORDERS = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))
PRIORS = (  # of each expert in each role; those of a role sum to 256
    (3, 1, 89, 1, 10, 152, 0, 0, 0, 0, 0, 0, 0),
    (1, 3, 249, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0),
    (112, 10, 74, 31, 0, 0, 0, 0, 0, 4, 21, 0, 4),
    (4, 102, 149, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0),
    (2, 3, 1, 1, 73, 176, 0, 0, 0, 0, 0, 0, 0),
    (90, 3, 2, 49, 38, 74, 0, 0, 0, 0, 0, 0, 0),
    (27, 1, 1, 18, 0, 0, 25, 26, 0, 17, 32, 31, 78),
    (2, 1, 1, 3, 0, 0, 145, 2, 33, 4, 27, 34, 4),
    (14, 5, 1, 12, 0, 0, 3, 10, 6, 20, 55, 119, 11),
)
EXPERTS = 13
SHARE = 1024  # of a whole expert
ORIGIN = 512  # of the offsets in a row
LARGEST_WIDTH = 15
STEPS = 8  # of expert 4, at most
NEAR = 32  # entries that experts 9 to 12 look at, at most


@functools.cache
def build_widths() -> list[Row]:
    """Return the rows of ``WIDTH`` 0 to 15."""
    rows = []
    for t in range(LARGEST_WIDTH + 1):
        heights = []
        for d in range(-510, 511):
            a = (1 << 16 + t) // ((1 << t) + 4 * d * d)
            heights.append((a * a >> 16) * a >> 16)
        total = sum(heights)
        rows.append([0, 0, 0, *accumulate(h * 16384 // total for h in heights)])
    return rows


EXACT = [0] * (ORIGIN + 1) + [16384] * (ORIGIN - 1)
EVEN = [0] * ORIGIN + [64 * min(d, 256) for d in range(ORIGIN)]


class PaletteModel:
    """What codes one palette after another value, by a decoder or an encoder."""

    def __init__(self, n_colors: int, channels: int, parameter: int) -> None:
        colors = COLOR_ORDERS if channels > 2 else ((0,),)
        self.alpha = channels - 1 if channels in (2, 4) else -1
        orders = list(colors)
        if self.alpha >= 0:
            orders = [(*color, self.alpha) for color in colors]
            orders += [(self.alpha, *color) for color in colors]
        self.order = orders[parameter >> 2]
        self.inverted = bool(parameter & 2)
        self.ascending = bool(parameter & 1)
        self.n_colors = n_colors
        self.widths = build_widths()
        self.learnt = [[16 * prior for prior in row] for row in PRIORS]
        self.weights = [[17 * prior for prior in row] for row in PRIORS]
        self.entries: list[list[int]] = []
        self.seen = [[0] * 257 for _ in range(channels)]
        self.parts: list[Part] = []
        self.decoder: RangeDecoder | None = None
        self.encoder = RangeEncoder()

    def invert(self, entry: list[int]) -> list[int]:
        """Return an entry with 255 less each colour value if the parameter says so."""
        if not self.inverted:
            return entry
        return [v if c == self.alpha else 255 - v for c, v in enumerate(entry)]

    def code_entry(self, entry: list[int]) -> None:
        """Write an entry, or read it into the list."""
        before: list[int] = []  # the colour channels that are coded
        for place, c in enumerate(self.order):
            lowest = self._lowest(entry, place)
            role = self._role(entry, place, before)
            self._add_parts(entry, place, role, before, lowest)
            entry[c] = self._code_value(lowest, entry[c])
            self._learn(role, entry[c])
            column = self.seen[c]
            for v in range(entry[c] + 1, 257):
                column[v] += 1
            if c != self.alpha:
                before.append(c)
        self.entries.append(entry)

    def _lowest(self, entry: list[int], place: int) -> int:
        """Return the least value possible."""
        if not (self.ascending and self.entries):
            return 0
        last = self.entries[-1]
        if any(entry[c] != last[c] for c in self.order[:place]):
            return 0
        lowest = last[self.order[place]] + (place == len(self.order) - 1)
        if lowest > 255:
            raise ValueError("an ascending palette goes on after its largest entry")
        return lowest

    def _role(self, entry: list[int], place: int, before: list[int]) -> int:
        """Return the role of a value."""
        if self.order[place] == self.alpha:
            return 2 if place > 0 else 0 if self.ascending else 1
        if self.order[0] == self.alpha and entry[self.alpha] == 0:
            return 3
        if len(before) < 2:
            return 6 if before else 4 if self.ascending else 5
        return 7 if entry[before[0]] == entry[before[1]] else 8

    def _add(self, role: int, expert: int, share: int, centre: int, row: Row) -> None:
        """Add a part, unless its expert has no say in this role."""
        weight = self.weights[role][expert] * share
        if weight:
            self.parts.append((expert, weight, share, row, ORIGIN - centre))

    def _add_parts(
        self, entry: list[int], place: int, role: int, before: list[int], lowest: int
    ) -> None:
        """Find all bumps that have a say in a value."""
        c = self.order[place]
        i = len(self.entries)
        self.parts = []
        self._add(role, 0, SHARE, 0, EVEN)
        self._add(role, 1, SHARE, 0, EXACT)
        self._add(role, 2, SHARE, 255, EXACT)
        if i and role != 3:
            row = [0] * ORIGIN + [(count << 14) // i for count in self.seen[c]]
            self._add(role, 3, SHARE, 0, row)
        if role in (0, 1, 4, 5):
            self._add_steps(c, role, lowest)
        elif role != 2 and before:
            x = entry[before[-1]]
            self._add(role, 6, SHARE, x, EXACT)
            self._add(role, 7, SHARE, x, self.widths[14])
            if len(before) == 2:
                self._add(role, 8, SHARE, 2 * x - entry[before[0]], self.widths[8])
        if role == 2 or role > 5:
            self._add_near(entry, place, role, before)

    def _add_steps(self, c: int, role: int, lowest: int) -> None:
        """Add the experts 4 and 5, which continue from the entry before."""
        last = [entry[c] for entry in self.entries[-STEPS - 1 :]]
        for one, two in zip(last[-2::-1], last[:0:-1], strict=True):
            self._add(role, 4, SHARE // (len(last) - 1), last[-1] + two - one, self.widths[1])
        if self.ascending:
            self._add(role, 5, SHARE, 0, self._gaps(lowest))
        elif last:
            self._add(role, 5, SHARE, last[-1], self.widths[10])

    def _gaps(self, lowest: int) -> Row:
        """Return the row ``GAPS``."""
        n = self.n_colors - len(self.entries)
        rest = 1 << 24
        row = [0] * (ORIGIN + lowest + 1)
        for v in range(lowest, 256):
            rest = rest * (255 - v) // (255 - v + n)
            row.append(((1 << 24) - rest) >> 10)
        return row

    def _add_near(self, entry: list[int], place: int, role: int, before: list[int]) -> None:
        """Add the experts 9 to 12, which look at near entries."""
        coded = self.order[:place]
        near = self.entries[: -NEAR - 1 : -1]
        distances = [sum(abs(entry[c] - other[c]) for c in coded) for other in near]
        closeness = [1 + ((4096 * 24 // (24 + far)) ** 3 >> 24) for far in distances]
        total = sum(closeness)
        own = sum(entry[c] for c in before)
        for other, far, close in zip(near, distances, closeness, strict=True):
            share = SHARE * close // total
            t = min(((10 + far) ** 2 // 32).bit_length(), LARGEST_WIDTH)
            centre = y = other[self.order[place]]
            self._add(role, 9, share, y, EXACT)
            if role != 2:
                centre += entry[before[-1]] - other[before[-1]]
                others = sum(other[c] for c in before)
                ratio = (2 * y * own + others) // (2 * others) if others else y
                self._add(role, 11, share, min(ratio, 255), self.widths[t])
            self._add(role, 10, share, centre, self.widths[t])
            self._add(role, 12, share, centre, self.widths[min(t + 6, LARGEST_WIDTH)])

    def _mass(self, end: int) -> int:
        """Return the mass of the values below `end`."""
        return sum(weight * row[start + end] for _, weight, _, row, start in self.parts)

    def _code_value(self, lowest: int, value: int) -> int:
        """Write a value by its decisions, or read one; return it."""
        begin, end = 0, 256
        at_begin, at_end = self._mass(lowest), self._mass(256)
        while end - begin > 1:
            middle = (begin + end) >> 1
            if middle <= lowest:
                begin = middle
                continue
            at_middle = self._mass(middle)
            chance = ((at_end - at_middle) << 16) // (at_end - at_begin)
            chance = min(max(chance, 1), 65535)
            if self.decoder is not None:
                bit = self.decoder.decide(chance)
            else:
                bit = value >= middle
                self.encoder.encode_bit(chance, bit=bit)
            if bit:
                begin, at_begin = middle, at_middle
            else:
                end, at_end = middle, at_middle
        return begin

    def _learn(self, role: int, value: int) -> None:
        """Change the weights of a role by the experts' parts in the mass of the value."""
        votes = [0] * EXPERTS
        for expert, weight, _, row, start in self.parts:
            votes[expert] += weight * (row[start + value + 1] - row[start + value])
        total = sum(votes)
        learnt = self.learnt[role]
        for e in range(EXPERTS):
            learnt[e] += (((votes[e] << 12) // total) >> 2) - (learnt[e] >> 2)
            self.weights[role][e] = learnt[e] + PRIORS[role][e]


def encode_palette(entries: memoryview, parameter: int) -> bytes:
    """Return the stream of (K, C) uint8 entries; those of an ascending parameter ascend."""
    n_colors, channels = entries.shape or (0, 0)
    model = PaletteModel(n_colors, channels, parameter)
    for i in range(n_colors):
        model.code_entry(model.invert([entries[i, c] for c in range(channels)]))
    return model.encoder.finish()


def decode_palette(stream: memoryview, parameter: int, entries: memoryview) -> None:
    """Fill (K, C) uint8 entries; ValueError if the stream is not what ``encode_palette`` writes."""
    n_colors, channels = entries.shape or (0, 0)
    model = PaletteModel(n_colors, channels, parameter)
    model.decoder = RangeDecoder(RangeInput(stream))
    if not model.decoder.source.fault:
        for i in range(n_colors):
            model.code_entry([0] * channels)
            for c, value in enumerate(model.invert(model.entries[i])):
                entries[i, c] = value
    if not model.decoder.is_finished():
        raise ValueError("the bytes are not the code of the palette's entries")
