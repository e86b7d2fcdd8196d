"""Pixels as GIF's LZW codes, and which of several ways to write them is the best."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from kmcodec import _kernels

if TYPE_CHECKING:
    from numpy.typing import NDArray

BIT = 256  # the unit of costs is a part of it
IMPOSSIBLE = 1 << 30  # cost of what would be wrong
NOTHING = -1  # no symbol, no entry
FIRST_RATE = 2 * BIT  # of a pixel, before anything is known
GREATEST_RATE = 1 << 16  # times the 4096 pixels of a phrase: no overflow
NEVER = 1 << 30
BLOCK = 255  # bytes of a block of codes, at most
AHEAD = (0, 0, 1, 1, 4, 2, 4, 8, 16)  # by effort: shorter phrases that are tried
PATIENCES = (512, 0, NEVER, 1024, 256, 2048)  # codes between two looks at a full dictionary's rate
TRIED = (1, 1, 1, 2, 3, 3, 4, 5, 6)  # by effort: of them


@dataclass(frozen=True, eq=False)
class Symbols:
    """The symbols that may be written, and what they show.

    Attributes
    ----------
    spare : int
        The symbol that leaves what is there, NOTHING for none.
    entries : (S,) int16
        The palette's entry of each symbol, NOTHING where it has none; S is 4 to 256.
    costs : (S, S) int32
        What it costs to write the second symbol for the first.
    local : bytes
        The colours in a palette of the frame's own; empty if it has none.
    """

    spare: int
    entries: NDArray[np.int16]
    costs: NDArray[np.int32]
    local: bytes = b""

    @property
    def bits(self) -> int:
        """Of a symbol."""
        return len(self.entries).bit_length() - 1

    @cached_property
    def likely(self) -> NDArray[np.int16]:
        """For each symbol those that may stand for it, the cheapest first, then NOTHING."""
        order = np.argsort(self.costs, axis=1, kind="stable")
        sorted_costs = np.take_along_axis(self.costs, order, axis=1)
        possible = sorted_costs < IMPOSSIBLE
        most = max(1, int(possible.sum(axis=1).max()))
        found = np.where(possible, order, NOTHING)[:, :most]
        return np.ascontiguousarray(found, dtype=np.int16)


@dataclass(frozen=True, eq=False)
class Pixels:
    """What is to be shown: n pixels of a part of a frame, row by row.

    Attributes
    ----------
    wanted : (n,) int16
        The symbol of each; NOTHING where only what is there is right.
    staying : (n,) int32
        What it costs to leave what is there.
    weights : (n,) uint8
        How much other symbols cost, 1 or more times what the symbols say.
    """

    wanted: NDArray[np.int16]
    staying: NDArray[np.int32]
    weights: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Codes:
    """Codes of pixels.

    Attributes
    ----------
    data : bytes
        As a GIF has them, from the number of bits to the empty block.
    shown : (n,) int16
        The symbols that were written.
    errors : int
        What the errors cost.
    overflows : bool
        Whether the dictionary was full before the end.
    """

    data: bytes
    shown: NDArray[np.int16]
    errors: int
    overflows: bool

    @property
    def cost(self) -> int:
        """Bits and errors together."""
        return 8 * BIT * len(self.data) + self.errors

    @property
    def rate(self) -> int:
        """What a pixel costs, in bounds."""
        return min(max(1, self.cost // len(self.shown)), GREATEST_RATE)


class Encoder:
    """Writes codes; keeps what the kernel works with.

    Parameters
    ----------
    effort : int
        1 (quick) to 9 (thorough).
    """

    def __init__(self, effort: int) -> None:
        self._tree = np.zeros((5, 4096), dtype=np.int32)
        self._found = np.zeros((2, 4097), dtype=np.int64)
        self._later = np.zeros((2, 4097), dtype=np.int64)
        self._stack = np.zeros((3, 4096), dtype=np.int64)
        self._ahead = AHEAD[effort - 1]
        self._patiences = PATIENCES[: TRIED[effort - 1]]

    def draft(self, pixels: Pixels, symbols: Symbols) -> Codes:
        """Return codes quickly, by the longest phrases."""
        return self._written(pixels, symbols, FIRST_RATE, 0, PATIENCES[0])

    def best(self, pixels: Pixels, symbols: Symbols, draft: Codes) -> Codes:
        """Return the cheapest codes that the effort finds."""
        best = draft
        for patience in self._patiences:
            other = self._written(pixels, symbols, draft.rate, self._ahead, patience)
            best = min(best, other, key=lambda codes: codes.cost)
            if not other.overflows:
                break
        return best

    def _written(
        self, pixels: Pixels, symbols: Symbols, rate: int, ahead: int, patience: int
    ) -> Codes:
        """Return what the kernel writes."""
        count = len(pixels.wanted)
        shown = np.empty(count, dtype=np.int16)
        out = np.zeros(2 * count + 16, dtype=np.uint8)
        totals = np.zeros(3, dtype=np.int64)
        _kernels.lzw.encode(
            pixels.wanted,
            pixels.staying,
            pixels.weights,
            symbols.costs,
            symbols.likely,
            symbols.spare,
            symbols.bits,
            rate,
            ahead,
            patience,
            self._tree,
            self._found,
            self._later,
            self._stack,
            shown,
            out,
            totals,
        )
        bits, errors, overflows = (int(total) for total in totals)
        if errors < 0:
            raise AssertionError("a pixel has no symbol that shows it")
        data = out[: -(-bits // 8)].tobytes()
        return Codes(_in_blocks(data, symbols.bits), shown, errors, overflows > 0)


def _in_blocks(data: bytes, bits: int) -> bytes:
    """Return codes in blocks, with the number of bits of a symbol before them."""
    blocks = (data[at : at + BLOCK] for at in range(0, len(data), BLOCK))
    body = b"".join(bytes([len(block)]) + block for block in blocks)
    return bytes([bits]) + body + b"\0"
