"""Reference decoder of `.kmq` 0.1: the standard library only, in the order of kmq-format.md.

    python spec/reference_decoder.py FILE.kmq OUT.pam

Written to be read, not to be fast: it takes indices from the file bit by bit. The numbers in the
comments are those of the specification's sections, and the names are the specification's names.
"""

from __future__ import annotations

import functools
import sys
import zlib
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from pathlib import Path

# Section 2: how a file begins
SIGNATURE = b"\x8fKMQ"  # 2.1
MAJOR, MINOR = 0, 1  # 2.2
LARGEST_VARINT = 9  # bytes, 2.3

# Section 3: header
FLAG_CHANNELS = 0x03  # 3.1
FLAG_BLOCK = 0x04
FLAG_AUTHORED = 0x08
FLAGS_KNOWN = FLAG_CHANNELS | FLAG_BLOCK | FLAG_AUTHORED
LARGEST_SIDE = (1 << 31) - 1  # 3.2
LARGEST_COLORS = 65536
LARGEST_BLOCK_SIDE = 65536

# Section 4: sections
TAG_ANCILLARY = 0x80  # 4.1
TAG_LAST = 0x40
TAG_RESERVED = 0x20
TAG_KIND = 0x1F
CHECKSUM_SIZE = 4  # 4.2
SECTION_PALETTE = 0x01  # 4.3
SECTION_INDICES = 0x02
SECTION_ICC = 0x81  # 4.4
SECTION_EXIF = 0x82
SECTION_XMP = 0x83
SECTION_FACTS = 0x84
SECTIONS_CRITICAL = (SECTION_PALETTE, SECTION_INDICES)

# Section 5: palette
METHOD_PLANE = 1  # 5.5
METHOD_RAW = 0  # 5.1
METHOD_DELTA = 1  # 5.2
METHOD_DELTA_GREEN = 2  # 5.3
METHOD_MODELLED = 3  # 5.4: the method byte modulo 4
LARGEST_MODELLED = 4096
COLOR_ORDERS = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))
EXACT, EVEN, SEEN, GAPS = 16, 17, 18, 19  # the kinds of bumps after WIDTH 0 to 15
EXPERTS = 13
P = (  # the fixed part of each expert's weight in each role
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

# Section 6: indices
CODER_PACKED = 0  # 6.1
CODER_DEFLATE = 1  # 6.2
FILTER_NONE = 0
FILTER_LEFT = 1
FILTER_UP = 2
LARGEST_RATIO = 1032  # DEFLATE emits at most 258 bytes for 2 bits
SMALLEST_BODY = 2  # bytes of the shortest DEFLATE stream
CODER_MIXED = 2  # 6.3
FLAG_TILES = 0x80  # 6.3.1
PIXELS_PER_BYTE = 1 << 19
FREE_TILES = 16
PIXELS_PER_TILE = 1 << 12
MOST_TILES = 65536
MOST_PIXELS = 16777216  # of a tile
NEAR = (  # 6.3.3: x and y of W, N, NW, NE, WW, NN, NNE, NWW, NEE, WWW, NNN, NNW
    *((-1, 0), (0, -1), (-1, -1), (1, -1), (-2, 0), (0, -2)),
    *((1, -2), (-2, -1), (2, -1), (-3, 0), (0, -3), (-1, -2)),
)
MOST_COUNT = 127  # 6.3.4
MOST_VISITS = 255
LARGEST_WEIGHT = 24000
FLAT_WEIGHT = 4096  # 6.3.5
BIAS = 256  # 6.3.6
MOST_TIMES = 31  # 6.3.7
DECAY = 4172516  # 6.3.11
DISTANCES = (8, 10, 13, 18, 26, 40)
ACTIVITIES = (1, 8, 16, 28, 45, 70, 110, 170, 260)

# Section 8: limits
MAX_PIXELS = 178_956_970
MAX_BYTES = 4 * MAX_PIXELS


# Section 7: errors


class KmqError(Exception):
    """Root of the errors of this decoder."""


class FormatError(KmqError):
    """The bytes are not a valid file."""


class TruncatedError(FormatError):
    """The file ends before its last section does."""


class UnsupportedError(KmqError):
    """The file needs another version."""


class LimitError(KmqError):
    """The picture is larger than this decoder accepts."""


@dataclass(frozen=True)
class Header:
    """The fields of section 3."""

    width: int
    height: int
    channels: int
    n_colors: int
    authored: bool
    block: tuple[int, int]


@dataclass(frozen=True)
class Section:
    """A tag without its "last" bit, and the payload (section 4)."""

    tag: int
    payload: bytes


@dataclass(frozen=True)
class Picture:
    """What a file holds: a palette and rows of indices into it."""

    width: int
    height: int
    channels: int
    palette: list[bytes]
    rows: list[list[int]]
    authored: bool
    block: tuple[int, int] = (1, 1)

    def pixels(self) -> bytes:
        """Return the pixels row by row, `channels` bytes each (6.4)."""
        height, width = self.block
        size = width * self.channels  # of a row of a block
        lines: list[bytes] = []
        for row in self.rows:
            for y in range(min(height, self.height - len(lines))):
                line = b"".join(self.palette[i][y * size : (y + 1) * size] for i in row)
                lines.append(line[: self.width * self.channels])
        return b"".join(lines[: self.height])


class Reader:
    """A position in the file."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0
        self.checked = 0  # every byte before this one is covered by a checksum

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes."""
        if count > len(self.data) - self.position:
            raise TruncatedError(f"{count} bytes expected at {self.position}, the file ends")
        self.position += count
        return self.data[self.position - count : self.position]

    def byte(self) -> int:
        """Return the next byte."""
        return self.take(1)[0]

    def varint(self) -> int:
        """Return the next varint (2.3)."""
        value = 0
        for count in range(LARGEST_VARINT):
            byte = self.byte()
            value |= (byte & 0x7F) << (7 * count)
            if byte < 0x80:
                if byte == 0 and count > 0:
                    raise FormatError(f"varint before {self.position} is not in shortest form")
                return value
        raise FormatError(f"varint before {self.position} is longer than {LARGEST_VARINT} bytes")

    def checksum(self) -> None:
        """Read a checksum and compare it with the bytes since the previous one (4.2)."""
        expected = zlib.crc32(self.data[self.checked : self.position])
        if int.from_bytes(self.take(CHECKSUM_SIZE), "little") != expected:
            raise FormatError(f"checksum before {self.position} is not {expected:08x}")
        self.checked = self.position


class BitReader:
    """A position in bytes that are read bit by bit, the most significant bit first."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def bit(self) -> int:
        """Return the next bit."""
        if self.position == 8 * len(self.data):
            raise FormatError("the bits end early")
        byte = self.data[self.position // 8]
        bit = byte >> (7 - self.position % 8) & 1
        self.position += 1
        return bit

    def number(self, width: int) -> int:
        """Return an unsigned number of `width` bits."""
        value = 0
        for _ in range(width):
            value = value << 1 | self.bit()
        return value

    def finish(self) -> None:
        """Check that only filling bits are left: at most 7, all zero."""
        left = 8 * len(self.data) - self.position
        if left >= 8:
            raise FormatError("there are bytes after the last number")
        if self.number(left) != 0:
            raise FormatError("filling bits are not zero")


def parse_header(reader: Reader) -> Header:
    """Read signature, version and header (2, 3)."""
    start = reader.data[: len(SIGNATURE)]
    if not SIGNATURE.startswith(start):
        raise FormatError("not a .kmq file: bad signature")  # 2.1
    reader.take(len(SIGNATURE))
    version = divmod(reader.byte(), 16)
    if version != (MAJOR, MINOR):
        raise UnsupportedError(f"format version {version[0]}.{version[1]}")  # 2.2
    flags = reader.byte()
    if flags & ~FLAGS_KNOWN:
        raise FormatError("reserved flags are set")  # 3.1
    width = bounded(reader.varint(), LARGEST_SIDE, "width")  # 3.2
    height = bounded(reader.varint(), LARGEST_SIDE, "height")
    n_colors = bounded(reader.varint() + 1, LARGEST_COLORS, "number of colours")
    block = (1, 1)
    if flags & FLAG_BLOCK:
        block_height = bounded(reader.varint() + 1, LARGEST_BLOCK_SIDE, "block height")
        block_width = bounded(reader.varint() + 1, LARGEST_BLOCK_SIDE, "block width")
        block = (block_height, block_width)
        if block == (1, 1):
            raise FormatError("a block of 1 x 1 has no block flag")
    channels = (flags & FLAG_CHANNELS) + 1
    return Header(width, height, channels, n_colors, bool(flags & FLAG_AUTHORED), block)


def bounded(value: int, largest: int, name: str) -> int:
    """Return a field that lies between 1 and `largest` (3.2)."""
    if not 1 <= value <= largest:
        raise FormatError(f"{name} is {value}, it may be 1 to {largest}")
    return value


def parse_sections(reader: Reader) -> list[Section]:
    """Read the sections up to the end of the file (4.1, 4.2)."""
    sections = []
    last = False
    while not last:
        byte = reader.byte()
        payload = reader.take(reader.varint())
        reader.checksum()
        if byte & TAG_RESERVED or byte & TAG_KIND == 0:
            raise FormatError(f"tag {byte:02x} uses reserved values")
        sections.append(Section(byte & ~TAG_LAST, payload))
        last = bool(byte & TAG_LAST)
    if reader.position != len(reader.data):
        raise FormatError("bytes follow the last section")
    return sections


def check_order(header: Header, sections: list[Section]) -> None:
    """Check which sections there are, and where (4.3, 4.4)."""
    seen = set()
    for section in sections:
        critical = not section.tag & TAG_ANCILLARY
        if critical and section.tag not in SECTIONS_CRITICAL:
            raise UnsupportedError(f"critical section {section.tag:02x} is unknown")
        if section.tag in seen:
            raise FormatError(f"section {section.tag:02x} occurs twice")
        seen.add(section.tag)
    if sections[0].tag != SECTION_PALETTE:
        raise FormatError("the first section is not the palette")
    if header.n_colors == 1:
        if SECTION_INDICES in seen:
            raise FormatError("a picture of one colour has no index section")
    elif sections[-1].tag != SECTION_INDICES:
        raise FormatError("the last section is not the indices")


def check_limits(header: Header) -> None:
    """Check, before anything is allocated, that the picture is not too large (8)."""
    if header.width * header.height > MAX_PIXELS:
        raise LimitError(f"{header.width} x {header.height} pixels are more than {MAX_PIXELS}")
    entry = header.channels * header.block[0] * header.block[1]
    if header.n_colors * entry > MAX_BYTES:
        raise LimitError(f"the codebook takes more than {MAX_BYTES} bytes")


def decode_palette(payload: bytes, n_colors: int, channels: int) -> list[bytes]:
    """Return the entries of the palette, `channels` bytes each (5)."""
    if len(payload) == 0:
        raise FormatError("the palette section is empty")
    method, data = payload[0], payload[1:]
    if method == METHOD_RAW:
        return decode_palette_raw(data, n_colors, channels)
    if method == METHOD_DELTA:
        return decode_palette_delta(data, n_colors, channels, green=False)
    if method == METHOD_DELTA_GREEN and channels >= 3:
        return decode_palette_delta(data, n_colors, channels, green=True)
    if method % 4 == METHOD_MODELLED:
        return ModelledPalette(data, method // 4, n_colors, channels).decode()
    raise FormatError(f"palette method {method} is not defined for {channels} channels")


def decode_palette_raw(data: bytes, n_colors: int, channels: int) -> list[bytes]:
    """Return the entries as they stand in the file (5.1)."""
    if len(data) != n_colors * channels:
        raise FormatError(f"raw palette has {len(data)} bytes, not {n_colors * channels}")
    return [data[k * channels : (k + 1) * channels] for k in range(n_colors)]


def decode_palette_delta(data: bytes, n_colors: int, channels: int, *, green: bool) -> list[bytes]:
    """Return the entries from their Rice-coded differences (5.2, 5.3)."""
    bits = BitReader(data)
    differences = []
    for _ in range(channels):
        parameter = bits.number(3)
        differences.append([unfold(decode_rice(bits, parameter)) for _ in range(n_colors)])
    bits.finish()
    entries = []
    entry = [0] * channels
    for k in range(n_colors):
        delta = [channel[k] for channel in differences]
        if green:  # 5.3
            delta[0] += delta[1]
            delta[2] += delta[1]
        entry = [(value + step) % 256 for value, step in zip(entry, delta, strict=True)]
        entries.append(bytes(entry))
    return entries


def decode_rice(bits: BitReader, parameter: int) -> int:
    """Return one Rice-coded number, 0 to 255 (5.2)."""
    quotient = 0
    while bits.bit() == 1:
        quotient += 1
        if quotient > 255 >> parameter:
            raise FormatError("a Rice code of the palette stands for more than 255")
    return quotient << parameter | bits.number(parameter)


def unfold(folded: int) -> int:
    """Return the signed difference, -128 to 127, of 0, 1, 2, 3, ...: 0, -1, 1, -2, ... (5.2)."""
    return -(folded + 1) // 2 if folded % 2 else folded // 2


class RangeDecoder:
    """Decisions and symbols from bytes (5.4)."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0
        self.range = (1 << 32) - 1
        self.code = 0
        for _ in range(4):
            self.code = self.code << 8 | self.next_byte()
        if data.startswith(b"\xff\xff\xff\xff"):
            raise FormatError("a row of decisions starts with a number out of range")

    def next_byte(self) -> int:
        """Return the next byte, or 0 after the last one."""
        self.position += 1
        return self.data[self.position - 1] if self.position <= len(self.data) else 0

    def decide(self, chance: int) -> bool:
        """Return whether the next decision, with this chance of 65536, gives 1."""
        bound = self.bound(chance)
        if bit := self.code < bound:
            self.range = bound
        else:
            self.range -= bound
            self.code -= bound
        self.renew()
        return bit

    def bound(self, chance: int) -> int:
        """Return the part of the range that stands for 1."""
        return self.range // 65536 * chance

    def symbol(self, ends: list[int]) -> int:
        """Return the next symbol; ``ends`` has the cumulative chances of 16384, from 0."""
        part = self.range // 16384
        value = self.code // part
        if value >= 16384:
            raise FormatError("a symbol is out of range")
        symbol = bisect_right(ends, value) - 1
        self.code -= part * ends[symbol]
        self.range = part * (ends[symbol + 1] - ends[symbol])
        self.renew()
        return symbol

    def renew(self) -> None:
        """Read bytes until the range is large enough."""
        while self.range < 1 << 24:
            self.range <<= 8
            self.code = self.code << 8 | self.next_byte()

    def finish(self) -> None:
        """Check that these are the bytes that an encoder writes."""
        if self.data.endswith(b"\0"):
            raise FormatError("a row of decisions ends with a zero byte")
        if len(self.data) > self.position:
            raise FormatError("there are bytes after the last decision")
        read = self.data[self.position - 4 :].ljust(4, b"\0")
        word = int.from_bytes(read, "big")
        low = word - self.code
        power = 1 << 32
        while (multiple := -(-low // power) * power) >= low + self.range:
            power //= 2
        if multiple != word:
            raise FormatError("the last bytes of a row of decisions are not the shortest")


def build_widths() -> list[list[int]]:
    """Return, for WIDTH 0 to 15, the mass of all offsets below d at place d + 512 (5.4)."""
    widths = []
    for t in range(16):
        heights = []
        for d in range(-510, 511):
            a = (1 << 16 + t) // ((1 << t) + 4 * d * d)
            heights.append((a * a // 65536) * a // 65536)
        sums = [0, 0, 0]  # below -512, -511, -510
        for height in heights:
            sums.append(sums[-1] + height * 16384 // sum(heights))
        widths.append([*sums, sums[-1]])
    return widths


class ModelledPalette:
    """The decoder of modelled palettes (5.4)."""

    def __init__(self, data: bytes, parameter: int, n_colors: int, channels: int) -> None:
        colors = COLOR_ORDERS if channels >= 3 else ((0,),)
        self.alpha = channels - 1 if channels in (2, 4) else -1
        orders = list(colors)
        if self.alpha >= 0:
            orders = [(*color, self.alpha) for color in colors]
            orders += [(self.alpha, *color) for color in colors]
        if parameter // 4 >= len(orders):
            raise FormatError(f"palette parameter {parameter} is not defined")
        if n_colors > LARGEST_MODELLED:
            raise FormatError(f"a modelled palette has more than {LARGEST_MODELLED} entries")
        self.order = orders[parameter // 4]
        self.inverted = parameter // 2 % 2 == 1
        self.ascending = parameter % 2 == 1
        self.n_colors = n_colors
        self.decisions = RangeDecoder(data)
        self.widths = build_widths()
        self.learnt = [[16 * weight for weight in row] for row in P]
        self.entries: list[list[int]] = []
        self.seen = [[0] * 257 for _ in range(channels)]
        self.gaps: list[int] = []

    def decode(self) -> list[bytes]:
        """Return the entries."""
        for _ in range(self.n_colors):
            entry = [0] * len(self.order)
            for place in range(len(self.order)):
                channel = self.order[place]
                entry[channel] = self.decode_value(entry, place)
                for v in range(entry[channel] + 1, 257):
                    self.seen[channel][v] += 1
            self.entries.append(entry)
        self.decisions.finish()
        if self.inverted:
            for entry in self.entries:
                for channel in range(len(entry)):
                    if channel != self.alpha:
                        entry[channel] = 255 - entry[channel]
        return [bytes(entry) for entry in self.entries]

    def decode_value(self, entry: list[int], place: int) -> int:
        """Return the value at a place of the order."""
        lowest = self.find_lowest(entry, place)
        role = self.find_role(entry, place)
        if role in {0, 4}:
            self.gaps = self.build_gaps(lowest)
        channel = self.order[place]
        weights = [fixed + learnt for fixed, learnt in zip(P[role], self.learnt[role], strict=True)]
        bumps = [bump for bump in self.find_bumps(entry, place, role) if P[role][bump[0]] > 0]

        def below(value: int) -> int:
            """Return the mass of all values below this one."""
            return sum(
                weights[expert] * share * self.sum_bump(kind, centre, channel, value)
                for expert, kind, centre, share in bumps
            )

        begin, end = 0, 256
        while end - begin > 1:
            middle = (begin + end) // 2
            if middle <= lowest:
                begin = middle
                continue
            top = below(end)
            chance = (top - below(middle)) * 65536 // (top - below(max(begin, lowest)))
            if self.decisions.decide(min(max(chance, 1), 65535)):
                begin = middle
            else:
                end = middle
        parts = [0] * EXPERTS
        for expert, kind, centre, share in bumps:
            mass = self.sum_bump(kind, centre, channel, begin + 1)
            mass -= self.sum_bump(kind, centre, channel, begin)
            parts[expert] += weights[expert] * share * mass
        learnt = self.learnt[role]
        for expert in range(EXPERTS):
            learnt[expert] -= learnt[expert] // 4
            learnt[expert] += (parts[expert] * 4096 // sum(parts)) // 4
        return begin

    def find_lowest(self, entry: list[int], place: int) -> int:
        """Return the least value possible."""
        if not self.ascending or not self.entries:
            return 0
        before = self.entries[-1]
        if any(entry[c] != before[c] for c in self.order[:place]):
            return 0
        lowest = before[self.order[place]] + (place == len(self.order) - 1)
        if lowest > 255:
            raise FormatError("an ascending palette goes on after its largest entry")
        return lowest

    def find_role(self, entry: list[int], place: int) -> int:
        """Return the role of the value at a place of the order."""
        if self.order[place] == self.alpha:
            return 2 if place > 0 else 0 if self.ascending else 1
        if self.order[0] == self.alpha and entry[self.alpha] == 0:
            return 3
        before = [c for c in self.order[:place] if c != self.alpha]
        if len(before) == 0:
            return 4 if self.ascending else 5
        if len(before) == 1:
            return 6
        return 7 if entry[before[0]] == entry[before[1]] else 8

    def find_bumps(
        self, entry: list[int], place: int, role: int
    ) -> list[tuple[int, int, int, int]]:
        """Return the bumps: expert, kind, centre, share."""
        channel = self.order[place]
        colors = [c for c in self.order[:place] if c != self.alpha]
        column = [earlier[channel] for earlier in self.entries]
        bumps = [(0, EVEN, 0, 1024), (1, EXACT, 0, 1024), (2, EXACT, 255, 1024)]
        if column and role != 3:
            bumps.append((3, SEEN, 0, 1024))
        if role in {0, 1, 4, 5}:
            last = column[-9:]
            steps = [last[k + 1] - last[k] for k in range(len(last) - 1)]
            bumps += [(4, 1, column[-1] + step, 1024 // len(steps)) for step in steps]
            if self.ascending:
                bumps.append((5, GAPS, 0, 1024))
            elif column:
                bumps.append((5, 10, column[-1], 1024))
        elif channel != self.alpha and colors:
            x = entry[colors[-1]]
            bumps += [(6, EXACT, x, 1024), (7, 14, x, 1024)]
            if len(colors) == 2:
                bumps.append((8, 8, 2 * x - entry[colors[0]], 1024))
        if role in {2, 6, 7, 8}:
            bumps += self.find_near_bumps(entry, place)
        return bumps

    def find_near_bumps(self, entry: list[int], place: int) -> list[tuple[int, int, int, int]]:
        """Return the bumps of experts 9 to 12."""
        channel = self.order[place]
        colors = [c for c in self.order[:place] if c != self.alpha]
        near = self.entries[-32:]
        distances = [sum(abs(entry[c] - other[c]) for c in self.order[:place]) for other in near]
        closeness = [1 + (4096 * 24 // (24 + far)) ** 3 // (1 << 24) for far in distances]
        bumps = []
        for other, far, close in zip(near, distances, closeness, strict=True):
            share = 1024 * close // sum(closeness)
            t = min(((10 + far) ** 2 // 32).bit_length(), 15)
            y = other[channel]
            centre = y
            if channel != self.alpha:
                centre = y + entry[colors[-1]] - other[colors[-1]]
                own, others = sum(entry[c] for c in colors), sum(other[c] for c in colors)
                ratio = min((2 * y * own + others) // (2 * others), 255) if others else y
                bumps.append((11, t, ratio, share))
            bumps += [(9, EXACT, y, share), (10, t, centre, share)]
            bumps.append((12, min(t + 6, 15), centre, share))
        return bumps

    def sum_bump(self, kind: int, centre: int, channel: int, value: int) -> int:
        """Return the mass of a bump below a value."""
        if kind == EXACT:
            return 16384 if value > centre else 0
        if kind == EVEN:
            return 64 * value
        if kind == SEEN:
            return self.seen[channel][value] * 16384 // len(self.entries)
        if kind == GAPS:
            return self.gaps[value]
        return self.widths[kind][value - centre + 512]

    def build_gaps(self, lowest: int) -> list[int]:
        """Return the mass of GAPS below each value from 0 to 256."""
        left = self.n_colors - len(self.entries)
        rest = 1 << 24
        gaps = [0] * (lowest + 1)
        for v in range(lowest, 256):
            rest = rest * (255 - v) // (255 - v + left)
            gaps.append(((1 << 24) - rest) // 1024)
        return gaps


def decode_codebook(payload: bytes, header: Header) -> list[bytes]:
    """Return the blocks of a codebook, each row by row (5.5)."""
    height, width = header.block
    size = height * width * header.channels
    if len(payload) == 0:
        raise FormatError("the palette section is empty")
    method, data = payload[0], payload[1:]
    if method == METHOD_RAW:
        if len(data) != header.n_colors * size:
            raise FormatError(f"{len(data)} bytes are not {header.n_colors} blocks")
        return [data[k * size : (k + 1) * size] for k in range(header.n_colors)]
    if method != METHOD_PLANE:
        raise FormatError(f"codebook method {method} is not defined")
    reader = Reader(data)
    try:
        columns = reader.varint()
    except TruncatedError as error:
        raise FormatError("the number of columns ends early") from error
    if not 1 <= columns <= header.n_colors:
        raise FormatError(f"{columns} columns for {header.n_colors} blocks")
    n_rows = -(-header.n_colors // columns)
    plane = replace(header, width=columns * width, height=header.channels * n_rows * height)
    plane = replace(plane, channels=1, n_colors=256, block=(1, 1))
    values = decode_indices(data[reader.position :], plane, [bytes([v]) for v in range(256)])
    blocks = []
    for k in range(n_rows * columns):
        top, left = k // columns * height, k % columns * width
        places = [(y, x) for y in range(top, top + height) for x in range(left, left + width)]
        blocks.append(
            b"".join(
                plane_pixel([values[c * n_rows * height + y][x] for c in range(header.channels)])
                for y, x in places
            )
        )
    if any(block != blocks[header.n_colors - 1] for block in blocks[header.n_colors :]):
        raise FormatError("what fills the last row is not the last block")
    return blocks[: header.n_colors]


def plane_pixel(values: list[int]) -> bytes:
    """Return the pixel of a place in the plane (5.5)."""
    if len(values) >= 3:
        values[0] = (values[0] + values[1] - 128) % 256
        values[2] = (values[2] + values[1] - 128) % 256
    return bytes(values)


def mean_color(block: bytes, channels: int) -> bytes:
    """Return the mean of a block's pixels, halves rounded up (5.5)."""
    n = len(block) // channels
    return bytes((2 * sum(block[c::channels]) + n) // (2 * n) for c in range(channels))


def decode_indices(payload: bytes, header: Header, palette: list[bytes]) -> list[list[int]]:
    """Return the rows of indices (6)."""
    if len(payload) == 0:
        raise FormatError("the index section is empty")
    coder, data = payload[0], payload[1:]
    if coder == CODER_PACKED:
        rows = decode_packed(data, header)
    elif coder == CODER_DEFLATE:
        rows = decode_deflate(data, header)
    elif coder == CODER_MIXED:
        rows = decode_mixed(data, header, palette)
    else:
        raise UnsupportedError(f"index coder {coder} is unknown")
    if max(map(max, rows)) >= header.n_colors:
        raise FormatError(f"an index is not less than {header.n_colors}")
    return rows


def decode_packed(data: bytes, header: Header) -> list[list[int]]:
    """Return the rows of coder 0 (6.1)."""
    index_bits = (header.n_colors - 1).bit_length()
    expected = (header.width * header.height * index_bits + 7) // 8
    if len(data) != expected:
        raise FormatError(f"packed indices take {len(data)} bytes, not {expected}")
    bits = BitReader(data)
    rows = [[bits.number(index_bits) for _ in range(header.width)] for _ in range(header.height)]
    bits.finish()
    return rows


def decode_deflate(data: bytes, header: Header) -> list[list[int]]:
    """Return the rows of coder 1 (6.2)."""
    least = least_log2_bits(header.n_colors)
    least_size = header.height * row_size(header.width, least)
    if len(data) < 1 + SMALLEST_BODY or (len(data) - 1) * LARGEST_RATIO < least_size:
        raise FormatError(f"{len(data)} bytes of deflate cannot hold {least_size} bytes")
    log2_bits, kind = data[0] & 15, data[0] >> 4
    if log2_bits not in (least, max(least, 3)) or kind not in (FILTER_NONE, FILTER_LEFT, FILTER_UP):
        raise FormatError(f"deflate layout {data[0]:02x} is not defined")
    stride = row_size(header.width, log2_bits)
    packed = bytearray(inflate(data[1:], header.height * stride))
    unfilter(packed, kind, stride, 2 if log2_bits == 4 else 1)
    rows = []
    for start in range(0, len(packed), stride):
        bits = BitReader(bytes(packed[start : start + stride]))
        rows.append([bits.number(1 << log2_bits) for _ in range(header.width)])
        bits.finish()
    return rows


def least_log2_bits(n_colors: int) -> int:
    """Return the log2 of the least of 1, 2, 4, 8, 16 bits that hold any index (6.2)."""
    return next(log2_bits for log2_bits in range(5) if n_colors <= 1 << (1 << log2_bits))


def row_size(width: int, log2_bits: int) -> int:
    """Return the bytes of a packed row (6.2)."""
    return ((width << log2_bits) + 7) // 8


def inflate(data: bytes, size: int) -> bytes:
    """Return the `size` bytes in exactly one raw DEFLATE stream (6.2)."""
    stream = zlib.decompressobj(-15)
    try:
        out = stream.decompress(data, size + 1)
    except zlib.error as error:
        raise FormatError(f"the deflate stream is damaged: {error}") from error
    if len(out) != size or not stream.eof:
        raise FormatError(f"the deflate stream is not exactly {size} bytes")
    if stream.unused_data:
        raise FormatError("bytes follow the deflate stream")
    return out


def unfilter(packed: bytearray, kind: int, stride: int, step: int) -> None:
    """Turn differences back into packed rows, in place (6.2)."""
    for position in range(len(packed)):
        if kind == FILTER_LEFT and position % stride >= step:
            packed[position] = (packed[position] + packed[position - step]) % 256
        if kind == FILTER_UP and position >= stride:
            packed[position] = (packed[position] + packed[position - stride]) % 256


@dataclass(frozen=True)
class Model:
    """A column of the table in 6.3.10."""

    contexts: int
    matches: bool
    bucket_limit: int
    weight: int
    patience: int


MODELS = {
    1: Model(contexts=4, matches=False, bucket_limit=14, weight=4096, patience=8),
    2: Model(contexts=11, matches=True, bucket_limit=15, weight=1638, patience=64),
    3: Model(contexts=26, matches=True, bucket_limit=15, weight=1475, patience=8),
}
QUICK = 0
FULL = MODELS[3]


@dataclass(frozen=True)
class Tile:
    """Rows `top` to `bottom` - 1 and columns `left` to `right` - 1, and their stream (6.3.1)."""

    top: int
    bottom: int
    left: int
    right: int
    stream: bytes


def decode_mixed(data: bytes, header: Header, palette: list[bytes]) -> list[list[int]]:
    """Return the rows of coder 2 (6.3)."""
    if len(data) == 0:
        raise FormatError("the mixed indices are empty")
    number = data[0] & ~FLAG_TILES
    if number != QUICK and number not in MODELS:
        raise UnsupportedError(f"model {number} is unknown")
    tiles = parse_tiles(data, header)
    tree = PaletteTree(palette)
    rows = [[0] * header.width for _ in range(header.height)]
    for tile in tiles:
        if number == QUICK:
            leaves = QuickTile(tree, tile).decode()
        else:
            leaves = MixedTile(MODELS[number], tree, tile).decode()
        for y, row in enumerate(leaves, start=tile.top):
            rows[y][tile.left : tile.right] = [tree.order[leaf] for leaf in row]
    return rows


def parse_tiles(data: bytes, header: Header) -> list[Tile]:
    """Return the tiles, each with a stream that is long enough (6.3.1)."""
    reader = Reader(data)
    reader.take(1)
    n_rows = n_columns = 1
    sizes = []
    if data[0] & FLAG_TILES:
        try:
            n_rows, n_columns = reader.varint() + 1, reader.varint() + 1
            if n_rows > header.height or n_columns > header.width or n_rows * n_columns == 1:
                raise FormatError(f"{n_rows} x {n_columns} tiles")
            pixels = header.width * header.height
            if n_rows * n_columns > min(MOST_TILES, FREE_TILES + pixels // PIXELS_PER_TILE):
                raise FormatError(f"{n_rows} x {n_columns} tiles are too many")
            if n_rows * n_columns - 1 > len(data) - reader.position:
                raise FormatError("the sizes of the tiles do not fit into the payload")
            sizes = [reader.varint() for _ in range(n_rows * n_columns - 1)]
        except TruncatedError as error:
            raise FormatError("the sizes of the tiles end early") from error
    sizes.append(len(data) - reader.position - sum(sizes))
    if sizes[-1] < 0:
        raise FormatError("the streams of the tiles are longer than the payload")
    tiles = []
    for i, size in enumerate(sizes):
        row, column = divmod(i, n_columns)
        top, bottom = (header.height * k // n_rows for k in (row, row + 1))
        left, right = (header.width * k // n_columns for k in (column, column + 1))
        if (bottom - top) * (right - left) > MOST_PIXELS:
            raise FormatError(f"tile {i} has more than {MOST_PIXELS} pixels")
        if size < (bottom - top) * (right - left) // PIXELS_PER_BYTE:
            raise FormatError(f"{size} bytes are too few for tile {i}")
        tiles.append(Tile(top, bottom, left, right, reader.take(size)))
    return tiles


class PaletteTree:
    """The entry of each leaf, and the split of each inner node (6.3.2)."""

    def __init__(self, palette: list[bytes]) -> None:
        self.palette = palette
        self.order = list(range(len(palette)))
        self.splits: dict[int, tuple[int, int]] = {}  # channel and sum, by `middle`
        self.grow(0, len(palette))
        self.colors = [(palette[entry] + bytes(3))[:4] for entry in self.order]

    def grow(self, low: int, high: int) -> None:
        """Sort and halve the leaves from `low` to `high` - 1."""
        if high - low == 1:
            return
        run = self.order[low:high]
        spreads = [
            len(run) * sum(v * v for v in column) - sum(column) ** 2
            for column in zip(*(self.palette[entry] for entry in run), strict=True)
        ]
        channel = spreads.index(max(spreads))
        run.sort(key=lambda entry: self.palette[entry][channel])  # a stable sort
        self.order[low:high] = run
        half = (high - low + 1) // 2
        values = [self.palette[entry][channel] for entry in run]
        self.splits[low + half] = channel, values[half - 1] + values[half]
        self.grow(low, low + half)
        self.grow(low + half, high)


def clamp(value: int, least: int, largest: int) -> int:
    """Return the number nearest to a value from `least` to `largest`."""
    return min(max(value, least), largest)


def mixed_hash(a: int, b: int) -> int:
    """Return a number of 31 bits (6.3.4)."""
    h = (a * 0x2C9277B5 + b * 0x1E3779B1 + 0x3F4A7C15) % (1 << 31)
    h = ((h ^ h // (1 << 15)) * 0x35EBCA6B) % (1 << 31)
    return h ^ h // (1 << 13)


def pair(a: int, b: int) -> int:
    """Return one number for two leaves (6.3.4)."""
    return a + 65536 * b


class Cell:
    """An adaptive chance (6.3.4)."""

    def __init__(self) -> None:
        self.p = 1 << 21
        self.count = 0

    def stretched(self) -> int:
        """Return the input that the cell gives."""
        return build_stretch()[self.p // 1024]

    def learn(self, bit: int) -> None:
        """Move the chance towards a bit."""
        rate = 40960 // (10 * self.count + 15)  # 6.3.11
        self.p += ((bit << 22) - self.p) // 8 * rate // 512
        self.count = min(self.count + 1, MOST_COUNT)


class WeightSet:
    """The weights of some inputs (6.3.4)."""

    def __init__(self, weight: int, n_inputs: int) -> None:
        self.weights = [weight] * n_inputs
        self.visits = 0

    def mix(self, inputs: list[int]) -> int:
        """Return the weighted sum of the inputs."""
        total = sum(w * x for w, x in zip(self.weights, inputs, strict=True))
        return clamp(total // 16384, -2047, 2047)

    def train(self, inputs: list[int], bit: int, patience: int) -> None:
        """Move the weights towards those that would have foretold a bit."""
        error = (bit << 16) - squash(self.mix(inputs))
        speed = 2097 + 27962 * patience // (patience + self.visits)  # 6.3.11
        step = error * speed // 65536
        self.visits = min(self.visits + 1, MOST_VISITS)
        for i, x in enumerate(inputs):
            moved = self.weights[i] + (16 * x * step // 65536 + 1) // 2
            self.weights[i] = clamp(moved, -LARGEST_WEIGHT, LARGEST_WEIGHT)


@dataclass
class Bucket:
    """Cells 1 to 15 of a context (6.3.6)."""

    tag: int
    cells: list[Cell]


@dataclass
class Match:
    """What followed the same leaves last time (6.3.7)."""

    number: int
    check: int
    times: int
    guess: int


@dataclass
class Pixel:
    """What is known of a pixel before its first decision (6.3.3, 6.3.6, 6.3.7)."""

    near: list[int]
    matches: list[Match]
    predictions: list[list[int]]
    level: int
    contexts: list[int]
    escaped: bool


@dataclass(frozen=True)
class Node:
    """A decision on the way to a leaf (6.3.6)."""

    low: int
    middle: int
    high: int
    depth: int
    heap: int
    slot: int

    def number(self) -> int:
        """Return the number that chooses cells and weights."""
        return self.heap if self.depth < 8 else 248 + self.depth

    def side(self, leaf: int) -> int:
        """Return 1 or 2 for a leaf of the lower or upper half, 0 for another."""
        return 1 + (leaf >= self.middle) if self.low <= leaf < self.high else 0


class MixedDecoder(RangeDecoder):
    """The decisions of 6.3, whose bounds are the nearest ones."""

    def bound(self, chance: int) -> int:
        """Return the part of the range that stands for 1."""
        return self.range * chance // 65536


class TileDecoder:
    """What the decoders of a tile have in common (6.3.1, 6.3.3)."""

    def __init__(self, tree: PaletteTree, tile: Tile) -> None:
        self.tree = tree
        self.width = tile.right - tile.left
        self.rows = [[0] * self.width for _ in range(tile.bottom - tile.top)]
        self.stream = tile.stream
        self.decisions = MixedDecoder(tile.stream)

    def decode_pixel(self, x: int, y: int) -> int:
        """Return the leaf of a pixel."""
        raise NotImplementedError

    def decode(self) -> list[list[int]]:
        """Return the rows of leaves."""
        for y, row in enumerate(self.rows):
            for x in range(self.width):
                row[x] = self.decode_pixel(x, y)
        size = len(self.stream)
        if size > self.decisions.position:
            raise FormatError("bytes follow the last decision of a tile")
        if size > self.width * len(self.rows) // PIXELS_PER_BYTE and self.stream.endswith(b"\0"):
            raise FormatError("a tile's stream ends with a zero byte")
        return self.rows

    def leaf(self, x: int, y: int) -> int:
        """Return a leaf that is already decoded, or what stands for it outside (6.3.3)."""
        if y < 0:
            return 0
        if x < 0:
            return self.leaf(0, y - 1)
        return self.rows[y][min(x, self.width - 1)]


class MixedTile(TileDecoder):
    """The decoder of a tile of coder 2 in models 1 to 3."""

    def __init__(self, model: Model, tree: PaletteTree, tile: Tile) -> None:
        super().__init__(tree, tile)
        self.model = model
        digits = (self.width * len(self.rows) - 1).bit_length()
        self.n_buckets = 1 << clamp(digits, 4, model.bucket_limit)  # 6.3.6
        self.n_matches = 1 << clamp(digits, 4, 16)  # 6.3.7
        # what is not in these is as it was at the start
        self.cells: dict[tuple[object, ...], Cell] = {}
        self.sets: dict[tuple[object, ...], WeightSet] = {}
        self.buckets: dict[tuple[int, int], Bucket] = {}
        self.entries: dict[int, Match] = {}
        self.refined: dict[tuple[object, ...], list[int]] = {}
        self.calm = 0

    def decode_pixel(self, x: int, y: int) -> int:
        """Return the leaf of a pixel (6.3.3)."""
        near = [self.leaf(x + dx, y + dy) for dx, dy in NEAR]
        matches = self.find_matches(near) if self.model.matches else []
        leaf = near[0]
        flat = near[:6] == [leaf] * 6
        escaped = flat and self.decode_flat(near, x, y, matches) == 1
        self.calm = self.calm + 1 if flat and not escaped else 0
        if escaped or not flat:
            colors = [self.tree.colors[k] for k in near]
            predictions, level = predict(colors), find_level(colors)
            far = matches[0].number if matches else 0
            contexts = find_contexts(near, predictions, (x, y), far, level)
            contexts = contexts[: self.model.contexts]
            leaf = self.walk(Pixel(near, matches, predictions, level, contexts, escaped))
        for match in matches:
            match.times = min(match.times + 1, MOST_TIMES) if match.guess == leaf else 1
            match.guess = leaf
            self.entries[match.number % self.n_matches] = match
        return leaf

    def cell(self, *key: object) -> Cell:
        """Return the cell of a key."""
        if key not in self.cells:
            self.cells[key] = Cell()
        return self.cells[key]

    def decode_flat(self, near: list[int], x: int, y: int, matches: list[Match]) -> int:
        """Return 0 if a flat pixel is like its neighbours, 1 if it escapes (6.3.5)."""
        w, (nne, nww, nee, www, nnn, nnw) = near[0], near[6:]
        equal = sum(1 << i for i in range(6) if near[6 + i] == w)
        times, guess = (matches[0].times, matches[0].guess) if matches else (0, 0)
        numbers = (
            w % 4096,
            mixed_hash(pair(w, nee), 1) % 4096,
            mixed_hash(mixed_hash(pair(w, nne), nww), 2) % 4096,
            mixed_hash(pair(www, nnn), pair(w, nnw)) % 4096,
            64 * equal + min(self.calm, 63),
            x % 4096,
            y % 4096,
            2 * times + (guess == w),
        )
        cells = [self.cell("flat", i, number) for i, number in enumerate(numbers)]
        inputs = [cell.stretched() for cell in cells]
        weights = self.weights(("flat", equal), FLAT_WEIGHT, 8)
        bit = int(self.decisions.decide(squash(weights.mix(inputs))))
        weights.train(inputs, bit, self.model.patience)
        for cell in cells:
            cell.learn(bit)
        return bit

    def walk(self, pixel: Pixel) -> int:
        """Return the leaf at the end of the decisions from the root (6.3.6)."""
        low, high = 0, len(self.tree.order)
        depth, heap, slot = 0, 1, 1
        buckets: list[Bucket] = []
        while high - low > 1:
            w = pixel.near[0]
            if pixel.escaped and high - low == 2 and low <= w < high:
                return low + high - 1 - w
            node = Node(low, low + (high - low + 1) // 2, high, depth, heap, slot)
            if slot == 1:
                buckets = self.find_buckets(pixel.contexts, heap)
            bit = self.decide(pixel, node, [bucket.cells[slot - 1] for bucket in buckets])
            low, high = (node.middle, high) if bit else (low, node.middle)
            depth, heap, slot = depth + 1, 2 * heap + bit, 2 * slot + bit
            if slot > 15:
                slot = 1
        return low

    def find_buckets(self, contexts: list[int], heap: int) -> list[Bucket]:
        """Return the bucket of each context for up to four decisions (6.3.6)."""
        buckets = []
        for i, context in enumerate(contexts):
            h = mixed_hash(context, heap)
            key, tag = (i, h % self.n_buckets), h // self.n_buckets + 1
            if key not in self.buckets or self.buckets[key].tag != tag:
                self.buckets[key] = Bucket(tag, [Cell() for _ in range(15)])
            buckets.append(self.buckets[key])
        return buckets

    def decide(self, pixel: Pixel, node: Node, hashed: list[Cell]) -> int:
        """Return the bit of one decision (6.3.6)."""
        pattern = sum(3**i * node.side(pixel.near[i]) for i in range(4)) + 81 * pixel.escaped
        distances = [self.find_distance(p, node) for p in pixel.predictions[:4]]
        cells = [*hashed, *self.find_cells(pixel, node, pattern, distances)]
        inputs = [cell.stretched() for cell in cells]
        if not self.model.matches:
            inputs.append(BIAS)
        keys = self.find_set_keys(pixel, node, pattern)
        sets = [self.weights(key, self.model.weight, len(inputs)) for key in keys]
        v = sum(weights.mix(inputs) for weights in sets) * (65536 // len(sets)) // 65536
        chance = squash(v)
        rows: list[list[int]] = []
        if self.model.matches:  # 6.3.9
            rows = [self.row("node", node.number()), self.row("pattern", distances[0], pattern)]
            i, s = divmod(v + 2048, 128)
            q = sum((r[i] // 64 * (128 - s) + r[i + 1] // 64 * s) // 128 for r in rows)
            chance = (2 * chance + 2 + q) // 4
        bit = int(self.decisions.decide(chance))
        for weights in sets:
            weights.train(inputs, bit, self.model.patience)
        for cell in cells:
            cell.learn(bit)
        for r in rows:
            k = (v + 2048 + 64) // 128
            r[k] += ((bit << 22) - r[k]) // 64
        return bit

    def weights(self, key: tuple[object, ...], start: int, n_inputs: int) -> WeightSet:
        """Return the set of weights of a key."""
        if key not in self.sets:
            self.sets[key] = WeightSet(start, n_inputs)
        return self.sets[key]

    def row(self, *key: object) -> list[int]:
        """Return the row of refined chances of a key (6.3.9)."""
        if key not in self.refined:
            self.refined[key] = [squash(min(128 * k, 4095) - 2048) * 64 for k in range(33)]
        return self.refined[key]

    def find_cells(
        self, pixel: Pixel, node: Node, pattern: int, distances: list[int]
    ) -> list[Cell]:
        """Return the cells of the inputs after those of contexts (6.3.6)."""
        at_distance = [
            self.cell("distance", j, distances[j], pixel.level, node.depth) for j in range(4)
        ]
        cells = [self.cell("pattern", pattern, node.depth), at_distance[0]]
        if not self.model.matches:
            return cells
        for i, match in enumerate(pixel.matches):
            side = node.side(match.guess)
            key = (match.times, side) if side else ()
            cells.append(self.cell("match", i, key, node.depth))
        if self.model is FULL:
            return [*cells, at_distance[2], at_distance[3]]
        return [*cells, self.cell("node", node.number())]

    def find_set_keys(self, pixel: Pixel, node: Node, pattern: int) -> list[tuple[object, ...]]:
        """Return what chooses the sets of weights (6.3.6)."""
        keys: list[tuple[object, ...]] = [("pattern", pattern), ("node", node.number())]
        if self.model is FULL:
            w = pixel.near[0]
            keys.append(("leaf", w if len(self.tree.order) <= 256 else w // 256))
            keys.append(("level", node.depth, pixel.level))
        elif self.model.matches:
            times = [min(m.times, 15) if node.side(m.guess) else 0 for m in pixel.matches]
            keys.append(("match", *times))
        return keys

    def find_distance(self, prediction: list[int], node: Node) -> int:
        """Return how far a prediction is from the split of a node, 0 to 27 (6.3.8)."""
        channel, total = self.tree.splits[node.middle]
        return distance_level(2 * prediction[channel] - total)

    def find_matches(self, near: list[int]) -> list[Match]:
        """Return the two matches of a pixel (6.3.7)."""
        w, n, nw, ne, ww, nn, nne, nww, nee, www, nnn, nnw = near
        h = mixed_hash(mixed_hash(pair(w, n), pair(nw, ne)), pair(ww, nn))
        far = mixed_hash(pair(nne, nww), pair(nee, www))
        far = mixed_hash(mixed_hash(h, pair(nnn, nnw)), far)
        matches = []
        for number in (far, h):
            check = number // (1 << 21)
            entry = self.entries.get(number % self.n_matches, Match(0, 0, 0, 0))
            times, guess = (entry.times, entry.guess) if entry.check == check else (0, w)
            matches.append(Match(number, check, times, guess))
        return matches


def predict(near: list[bytes]) -> list[list[int]]:
    """Return the six predicted colours of a pixel from those around it (6.3.6)."""
    columns = []
    for w, n, nw, ne, ww, nn, nne in zip(*near[:7], strict=True):
        columns.append(
            (
                clamp(w + n - nw, min(w, n), max(w, n)),
                clamp(n + ne - nne, 0, 255),
                (3 * w + 3 * n + 2 * ne + 4) // 8,
                clamp((w + n + (ne - nw) // 2) // 2, 0, 255),
                (2 * w + 2 * n + nw + ne + ww + nn) // 8,
                clamp(2 * w - ww, 0, 255),
            )
        )
    return [list(prediction) for prediction in zip(*columns, strict=True)]


def find_level(near: list[bytes]) -> int:
    """Return the level of activity of a pixel, 0 to 9 (6.3.6)."""
    activity = sum(
        abs(w - nw) + abs(n - nw) + abs(n - ne) for w, n, nw, ne in zip(*near[:4], strict=True)
    )
    return sum(activity >= least for least in ACTIVITIES)


def pack(prediction: list[int], bits: int) -> int:
    """Return the highest bits of a predicted colour's four channels as one number (6.3.6)."""
    number = 0
    for value in prediction:
        number = number << bits | value >> (8 - bits)
    return number


def find_contexts(
    near: list[int], predictions: list[list[int]], place: tuple[int, int], far: int, level: int
) -> list[int]:
    """Return the contexts of a pixel, of the largest model (6.3.6)."""
    w, n, nw, ne, ww, nn, _, _, nee, www, nnn, _ = near
    x, y = place
    a = pair(w, n)
    equal = (w == n) + 2 * (n == nw) + 4 * (n == ne) + 8 * (w == nw) + 16 * (w == ww)
    five = mixed_hash(mixed_hash(a, pair(nw, ne)), 11)
    halves, quarters = pair(w // 2, n // 2), pair(w // 4, n // 4)
    return [
        mixed_hash(pack(predictions[1], 5), 0),
        mixed_hash(w, 1),
        mixed_hash(pair(w, ww), 2),
        mixed_hash(n, 3),
        far,
        mixed_hash(pair(n, nn), 5 + 256 * nnn),
        mixed_hash(a, 6 + 256 * nee),
        mixed_hash(x, 7),
        mixed_hash(ne, 8),
        mixed_hash(pack(predictions[0], 5), 9),
        mixed_hash(y, 10),
        five,
        mixed_hash(a, 12 + 256 * ne),
        mixed_hash(mixed_hash(five, pair(ww, nn)), 13),
        mixed_hash(pair(n, nn), 14),
        mixed_hash(pair(nw, ne), 15),
        mixed_hash(mixed_hash(a, pair(ww, nn)), 16),
        mixed_hash(pack(predictions[2], 6), 17),
        mixed_hash(pack(predictions[2], 5), 18 + 256 * level),
        mixed_hash(pack(predictions[4], 6), 19),
        mixed_hash(pair(ne, w), 20),
        mixed_hash(mixed_hash(quarters, pair(nw // 8, ne // 8)), 21),
        mixed_hash(halves, 22 + 256 * equal),
        mixed_hash(pack(predictions[5], 5), 23),
        mixed_hash(pack(predictions[0], 4) + 65536 * w, 24),
        mixed_hash(pair(w, ww), 25 + 256 * www),
    ]


class QuickTile(TileDecoder):
    """The decoder of a tile of coder 2 in model 0 (6.3.12)."""

    def __init__(self, tree: PaletteTree, tile: Tile) -> None:
        super().__init__(tree, tile)
        self.steps = ((len(tree.order) - 1).bit_length() + 3) // 4
        self.ends = [2000] * 8
        self.distributions: dict[int, list[int]] = {}
        self.counts: dict[int, int] = {}

    def decode_pixel(self, x: int, y: int) -> int:
        """Return the leaf of a pixel."""
        w, n, nw, ne, *others = (self.leaf(x + dx, y + dy) for dx, dy in NEAR)
        ww, nn, nne, nww, nee = others[:5]
        if [n, nw, ne, ww, nn] == [w] * 5:
            i = (nee == w) + 2 * (nne == w) + 4 * (nww == w)
            if not self.decode_end(i):
                return w
        prefix = 0
        for j in range(self.steps):
            unit = 16 ** (self.steps - 1 - j)
            uw, un, une, unw = (v // unit for v in (w, n, ne, nw))
            if j == 0:
                first = 16 * (uw % 16) + un % 16
                second = 256 + 256 * (une % 16) + 16 * (uw % 16) + unw % 16
            else:
                a, b = (u % 16 if u // 16 == prefix else 16 for u in (uw, un))
                first = 4352 + 17 * (prefix % 256) + a
                second = 8704 + 17 * (prefix % 256) + b
            prefix = 16 * prefix + self.decode_symbol(first, second)
        if prefix >= len(self.tree.order):
            raise FormatError(f"leaf {prefix} is not in the tree")
        return prefix

    def renew(self) -> None:
        """Read bytes until the range is large enough."""
        coder = self.decisions
        while coder.range < 1 << 24:
            coder.range <<= 8
            coder.code = coder.code << 8 | coder.next_byte()

    def decode_end(self, i: int) -> bool:
        """Return whether a flat pixel escapes."""
        coder = self.decisions
        part = coder.range // 65536 * self.ends[i]
        if escaped := coder.code < part:
            coder.range = part
            self.ends[i] += (65528 - self.ends[i]) // 32
        else:
            coder.code -= part
            coder.range -= part
            self.ends[i] -= (self.ends[i] - 8) // 32
        self.renew()
        return escaped

    def decode_symbol(self, first: int, second: int) -> int:
        """Return four bits."""
        coder = self.decisions
        start = [1024 * k for k in range(16)]
        f, g = (self.distributions.setdefault(d, list(start)) for d in (first, second))
        part = coder.range // 32768
        sums = [part * (a + b) for a, b in zip(f, g, strict=True)] + [coder.range]
        symbol = max(k for k in range(16) if sums[k] <= coder.code)
        coder.code -= sums[symbol]
        coder.range = sums[symbol + 1] - sums[symbol]
        self.renew()
        for number, values in ((first, f), (second, g)):
            count = self.counts.get(number, 0)
            rate = 2 + sum(count >= least for least in (2, 5, 10, 40))
            for k in range(16):
                t = k if k <= symbol else 16368 + k
                values[k] += (t - values[k]) // 2**rate
            self.counts[number] = min(count + 1, 255)
        return symbol


@functools.cache
def build_squash() -> list[int]:
    """Return squash(v) at place v + 2048 (6.3.11)."""
    powers = [1 << 30]
    for _ in range(2048):
        powers.append(powers[-1] * DECAY // (1 << 22))
    upper = [min((1 << 46) // ((1 << 30) + power), 65535) for power in powers]
    return [65536 - upper[-v] if v < 0 else upper[v] for v in range(-2048, 2048)]


def squash(v: int) -> int:
    """Return the chance, 1 to 65535, of a number from -2048 to 2047 (6.3.11)."""
    return build_squash()[v + 2048]


@functools.cache
def build_stretch() -> list[int]:
    """Return stretch(i) for i from 0 to 4095 (6.3.11)."""
    return [bisect_left(build_squash(), 16 * i + 8) - 2048 for i in range(4096)]


def distance_level(d: int) -> int:
    """Return the level, 0 to 27, of twice a difference of values (6.3.8)."""
    fifths = abs(d) // 5
    level = min(fifths, 7) + sum(fifths >= least for least in DISTANCES)
    return 14 + level if d >= 0 else 13 - level


def decode(data: bytes) -> Picture:
    """Return the picture in a file, or raise ``KmqError``."""
    reader = Reader(data)
    header = parse_header(reader)
    sections = parse_sections(reader)
    check_order(header, sections)
    check_limits(header)
    if header.block == (1, 1):
        colors = palette = decode_palette(sections[0].payload, header.n_colors, header.channels)
    else:
        palette = decode_codebook(sections[0].payload, header)
        colors = [mean_color(block, header.channels) for block in palette]
    grid = replace(  # 6
        header,
        width=-(-header.width // header.block[1]),
        height=-(-header.height // header.block[0]),
    )
    if header.n_colors == 1:
        rows = [[0] * grid.width for _ in range(grid.height)]  # 4.3
    else:
        rows = decode_indices(sections[-1].payload, grid, colors)
    return Picture(
        header.width,
        header.height,
        header.channels,
        palette,
        rows,
        authored=header.authored,
        block=header.block,
    )


def build_pam(picture: Picture) -> bytes:
    """Return a picture as a PAM file (P7)."""
    kind = ("GRAYSCALE", "GRAYSCALE_ALPHA", "RGB", "RGB_ALPHA")[picture.channels - 1]
    header = (
        f"P7\nWIDTH {picture.width}\nHEIGHT {picture.height}\nDEPTH {picture.channels}\n"
        f"MAXVAL 255\nTUPLTYPE {kind}\nENDHDR\n"
    )
    return header.encode() + picture.pixels()


def main(arguments: list[str]) -> int:
    """Decode a file; return the exit code."""
    if len(arguments) != 2:
        print("usage: python reference_decoder.py FILE.kmq OUT.pam", file=sys.stderr)
        return 2
    try:
        picture = decode(Path(arguments[0]).read_bytes())
        Path(arguments[1]).write_bytes(build_pam(picture))
    except (KmqError, OSError) as error:
        print(f"{arguments[0]}: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
