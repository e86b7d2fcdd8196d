"""Pixels as GIF's LZW codes, and which of several ways to code them is the best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kmcodec import _kernels

if TYPE_CHECKING:
    from numpy.typing import NDArray

BIT = 256  # the kernel's unit of costs is a part of it
PRICE_BITS = 20  # of a price, behind the point: that of a unit of squared distance
FIRST_RATE = 2 * BIT  # of a pixel, before anything is known
NEVER = 1 << 30
BLOCK = 255  # bytes of a block of codes, at most
IMPOSSIBLE = 1 << 40


@dataclass(frozen=True, eq=False)
class Symbols:
    """The symbols that may be written, and what they show.

    Attributes
    ----------
    bits : int
        Of a symbol, 2 to 8.
    spare : int
        The symbol that leaves what is there, -1 for none.
    entries : (2**bits,) int16
        The palette's entry of each symbol, -1 where it has none.
    points : (2**bits, 4) int32
        Colours, where distances are measured.
    local : bytes
        The colours in a palette of the frame's own; empty if it has none.
    """

    bits: int
    spare: int
    entries: NDArray[np.int16]
    points: NDArray[np.int32]
    local: bytes = b""

    @property
    def usable(self) -> NDArray[np.uint8]:
        """Which symbols may stand for other ones, at a cost."""
        return (self.entries >= 0).astype(np.uint8)


@dataclass(frozen=True, eq=False)
class Pixels:
    """What is to be shown: n pixels of a part of a frame, row by row.

    Attributes
    ----------
    wanted : (n,) int16
        The symbol of each; -1 where only what is there is right.
    staying : (n,) int64
        What it costs to leave what is there.
    points : (n, 4) int32
        The colours to be shown; none are read if nothing may be lost.
    """

    wanted: NDArray[np.int16]
    staying: NDArray[np.int64]
    points: NDArray[np.int32]


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
        """What a pixel costs."""
        return max(1, 8 * BIT * len(self.data) // len(self.shown))


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
        self._ahead = (0, 0, 1, 2, 4, 6, 8, 12, 16)[effort - 1]
        self._patience = (0, 512, NEVER) if effort < 6 else (0, 256, 512, 1024, 2048, NEVER)

    def draft(self, pixels: Pixels, symbols: Symbols, price: int, rate: int = FIRST_RATE) -> Codes:
        """Return codes quickly, by longest phrases."""
        return self._encoded(pixels, symbols, price, rate, 0, 512)

    def best(self, pixels: Pixels, symbols: Symbols, price: int, draft: Codes) -> Codes:
        """Return the cheapest codes that the effort finds."""
        best = draft
        for patience in self._patience:
            other = self._encoded(pixels, symbols, price, draft.rate, self._ahead, patience)
            best = min(best, other, key=lambda codes: codes.cost)
            if not other.overflows:
                break
        return best

    def _encoded(
        self, pixels: Pixels, symbols: Symbols, price: int, rate: int, ahead: int, patience: int
    ) -> Codes:
        """Return what the kernel writes."""
        count = len(pixels.wanted)
        shown = np.empty(count, dtype=np.int16)
        out = np.zeros(2 * count + 16, dtype=np.uint8)
        totals = np.zeros(3, dtype=np.int64)
        _kernels.lzw.encode(
            pixels.wanted,
            pixels.staying,
            pixels.points,
            symbols.points,
            symbols.usable,
            symbols.spare,
            price,
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
        data = out[: -(-bits // 8)].tobytes()
        return Codes(_in_blocks(data, symbols.bits), shown, errors, overflows > 0)


def _in_blocks(data: bytes, bits: int) -> bytes:
    """Return codes in blocks, with the number of bits of a symbol before them."""
    blocks = (data[at : at + BLOCK] for at in range(0, len(data), BLOCK))
    body = b"".join(bytes([len(block)]) + block for block in blocks)
    return bytes([bits]) + body + b"\0"
