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
from dataclasses import dataclass, field, replace
from itertools import accumulate, product
from math import prod
from operator import add, gt, mul, sub
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# Section 2: how a file begins
SIGNATURE = b"\x8fKMQ"  # 2.1
MAJOR, MINOR = 0, 1  # 2.2
LARGEST_VARINT = 9  # bytes, 2.3

# Section 3: header
FLAG_CHANNELS = 0x03  # 3.1
FLAG_BLOCK = 0x04
FLAG_AUTHORED = 0x08
FLAG_STACK = 0x10
FLAGS_KNOWN = FLAG_CHANNELS | FLAG_BLOCK | FLAG_AUTHORED | FLAG_STACK
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
PIXELS_PER_BYTE = 1 << 22
FREE_TILES = 16
PIXELS_PER_TILE = 1 << 12
MOST_TILES = 65536
MOST_PIXELS = 16777216  # of a tile
ONE_CODER_PIXELS = 16384
W, N, NW, NE, WW, NN, NNE, NWW, NEE, WWW, NNN, NNW = range(12)  # 6.3.3
RUN = 16  # 6.3.4
MOST_COUNT = 62
LARGEST_WEIGHT = 24000
NO_PATTERN = 32  # in a tile's first plane, 6.3.6
LEAST_CHANCE = -32768  # 6.3.5
LAST_RATE = 32
BIAS_RATE = 32
CLOSEST = (W, N, NE, NW)  # 6.3.6
ACTIVITIES = (1, 8, 16, 28, 45, 70, 110, 170, 260)
MOST_TIMES = 31  # 6.3.7
DECAY = 4172516  # 6.3.9

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
    planes: int = 1


@dataclass(frozen=True)
class Section:
    """A tag without its "last" bit, and the payload (section 4)."""

    tag: int
    payload: bytes


@dataclass(frozen=True)
class Picture:
    """What a file holds: a palette and rows of indices into it.

    The planes of a stack, each of `height` rows, stand one below another.
    """

    width: int
    height: int
    channels: int
    palette: list[bytes]
    rows: list[list[int]]
    authored: bool
    block: tuple[int, int] = (1, 1)
    planes: int = 1

    def pixels(self) -> bytes:
        """Return the pixels row by row, `channels` bytes each (6.4)."""
        height, width = self.block
        size = width * self.channels  # of a row of a block
        n_lines = self.planes * self.height
        lines: list[bytes] = []
        for row in self.rows:
            for y in range(min(height, n_lines - len(lines))):
                line = b"".join(self.palette[i][y * size : (y + 1) * size] for i in row)
                lines.append(line[: self.width * self.channels])
        return b"".join(lines)


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
    planes = 1
    if flags & FLAG_STACK:
        planes = bounded(reader.varint() + 1, LARGEST_SIDE // height, "number of planes")
        if planes == 1 or flags & FLAG_BLOCK:
            raise FormatError("a stack has one plane, or blocks")
    channels = (flags & FLAG_CHANNELS) + 1
    return Header(width, height, channels, n_colors, bool(flags & FLAG_AUTHORED), block, planes)


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
    pixels = header.width * header.height * header.planes
    if pixels > MAX_PIXELS:
        raise LimitError(f"{pixels} pixels are more than {MAX_PIXELS}")
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


class Stream:
    """Bytes that one or two range decoders read (5.4)."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def next_byte(self) -> int:
        """Return the next byte, or 0 after the last one."""
        self.position += 1
        return self.data[self.position - 1] if self.position <= len(self.data) else 0

    def finish(self, least: int = 0) -> None:
        """Check that all bytes are read, and that a zero ends only what has the least size."""
        if len(self.data) > self.position:
            raise FormatError("there are bytes after the last decision")
        if len(self.data) > least and self.data.endswith(b"\0"):
            raise FormatError("a row of decisions ends with a zero byte")


class RangeDecoder:
    """Decisions and symbols from bytes (5.4)."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.range = (1 << 32) - 1
        self.word = int.from_bytes([stream.next_byte() for _ in range(4)], "big")
        self.code = self.word
        if self.code == self.range:
            raise FormatError("a row of decisions starts with a number out of range")

    def decide(self, chance: int) -> int:
        """Return the bit of a decision with this chance of 65536."""
        bound = self.range // 65536 * chance
        if bit := self.code < bound:
            self.range = bound
        else:
            self.range -= bound
            self.code -= bound
        self.renew()
        return int(bit)

    def symbol(self, ends: list[int]) -> int:
        """Return the next symbol; ``ends`` has the upper ends of the symbols' parts of 16384."""
        part = self.range // 16384
        value = self.code // part
        if value >= 16384:
            raise FormatError("a symbol is out of range")
        symbol = bisect_right(ends, value)
        low = ends[symbol - 1] if symbol else 0
        self.code -= part * low
        self.range = part * (ends[symbol] - low)
        self.renew()
        return symbol

    def renew(self) -> None:
        """Read bytes until the range is large enough."""
        while self.range < 1 << 24:
            byte = self.stream.next_byte()
            self.range <<= 8
            self.code = self.code << 8 | byte
            self.word = self.word << 8 & 0xFFFFFFFF | byte

    def finish(self) -> None:
        """Check that the last 4 bytes are those that an encoder writes."""
        low = self.word - self.code
        power = 1 << 32
        while (multiple := -(-low // power) * power) >= low + self.range:
            power //= 2
        if multiple != self.word:
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
        self.stream = Stream(data)
        self.decisions = RangeDecoder(self.stream)
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
        self.stream.finish()
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
    """Return the rows of indices, the planes of a stack one below another (6)."""
    if len(payload) == 0:
        raise FormatError("the index section is empty")
    coder, data = payload[0], payload[1:]
    one_plane = replace(header, height=header.planes * header.height, planes=1)
    if coder == CODER_PACKED:
        rows = decode_packed(data, one_plane)
    elif coder == CODER_DEFLATE:
        rows = decode_deflate(data, one_plane)
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
    """A column of the first table in 6.3.8, and its rows of the second."""

    mixers: int
    strips: bool
    matches: bool
    start: int
    first_rate: int
    limit: int
    many: str  # inputs for more than 16 colours
    few: str = ""  # inputs for at most 16 colours; none: the same
    stack: bool = False

    def has_few(self, n_colors: int) -> bool:
        """Return whether the rules for at most 16 colours hold."""
        return n_colors <= 16 and not self.stack

    def inputs(self, n_colors: int) -> list[tuple[str, str]]:
        """Return the kind of each input, and what it is of."""
        names = (self.few if self.has_few(n_colors) else self.many).split(", ")
        return [tuple(f"HASHED {name}".split()[-2:]) for name in names]  # type: ignore[misc]


MODELS = (
    Model(
        *(1, False, False, 6, 200, 14),
        few="W_N, W_N_NE, SIX",
        many="EXACT W, EXACT N",
    ),
    Model(
        *(1, True, False, 6, 200, 14),
        few="W_N, DISTANCE LEARNT, SIX, W_N_NEE, NW_NE, W_WW, N_NN, LEARNT4_W",
        many="EXACT W, EXACT N, EXACT NE, DISTANCE LEARNT",
    ),
    Model(
        *(1, True, True, 3, 100, 15),
        few="W_N, DISTANCE LEARNT, SIX, W_N_NEE, EXACT NE, W_WW, N_NN, LEARNT4, MATCH 0, TWELVE, "
        "NEAR MATCHING, N_NN_NNN",
        many="EXACT W, EXACT N, EXACT NE, W_WW, N_NN, MATCH 0, SIX, TWELVE, W_N_NEE, GRADIENT4, "
        "DISTANCE LEARNT, DISTANCE SLOPE, NEAR MATCHING",
    ),
    Model(
        *(2, True, True, 4, 100, 16),
        few="W_N, DISTANCE LEARNT, SIX, W_N_NEE, NW_NE, W_WW, N_NN, LEARNT4_W, MATCH 0, TWELVE, "
        "ROW, N_NN_NNN, NEAR MATCHING, EXACT NE, LEARNT4, W_N_NE, NEAR EQUAL, SLOPE5, FIVE",
        many="EXACT W, EXACT N, EXACT NE, EXACT NW, W_WW, N_NN, DISTANCE LEARNT, LEARNT4, "
        "EXACT NWW, NE_NEE, NW_NE, W_NE, AVERAGE6, DISTANCE SLOPE, MATCH 0, SIX, TWELVE, W_N_NEE, "
        "GRADIENT4, NEAR MATCHING, N_NN_NNN, NEAR EQUAL, SLOPE5",
    ),
    Model(
        *(1, False, False, 6, 200, 14),
        many="EXACT W, EXACT N, BEFORE B, SIX, B_W_AFTER",
        stack=True,
    ),
    Model(
        *(1, True, True, 3, 100, 15),
        many="EXACT W, EXACT N, EXACT NE, W_WW, N_NN, MATCH 0, SIX, TWELVE, W_N_NEE, GRADIENT4, "
        "DISTANCE LEARNT, DISTANCE SLOPE, NEAR MATCHING, BEFORE B, B_W_N, B_W_AFTER",
        stack=True,
    ),
    Model(
        *(2, True, True, 4, 100, 16),
        many="EXACT W, EXACT N, EXACT NE, EXACT NW, W_WW, N_NN, DISTANCE LEARNT, LEARNT4, "
        "EXACT NWW, NE_NEE, NW_NE, W_NE, AVERAGE6, DISTANCE SLOPE, MATCH 0, SIX, TWELVE, W_N_NEE, "
        "GRADIENT4, NEAR MATCHING, N_NN_NNN, NEAR EQUAL, SLOPE5, BEFORE B, B_W_N, B_W_AFTER, "
        "B_W_N_AFTER",
        stack=True,
    ),
)


@dataclass(frozen=True)
class Tile:
    """Rows `top` to `bottom` - 1, columns `left` to `right` - 1, and their stream (6.3.1).

    Of a stack, the planes `first` to `end` - 1.
    """

    top: int
    bottom: int
    left: int
    right: int
    stream: bytes
    first: int = 0
    end: int = 1

    def count_pixels(self) -> int:
        """Return how many pixels there are in all planes."""
        return (self.end - self.first) * (self.bottom - self.top) * (self.right - self.left)


def decode_mixed(data: bytes, header: Header, palette: list[bytes]) -> list[list[int]]:
    """Return the rows of coder 2 (6.3)."""
    if len(data) == 0:
        raise FormatError("the mixed indices are empty")
    number = data[0] & ~FLAG_TILES
    if number >= len(MODELS):
        raise UnsupportedError(f"model {number} is unknown")
    if MODELS[number].stack != (header.planes > 1):
        raise FormatError("a stack has a model for pictures, or the other way round")
    tiles = parse_tiles(data, header)
    tree = PaletteTree(palette)
    rows = [[0] * header.width for _ in range(header.planes * header.height)]
    for tile in tiles:
        leaves = TileDecoder(MODELS[number], tree, tile).decode()
        for z, plane in enumerate(leaves, start=tile.first):
            for y, row in enumerate(plane, start=z * header.height + tile.top):
                rows[y][tile.left : tile.right] = [tree.order[leaf] for leaf in row]
    return rows


def parse_tiles(data: bytes, header: Header) -> list[Tile]:
    """Return the tiles, each with a stream that is long enough (6.3.1)."""
    reader = Reader(data)
    reader.take(1)
    sides = (header.planes, header.height, header.width)
    counts = [1, 1, 1]
    sizes = []
    if data[0] & FLAG_TILES:
        try:
            counts = parse_counts(reader, sides)
            if prod(counts) - 1 > len(data) - reader.position:
                raise FormatError("the sizes of the tiles do not fit into the payload")
            sizes = [reader.varint() for _ in range(prod(counts) - 1)]
        except TruncatedError as error:
            raise FormatError("the sizes of the tiles end early") from error
    sizes.append(len(data) - reader.position - sum(sizes))
    if sizes[-1] < 0:
        raise FormatError("the streams of the tiles are longer than the payload")
    tiles = []
    for size, place in zip(sizes, product(*map(range, counts)), strict=True):
        first, top, left = (s * k // n for s, k, n in zip(sides, place, counts, strict=True))
        end, bottom, right = (
            s * (k + 1) // n for s, k, n in zip(sides, place, counts, strict=True)
        )
        tile = Tile(top, bottom, left, right, reader.take(size), first, end)
        if tile.count_pixels() > MOST_PIXELS:
            raise FormatError(f"tile {place} has more than {MOST_PIXELS} pixels")
        if size < tile.count_pixels() // PIXELS_PER_BYTE:
            raise FormatError(f"{size} bytes are too few for tile {place}")
        tiles.append(tile)
    return tiles


def parse_counts(reader: Reader, sides: tuple[int, int, int]) -> list[int]:
    """Return how many groups of planes, rows and columns of tiles there are (6.3.1)."""
    counts = [reader.varint() + 1 if sides[0] > 1 else 1]
    counts += [reader.varint() + 1 for _ in sides[1:]]
    if any(map(gt, counts, sides)) or prod(counts) == 1:
        raise FormatError(f"{counts} tiles")
    if prod(counts) > min(MOST_TILES, FREE_TILES + prod(sides) // PIXELS_PER_TILE):
        raise FormatError(f"{counts} tiles are too many")
    return counts


class PaletteTree:
    """The entry of each leaf, the leaves' colours, and the centres of symbols (6.3.2)."""

    def __init__(self, palette: list[bytes]) -> None:
        self.palette = palette
        self.order = list(range(len(palette)))
        self.grow(0, len(palette))
        self.channels = len(palette[0])
        self.colors = [(palette[entry] + bytes(3))[:4] for entry in self.order]
        self.centred = [[(v - 128) * 128 for v in palette[entry]] for entry in self.order]
        self.powers = [sum((v - 128) ** 2 for v in palette[entry]) for entry in self.order]
        self.steps = 1
        while (len(palette) - 1) >> 4 * self.steps:
            self.steps += 1
        self.found_centres: dict[tuple[int, int], list[tuple[int, ...]]] = {}

    def grow(self, low: int, high: int) -> None:
        """Sort and split the leaves from `low` to `high` - 1."""
        m = high - low
        if m == 1:
            return
        run = self.order[low:high]
        spreads = [
            m * sum(v * v for v in column) - sum(column) ** 2
            for column in zip(*(self.palette[entry] for entry in run), strict=True)
        ]
        channel = spreads.index(max(spreads))
        run.sort(key=lambda entry: self.palette[entry][channel])  # a stable sort
        self.order[low:high] = run
        group = max(power for power in (1, 16, 256, 4096) if power < m)
        half = ((m + 1) // 2 + group // 2) // group * group
        middle = low + clamp(half, group, (m - 1) // group * group)
        self.grow(low, middle)
        self.grow(middle, high)

    def centres(self, unit: int, prefix: int) -> list[tuple[int, ...]]:
        """Return the mean colour of the leaves of each symbol after a prefix (6.3.6)."""
        if (unit, prefix) not in self.found_centres:
            starts = range(16 * prefix * unit, 16 * (prefix + 1) * unit, unit)
            groups = [self.colors[start : start + unit] for start in starts]
            self.found_centres[unit, prefix] = [
                tuple(sum(column) // len(group) for column in zip(*group, strict=True))
                or (0, 0, 0, 0)
                for group in groups
            ]
        return self.found_centres[unit, prefix]


def clamp(value: int, least: int, largest: int) -> int:
    """Return the number nearest to a value from `least` to `largest`."""
    return min(max(value, least), largest)


def saturate(values: list[int], least: int = -32768) -> list[int]:
    """Return the numbers of 16 bits that are nearest to some values (6.3)."""
    if least <= min(values) and max(values) <= 32767:
        return values
    return [clamp(value, least, 32767) for value in values]


def mixed_hash(a: int, b: int) -> int:
    """Return a number of 32 bits (6.3.4)."""
    h = (a * 0x2C9277B5 + b * 0x1E3779B1 + 0x3F4A7C15) & 0xFFFFFFFF
    h = (h ^ h >> 15) * 0x35EBCA6B & 0xFFFFFFFF
    return h ^ h >> 13


def pair(a: int, b: int) -> int:
    """Return one number for two leaves."""
    return a + 65536 * b


@dataclass(slots=True)
class Cell:
    """The chance of a decision (6.3.4)."""

    p: int
    count: int = 0


@dataclass
class WeightSet:
    """The weights of a decision's cells (6.3.4)."""

    weights: list[int]
    visits: int = 0


@dataclass(slots=True)
class Match:
    """What followed the same leaves last time (6.3.7)."""

    number: int
    times: int
    guess: int


class Row:
    """What came in similar places, as logarithms of chances (6.3.5)."""

    __slots__ = ("chance", "check", "count")

    def __init__(self) -> None:
        self.chance = [0] * 16
        self.count = 0
        self.check = 0


@dataclass(slots=True)
class Site:
    """A pixel that begins, and what surrounds it (6.3.3)."""

    x: int
    y: int
    near: list[int]
    matches: list[Match]
    expected: int  # what a flat or still pixel should be
    same: list[bool] = field(default_factory=list)  # which of `near` are as in the plane before
    still: bool = False
    escaped: bool = False
    equal: int = 0
    outside: int = 0
    level: int = 0
    before: int = 0  # B
    pattern: int = 0
    after: int = 0
    set_before: int = 0
    colors: dict[str, list[int]] = field(default_factory=dict)
    sums: list[int] = field(default_factory=list)  # of LEARNT
    numbers: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Mixer:
    """The sets of weights and the bias that a step of a pixel uses, and the ends of parts found."""

    sets: list[list[int]]
    bias: list[int]
    high: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Mixture:
    """What a step of a pixel is mixed from (6.3.5)."""

    site: Site
    unit: int
    prefix: int
    rows: list[Row | None]  # that learn
    made: list[list[int] | None]  # what inputs say that is not the chances of their row
    mixers: list[Mixer]
    near_sets: list[int]  # set(s) of each symbol
    high: list[int] = field(default_factory=list)

    def shown(self) -> list[list[int]]:
        """Return what each input says of each symbol."""
        return [
            row.chance if made is None else made  # type: ignore[union-attr]
            for row, made in zip(self.rows, self.made, strict=True)
        ]


class TileDecoder:
    """The decoder of a tile (6.3)."""

    def __init__(self, model: Model, tree: PaletteTree, tile: Tile) -> None:
        self.model = model
        self.tree = tree
        self.width, self.height = tile.right - tile.left, tile.bottom - tile.top
        self.planes = tile.end - tile.first
        n = tile.count_pixels()
        self.least = n // PIXELS_PER_BYTE
        self.stream = Stream(tile.stream)
        self.coders = [self.start_coder()]
        if n >= ONE_CODER_PIXELS and self.height > 1:
            self.coders.append(self.start_coder())
        self.z = 0
        self.padded, self.before, self.older = (self.build_plane() for _ in range(3))
        self.x = [0, 0]  # where the rows of the pair stand
        self.calm = [0, 0]
        self.broke = ["", ""]  # "flat" or "still", if that run of the row's last turn broke
        self.streak = 0
        self.rate = 0
        self.n_colors = len(tree.order)
        self.few = model.has_few(self.n_colors)
        self.inputs = model.inputs(self.n_colors)
        self.learns = any(what.startswith("LEARNT") for _, what in self.inputs)
        first = [8192, 8192, -3277, 3277, *[0] * 8]
        self.taps = [list(first) for _ in range(tree.channels)]
        self.n_matches = 1 << clamp((n - 1).bit_length(), 4, 16)  # 6.3.7
        self.log_rows = clamp((2 * n - 1).bit_length(), 6, model.limit)  # 6.3.6
        self.paces = build_paces(model.start, 63 if self.n_colors <= 16 else 127)
        # what is not in these is as it was at the start
        self.cells: dict[tuple[str, bool, int, int], Cell] = {}
        self.flat_sets: dict[tuple[str, bool, int], WeightSet] = {}
        self.rows: list[dict[int, Row]] = [{} for _ in self.inputs]
        self.weights: dict[tuple[int, int, int], list[int]] = {}
        self.biases: dict[tuple[int, int], list[int]] = {}
        self.entries: dict[int, tuple[int, int, int]] = {}

    def start_coder(self) -> RangeDecoder:
        """Return a decoder that reads the stream."""
        return RangeDecoder(self.stream)

    def build_plane(self) -> list[list[int]]:
        """Return leaves of 0: 3 rows above, 1 below, 3 leaves to the left, 2 to the right."""
        return [[0] * (self.width + 5) for _ in range(self.height + 4)]

    def decode(self) -> list[list[list[int]]]:
        """Return the rows of leaves of each plane."""
        planes = self.decode_planes()
        self.stream.finish(self.least)
        for coder in self.coders:
            coder.finish()
        return planes

    def decode_planes(self) -> list[list[list[int]]]:
        """Go through all planes."""
        planes = []
        for z in range(self.planes):
            self.z = z
            if z > 0:
                self.older, self.before = self.before, self.padded
                self.padded = self.build_plane()
            for y in range(0, self.height, 2):
                self.decode_pair(y)
            planes.append([row[3 : 3 + self.width] for row in self.padded[3:-1]])
        return planes

    # 6.3.3

    def decode_pair(self, y: int) -> None:
        """Decode the rows y and y + 1, if there is a second one."""
        width = self.width
        pixels = (self.z * self.height + y) * width  # before this pair
        self.rate = LAST_RATE + self.model.first_rate * 8000 // (8000 + pixels)
        self.x = x = [0, 0 if y + 1 < self.height else width]
        while min(x) < width:
            ahead, behind = x
            turns = [0] if ahead < width else []
            if behind < width and (ahead == width or ahead >= behind + 3):
                turns.append(1)
            sites = [self.begin(y, line, ahead) for line in turns]
            self.decode_leaves([site for site in sites if site is not None])
            for line in turns:
                if x[line] == width:
                    row = self.padded[y + line + 3]
                    row[width + 3 :] = [row[width + 2]] * 2

    def look(self, plane: list[list[int]], x: int, y: int) -> list[int]:
        """Return the twelve leaves around a pixel of a padded plane."""
        third, second, above, row = plane[y : y + 4]
        www, ww, w = row[x : x + 3]
        nww, nw, n, ne, nee = above[x + 1 : x + 6]
        nnw, nn, nne = second[x + 2 : x + 5]
        return [w, n, nw, ne, ww, nn, nne, nww, nee, www, third[x + 3], nnw]

    def set_leaves(self, site: Site, leaves: list[int]) -> None:
        """Note the leaves from a pixel on, and what followed its surroundings (6.3.7)."""
        row = self.padded[site.y + 3]
        row[site.x + 3 : site.x + 3 + len(leaves)] = leaves
        for match in site.matches:
            times = min(match.times + 1, MOST_TIMES) if match.guess == leaves[0] else 1
            self.entries[match.number % self.n_matches] = match.number >> 21, times, leaves[0]

    # 6.3.4

    def begin(self, y: int, line: int, ahead: int) -> Site | None:
        """Begin a row's turn; return the pixel if it has to be decoded by steps."""
        x = self.x[line]
        y += line
        if x == 0:
            self.padded[y + 3][:3] = [self.padded[y + 2][3]] * 3
        near = self.look(self.padded, x, y)
        w = near[W]
        site = Site(x, y, near, self.find_matches(near), expected=w)
        self.x[line] += 1
        alike = [leaf == w for leaf in near]
        if self.z > 0:
            site.same = [a == b for a, b in zip(near, self.look(self.before, x, y), strict=True)]
            site.still = self.broke[line] != "flat" and all(site.same[:6])
        if site.still:
            alike, site.expected = site.same, self.before[y + 3][x + 3]
        if not all(alike[:6]):
            self.calm[line] = 0
            return site
        beyond = sum(1 << i for i, equal in enumerate(alike[6:]) if equal)
        length = 1
        if self.broke[line]:
            self.broke[line] = ""
            length = 0
        elif beyond == 63 and self.can_run(site, line, ahead):
            length = self.decode_run(site, line)
            if 0 < length < RUN:
                self.broke[line] = "still" if site.still else "flat"
        elif self.decode_flat(site, line, beyond):
            length = 0
        if length == 0:
            self.calm[line] = 0
            site.escaped = True
            return site
        self.calm[line] += length
        self.x[line] = x + length
        self.set_leaves(site, self.find_expected(site)[:length])
        return None

    def find_expected(self, site: Site) -> list[int]:
        """Return what is expected of 16 pixels."""
        if site.still:
            return self.before[site.y + 3][site.x + 3 : site.x + 3 + RUN]
        return [site.expected] * RUN

    def can_run(self, site: Site, line: int, ahead: int) -> bool:
        """Return whether a run can begin, where all neighbours are as expected."""
        x, y, w = site.x, site.y, site.near[W]
        if x + RUN > self.width or (line == 1 and ahead < self.width and ahead < x + RUN + 2):
            return False
        above, second = self.padded[y + 2][x + 5 : x + 21], self.padded[y + 1][x + 4 : x + 20]
        if site.still:
            above_before = self.before[y + 2][x + 5 : x + 21]
            return above == above_before and second == self.before[y + 1][x + 4 : x + 20]
        return above == second == [w] * RUN

    def decode_flat(self, site: Site, line: int, beyond: int) -> int:
        """Return whether a flat or still pixel escapes."""
        near = site.near
        number = mixed_hash(pair(near[W], near[NEE]), near[NNE]) % 4096
        if self.z > 0:
            number = self.find_around(site)
        numbers = [64 * beyond + about(self.calm[line]), number, *self.find_guess(site)]
        return self.decide(line, "flat", site, beyond, numbers)

    def find_around(self, site: Site) -> int:
        """Return which leaves of the planes before are as expected, and which neighbours are W."""
        x, y, near = site.x + 3, site.y + 3, site.near
        row, below = self.before[y : y + 2]
        older, older_below = self.older[y : y + 2]
        leaves = [row[x], row[x + 1], below[x], below[x + 1], older[x], below[x - 1], row[x + 2]]
        leaves += [older[x + 1], older_below[x]]
        same = [leaf == site.expected for leaf in leaves]
        same += [near[k] == near[W] for k in (N, NEE, NWW)]
        return sum(1 << i for i, equal in enumerate(same) if equal)

    def decode_run(self, site: Site, line: int) -> int:
        """Return the length of a run, 0 to 16."""
        numbers = [64 * min(self.streak, 15) + about(self.calm[line])]
        number = mixed_hash(site.near[W], 0) % 1024
        if self.z > 0:
            number = self.find_along(site)
        if self.decide(line, "run", site, 0, [*numbers, number, *self.find_guess(site)]) == 0:
            self.streak += 1
            return RUN
        self.streak = 0
        node = 1
        for _ in range(4):
            node = 2 * node + self.decide(line, "length", site, 0, [node])
        return node - 16

    def find_along(self, site: Site) -> int:
        """Return what a run would pass in the planes before."""
        x, y = site.x + 3, site.y + 3
        row, below = self.before[y : y + 2]
        now, now_below, old, old_below = (
            leaves[x : x + RUN] for leaves in (row, below, *self.older[y : y + 2])
        )
        spans = [row[x + 1 : x + 9], row[x + 9 : x + 17], now_below[:8], now_below[8:]]
        same = [set(span) == {site.expected} for span in (*spans, old, old_below)]
        same += [now == old, now_below == old_below]
        return sum(1 << i for i, equal in enumerate(same) if equal)

    def find_guess(self, site: Site) -> list[int]:
        """Return the number of a decision's third cell, if there is one."""
        return [2 * match.times + (match.guess == site.expected) for match in site.matches[:1]]

    def decide(self, line: int, kind: str, site: Site, number: int, places: list[int]) -> int:
        """Return the bit of a decision, given the numbers of its set and of its cells."""
        start = 1 << 21 if kind == "length" else 128000
        cells = [
            self.cells.setdefault((kind, site.still, i, place), Cell(start))
            for i, place in enumerate(places)
        ]
        first = (16384, 8192, 6554)[len(cells) - 1]
        used = self.flat_sets.setdefault(
            (kind, site.still, number), WeightSet([first] * len(cells))
        )
        inputs = [build_stretch()[cell.p // 1024] for cell in cells]
        total = sum(w * x for w, x in zip(used.weights, inputs, strict=True)) // 16384
        chance = squash(clamp(total, -2047, 2047))
        bit = self.coders[line % len(self.coders)].decide(chance)
        step = ((bit << 16) - chance) * (2097 + 268432 // (16 + used.visits)) // 65536
        used.visits = min(used.visits + 1, 255)
        for i, (cell, x) in enumerate(zip(cells, inputs, strict=True)):
            weight = used.weights[i] + (16 * x * step // 65536 + 1) // 2
            used.weights[i] = clamp(weight, -LARGEST_WEIGHT, LARGEST_WEIGHT)
            haste = 40960 // (10 * cell.count + 15)
            cell.p += ((bit << 22) - cell.p) // 8 * haste // 512
            cell.count = min(cell.count + 1, MOST_COUNT)
        return bit

    # 6.3.5

    def decode_leaves(self, sites: list[Site]) -> None:
        """Decode the leaves of one pixel, or of two together."""
        for site in sites:
            self.describe(site)
        prefixes = [0] * len(sites)
        for j in range(self.tree.steps):
            mixtures = [
                self.find_inputs(site, j, prefix)
                for site, prefix in zip(sites, prefixes, strict=True)
            ]
            for mixture in mixtures:
                self.mix(mixture)
            symbols = [self.decode_symbol(mixture) for mixture in mixtures]
            for k, (mixture, symbol) in enumerate(zip(mixtures, symbols, strict=True)):
                self.learn(mixture, symbol)
                prefixes[k] = 16 * prefixes[k] + symbol
        for site, leaf in zip(sites, prefixes, strict=True):
            if self.learns:
                self.learn_color(site, leaf)
            self.set_leaves(site, [leaf])

    def decode_symbol(self, mixture: Mixture) -> int:
        """Return the symbol of a step that is mixed."""
        coder = self.coders[mixture.site.y % len(self.coders)]
        symbol = coder.symbol(mixture.high)
        if 16 * mixture.prefix + symbol > (self.n_colors - 1) // mixture.unit:
            raise FormatError("a leaf is not in the tree")
        return symbol

    def mix(self, mixture: Mixture) -> None:
        """Find the upper ends of the symbols' parts."""
        shown = mixture.shown()
        totals = [add_up(mixer, shown) for mixer in mixture.mixers]
        for mixer, total in zip(mixture.mixers, totals, strict=True):
            mixture.high = mixer.high = self.find_ends(mixture, total)
        if len(totals) == 2:
            mean = [a // 2 + b // 2 for a, b in zip(*totals, strict=True)]
            mixture.high = self.find_ends(mixture, mean)

    def find_ends(self, mixture: Mixture, total: list[int]) -> list[int]:
        """Return the upper ends of parts that are as large as the totals say."""
        total = list(total)
        first, last = 16 * mixture.prefix, (self.n_colors - 1) // mixture.unit
        if last < first + 15:
            total[last - first + 1 :] = [LEAST_CHANCE] * (first + 15 - last)
        expected = mixture.site.expected
        if mixture.site.escaped and mixture.unit == 1 and expected // 16 == mixture.prefix:
            total[expected % 16] = LEAST_CHANCE
        most = max(total)
        parts = build_parts()
        sums = list(accumulate(parts[most - value] for value in total))
        shift = 16 - sums[15].bit_length()
        scale = (16368 << 15) // (sums[15] << shift >> 1)
        high = [((v << shift >> 1) * scale + 16384 >> 15) + s for s, v in enumerate(sums, 1)]
        high[15] = 16384
        return high

    def learn(self, mixture: Mixture, symbol: int) -> None:
        """Let all that was mixed learn the symbol."""
        gains, shown = build_gains(), mixture.shown()
        for mixer in mixture.mixers:
            e = list(map(sub, [0, *mixer.high], mixer.high))
            e[symbol] += 16384
            errors = saturate([sum(map(mul, e, values)) >> 14 for values in shown])
            changes = [error * self.rate + 16384 >> 15 for error in errors]
            for weights in mixer.sets:
                weights[:] = saturate(list(map(add, weights, changes)))
            changes = [BIAS_RATE * v + 16384 >> 15 for v in e]
            mixer.bias[:] = saturate(list(map(add, mixer.bias, changes)))
        for row, (kind, _) in zip(mixture.rows, self.inputs, strict=True):
            if row is None:
                continue
            came = mixture.near_sets[symbol] if kind == "NEAR" else symbol
            loss, base, row.count = self.paces[row.count]
            rise = gains[base - row.chance[came] >> 5]
            row.chance = saturate([v - loss for v in row.chance])
            row.chance[came] += rise

    # 6.3.6

    def describe(self, site: Site) -> None:
        """Work out what all steps of a pixel have in common."""
        near = site.near
        site.equal = find_equal(near, (W, N), (N, NW), (N, NE), (W, NW), (W, WW), (N, NN))
        site.equal += 64 * site.escaped
        site.outside = find_equal(near, (NEE, NE), (NWW, NW), (NNE, NE), (WWW, WW), (NNN, NN))
        if self.model.stack:
            self.describe_before(site)
        columns = list(zip(*(self.tree.colors[k] for k in near[:7]), strict=True))
        site.colors["GRADIENT"] = [
            clamp(w + n - nw, min(w, n), max(w, n)) for w, n, nw, *_ in columns
        ]
        site.colors["SLOPE"] = [clamp(n + ne - nne, 0, 255) for _, n, _, ne, _, _, nne in columns]
        site.colors["AVERAGE"] = [(3 * w + 3 * n + 2 * ne + 4) // 8 for w, n, _, ne, *_ in columns]
        if self.learns:
            self.predict(site)
        site.level = bisect_right(
            ACTIVITIES,
            sum(abs(w - nw) + abs(n - nw) + abs(n - ne) for w, n, nw, ne, *_ in columns),
        )
        site.numbers = [NUMBERS[what](site) if what in NUMBERS else 0 for _, what in self.inputs]

    def describe_before(self, site: Site) -> None:
        """Work out what the planes before say of a pixel."""
        x, y = site.x + 3, site.y + 3
        (row, below), older = self.before[y : y + 2], self.older[y][x]
        b = site.before = row[x]
        site.after = mixed_hash(pair(row[x + 1], below[x]), older)
        site.pattern = NO_PATTERN
        if self.z > 0:
            same = [*site.same[:4], b == older]
            site.pattern = sum(1 << i for i, equal in enumerate(same) if equal)
            site.set_before = 1 + 8 * site.pattern + 4 * (site.near[W] == b)
            site.set_before += 2 * (below[x] == b) + (row[x + 1] == b)

    def predict(self, site: Site) -> None:
        """Find the colour `LEARNT`."""
        site.sums = []
        columns = zip(*(self.tree.centred[k] for k in site.near), strict=True)
        for taps, column in zip(self.taps, columns, strict=True):
            halves = [0, 0]
            for i, (tap, value) in enumerate(zip(taps, column, strict=True)):
                half = halves[i % 2] + (tap * value + 16384 >> 15)
                halves[i % 2] = clamp(half, -32768, 32767)
            site.sums.append(clamp(sum(halves), -32768, 32767))
        color = [clamp(min(total + 32, 32767) // 64 + 128, 0, 255) for total in site.sums]
        site.colors["LEARNT"] = [*color, 0, 0, 0][:4]

    def learn_color(self, site: Site, leaf: int) -> None:
        """Let the taps learn the colour of the leaf that came."""
        tree = self.tree
        power = sum(tree.powers[k] for k in site.near)
        rate = min(103079215 * tree.channels // (power + 360 * tree.channels), 32767)
        columns = zip(*(tree.centred[k] for k in site.near), strict=True)
        for c, column in enumerate(columns):
            error = clamp(tree.centred[leaf][c] // 2 - site.sums[c], -32768, 32767)
            step = error * rate + 16384 >> 15
            changes = [step * value + 16384 >> 15 for value in column]
            self.taps[c] = saturate(list(map(add, self.taps[c], changes)))

    def find_inputs(self, site: Site, j: int, prefix: int) -> Mixture:
        """Return the rows, the sets of weights and the bias of a step."""
        unit = 16 ** (self.tree.steps - 1 - j)
        place = 1 + prefix % 16 if j % 2 else 0
        outer = prefix // 16 if j % 2 else prefix
        sharing, near_sets = 0, [0] * 16
        for k, name in enumerate(CLOSEST):
            above, symbol = divmod(site.near[name] // unit, 16)
            if above == prefix:
                sharing += 1 << k
                near_sets[symbol] += 1 << k
        rows: list[Row | None] = []
        made: list[list[int] | None] = []
        for i, (kind, what) in enumerate(self.inputs):
            number, table = site.numbers[i], self.rows[i]
            row, says = None, None
            if kind == "HASHED" or (kind == "EXACT" and self.n_colors > 256):
                row = self.find_hashed(i, mixed_hash(number, outer) if j > 1 else number, place)
            elif kind == "EXACT":
                number = number if self.few else 17 * number + place
                row = table.get(number) or table.setdefault(number, Row())
            elif kind == "MATCH":
                match = site.matches[int(what)]
                symbol = symbol_of(match.guess, unit, prefix) if match.times else 16
                number = 544 * (j > 0) + 17 * match.times + symbol
                row = table.get(number) or table.setdefault(number, Row())
            elif kind == "BEFORE":
                number = 561 * (j > 0) + 17 * site.pattern + symbol_of(number, unit, prefix)
                row = table.get(number) or table.setdefault(number, Row())
            elif kind == "NEAR":
                number = 17 * number + (1 + sharing if j else 0)
                row = table.get(number) or table.setdefault(number, Row())
                rest = row.chance[0]
                if row.count:
                    rest = max(rest - logarithm(near_sets.count(0)), LEAST_CHANCE)
                says = [row.chance[near_set] if near_set else rest for near_set in near_sets]
            else:
                a, b, c, d = site.colors[what]
                says = [
                    -128 * min(abs(p - a) + abs(q - b) + abs(r - c) + abs(s - d), 255)
                    for p, q, r, s in self.tree.centres(unit, prefix)
                ]
            rows.append(row)
            made.append(says)
        mixers = self.find_mixers(site, j, unit, prefix, sharing)
        return Mixture(site, unit, prefix, rows, made, mixers, near_sets)

    def find_hashed(self, i: int, number: int, place: int) -> Row:
        """Return the row of a hashed number."""
        h = number * 0x9E3779B1 & 0xFFFFFFFF
        at = (h >> 32 - self.log_rows) + place
        row = self.rows[i].get(at) or self.rows[i].setdefault(at, Row())
        if self.model.matches and row.check != (check := (h ^ h >> 13) % 65536 | 1):
            row.chance, row.count, row.check = [0] * 16, 0, check
        return row

    def find_mixers(self, site: Site, j: int, unit: int, prefix: int, sharing: int) -> list[Mixer]:
        """Return the sets of weights and the bias of each mixer of a step (6.3.9)."""
        later = int(j > 0)
        if self.few:
            numbers, bias = [site.equal, site.outside], 0
        elif j == 0:
            numbers, bias = [2 * site.equal, site.level], 256
        else:
            numbers = [2 * site.equal + 1, 16 + 16 * site.level + sharing]
            bias = prefix % 256
        if self.model.matches:
            far, close = (
                min(match.times, 15) if match.guess // (16 * unit) == prefix else 0
                for match in site.matches
            )
            numbers.append(256 * later + 16 * far + close)
        if self.model.strips:
            strip = site.x * (2**20 // self.width) // 2**16
            numbers.append(32 * strip + 2 * site.level + later)
        if self.model.stack:
            numbers.append(2 * site.set_before + later)
        mixers = [self.find_mixer(0, numbers, bias)]
        if self.model.mixers == 2:
            numbers = [17 * later + symbol_of(site.near[k], unit, prefix) for k in (W, N)]
            numbers.append(2 * site.outside + later + 64 * min(site.matches[0].times, 3))
            mixers.append(self.find_mixer(1, numbers, bias))
        return mixers

    def find_mixer(self, mixer: int, numbers: list[int], bias: int) -> Mixer:
        """Return a mixer with the sets and the bias of these numbers."""
        n = len(self.inputs)
        sets = []
        for table, number in enumerate(numbers):
            start = [0 if table else 6554 // n] * n
            sets.append(self.weights.setdefault((mixer, table, number), start))
        return Mixer(sets, self.biases.setdefault((mixer, bias), [0] * 16))

    # 6.3.7

    def find_matches(self, near: list[int]) -> list[Match]:
        """Return the two matches of a pixel, if the model has them."""
        if not self.model.matches:
            return []
        six = hash_six(near)
        matches = []
        for number in (hash_twelve(near, six), six):
            check, times, guess = self.entries.get(number % self.n_matches, (0, 0, 0))
            if check != number >> 21:
                times, guess = 0, near[W]
            matches.append(Match(number, times, guess))
        return matches


def symbol_of(leaf: int, unit: int, prefix: int) -> int:
    """Return the symbol of a leaf after a prefix, or 16 if it has another prefix."""
    above, symbol = divmod(leaf // unit, 16)
    return symbol if above == prefix else 16


def add_up(mixer: Mixer, shown: list[list[int]]) -> list[int]:
    """Return the total of each symbol: the weighted sum of what inputs say (6.3.5)."""
    weights = mixer.sets[0]
    for others in mixer.sets[1:]:
        weights = saturate(list(map(add, weights, others)))
    weights = saturate(weights, least=-32767)
    if sum(map(abs, weights)) + max(map(abs, mixer.bias)) < 32768:  # no sum can saturate
        total = mixer.bias
        for weight, values in zip(weights, shown, strict=True):
            total = [t + (weight * v + 16384 >> 15) for t, v in zip(total, values, strict=True)]
        return total
    sums = [mixer.bias, [0] * 16]
    for i, (weight, values) in enumerate(zip(weights, shown, strict=True)):
        products = [weight * v + 16384 >> 15 for v in values]
        sums[i % 2] = saturate(list(map(add, sums[i % 2], products)))
    return saturate(list(map(add, *sums)))


def find_equal(near: list[int], *pairs: tuple[int, int]) -> int:
    """Return which of some pairs of neighbours are equal, a bit for each."""
    return sum(1 << i for i, (a, b) in enumerate(pairs) if near[a] == near[b])


def hash_four(near: list[int]) -> int:
    """Return the hash of W, N, NW and NE (6.3.6)."""
    return mixed_hash(pair(near[W], near[N]), pair(near[NW], near[NE]))


def hash_six(near: list[int]) -> int:
    """Return the hash of the six nearest leaves (6.3.6)."""
    return mixed_hash(hash_four(near), pair(near[WW], near[NN]))


def hash_twelve(near: list[int], six: int) -> int:
    """Return the hash of all leaves around, given that of the nearest (6.3.6)."""
    rest = mixed_hash(pair(near[NNE], near[NWW]), pair(near[NEE], near[WWW]))
    return mixed_hash(mixed_hash(six, pair(near[NNN], near[NNW])), rest)


def hash_leaves(site: Site, a: int, b: int, number: int, c: int | None = None) -> int:
    """Return the hash of two or three leaves (6.3.6)."""
    near = site.near
    return mixed_hash(pair(near[a], near[b]), number if c is None else pair(number, c))


def hash_top(site: Site, color: str, bits: int, number: int) -> int:
    """Return the hash of the highest bits of a colour's channels (6.3.6)."""
    places = (1, 1 << bits, 1 << 2 * bits, min(1 << 3 * bits, 32767))
    top = sum((v >> 8 - bits) * p for v, p in zip(site.colors[color], places, strict=True))
    return mixed_hash(top, number)


def match_pattern(site: Site) -> int:
    """Return `MATCHING` (6.3.6)."""
    match = site.matches[0]
    return 4 * match.times + 2 * (match.guess == site.near[N]) + (match.guess == site.near[W])


NUMBERS: dict[str, Callable[[Site], int]] = {  # 6.3.6
    "W": lambda site: site.near[W],
    "N": lambda site: site.near[N],
    "NE": lambda site: site.near[NE],
    "NW": lambda site: site.near[NW],
    "NWW": lambda site: site.near[NWW],
    "W_N": lambda site: hash_leaves(site, W, N, 0),
    "W_N_NE": lambda site: hash_leaves(site, W, N, 1, site.near[NE]),
    "W_N_NEE": lambda site: hash_leaves(site, W, N, 2, site.near[NEE]),
    "W_WW": lambda site: hash_leaves(site, W, WW, 3),
    "N_NN": lambda site: hash_leaves(site, N, NN, 4),
    "N_NN_NNN": lambda site: hash_leaves(site, N, NN, 5, site.near[NNN]),
    "W_NE": lambda site: hash_leaves(site, W, NE, 6),
    "NW_NE": lambda site: hash_leaves(site, NW, NE, 7),
    "NE_NEE": lambda site: hash_leaves(site, NE, NEE, 8),
    "FIVE": lambda site: mixed_hash(hash_four(site.near), pair(9, site.near[WW])),
    "SIX": lambda site: hash_six(site.near),
    "TWELVE": lambda site: hash_twelve(site.near, hash_six(site.near)),
    "GRADIENT4": lambda site: hash_top(site, "GRADIENT", 4, 12),
    "SLOPE5": lambda site: hash_top(site, "SLOPE", 5, 13),
    "LEARNT4": lambda site: hash_top(site, "LEARNT", 4, 14),
    "LEARNT4_W": lambda site: hash_top(site, "LEARNT", 4, pair(15, site.near[W])),
    "AVERAGE6": lambda site: hash_top(site, "AVERAGE", 6, pair(16, site.level)),
    "ROW": lambda site: mixed_hash(site.y, 17),
    "B": lambda site: site.before,
    "B_W_N": lambda site: hash_leaves(site, W, N, 18, site.before),
    "B_W_AFTER": lambda site: mixed_hash(
        mixed_hash(pair(site.near[W], site.before), 19), site.after
    ),
    "B_W_N_AFTER": lambda site: mixed_hash(
        hash_leaves(site, W, N, 20, site.before), (site.after + site.pattern) & 0xFFFFFFFF
    ),
    "EQUAL": lambda site: site.equal,
    "MATCHING": match_pattern,
}


def about(v: int) -> int:
    """Return what a length is about (6.3.4)."""
    if v < 4:
        return v
    i = v.bit_length() - 1
    return 2 * i - 2 + (v >> i - 1)


@functools.cache
def logarithm(v: int) -> int:
    """Return 2048 times the binary logarithm of a number (6.3.9)."""
    result = v.bit_length() - 1
    mantissa = (v << 31) >> result
    for _ in range(11):
        mantissa = mantissa * mantissa >> 31
        result *= 2
        if mantissa >= 1 << 32:
            mantissa //= 2
            result += 1
    return result


@functools.cache
def build_paces(start: int, last: int) -> list[tuple[int, int, int]]:
    """Return loss, base and the next count for each count of a row (6.3.9)."""
    paces = []
    for count in range(last + 1):
        below = 2 * count + start
        loss = logarithm(below) - logarithm(below - 2)
        paces.append((loss, 26624 - logarithm(below) + loss, min(count + 1, last)))
    return paces


@functools.cache
def build_gains() -> list[int]:
    """Return gain(i) for i from 0 to 2047 (6.3.9)."""
    powers = [1079572136]
    while len(powers) < 64:
        powers.append(powers[-1] * 1085434106 >> 30)
    return [
        logarithm((1 << 30) + (powers[i % 64] << i // 64 >> 8)) - 30 * 2048 for i in range(2048)
    ]


@functools.cache
def build_parts() -> list[int]:
    """Return the part of a symbol that is d below the largest, d from 0 to 65535 (6.3.5)."""
    parts = []
    for d in range(13 * 256):
        f, e = d % 256, d // 256
        parts.append(32760 - (f * (1280 - f) + 8) // 16 + (4 << e) >> 3 + e)
    return parts + [0] * (65536 - len(parts))


@functools.cache
def build_squash() -> list[int]:
    """Return squash(v) at place v + 2048 (6.3.9)."""
    powers = [1 << 30]
    for _ in range(2048):
        powers.append(powers[-1] * DECAY >> 22)
    upper = [min((1 << 46) // ((1 << 30) + power), 65535) for power in powers]
    return [65536 - upper[-v] if v < 0 else upper[v] for v in range(-2048, 2048)]


def squash(v: int) -> int:
    """Return the chance, 1 to 65535, of a number from -2048 to 2047 (6.3.9)."""
    return build_squash()[v + 2048]


@functools.cache
def build_stretch() -> list[int]:
    """Return stretch(i) for i from 0 to 4095 (6.3.9)."""
    return [bisect_left(build_squash(), 16 * i + 8) - 2048 for i in range(4096)]


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
        rows = [[0] * grid.width for _ in range(grid.planes * grid.height)]  # 4.3
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
        planes=header.planes,
    )


def build_pam(picture: Picture) -> bytes:
    """Return a picture, or the planes of a stack one below another, as a PAM file (P7)."""
    kind = ("GRAYSCALE", "GRAYSCALE_ALPHA", "RGB", "RGB_ALPHA")[picture.channels - 1]
    header = (
        f"P7\nWIDTH {picture.width}\nHEIGHT {picture.planes * picture.height}\n"
        f"DEPTH {picture.channels}\nMAXVAL 255\nTUPLTYPE {kind}\nENDHDR\n"
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
