"""Write spec/vectors: small `.kmq` files, one feature or one fault each.

    python spec/make_vectors.py

`valid/NAME.kmq` decodes to the pixels in `valid/NAME.pam`. `faulty/NAME.kmq` must be refused with
the error class that `index.json` names. Palettes, indices and faults are built here, independent of
the package's own coders; the bytes depend on nothing but the version of zlib. Streams of coder 2
come from the reference decoder's model of the picture, run with decisions that are given.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import reference_decoder as reference

from kmcodec import container
from kmcodec.container import Header

if TYPE_CHECKING:
    from collections.abc import Iterator

VECTORS = Path(__file__).parent / "vectors"

Palette = list[bytes]
Rows = list[list[int]]

NONE, LEFT, UP = 0, 1, 2  # filters, spec 6.2


@dataclass(frozen=True)
class Valid:
    """A file and the pixels in it."""

    name: str
    why: str
    palette: Palette
    rows: Rows
    data: bytes
    header: Header

    def pam(self) -> bytes:
        """Return the pixels as a PAM file."""
        width, height, channels = self.header.width, self.header.height, self.header.channels
        kind = ("GRAYSCALE", "GRAYSCALE_ALPHA", "RGB", "RGB_ALPHA")[channels - 1]
        header = (
            f"P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH {channels}\n"
            f"MAXVAL 255\nTUPLTYPE {kind}\nENDHDR\n"
        )
        rows, columns = self.header.block
        out = bytearray()
        for y in range(height):
            for x in range(width):
                entry = self.palette[self.rows[y // rows][x // columns]]
                start = (y % rows * columns + x % columns) * channels
                out += entry[start : start + channels]
        return header.encode() + bytes(out)


@dataclass(frozen=True)
class Faulty:
    """A file, and the class of the error that refuses it."""

    name: str
    error: str
    why: str
    data: bytes


# Parts of a file


def bytes_of(bits: str) -> bytes:
    """Return a string of 0 and 1 as bytes, filled up with zero bits."""
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[k : k + 8], 2) for k in range(0, len(bits), 8))


def binary(value: int, width: int) -> str:
    """Return a number as `width` bits."""
    return f"{value:0{width}b}" if width else ""


def raw(palette: Palette) -> bytes:
    """Return a palette payload of method 0 (spec 5.1)."""
    return b"\x00" + b"".join(palette)


def rice(value: int, parameter: int) -> str:
    """Return the Rice code of a number (spec 5.2)."""
    remainder = value & ((1 << parameter) - 1)
    return "1" * (value >> parameter) + "0" + binary(remainder, parameter)


def delta_bits(palette: Palette, parameters: list[int], *, green: bool = False) -> str:
    """Return the bits of method 1 or 2 (spec 5.2, 5.3), with given Rice parameters."""
    channels = len(parameters)
    bits = ["" for _ in range(channels)]
    previous = bytes(channels)
    for entry in palette:
        steps = [a - b for a, b in zip(entry, previous, strict=True)]
        if green:
            steps = [step - steps[1] * (c in {0, 2}) for c, step in enumerate(steps)]
        for c, step in enumerate(steps):
            signed = (step + 128) % 256 - 128
            folded = 2 * signed if signed >= 0 else -2 * signed - 1
            bits[c] += rice(folded, parameters[c])
        previous = entry
    return "".join(binary(p, 3) + b for p, b in zip(parameters, bits, strict=True))


def delta(palette: Palette, parameters: list[int], *, green: bool = False) -> bytes:
    """Return a palette payload of method 1 or 2 (spec 5.2, 5.3)."""
    return bytes([1 + green]) + bytes_of(delta_bits(palette, parameters, green=green))


def packed(rows: Rows, n_colors: int) -> bytes:
    """Return an index payload of coder 0 (spec 6.1)."""
    width = (n_colors - 1).bit_length()
    return b"\x00" + bytes_of("".join(binary(k, width) for row in rows for k in row))


def filtered(rows: Rows, log2_bits: int, kind: int) -> bytes:
    """Return packed rows after their filter (spec 6.2)."""
    lines = [bytes_of("".join(binary(k, 1 << log2_bits) for k in row)) for row in rows]
    step = 2 if log2_bits == 4 else 1
    out = bytearray()
    above = bytes(len(lines[0]))
    for line in lines:
        before = {NONE: bytes(len(line)), LEFT: (bytes(step) + line)[: len(line)], UP: above}[kind]
        out += bytes((a - b) % 256 for a, b in zip(line, before, strict=True))
        above = line
    return bytes(out)


def stream(data: bytes, level: int = 9, strategy: int = zlib.Z_DEFAULT_STRATEGY) -> bytes:
    """Return bytes as one raw DEFLATE stream (RFC 1951)."""
    compressor = zlib.compressobj(level, zlib.DEFLATED, -15, 9, strategy)
    return compressor.compress(data) + compressor.flush()


def deflate(rows: Rows, log2_bits: int, kind: int = NONE) -> bytes:
    """Return an index payload of coder 1 (spec 6.2)."""
    return bytes([1, log2_bits | kind << 4]) + stream(filtered(rows, log2_bits, kind))


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
        bound = self.range * chance // 65536
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
    tile.decisions = encoder = RangeEncoder(decisions(tile))
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


def section(tag: int, payload: bytes, *, last: bool = False) -> bytes:
    """Return a section without its checksum (spec 4)."""
    length, out = len(payload), bytes([tag | 0x40 * last])
    while length >= 0x80:
        out += bytes([length & 0x7F | 0x80])
        length >>= 7
    return out + bytes([length]) + payload


def seal(header: str, *sections: bytes) -> bytes:
    """Return a file of a header in hex and sections, each followed by its checksum (spec 4.2)."""
    pending, out = bytes.fromhex(header), b""
    for part in sections:
        pending += part
        out += pending + zlib.crc32(pending).to_bytes(4, "little")
        pending = b""
    return out + pending


# Pictures


def make_palette(n_colors: int, channels: int) -> Palette:
    """Return entries that differ from each other."""
    return [
        bytes((k * (3, 5, 7, 11)[c] + (k >> 8) + 40 * c) % 256 for c in range(channels))
        for k in range(n_colors)
    ]


def make_rows(width: int, height: int, n_colors: int) -> Rows:
    """Return indices that use the lowest and the highest number."""
    rows = [[(x * x + 7 * y * (x + 3)) % n_colors for x in range(width)] for y in range(height)]
    rows[-1][-1] = n_colors - 1
    return rows


def make_valid(
    name: str,
    why: str,
    palette: Palette,
    rows: Rows,
    *,
    palette_payload: bytes | None = None,
    index_payload: bytes | None = None,
    ancillary: tuple[tuple[int, bytes], ...] = (),
    authored: bool = False,
) -> Valid:
    """Return a vector; raw palette and packed indices unless other payloads are given."""
    n_colors, channels = len(palette), len(palette[0])
    sections = [(container.SECTION_PALETTE, palette_payload or raw(palette)), *ancillary]
    if n_colors > 1:
        indices = index_payload or packed(rows, n_colors)
        sections.append((container.SECTION_INDICES, indices))
    header = Header(len(rows[0]), len(rows), channels, n_colors, authored)
    return Valid(name, why, palette, rows, container.build(header, sections), header)


def valid_blocks() -> list[Valid]:
    """Return codebooks of blocks."""
    return [
        make_blocks("raw", "Raw; the picture cuts the last blocks.", (4, 2, 3, 3), (7, 8), 0),
        make_blocks("gray", "Blocks of 4 x 1 gray pixels.", (3, 4, 1, 1), (8, 5), 0),
        make_blocks("plane", "A plane, the last place filled.", (5, 2, 2, 3), (6, 9), 2),
        make_blocks("plane-alpha", "A plane of one column, alpha.", (3, 3, 2, 4), (5, 5), 1),
        make_blocks("plane-gray-alpha", "No differences.", (4, 1, 2, 2), (3, 6), 4),
        make_blocks("one", "One block, no indices.", (1, 5, 4, 3), (3, 2), 0),
    ]


def make_blocks(
    name: str, why: str, shape: tuple[int, int, int, int], size: tuple[int, int], columns: int
) -> Valid:
    """Return a vector with blocks; mixed indices, which look at the blocks' mean colours.

    The codebook has this shape; it is a plane of so many columns, or raw for 0.
    """
    n_blocks, block, channels = shape[0], (shape[1], shape[2]), shape[3]
    pixels = make_palette(n_blocks * block[0] * block[1], channels)
    area = block[0] * block[1]
    entries = [b"".join(pixels[k * area : (k + 1) * area]) for k in range(n_blocks)]
    payload = b"\0" + b"".join(entries)
    if columns:
        payload = plane(entries, block, channels, columns)
    sections = [(container.SECTION_PALETTE, payload)]
    grid = [-(-side // part) for side, part in zip(size, block, strict=True)]
    rows = make_rows(grid[1], grid[0], n_blocks)
    if n_blocks > 1:
        means = [reference.mean_color(entry, channels) for entry in entries]
        sections.append((container.SECTION_INDICES, mixed(rows, means, 2)))
    header = Header(size[1], size[0], channels, n_blocks, block=block)
    return Valid(f"block-{name}", why, entries, rows, container.build(header, sections), header)


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


def valid_shapes() -> list[Valid]:
    """Return channel counts, colour counts and sizes."""
    rows = make_rows(5, 3, 4)
    vectors = [
        make_valid(f"channels-{c}", f"{kind}.", make_palette(4, c), rows)
        for c, kind in enumerate(("Gray", "Gray and alpha", "RGB", "RGB and alpha"), start=1)
    ]
    vectors += [
        make_valid(
            f"colors-{k}",
            f"{k} colours, {(k - 1).bit_length()} bits per packed index.",
            make_palette(k, 1 if k == 256 else 3),
            make_rows(7, 5, k),
        )
        for k in (1, 2, 3, 4, 5, 16, 17, 256, 257)
    ]
    vectors += [
        make_valid(
            f"size-{w}x{h}",
            f"{w} pixels wide, {h} high.",
            make_palette(3, 3),
            make_rows(w, h, 3),
        )
        for w, h in ((1, 1), (1, 9), (9, 1), (130, 2))
    ]
    vectors.append(
        make_valid(
            "size-1x1-colors-1",
            "The smallest picture.",
            [bytes([200, 100, 50])],
            [[0]],
        )
    )
    return vectors


def valid_palettes() -> list[Valid]:
    """Return every palette method."""
    rows = make_rows(4, 3, 6)
    gray, rgb, rgba = (make_palette(6, c) for c in (1, 3, 4))
    jumps = [bytes([v, 255 - v, v // 2, v]) for v in (0, 255, 127, 128, 1, 254)]
    cases = [
        ("raw", "Method 0.", rgb, raw(rgb)),
        ("delta", "Method 1.", rgb, delta(rgb, [2, 3, 3])),
        ("delta-gray", "Method 1, one channel.", gray, delta(gray, [2])),
        ("delta-green", "Method 2, RGB.", rgb, delta(rgb, [2, 3, 1], green=True)),
        (
            "delta-green-alpha",
            "Method 2; alpha is not relative to green.",
            rgba,
            delta(rgba, [2, 3, 1, 4], green=True),
        ),
        (
            "delta-wraps",
            "Method 1; differences wrap modulo 256.",
            jumps,
            delta(jumps, [0, 1, 2, 3]),
        ),
        (
            "delta-green-wraps",
            "Method 2; differences wrap modulo 256, Rice parameters 4 to 7.",
            jumps,
            delta(jumps, [4, 5, 6, 7], green=True),
        ),
        ("equal-entries", "Entries may be equal, or unused.", [rgb[0]] * 6, raw([rgb[0]] * 6)),
    ]
    return [
        make_valid(f"palette-{name}", why, palette, rows, palette_payload=payload)
        for name, why, palette, payload in cases
    ]


def valid_coders() -> list[Valid]:
    """Return every coder, deflate layout and filter."""
    vectors = [
        make_valid(
            "packed-filling",
            "35 indices of 3 bits: 7 filling bits after the last.",
            make_palette(5, 1),
            make_rows(7, 5, 5),
        )
    ]
    colors_of = {0: 2, 1: 3, 2: 13, 3: 40, 4: 300}
    filters = {NONE: "no filter", LEFT: "filter left", UP: "filter up"}
    for log2_bits, n_colors in colors_of.items():
        palette, rows = make_palette(n_colors, 1), make_rows(7, 5, n_colors)
        vectors += [
            make_valid(
                f"deflate-{1 << log2_bits}-bit-{text.split()[-1] if kind else 'none'}",
                f"{1 << log2_bits} bits per index, {text}; width 7 fills no byte.",
                palette,
                rows,
                index_payload=deflate(rows, log2_bits, kind),
            )
            for kind, text in filters.items()
        ]
        if log2_bits < 3:
            vectors.append(
                make_valid(
                    f"deflate-bytes-{n_colors}-colors",
                    f"Whole bytes although {n_colors} colours need fewer bits, filter left.",
                    palette,
                    rows,
                    index_payload=deflate(rows, 3, LEFT),
                )
            )
    rows = make_rows(16, 12, 40)
    blocks = {
        "stored": stream(filtered(rows, 3, NONE), level=0),
        "fixed": stream(filtered(rows, 3, NONE), strategy=zlib.Z_FIXED),
        "dynamic": stream(filtered(rows, 3, UP), strategy=zlib.Z_HUFFMAN_ONLY),
    }
    vectors += [
        make_valid(
            f"deflate-{name}",
            f"A DEFLATE block of the {name} kind.",
            make_palette(40, 1),
            rows,
            index_payload=bytes([1, 0x23 if name == "dynamic" else 0x03]) + body,
        )
        for name, body in blocks.items()
    ]
    return vectors


def valid_mixed() -> list[Valid]:
    """Return every model of coder 2, and tiles."""

    def blobs(width: int, height: int, n_colors: int) -> Rows:
        """Return indices with flat areas, a pattern and noise."""
        noise = make_rows(width, height, n_colors)
        flat = [[(x // 7 + y // 5) % n_colors for x in range(width)] for y in range(height)]
        for y in range(height // 2):
            flat[y][width // 2 :] = noise[y][width // 2 :]
        return flat

    cases = [
        ("quick", "Model 0.", 12, 3, (24, 20), 0, (1, 1)),
        ("quick-colors-300", "Model 0, three steps a leaf.", 300, 3, (16, 12), 0, (1, 1)),
        ("lean", "Model 1.", 12, 3, (24, 20), 1, (1, 1)),
        ("rich", "Model 2.", 12, 3, (24, 20), 2, (1, 1)),
        ("full", "Model 3.", 12, 3, (24, 20), 3, (1, 1)),
        ("gray", "Two grays: an escape decides the pixel.", 2, 1, (19, 15), 1, (1, 1)),
        ("gray-alpha", "Model 2, gray and alpha, 3 colours.", 3, 2, (19, 15), 2, (1, 1)),
        ("colors-300", "Model 3, 300 colours, RGB and alpha.", 300, 4, (16, 12), 3, (1, 1)),
        ("tiles", "2 x 3 tiles of unequal sizes.", 12, 3, (25, 15), 2, (2, 3)),
        ("tiles-1x1", "Each pixel is a tile, one without bytes.", 2, 3, (3, 2), 3, (2, 3)),
        ("column", "One pixel wide.", 5, 3, (1, 40), 2, (1, 1)),
        ("row", "One pixel high, two tiles.", 5, 3, (40, 1), 1, (1, 2)),
        ("single", "One pixel.", 9, 3, (1, 1), 3, (1, 1)),
    ]
    vectors = []
    for name, why, n_colors, channels, size, model, tiles in cases:
        palette, rows = make_palette(n_colors, channels), blobs(*size, n_colors)
        payload = mixed(rows, palette, model, tiles)
        vectors.append(make_valid(f"mixed-{name}", why, palette, rows, index_payload=payload))
    return vectors


def valid_sections() -> list[Valid]:
    """Return flags and ancillary sections."""
    palette, rows = make_palette(4, 3), make_rows(5, 3, 4)
    facts = b'{"effort":5,"mse":1.5,"n_iter":7,"seed":0,"space":"oklab"}'
    known = (
        (container.SECTION_ICC, b"an ICC profile stands here"),
        (container.SECTION_EXIF, b"II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
        (container.SECTION_XMP, b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"),
        (container.SECTION_FACTS, facts),
        (container.SECTION_NAMES, '["sky","tree","water","façade"]'.encode()),
    )
    names = ("icc", "exif", "xmp", "facts", "names")
    unknown = (0x9F, b"of another version")
    cases: list[tuple[str, str, tuple[tuple[int, bytes], ...]]] = [
        (f"ancillary-{name}", f"The {name} section.", (part,))
        for name, part in zip(names, known, strict=True)
    ]
    cases += [
        ("ancillary-all", "Every ancillary section, in no special order.", known[::-1]),
        ("ancillary-empty", "A section may be empty.", ((container.SECTION_XMP, b""),)),
        (
            "ancillary-facts-ignored",
            "Facts that are no such JSON object are ignored.",
            ((container.SECTION_FACTS, b"[1, 2"),),
        ),
        ("ancillary-unknown", "An unknown ancillary section is skipped.", (unknown,)),
        ("ancillary-long", "A payload length of two bytes.", ((0x9F, bytes(200)),)),
    ]
    vectors = [make_valid(name, why, palette, rows, ancillary=parts) for name, why, parts in cases]
    vectors.append(make_valid("authored", "The authored flag.", palette, rows, authored=True))
    vectors.append(
        make_valid(
            "authored-names",
            "A label map with the names of its classes.",
            palette,
            rows,
            authored=True,
            ancillary=(known[4],),
        )
    )
    vectors.append(
        make_valid(
            "colors-1-ancillary-last",
            "In a file of one colour the last section may be ancillary.",
            palette[:1],
            [[0, 0], [0, 0]],
            ancillary=(known[3],),
        )
    )
    return vectors


# Faults. The base is a picture of 3 x 2 pixels and 3 colours, RGB.

HEADER = "8f4b4d51 01 02 03 02 02"
PALETTE = section(1, raw(make_palette(3, 3)))
INDICES = section(2, packed(make_rows(3, 2, 3), 3), last=True)
BASE = seal(HEADER, PALETTE, INDICES)
ICC = section(0x81, b"icc")


def faulty_starts() -> list[Faulty]:
    """Return faults of signature, version, varints and header."""
    newlines = seal(HEADER, section(1, b"\x00" + b"\x0a" * 9), INDICES)
    cases = [
        ("signature", "FormatError", "The signature of another format.", "89504e47 01 02 03 02 02"),
        ("signature-7-bit", "FormatError", "A transfer cleared bit 7.", "0f4b4d51 01 02 03 02 02"),
        ("version-major", "UnsupportedError", "Version 1.0.", "8f4b4d51 10 02 03 02 02"),
        ("version-minor", "UnsupportedError", "Version 0.2.", "8f4b4d51 02 02 03 02 02"),
        ("version-old", "UnsupportedError", "Version 0.0.", "8f4b4d51 00 02 03 02 02"),
        ("flags-reserved", "FormatError", "Flag 0x10 is reserved.", "8f4b4d51 01 12 03 02 02"),
        ("width-zero", "FormatError", "The width is 0.", "8f4b4d51 01 02 00 02 02"),
        ("height-zero", "FormatError", "The height is 0.", "8f4b4d51 01 02 03 00 02"),
        (
            "width-too-large",
            "FormatError",
            "The width is 2^31, one more than it may be.",
            "8f4b4d51 01 02 8080808008 02 02",
        ),
        (
            "colors-too-many",
            "FormatError",
            "65537 colours, one more than there may be.",
            "8f4b4d51 01 02 03 02 808004",
        ),
        (
            "varint-overlong",
            "FormatError",
            "The width 3 in two bytes.",
            "8f4b4d51 01 02 8300 02 02",
        ),
        (
            "varint-10-bytes",
            "FormatError",
            "The width in ten bytes.",
            "8f4b4d51 01 02 83808080808080808001 02 02",
        ),
    ]
    return [
        *(
            Faulty(name, error, why, seal(text, PALETTE, INDICES))
            for name, error, why, text in cases
        ),
        Faulty(
            "newlines-converted",
            "FormatError",
            "A transfer in text mode turned each 0A into 0D 0A.",
            newlines.replace(b"\n", b"\r\n"),
        ),
        Faulty(
            "block-1x1",
            "FormatError",
            "A block of 1 x 1 is stored without the block flag.",
            seal("8f4b4d51 01 06 03 02 02 00 00", PALETTE, INDICES),
        ),
    ]


def faulty_lengths() -> list[Faulty]:
    """Return files that end early or late, and pictures too large for their file."""
    places = {
        "signature": 2,
        "version": 4,
        "flags": 5,
        "width": 6,
        "colors": 8,
        "tag": 9,
        "length": 10,
        "payload": 15,
        "checksum": 23,
        "between-sections": 25,
        "last-byte": len(BASE) - 1,
    }
    last_missing = section(2, packed(make_rows(3, 2, 3), 3))
    huge = "8f4b4d51 01 02 e0d403 e0d403 02"  # 60000 x 60000
    wide = "8f4b4d51 01 02 c865 c865 02"  # 13000 x 13000
    return [
        Faulty("empty", "TruncatedError", "No bytes.", b""),
        *(
            Faulty(
                f"truncated-{name}", "TruncatedError", f"{end} of {len(BASE)} bytes.", BASE[:end]
            )
            for name, end in places.items()
        ),
        Faulty(
            "truncated-varint",
            "TruncatedError",
            "The file ends within the width.",
            bytes.fromhex("8f4b4d51 01 02 80"),
        ),
        Faulty(
            "length-too-large",
            "TruncatedError",
            "A section claims 2^62 bytes.",
            seal(HEADER, bytes.fromhex("01 808080808080808040"), INDICES),
        ),
        Faulty(
            "last-flag-missing",
            "TruncatedError",
            "No section is marked as the last.",
            seal(HEADER, PALETTE, last_missing),
        ),
        Faulty("trailing-byte", "FormatError", "A byte follows the last section.", BASE + b"\x00"),
        Faulty(
            "bomb-60000x60000",
            "LimitError",
            "3600 megapixels in a file of 38 bytes.",
            seal(huge, PALETTE, INDICES),
        ),
        Faulty(
            "bomb-60000x60000-colors-1",
            "LimitError",
            "3600 megapixels of one colour.",
            seal("8f4b4d51 01 02 e0d403 e0d403 00", section(1, b"\x00abc", last=True)),
        ),
        Faulty(
            "bomb-packed",
            "FormatError",
            "169 megapixels need 42,250,000 packed bytes.",
            seal(wide, PALETTE, INDICES),
        ),
        Faulty(
            "bomb-deflate",
            "FormatError",
            "169 megapixels need 40,940 bytes of DEFLATE at the very least.",
            seal(wide, PALETTE, section(2, deflate([[0] * 64] * 64, 1), last=True)),
        ),
    ]


def faulty_sections() -> list[Faulty]:
    """Return faults of checksums, tags and order."""

    def flip(data: bytes, position: int) -> bytes:
        return data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]

    with_icc = seal(HEADER, PALETTE, ICC, INDICES)
    palette_end = 9 + len(PALETTE)
    icc_end = palette_end + 4 + len(ICC)
    one = "8f4b4d51 01 02 03 02 00"
    one_palette = raw(make_palette(1, 3))
    first_last = section(1, raw(make_palette(3, 3)), last=True)
    bad_order = "FormatError"
    return [
        Faulty("checksum-header", "FormatError", "The width 3 became 2.", flip(with_icc, 6)),
        Faulty("checksum-palette", "FormatError", "A palette bit.", flip(with_icc, 14)),
        Faulty("checksum-icc", "FormatError", "An ICC bit.", flip(with_icc, icc_end - 1)),
        Faulty("checksum-indices", "FormatError", "An index bit.", flip(with_icc, icc_end + 8)),
        Faulty("checksum-itself", "FormatError", "A checksum bit.", flip(with_icc, palette_end)),
        Faulty(
            "tag-unknown-critical",
            "UnsupportedError",
            "Critical section 0x03 is unknown.",
            seal(HEADER, PALETTE, section(3, b"?"), INDICES),
        ),
        Faulty(
            "tag-reserved-bit",
            "FormatError",
            "Tag 0xa1 sets the reserved bit.",
            seal(HEADER, PALETTE, section(0xA1, b"?"), INDICES),
        ),
        Faulty(
            "tag-kind-zero",
            "FormatError",
            "Tag 0x80 has the reserved kind 0.",
            seal(HEADER, PALETTE, section(0x80, b"?"), INDICES),
        ),
        Faulty(
            "duplicate-palette",
            "FormatError",
            "Two palettes.",
            seal(HEADER, PALETTE, PALETTE, INDICES),
        ),
        Faulty(
            "duplicate-icc",
            "FormatError",
            "Two ICC sections.",
            seal(HEADER, PALETTE, ICC, ICC, INDICES),
        ),
        Faulty(
            "duplicate-unknown-ancillary",
            "FormatError",
            "Two sections 0x9f, unknown as they are.",
            seal(HEADER, PALETTE, section(0x9F, b"a"), section(0x9F, b"b"), INDICES),
        ),
        Faulty(
            "order-indices-first",
            bad_order,
            "The indices precede the palette.",
            seal(HEADER, section(2, packed(make_rows(3, 2, 3), 3)), first_last),
        ),
        Faulty(
            "order-icc-first",
            bad_order,
            "An ancillary section precedes the palette.",
            seal(HEADER, ICC, PALETTE, INDICES),
        ),
        Faulty(
            "order-icc-last",
            bad_order,
            "An ancillary section follows the indices.",
            seal(
                HEADER,
                PALETTE,
                section(2, packed(make_rows(3, 2, 3), 3)),
                section(0x81, b"icc", last=True),
            ),
        ),
        Faulty(
            "indices-missing", bad_order, "Three colours, no indices.", seal(HEADER, first_last)
        ),
        Faulty(
            "indices-of-one-colour",
            bad_order,
            "One colour, yet an index section.",
            seal(one, section(1, one_palette), section(2, b"\x00", last=True)),
        ),
    ]


def faulty_palettes() -> list[Faulty]:
    """Return faults of the palette's payload."""
    palette = make_palette(3, 3)
    bits = delta_bits(palette, [2, 3, 3])
    cases = [
        ("empty", "FormatError", "No method byte.", b""),
        ("method", "FormatError", "Method 3 is not defined.", b"\x03" + raw(palette)[1:]),
        ("raw-short", "FormatError", "Eight bytes instead of nine.", raw(palette)[:-1]),
        ("raw-long", "FormatError", "Ten bytes instead of nine.", raw(palette) + b"\x00"),
        (
            "bits-too-few",
            "FormatError",
            "Eight bits of zeros end where a Rice parameter should stand.",
            b"\x01" + bytes_of("000" + "0" * 3 + "00"),
        ),
        (
            "bits-end-within-code",
            "FormatError",
            "The bits end within a code of parameter 7.",
            b"\x01" + bytes_of("111" + "01111"),
        ),
        ("bits-too-many", "FormatError", "A byte of filling.", b"\x01" + bytes_of(bits) + b"\x00"),
        (
            "filling",
            "FormatError",
            "A filling bit is not zero.",
            b"\x01" + bytes_of(bits + "0" * (-(len(bits) + 1) % 8) + "1"),
        ),
        (
            "rice-too-large",
            "FormatError",
            "With parameter 7 a quotient of 2 stands for 256 or more.",
            b"\x01" + bytes_of("111" + "110" + "0" * 90),
        ),
    ]
    faults = [
        Faulty(f"palette-{name}", error, why, seal(HEADER, section(1, payload), INDICES))
        for name, error, why, payload in cases
    ]
    gray = delta([bytes([10]), bytes([20]), bytes([30])], [3], green=False)
    faults.append(
        Faulty(
            "palette-green-of-gray",
            "FormatError",
            "Method 2 needs three channels.",
            seal("8f4b4d51 01 00 03 02 02", section(1, b"\x02" + gray[1:]), INDICES),
        )
    )
    return faults


def faulty_indices() -> list[Faulty]:
    """Return faults of the index section's payload."""
    rows = make_rows(3, 2, 3)
    good = deflate(rows, 1)
    plane = filtered(rows, 1, NONE)
    wide = [[0, 1, 2], [2, 1, 7]]
    cases = [
        ("empty", "FormatError", "No coder byte.", b""),
        ("coder", "UnsupportedError", "Coder 255 is unknown.", b"\xff\x00\x00"),
        ("packed-short", "FormatError", "One byte instead of two.", packed(rows, 3)[:-1]),
        ("packed-long", "FormatError", "Three bytes instead of two.", packed(rows, 3) + b"\x00"),
        (
            "packed-filling",
            "FormatError",
            "A filling bit is not zero.",
            packed(rows, 3)[:-1] + bytes([packed(rows, 3)[-1] | 1]),
        ),
        ("packed-range", "FormatError", "Index 3 of 3 colours.", b"\x00\x3f\xf0"),
        ("deflate-range", "FormatError", "Index 7 of 3 colours.", deflate(wide, 3)),
        ("deflate-layout-narrow", "FormatError", "One bit for 3 colours.", b"\x01\x00" + good[2:]),
        ("deflate-layout-4-bit", "FormatError", "4 bits, neither least nor 8.", deflate(rows, 2)),
        ("deflate-layout-16-bit", "FormatError", "16 bits for 3 colours.", deflate(rows, 4)),
        ("deflate-filter", "FormatError", "Filter 3 is not defined.", b"\x01\x31" + good[2:]),
        ("deflate-tiny", "FormatError", "A stream of one byte.", b"\x01\x01\x03"),
        ("deflate-damaged", "FormatError", "Block type 3.", b"\x01\x01\x07\x00\x00"),
        ("deflate-long", "FormatError", "A byte too many.", b"\x01\x01" + stream(plane + b"\x00")),
        ("deflate-short", "FormatError", "A byte is missing.", b"\x01\x01" + stream(plane[:-1])),
        ("deflate-unfinished", "FormatError", "The stream has no end.", good[:-1]),
        ("deflate-trailing", "FormatError", "A byte follows the stream.", good + b"\x00"),
        ("deflate-zlib", "FormatError", "A zlib header.", b"\x01\x01" + zlib.compress(plane)),
        (
            "deflate-filling",
            "FormatError",
            "A filling bit of a row is not zero.",
            b"\x01\x01" + stream(bytes([plane[0] | 1, plane[1]])),
        ),
    ]
    return [
        Faulty(
            f"indices-{name}",
            error,
            why,
            seal(HEADER, PALETTE, section(2, payload, last=True)),
        )
        for name, error, why, payload in cases
    ]


def faulty_codebooks() -> list[Faulty]:
    """Return faults of codebooks of blocks: three gray ones of 1 x 2 pixels in a grid of 2 x 2."""
    header = "8f4b4d51 01 04 03 01 02 00 01"
    indices = section(2, packed([[0, 1], [2, 0]], 3), last=True)
    entries = [b"\x10\x20", b"\x30\x40", b"\x50\x60"]
    good = plane(entries, (1, 2), 1, 2)
    other = plane([*entries, b"\x50\x61"], (1, 2), 1, 2)
    cases = [
        ("empty", "The payload is empty.", b""),
        ("method-2", "Method 2 is of palettes.", b"\2" + bytes(6)),
        ("raw-short", "A byte is missing.", b"\0" + bytes(5)),
        ("raw-long", "A byte is left.", b"\0" + bytes(7)),
        ("columns-none", "The number of columns is missing.", b"\1"),
        ("columns-0", "There are no columns.", b"\1\0" + good[2:]),
        ("columns-4", "There are more columns than blocks.", b"\1\4" + good[2:]),
        ("columns-overlong", "The number takes a byte too many.", b"\1\x82\0" + good[2:]),
        ("no-plane", "The index payload is missing.", b"\1\2"),
        ("padding", "The last place holds another block than the last.", other),
    ]
    return [
        Faulty(f"block-{name}", "FormatError", why, seal(header, section(1, payload), indices))
        for name, why, payload in cases
    ]


def faulty_mixed() -> list[Faulty]:
    """Return faults of coder 2."""
    palette, rows = make_palette(3, 3), make_rows(3, 2, 3)
    good = mixed(rows, palette, 1)
    tiled = mixed(rows, palette, 2, (2, 1))
    cases = [
        ("empty", "FormatError", "No model.", b"\x02"),
        ("start", "FormatError", "The first number is out of range.", b"\x02\x01" + b"\xff" * 4),
        ("quick-leaf", "FormatError", "A leaf that the tree has not.", b"\x02\x00\x07\xcf\xf0"),
        ("model-4", "UnsupportedError", "Model 4.", b"\x02\x04" + good[2:]),
        ("model-127-tiles", "UnsupportedError", "Model 127, tiles.", b"\x02\xff" + tiled[2:]),
        ("unread", "FormatError", "Bytes are left after the last decision.", good + b"\1" * 5),
        ("zero", "FormatError", "A zero byte at the end.", mixed(rows, palette, 1, pad=1)),
        ("tiles-zero", "FormatError", "Zeros end streams.", mixed(rows, palette, 2, (2, 1), 1)),
        ("tiles-one", "FormatError", "One tile with a table.", b"\x02\x81\0\0" + good[2:]),
        ("tiles-rows", "FormatError", "3 rows of tiles, 2 of pixels.", b"\x02\x81\2\0\0\0"),
        ("tiles-columns", "FormatError", "4 columns, 3 of pixels.", b"\x02\x81\0\3\0\0\0"),
        ("tiles-no-rows", "FormatError", "The table has no rows.", b"\x02\x81"),
        ("tiles-no-columns", "FormatError", "The table has no columns.", b"\x02\x81\1"),
        ("tiles-no-sizes", "FormatError", "The table has no sizes.", b"\x02\x81\1\0"),
        ("tiles-half-size", "FormatError", "A size has no end.", b"\x02\x81\1\0\x80"),
        ("tiles-overlong", "FormatError", "A size of 2 bytes.", b"\x02\x81\1\0\x81\0\1"),
        ("tiles-10-bytes", "FormatError", "A size of 10.", b"\x02\x81\1\0" + b"\x80" * 9 + b"\1"),
        ("tiles-too-long", "FormatError", "A size too large.", b"\x02\x81\1\0\3\1\1"),
    ]
    faults = [
        Faulty(f"mixed-{name}", error, why, seal(HEADER, PALETTE, section(2, payload, last=True)))
        for name, error, why, payload in cases
    ]
    wide = "8f4b4d51 01 02 8008 8008 02"  # 1024 x 1024
    sizes = {
        "short": ("2^20 pixels need 2 bytes.", b"\x02\x01\1"),
        "tiles-short": ("Two tiles of 2^19 pixels each need a byte.", b"\x02\x81\0\1\1"),
        "tiles-short-first": ("The first tile has no byte.", b"\x02\x81\0\1\0\1"),
        "tiles-many": ("273 tiles, where 272 are allowed.", b"\x02\x81\x0c\x14" + b"\4" * 2000),
    }
    return faults + [
        Faulty(
            f"mixed-{name}",
            "FormatError",
            why,
            seal(wide, PALETTE, section(2, payload, last=True)),
        )
        for name, (why, payload) in sizes.items()
    ]


def write(valid: list[Valid], faulty: list[Faulty]) -> int:
    """Write all vectors and their index anew; return how many bytes they take."""
    files: dict[str, bytes] = {}
    for good in valid:
        files[f"valid/{good.name}.kmq"] = good.data
        files[f"valid/{good.name}.pam"] = good.pam()
    files |= {f"faulty/{bad.name}.kmq": bad.data for bad in faulty}
    index = {
        "valid": {good.name: good.why for good in valid},
        "faulty": {bad.name: {"error": bad.error, "why": bad.why} for bad in faulty},
    }
    files["index.json"] = (json.dumps(index, indent=1) + "\n").encode()
    for old in [*VECTORS.glob("valid/*"), *VECTORS.glob("faulty/*")]:
        old.unlink()
    for name, data in files.items():
        path = VECTORS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return sum(map(len, files.values()))


def main() -> None:
    """Write spec/vectors."""
    valid = [*valid_shapes(), *valid_palettes(), *valid_coders(), *valid_mixed(), *valid_sections()]
    valid += valid_blocks()
    faulty = [
        *faulty_starts(),
        *faulty_lengths(),
        *faulty_sections(),
        *faulty_palettes(),
        *faulty_codebooks(),
        *faulty_indices(),
        *faulty_mixed(),
    ]
    size = write(valid, faulty)
    print(f"{len(valid)} valid and {len(faulty)} faulty files, {size} bytes")


if __name__ == "__main__":
    main()
