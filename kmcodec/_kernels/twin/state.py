"""The state of a tile that is being coded (spec 6.3)."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from kmcodec._kernels.twin import tables
from kmcodec._kernels.twin.learnt import ColorWeights
from kmcodec._kernels.twin.members import MEMBERS, Input, Kind
from kmcodec._kernels.twin.rows import Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kmcodec._kernels.twin.choosing import Choice
    from kmcodec._kernels.twin.range_coder import RangeDecoder, RangeEncoder, RangeInput

FLAT_CELLS = 4096  # of each input of a flat decision; and those of runs
FLAT_BANK = 4 * FLAT_CELLS  # of flat pixels; a second one is for still ones
FLAT_SETS = 66  # of flat decisions; as many for still pixels
SETS = (256, 256)  # of weights; then those by matches, and those by strips, where there are
SETS_OF_MATCHES = SETS_OF_STRIPS = 512
SETS_OF_BEFORE = 514
SETS_OF_SECOND_MIXER = (256, 256, 256)
STRIPS = 16  # of a tile, from left to right
ONE_CODER_PIXELS = 16384  # a tile of fewer pixels, or of one row, has one range coder
MOST_LOG_MATCHES = 16
NO_RUN, FLAT_RUN, STILL_RUN = 0, 1, 2  # how a run was that broke


class Site:
    """A pixel and what surrounds it."""

    def __init__(self) -> None:
        self.x = self.y = 0
        self.at = 0  # its place in the padded plane
        self.near: list[int] = []
        self.still = False  # whether it is expected to be as in the plane before
        self.expected = 0  # what a flat or still pixel should be
        self.escaped = self.equal = self.outside = self.level = 0
        self.before = 0  # in a stack: the leaf of the plane before,
        self.near_before: list[int] = []  # those around it,
        self.pattern = 0  # what is as there, at most 31, or 32 in the first plane,
        self.after = 0  # and a hash of what lies there beyond what is known here
        self.around = [0, 0]  # of the matches
        self.times = [0, 0]
        self.guess = [0, 0]
        self.colors: list[list[int]] = [[], [], [], []]  # predicted
        self.sum: list[int] = []  # what was learnt to be the colour, less 128, times 64
        self.numbers: list[int] = []  # of hashed inputs


def log2_of(least: int, most: int, wanted: int) -> int:
    """Return the least exponent, `least` to `most`, of a power of two that is no less."""
    return min(max((wanted - 1).bit_length(), least), most)


class State:
    """All that coding a tile changes.

    Parameters
    ----------
    model : int
    colors : (K, C) uint8
    size : tuple of int
        The planes of a stack, or 1, and the height and width of each.
    """

    def __init__(self, model: int, colors: NDArray[np.uint8], size: tuple[int, int, int]) -> None:
        self.member = MEMBERS[model]
        self.size = size
        _, self.height, self.width = size
        self.n_leaves = len(colors)
        self.few = self.n_leaves <= 16 and not self.member.stack
        self.inputs: tuple[Input, ...] = self.member.few if self.few else self.member.many
        self.steps = -(-(self.n_leaves - 1).bit_length() // 4)
        self.stride = self.width + 8
        self.strips_per_pixel = (STRIPS << 16) // self.width
        self.plane = self.empty_plane()
        self.before = self.older = self.plane  # the two planes before; in a stack they are others
        if self.member.stack:
            self.before, self.older = self.empty_plane(), self.empty_plane()
        self.colors: list[list[int]] = colors.tolist()
        self.color_weights = ColorWeights(self.colors)
        self.centres = _find_centres(colors, self.steps)
        pixels = math.prod(size)
        self._start_tables(pixels)
        self.z = self.y = 0  # where the coding stands
        self.x = [0, 0]
        self.calm = [0, 0]  # pixels since something happened, in each row of the pair
        self.broken = [NO_RUN, NO_RUN]  # how the run was that the next pixel has escaped
        self.streak = 0  # runs since one was broken
        self.rate = 0  # of weights
        self.done = 0  # pixels of this plane
        self.sides = 1 if pixels < ONE_CODER_PIXELS or self.height == 1 else 2
        self.source: RangeInput | None = None
        self.decoders: list[RangeDecoder] = []
        self.encoders: list[RangeEncoder] = []
        self.choice: Choice | None = None  # where leaves are chosen

    def empty_plane(self) -> list[int]:
        """Return zeros: three rows, those of the plane, and one, all of them padded."""
        return [0] * ((self.height + 4) * self.stride)

    def next_plane(self, plane: list[int]) -> None:
        """Go on to the next plane, all of this one being done."""
        self.plane, self.before, self.older = plane, self.plane, self.before
        self.z += 1
        self.y = self.done = 0
        self.x[:] = 0, 0

    def _start_tables(self, pixels: int) -> None:
        """Make what learns."""
        n = len(self.inputs)
        self.shift = 32 - log2_of(6, self.member.log_rows, 2 * pixels)
        self.rows: list[defaultdict[int, Row]] = [defaultdict(Row) for _ in range(n)]
        self.learns_set = [kind == Kind.NEAR for kind, _ in self.inputs if kind != Kind.DISTANCE]
        last = tables.LAST_FEW if self.n_leaves <= 16 else tables.LAST_MANY
        self.paces = tables.make_paces(self.member.start, last)
        first = [*SETS]
        if self.member.matches:
            first.append(SETS_OF_MATCHES)
        if self.member.strips:
            first.append(SETS_OF_STRIPS)
        if self.member.stack:
            first.append(SETS_OF_BEFORE)
        sets = (first, SETS_OF_SECOND_MIXER)[: self.member.mixers]
        self.weights = [_start_weights(n, counts) for counts in sets]
        self.bias = [[[0] * 16 for _ in range(257)] for _ in sets]
        self.match_mask = (1 << log2_of(4, MOST_LOG_MATCHES, pixels)) - 1
        self.matches = [0] * (self.match_mask + 1)
        self._start_banks(2 if self.member.stack else 1)

    def _start_banks(self, count: int) -> None:
        """Make what flat decisions learn, of flat pixels and of still ones."""
        cells = [128000 << 10] * FLAT_BANK
        cells[3 * FLAT_CELLS + 2112 : 3 * FLAT_CELLS + 2128] = [1 << 31] * 16
        self.cells = cells * count
        one = [6554, 6554, 6554] if self.member.matches else [8192, 8192, 0]
        self.flat_weights = [list(one) for _ in range(FLAT_SETS * count)]
        for last in self.flat_weights[FLAT_SETS - 1 :: FLAT_SETS]:
            last[0] = 16384
        self.flat_visits = [0] * (FLAT_SETS * count)


def _start_weights(n: int, counts: Sequence[int]) -> list[list[list[int]]]:
    """Return tables of sets of n weights: only those of the first are not 0."""
    firsts = (6554 // n, *[0] * (len(counts) - 1))
    return [
        [[first] * n for _ in range(count)] for first, count in zip(firsts, counts, strict=True)
    ]


def _find_centres(colors: NDArray[np.uint8], steps: int) -> list[list[list[list[int]]]]:
    """Return for each step the mean colours of what its symbols stand for, (prefixes, C, 16)."""
    found = []
    for step in range(steps):
        size = 1 << 4 * (steps - 1 - step)  # leaves of a symbol
        starts = np.arange(0, len(colors), size)
        sums = np.add.reduceat(colors.astype(np.int64), starts)
        counts = np.diff(np.append(starts, len(colors)))
        means = np.zeros((-(-len(starts) // 16) * 16, colors.shape[1]), dtype=np.int64)
        means[: len(starts)] = sums // counts[:, None]
        found.append(means.reshape(-1, 16, colors.shape[1]).transpose(0, 2, 1).tolist())
    return found
