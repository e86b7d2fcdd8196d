"""One frame of an animated GIF: which symbols stand for its colours, and its codes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from kmcodec.files.gif_codes import BIT, IMPOSSIBLE, NOTHING, Codes, Encoder, Pixels, Symbols
from kmcodec.files.gif_loss import points_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from kmcodec.files.frame_parts import Part
    from kmcodec.files.gif_loss import Loss

    Plane = NDArray[np.int16]

LEAST_BITS = 2  # of a symbol


@dataclass(frozen=True, eq=False)
class Table:
    """The colours of all frames.

    Attributes
    ----------
    colors : (K, 3) uint8
    costs : (K, K) int32
        What it costs to show the second entry for the first.
    clear : int, optional
        The entry that is fully transparent.
    loss : Loss, optional
        None where nothing may be lost.
    """

    colors: NDArray[np.uint8]
    costs: NDArray[np.int32]
    clear: int | None
    loss: Loss | None = None

    @cached_property
    def points(self) -> NDArray[np.int32]:
        """(K, 4): the colours where distances are measured."""
        return points_of(self.colors)

    @property
    def bits(self) -> int:
        """Of the number of an entry in the file."""
        return bits_of(len(self.colors))

    def to_bytes(self) -> bytes:
        """Return the colours as a GIF has them, a power of two."""
        return self.colors.tobytes().ljust(3 << self.bits, b"\0")


@dataclass(frozen=True, eq=False)
class Canvas:
    """What is there before a frame.

    Attributes
    ----------
    meant : (H, W) int16
        Entries that were wanted.
    shown : (H, W) int16
        Entries that are there.
    """

    meant: Plane
    shown: Plane

    def cleared(self, part: Part, clear: int | None) -> Canvas:
        """Return what is there when a part became clear."""
        meant, shown = self.meant.copy(), self.shown.copy()
        meant[part.slices] = shown[part.slices] = NOTHING if clear is None else clear
        return Canvas(meant, shown)


@dataclass(frozen=True, eq=False)
class Frame:
    """A frame of the animation.

    Attributes
    ----------
    number : int
    indices : (H, W) int16
        Entries of the table.
    weights : (H, W) uint8
        How much more the error of each pixel costs.
    """

    number: int
    indices: Plane
    weights: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Coded:
    """A part of a frame as codes."""

    part: Part
    pixels: Pixels
    symbols: Symbols
    codes: Codes

    @property
    def cost(self) -> int:
        """Bits and errors together."""
        return self.codes.cost + 8 * BIT * len(self.symbols.local)

    def to_bytes(self, milliseconds: float, disposal: int) -> bytes:
        """Return the part with its time and what becomes of it."""
        spare, local, part = self.symbols.spare, self.symbols.local, self.part
        flags = disposal << 2 | (spare >= 0)
        ticks = round(milliseconds / 10).to_bytes(2, "little")
        control = b"\x21\xf9\x04" + bytes([flags]) + ticks + bytes([max(spare, 0)]) + b"\0"
        place = (part.left, part.top, part.right - part.left, part.bottom - part.top)
        sides = b"".join(side.to_bytes(2, "little") for side in place)
        own = 0x80 | bits_of(len(local) // 3) - 1 if local else 0
        return control + b"," + sides + bytes([own]) + local + self.codes.data

    def put_on(self, canvas: Canvas, frame: Frame) -> Canvas:
        """Return what is there after it."""
        shown = canvas.shown.copy()
        codes = self.codes.shown.reshape(shown[self.part.slices].shape)
        before = shown[self.part.slices]
        shown[self.part.slices] = np.where(
            codes == self.symbols.spare, before, self.symbols.entries[codes]
        )
        return Canvas(frame.indices, shown)


def draft(
    encoder: Encoder, frame: Frame, canvas: Canvas, part: Part, table: Table, *, local: bool
) -> Coded:
    """Return a part of a frame with the symbols that are best for it, coded quickly."""
    wanted = frame.indices[part.slices].reshape(-1)
    weights = np.ascontiguousarray(frame.weights[part.slices]).reshape(-1)
    staying = _staying(frame, canvas, part, table)
    needed = np.flatnonzero(np.bincount(wanted[staying != 0], minlength=1)).astype(np.int16)
    found = []
    for symbols in _alphabets(needed, table, local=local):
        possible = staying if symbols.spare >= 0 else np.full_like(staying, IMPOSSIBLE)
        pixels = Pixels(_mapped(wanted, symbols, table), possible, weights)
        found.append(Coded(part, pixels, symbols, encoder.draft(pixels, symbols)))
    return min(found, key=lambda coded: coded.cost)


def _staying(frame: Frame, canvas: Canvas, part: Part, table: Table) -> NDArray[np.int32]:
    """Return what it costs to leave each pixel of a part as it is."""
    wanted, meant, there = (
        plane[part.slices].reshape(-1) for plane in (frame.indices, canvas.meant, canvas.shown)
    )
    costs = np.where(there >= 0, table.costs[wanted, there], np.int32(IMPOSSIBLE))
    costs[wanted == meant] = 0
    if table.loss is not None:
        free = np.flatnonzero(
            (costs > 0) & (there >= 0) & (wanted != table.clear) & (there != table.clear)
        )
        rows, columns = np.divmod(free, part.right - part.left)
        places = (rows + part.top) * frame.indices.shape[1] + columns + part.left
        shown = table.points[wanted[free]], table.points[there[free]]
        more = table.loss.of_staying(frame.number, places, *shown)
        weights = frame.weights[part.slices].reshape(-1)[free]
        costs[free] = np.minimum(more * weights, IMPOSSIBLE)
    return costs


def _alphabets(needed: Plane, table: Table, *, local: bool) -> Iterator[Symbols]:
    """Yield symbols that can show the entries needed: those of the table, and a palette of them."""
    opaque = needed if table.clear is None else needed[needed != table.clear]
    bits = max(LEAST_BITS, bits_of(int(opaque.max(initial=0)) + 1))
    spare = table.clear
    if spare is None:
        free = np.setdiff1d(np.arange(1 << bits), needed)
        spare = int(free[-1]) if len(free) else 1 << bits
    if spare >= 1 << table.bits:
        yield _chosen(np.arange(1 << bits), NOTHING, table)
    else:
        yield _chosen(np.arange(1 << max(bits, bits_of(spare + 1))), spare, table)
    own = max(LEAST_BITS, bits_of(len(opaque) + 1))
    if local and own < bits:
        entries = np.full(1 << own, len(table.colors))
        entries[: len(opaque)] = opaque
        yield _chosen(entries, len(opaque), table, local=True)


def _chosen(entries: NDArray[np.intp], spare: int, table: Table, *, local: bool = False) -> Symbols:
    """Return symbols for entries of the table, of which there may be more than it has."""
    there = entries < len(table.colors)
    entries = np.where(there, entries, 0)
    colors = np.where(there[:, None], table.colors[entries], np.uint8(0))
    if spare >= 0:
        there[spare] = False
    both = there[:, None] & there
    costs = np.where(both, table.costs[np.ix_(entries, entries)], np.int32(IMPOSSIBLE))
    shown = np.where(there, entries, NOTHING).astype(np.int16)
    return Symbols(spare, shown, costs, colors.tobytes() if local else b"")


def _mapped(wanted: Plane, symbols: Symbols, table: Table) -> Plane:
    """Return the symbol of each pixel, NOTHING where there is none."""
    symbol_of = np.full(len(table.colors), NOTHING, dtype=np.int16)
    there = np.flatnonzero(symbols.entries >= 0)
    symbol_of[symbols.entries[there]] = there
    return symbol_of[wanted]


def bits_of(count: int) -> int:
    """Return the bits that number so many, at least 1."""
    return max(1, (count - 1).bit_length())
