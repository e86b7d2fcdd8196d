"""Streams of coder 2 and modelled palettes for test vectors.

They come from the reference decoder's model of the picture, run with decisions that are given.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import reference_decoder as reference

if TYPE_CHECKING:
    from vector_parts import Palette, Rows


class RangeEncoder(reference.RangeDecoder):
    """Takes the place of a range decoder, and notes the bits and symbols it is given (spec 5.4)."""

    def __init__(self, order: list[RangeEncoder]) -> None:
        self.order = order  # who needs each byte after the first four of each encoder
        self.range = (1 << 32) - 1
        self.low = 0
        self.size = 4
        self.coming: list[int] = []  # bits and symbols, in their order

    def decide(self, chance: int) -> int:
        """Return the bit that comes."""
        bit = self.coming.pop(0)
        bound = self.range // 65536 * chance
        self.low += 0 if bit else bound
        self.range = bound if bit else self.range - bound
        self.renew()
        return bit

    def symbol(self, ends: list[int]) -> int:
        """Return the symbol that comes."""
        symbol = self.coming.pop(0)
        part, low = self.range // 16384, ends[symbol - 1] if symbol else 0
        self.low += part * low
        self.range = part * (ends[symbol] - low)
        self.renew()
        return symbol

    def renew(self) -> None:
        """Make room for bytes until the range is large enough."""
        while self.range < 1 << 24:
            self.range <<= 8
            self.low <<= 8
            self.size += 1
            self.order.append(self)

    def number(self, *, shortest: bool = True) -> bytes:
        """Return all bytes, those that the text demands or others that say the same."""
        power = 1 << 32
        while (number := -(-self.low // power) * power) >= self.low + self.range:
            power //= 2
        if not shortest:
            number = self.low if number != self.low else self.low + 1
        return number.to_bytes(self.size, "big")


class TileEncoder(reference.TileDecoder):
    """Encodes a tile by what its decoder would do (spec 6.3)."""

    def __init__(
        self, model: int, tree: reference.PaletteTree, place: reference.Tile, *leaves: Rows
    ) -> None:
        self.order: list[RangeEncoder] = []
        self.leaves = leaves  # of each plane
        self.escapes: set[tuple[int, int]] = set()  # pixels that escape though they are expected
        super().__init__(reference.MODELS[model], tree, place)

    def start_coder(self) -> RangeEncoder:
        """Return an encoder in the place of a decoder."""
        return RangeEncoder(self.order)

    def expect(self, y: int, coming: list[int]) -> None:
        """Say what comes next in a row."""
        self.coders[y % len(self.coders)].coming = coming  # type: ignore[attr-defined]

    def decode_flat(self, site: reference.Site, line: int, beyond: int) -> int:
        """Go through the decision of a flat or still pixel."""
        escapes = self.leaves[self.z][site.y][site.x] != site.expected
        self.expect(site.y, [int(escapes or (site.x, site.y) in self.escapes)])
        return super().decode_flat(site, line, beyond)

    def decode_run(self, site: reference.Site, line: int) -> int:
        """Go through the decisions of a run."""
        run = self.leaves[self.z][site.y][site.x : site.x + reference.RUN]
        pairs = zip(run, self.find_expected(site), strict=True)
        length = next((i for i, (leaf, expected) in enumerate(pairs) if leaf != expected), 16)
        bits = [length >> i & 1 for i in (3, 2, 1, 0)] if length < reference.RUN else []
        self.expect(site.y, [int(length < reference.RUN), *bits])
        return super().decode_run(site, line)

    def decode_symbol(self, mixture: reference.Mixture) -> int:
        """Go through a symbol."""
        leaf = self.leaves[self.z][mixture.site.y][mixture.site.x]
        self.expect(mixture.site.y, [leaf // mixture.unit % 16])
        return super().decode_symbol(mixture)

    def encode(
        self,
        *,
        shortest: tuple[bool, bool] = (True, True),
        escapes: set[tuple[int, int]] | None = None,
    ) -> bytes:
        """Return the stream, or one with other last bytes that say the same."""
        self.escapes = escapes or set()
        self.decode_planes()
        coders: list[RangeEncoder] = self.coders  # type: ignore[assignment]
        rows = {
            coder: coder.number(shortest=short)
            for coder, short in zip(coders, shortest, strict=False)
        }
        rest = {coder: iter(row[4:]) for coder, row in rows.items()}
        stream = b"".join(row[:4] for row in rows.values())
        stream += bytes(next(rest[coder]) for coder in self.order)
        return stream.rstrip(b"\0").ljust(self.least, b"\0")


def find_leaves(rows: Rows, tree: reference.PaletteTree) -> Rows:
    """Return the leaves that stand for indices (spec 6.3.2)."""
    leaf_of = {entry: leaf for leaf, entry in enumerate(tree.order)}
    return [[leaf_of[entry] for entry in row] for row in rows]


def encoder_of(rows: Rows, palette: Palette, model: int) -> TileEncoder:
    """Return the encoder of a plane that is one tile."""
    tree = reference.PaletteTree(palette)
    place = reference.Tile(0, len(rows), 0, len(rows[0]), b"")
    return TileEncoder(model, tree, place, find_leaves(rows, tree))


def mixed(
    rows: Rows, palette: Palette, model: int, tiles: tuple[int, int] = (1, 1), pad: int = 0
) -> bytes:
    """Return an index payload of coder 2 (spec 6.3), each stream with more zeros at its end."""
    return mixed_stack([rows], palette, model, (1, *tiles), pad)


def mixed_stack(
    planes: list[Rows],
    palette: Palette,
    model: int,
    tiles: tuple[int, int, int] = (1, 1, 1),
    pad: int = 0,
) -> bytes:
    """Return the same of the planes of a stack, in groups, rows and columns of tiles."""
    tree = reference.PaletteTree(palette)
    leaves = [find_leaves(rows, tree) for rows in planes]
    sides = (len(planes), len(planes[0]), len(planes[0][0]))
    streams = []
    for place in product(*map(range, tiles)):
        first, top, left = (s * k // n for s, k, n in zip(sides, place, tiles, strict=True))
        end, bottom, right = (s * (k + 1) // n for s, k, n in zip(sides, place, tiles, strict=True))
        known = [[row[left:right] for row in rows[top:bottom]] for rows in leaves[first:end]]
        area = reference.Tile(top, bottom, left, right, b"", first, end)
        streams.append(TileEncoder(model, tree, area, *known).encode() + bytes(pad))
    if tiles == (1, 1, 1):
        return bytes([2, model]) + streams[0]
    table = bytes(count - 1 for count in (tiles if len(planes) > 1 else tiles[1:]))
    for stream in streams[:-1]:
        table += varint(len(stream))
    return bytes([2, model | reference.FLAG_TILES]) + table + b"".join(streams)


def varint(value: int) -> bytes:
    """Return a varint (spec 2.3)."""
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def plane(entries: list[bytes], block: tuple[int, int], channels: int, columns: int) -> bytes:
    """Return a codebook by method 1 (spec 5.5)."""
    height, width = block
    n_rows = -(-len(entries) // columns)
    filled = entries + entries[-1:] * (n_rows * columns - len(entries))
    values = []
    for c in range(channels):
        for row in range(n_rows):
            for y in range(height):
                line = []
                for entry in filled[row * columns : (row + 1) * columns]:
                    for x in range(width):
                        at = (y * width + x) * channels
                        less = entry[at + 1] - 128 if channels >= 3 and c in (0, 2) else 0
                        line.append((entry[at + c] - less) % 256)
                values.append(line)
    return bytes([1, columns]) + mixed(values, [bytes([v]) for v in range(256)], 2)


class PaletteEncoder(reference.ModelledPalette):
    """Encodes a palette by method 3 as its decoder would find it (spec 5.4).

    Takes no more entries than `palette` has, though the file may claim more.
    """

    def __init__(self, palette: Palette, parameter: int, n_colors: int | None = None) -> None:
        super().__init__(b"", parameter, n_colors or len(palette), len(palette[0]))
        self.n_colors = len(palette)
        self.decisions = self.encoder = ValueEncoder()
        self.targets = palette

    def find_lowest(self, entry: list[int], place: int) -> int:
        """Tell the encoder which value comes next."""
        lowest = super().find_lowest(entry, place)
        channel = self.order[place]
        value = self.targets[len(self.entries)][channel]
        if self.inverted and channel != self.alpha:
            value = 255 - value
        self.encoder.expect(value, lowest)
        return lowest


class ValueEncoder(RangeEncoder):
    """Encodes the decisions of one value after another (spec 5.4)."""

    def __init__(self) -> None:
        super().__init__([])
        self.begin, self.end, self.value, self.lowest = 0, 0, 0, 0

    def expect(self, value: int, lowest: int) -> None:
        """Get ready for a value."""
        self.begin, self.end, self.value, self.lowest = 0, 256, value, lowest

    def decide(self, chance: int) -> int:
        """Return the next bit of the value."""
        while (middle := (self.begin + self.end) // 2) <= self.lowest:
            self.begin = middle
        bit = self.value >= middle
        self.begin, self.end = (middle, self.end) if bit else (self.begin, middle)
        self.coming = [int(bit)]
        return super().decide(chance)

    def finish(self) -> None:
        """Do nothing: there are no bytes to check."""


def modelled(palette: Palette, parameter: int) -> bytes:
    """Return a palette payload of method 3 (spec 5.4)."""
    coder = PaletteEncoder(palette, parameter)
    coder.decode()
    return bytes([4 * parameter + 3]) + coder.encoder.number().rstrip(b"\0")
