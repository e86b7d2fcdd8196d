"""Streams of coder 2 and modelled palettes for test vectors.

They come from the reference decoder's model of the picture, run with decisions that are given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import reference_decoder as reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vector_parts import Palette, Rows


def shortest(low: int, size: int, position: int) -> bytes:
    """Return the fewest bytes of a number from `low` to `low` + `size` - 1 (spec 5.4)."""
    zeros = next(z for z in range(32, -1, -8) if -(-low >> z) << z < low + size)
    return (-(-low >> zeros) << zeros).to_bytes(position, "big").rstrip(b"\0")


class RangeEncoder(reference.RangeDecoder):
    """Takes the place of a range decoder, and notes the decisions that it is given (spec 5.4)."""

    def __init__(self, bits: Iterator[bool]) -> None:
        super().__init__(b"")
        self.bits = bits
        self.low = 0

    def decide(self, chance: int) -> bool:
        """Return the next bit."""
        bit = next(self.bits)
        bound = self.bound(chance)
        self.low += 0 if bit else bound
        self.range = bound if bit else self.range - bound
        while self.range < 1 << 24:
            self.range <<= 8
            self.low <<= 8
            self.position += 1
        return bit

    def stream(self) -> bytes:
        """Return the fewest bytes that give these decisions."""
        return shortest(self.low, self.range, self.position)


class MixedEncoder(RangeEncoder, reference.MixedDecoder):
    """The same with the bounds of spec 6.3."""

    bound = reference.MixedDecoder.bound


def decisions(tile: reference.MixedTile) -> Iterator[bool]:
    """Give the decisions of a tile whose leaves are known (spec 6.3.3, 6.3.6)."""
    for y, row in enumerate(tile.rows):
        for x, leaf in enumerate(row):
            near = [tile.leaf(x + dx, y + dy) for dx, dy in reference.NEAR[:6]]
            w = near[0]
            flat = near == [w] * 6
            if flat:
                yield leaf != w
            if flat and leaf == w:
                continue
            low, high = 0, len(tile.tree.order)
            while high - low > 1 and not (flat and high - low == 2 and low <= w < high):
                middle = low + (high - low + 1) // 2
                bit = leaf >= middle
                yield bit
                low, high = (middle, high) if bit else (low, middle)


class QuickEncoder(reference.QuickTile):
    """Encodes a tile in model 0 by what its decoder would do (spec 6.3.12)."""

    def __init__(self, tree: reference.PaletteTree, place: reference.Tile) -> None:
        super().__init__(tree, place)
        self.low = 0
        self.symbols: list[int] = []
        self.escapes = False

    def decode_pixel(self, x: int, y: int) -> int:
        """Note what the pixel needs, and go through its decoder."""
        leaf = self.rows[y][x]
        self.escapes = leaf != self.leaf(x - 1, y)
        self.symbols = [leaf >> 4 * j & 15 for j in range(self.steps)]
        return super().decode_pixel(x, y)

    def renew(self) -> None:
        """Move the low end, too."""
        before = self.decisions.position
        super().renew()
        self.low <<= 8 * (self.decisions.position - before)

    def decode_end(self, i: int) -> bool:
        """Choose the code that says what is wanted."""
        part = self.decisions.range // 65536 * self.ends[i]
        self.decisions.code = 0 if self.escapes else part
        self.low += self.decisions.code
        return super().decode_end(i)

    def decode_symbol(self, first: int, second: int) -> int:
        """Choose the code that says what is wanted."""
        symbol = self.symbols.pop()
        chances = [
            self.distributions.get(d, [1024 * k for k in range(16)]) for d in (first, second)
        ]
        part = self.decisions.range // 32768
        self.decisions.code = part * sum(values[symbol] for values in chances)
        self.low += self.decisions.code
        return super().decode_symbol(first, second)


def mixed_stream(
    tree: reference.PaletteTree, place: reference.Tile, leaves: Rows, model: int
) -> bytes:
    """Return the stream of a tile of coder 2."""
    if model == reference.QUICK:
        quick = QuickEncoder(tree, place)
        quick.rows = leaves
        quick.decode()
        return shortest(quick.low, quick.decisions.range, quick.decisions.position)
    tile = reference.MixedTile(reference.MODELS[model], tree, place)
    tile.rows = leaves
    tile.decisions = encoder = MixedEncoder(decisions(tile))
    tile.decode()
    return encoder.stream()


def mixed(
    rows: Rows, palette: Palette, model: int, tiles: tuple[int, int] = (1, 1), pad: int = 0
) -> bytes:
    """Return an index payload of coder 2 (spec 6.3), each stream with more zeros at its end."""
    tree = reference.PaletteTree(palette)
    leaves = [[tree.order.index(entry) for entry in row] for row in rows]
    streams = []
    for i in range(tiles[0]):
        top, bottom = (len(rows) * k // tiles[0] for k in (i, i + 1))
        for j in range(tiles[1]):
            left, right = (len(rows[0]) * k // tiles[1] for k in (j, j + 1))
            place = reference.Tile(top, bottom, left, right, b"")
            known = [row[left:right] for row in leaves[top:bottom]]
            streams.append(mixed_stream(tree, place, known, model) + bytes(pad))
    if tiles == (1, 1):
        return bytes([2, model]) + streams[0]
    table = [tiles[0] - 1, tiles[1] - 1, *map(len, streams[:-1])]
    return bytes([2, model | reference.FLAG_TILES, *table]) + b"".join(streams)


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
        super().__init__(iter(()))
        self.begin, self.end, self.value, self.lowest = 0, 0, 0, 0

    def expect(self, value: int, lowest: int) -> None:
        """Get ready for a value."""
        self.begin, self.end, self.value, self.lowest = 0, 256, value, lowest

    def decide(self, chance: int) -> bool:
        """Return the next bit of the value."""
        while (middle := (self.begin + self.end) // 2) <= self.lowest:
            self.begin = middle
        bit = self.value >= middle
        self.begin, self.end = (middle, self.end) if bit else (self.begin, middle)
        self.bits = iter([bit])
        return super().decide(chance)

    def finish(self) -> None:
        """Do nothing: there are no bytes to check."""

    def number(self, *, shortest: bool = True) -> bytes:
        """Return the one row of bytes of these decisions, or another that says the same."""
        power = 1 << 32
        while (number := -(-self.low // power) * power) >= self.low + self.range:
            power //= 2
        if not shortest:
            number = self.low if number != self.low else self.low + 1
        return number.to_bytes(self.position, "big").rstrip(b"\0")


def modelled(palette: Palette, parameter: int) -> bytes:
    """Return a palette payload of method 3 (spec 5.4)."""
    coder = PaletteEncoder(palette, parameter)
    coder.decode()
    return bytes([4 * parameter + 3]) + coder.encoder.number()
