"""One frame of an animated GIF: which symbols stand for its colours, and its codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kmcodec.files.gif_codes import BIT, IMPOSSIBLE, PRICE_BITS, Codes, Encoder, Pixels, Symbols

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from kmcodec.files.frame_parts import Part

    Plane = NDArray[np.int16]

LEAST_BITS = 2  # of a symbol
NOTHING = -1  # on a canvas, and as the entry of a symbol


@dataclass(frozen=True, eq=False)
class Table:
    """The colours of all frames.

    Attributes
    ----------
    colors : (K, 3) uint8
    points : (K, 4) int32
        The colours where distances are measured.
    clear : int, optional
        The entry that is fully transparent.
    """

    colors: NDArray[np.uint8]
    points: NDArray[np.int32]
    clear: int | None

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


@dataclass(frozen=True, eq=False)
class Frame:
    """A frame as it is wanted.

    Attributes
    ----------
    indices : (H, W) int16
        Entries of the table.
    points : (H, W, 4) int32, optional
        Its colours before they became entries; None if nothing may be lost.
    price : int
        Of a unit of squared distance, 0 if nothing may be lost.
    """

    indices: Plane
    points: NDArray[np.int32] | None = None
    price: int = 0


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
    staying, points = _staying(frame, canvas, part, table)
    needed = np.unique(wanted[staying != 0])
    found = []
    for symbols in _alphabets(needed, table, local=local):
        mapped = _mapped(wanted, symbols, table)
        possible = staying if symbols.spare >= 0 else np.full_like(staying, IMPOSSIBLE)
        pixels = Pixels(mapped, possible, points)
        found.append(Coded(part, pixels, symbols, encoder.draft(pixels, symbols, frame.price)))
    return min(found, key=lambda coded: coded.cost)


def _staying(
    frame: Frame, canvas: Canvas, part: Part, table: Table
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return what it costs to leave each pixel of a part as it is, and the colours wanted."""
    wanted, meant, there = (
        plane[part.slices].reshape(-1) for plane in (frame.indices, canvas.meant, canvas.shown)
    )
    staying = np.where(wanted == meant, 0, IMPOSSIBLE)
    if frame.points is None or not frame.price:
        return staying, np.zeros((len(wanted), 4), dtype=np.int32)
    points = np.ascontiguousarray(frame.points[part.slices].reshape(-1, 4))
    own = _errors(points, table.points[wanted])
    more = np.maximum(_errors(points, table.points[there]) - own, 0)
    costs = np.minimum(more * frame.price >> PRICE_BITS, IMPOSSIBLE)
    clear = NOTHING if table.clear is None else table.clear
    free = (wanted != meant) & (there != clear) & (wanted != clear)
    return np.where(free, costs, staying), points


def _errors(points: NDArray[np.int32], others: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return squared distances."""
    gaps = points.astype(np.int64) - others
    return np.asarray((gaps * gaps).sum(axis=1))


def _alphabets(needed: Plane, table: Table, *, local: bool) -> Iterator[Symbols]:
    """Yield symbols that can show the entries needed: those of the table, and a palette of them."""
    opaque = needed[needed != table.clear] if table.clear is not None else needed
    most = int(opaque.max(initial=0))
    bits = max(LEAST_BITS, bits_of(most + 1))
    spare = table.clear
    if spare is None:
        used = np.zeros(1 << bits, dtype=bool)
        used[needed] = True
        free = np.flatnonzero(~used)
        spare = int(free[-1]) if len(free) else 1 << bits
    if spare >= 1 << table.bits:
        yield _of_table(bits, NOTHING, table)
    else:
        yield _of_table(max(bits, bits_of(spare + 1)), spare, table)
    own = max(LEAST_BITS, bits_of(len(opaque) + 1))
    if local and own < bits:
        colors = np.zeros((1 << own, 3), dtype=np.uint8)
        colors[: len(opaque)] = table.colors[opaque]
        entries = np.full(1 << own, NOTHING, dtype=np.int16)
        entries[: len(opaque)] = opaque
        points = np.zeros((1 << own, 4), dtype=np.int32)
        points[: len(opaque)] = table.points[opaque]
        yield Symbols(own, len(opaque), entries, points, colors.tobytes())


def _of_table(bits: int, spare: int, table: Table) -> Symbols:
    """Return the table's first entries as symbols."""
    count = min(1 << bits, len(table.colors))
    entries = np.full(1 << bits, NOTHING, dtype=np.int16)
    entries[:count] = np.arange(count)
    points = np.zeros((1 << bits, 4), dtype=np.int32)
    points[:count] = table.points[:count]
    if spare >= 0:
        entries[spare] = NOTHING
    return Symbols(bits, spare, entries, points)


def _mapped(wanted: Plane, symbols: Symbols, table: Table) -> Plane:
    """Return the symbol of each pixel, NOTHING where there is none."""
    symbol_of = np.full(len(table.colors), NOTHING, dtype=np.int16)
    there = np.flatnonzero(symbols.entries >= 0)
    symbol_of[symbols.entries[there]] = there
    return symbol_of[wanted]


def bits_of(count: int) -> int:
    """Return the bits that number so many, at least 1."""
    return max(1, (count - 1).bit_length())
