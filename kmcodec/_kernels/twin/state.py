"""The state of a tile that is being coded (spec 6.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec._kernels.twin import tables
from kmcodec._kernels.twin.members import MEMBERS, Input, Kind
from kmcodec._kernels.twin.learnt import ColorWeights
from kmcodec._kernels.twin.rows import FIRST_ROW, NOTHING, Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec._kernels.twin.range_coder import RangeDecoder, RangeEncoder, RangeInput

FLAT_CELLS = 4096  # of each input of a flat decision; and those of runs
FLAT_SETS = 66
SETS = (256, 256, 512)
ONE_CODER_PIXELS = 16384  # a tile of fewer pixels, or of one row, has one range coder
MOST_LOG_MATCHES = 16


class Site:
    """A pixel and what surrounds it."""

    def __init__(self) -> None:
        self.x = self.y = 0
        self.at = 0  # its place in the padded plane
        self.near: list[int] = []
        self.escaped = self.equal = self.outside = self.level = 0
        self.around = [0, 0]  # of the matches
        self.times = [0, 0]
        self.guess = [0, 0]
        self.colors: list[list[int]] = [[], [], [], []]  # predicted
        self.sum = NOTHING  # what was learnt to be the colour, less 128, times 64
        self.numbers: list[int] = []  # of hashed inputs


def log2_of(least: int, most: int, wanted: int) -> int:
    """Return the least exponent, `least` to `most`, of a power of two that is no less."""
    return min(max((wanted - 1).bit_length(), least), most)


def count_rows(kind: Kind, n_leaves: int, log_rows: int) -> int:
    """Return how many rows an input has."""
    if kind == Kind.EXACT and n_leaves <= 256:
        return 16 if n_leaves <= 16 else 17 * n_leaves
    if kind in (Kind.EXACT, Kind.HASHED):
        return (1 << log_rows) + 17
    return {Kind.MATCH: 2 * 544, Kind.NEAR: 17 * 128, Kind.DISTANCE: 0}[kind]


class State:
    """All that coding a tile changes.

    Parameters
    ----------
    model : int
    colors : (K, C) uint8
    height, width : int
    """

    def __init__(self, model: int, colors: NDArray[np.uint8], height: int, width: int) -> None:
        self.member = MEMBERS[model]
        self.height, self.width = height, width
        self.n_leaves = len(colors)
        self.few = self.n_leaves <= 16
        self.inputs: tuple[Input, ...] = self.member.few if self.few else self.member.many
        self.steps = -(-(self.n_leaves - 1).bit_length() // 4)
        self.stride = width + 8
        self.plane = [0] * ((height + 3) * self.stride)
        self.colors: list[list[int]] = colors.tolist()
        self.color_weights = ColorWeights(colors)
        self.centres = _find_centres(colors, self.steps)
        self._start_tables(height * width)
        self.y = 0  # where the coding stands
        self.x = [0, 0]
        self.calm = [0, 0]  # pixels since something happened, in each row of the pair
        self.broken = [False, False]  # whether the next pixel has escaped
        self.streak = 0  # runs since one was broken
        self.rate = 0  # of weights
        self.done = 0  # pixels
        self.sides = 1 if height * width < ONE_CODER_PIXELS or height == 1 else 2
        self.source: RangeInput | None = None
        self.decoders: list[RangeDecoder] = []
        self.encoders: list[RangeEncoder] = []

    def _start_tables(self, pixels: int) -> None:
        """Make what learns."""
        n = len(self.inputs)
        log_rows = log2_of(6, self.member.log_rows, 2 * pixels)
        self.shift = 32 - log_rows
        self.bases = [FIRST_ROW]
        for kind, _ in self.inputs:
            self.bases.append(self.bases[-1] + count_rows(kind, self.n_leaves, log_rows))
        last = tables.LAST_FEW if self.few else tables.LAST_MANY
        self.rows = Rows(self.bases[-1], tables.paces(self.member.start, last))
        self.weights = [np.zeros((sets, n), dtype=np.int64) for sets in SETS[: self.member.sets]]
        self.weights[0][:] = 6554 // n
        self.bias = np.zeros((257, 16), dtype=np.int64)
        self.match_mask = (1 << log2_of(4, MOST_LOG_MATCHES, pixels)) - 1
        self.matches = [0] * (self.match_mask + 1)
        self.cells = [128000 << 10] * (4 * FLAT_CELLS)
        self.cells[3 * FLAT_CELLS + 2112 : 3 * FLAT_CELLS + 2128] = [1 << 31] * 16
        one = [6554, 6554, 6554] if self.member.matches else [8192, 8192, 0]
        self.flat_weights = [list(one) for _ in range(FLAT_SETS)]
        self.flat_weights[-1][0] = 16384
        self.flat_visits = [0] * FLAT_SETS


def _find_centres(colors: NDArray[np.uint8], steps: int) -> list[NDArray[np.int64]]:
    """Return for each step the mean colours of what its symbols stand for, (prefixes, C, 16)."""
    found = []
    for step in range(steps):
        size = 1 << 4 * (steps - 1 - step)  # leaves of a symbol
        starts = np.arange(0, len(colors), size)
        sums = np.add.reduceat(colors.astype(np.int64), starts)
        counts = np.diff(np.append(starts, len(colors)))
        means = np.zeros((-(-len(starts) // 16) * 16, colors.shape[1]), dtype=np.int64)
        means[: len(starts)] = sums // counts[:, None]
        found.append(means.reshape(-1, 16, colors.shape[1]).transpose(0, 2, 1).copy())
    return found
