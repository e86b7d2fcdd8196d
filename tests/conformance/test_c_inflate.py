"""The inflate of the decoder in C takes and refuses the DEFLATE streams that zlib does."""

from __future__ import annotations

import random
import zlib

import pytest
from c_decoder import by_package

from kmcodec import container
from kmcodec.container import Header

SIDE = 200  # of pictures, whose 40000 bytes are more than DEFLATE's window
SIZE = SIDE * SIDE


def picture(stream):
    """Return a picture of grays whose rows of bytes are a DEFLATE stream."""
    palette = bytes([0, *range(256)])
    header = Header(SIDE, SIDE, 1, 256)
    return container.build(header, [(1, palette), (2, bytes([1, 3]) + stream)])


class BitWriter:
    """DEFLATE's order of bits: numbers from the lowest bit, codes from the highest."""

    def __init__(self):
        self.bits = []

    def number(self, value, width):
        """Write a number."""
        self.bits += [value >> k & 1 for k in range(width)]

    def code(self, value, width):
        """Write a code."""
        self.bits += [value >> k & 1 for k in reversed(range(width))]

    def stored(self, data, check=0xFFFF):
        """Write a block of bytes as they are, which is not the last."""
        self.number(0, 3)
        self.bits += [0] * (-len(self.bits) % 8)
        self.number(len(data), 16)
        self.number(len(data) ^ check, 16)
        for byte in data:
            self.number(byte, 8)

    def dynamic(self, literals, distances):
        """Begin a last block with codes of these lengths, told by 4 bits each."""
        self.number(0b101, 3)
        self.number(len(literals) - 257, 5)
        self.number(len(distances) - 1, 5)
        self.number(15, 4)
        for symbol in (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15):
            self.number(0 if symbol > 15 else 4, 3)
        for length in literals + distances:
            self.code(length, 4)

    def stream(self):
        """Return the bytes."""
        bits = self.bits + [0] * (-len(self.bits) % 8)
        return bytes(
            sum(bit << k for k, bit in enumerate(bits[i : i + 8])) for i in range(0, len(bits), 8)
        )


def fixed_after_stored(n_stored, *symbols):
    """Return a stream of stored zeros, and a block of the fixed code with (value, width)s."""
    writer = BitWriter()
    writer.stored(bytes(n_stored))
    writer.number(0b011, 3)
    for value, width, is_code in symbols:
        (writer.code if is_code else writer.number)(value, width)
    writer.code(0, 7)
    return writer.stream()


def match(distance_code, extra, width):
    """Return the symbols of three bytes that are repeated from a distance."""
    return [(1, 7, True), (distance_code, 5, True), (extra, width, False)]


CRAFTED = {
    "the farthest match": fixed_after_stored(SIZE - 3, *match(29, 8191, 13)),
    "distance code 30": fixed_after_stored(SIZE - 3, *match(30, 0, 14)),
    "distance code 31": fixed_after_stored(SIZE - 3, *match(31, 0, 14)),
    "a match from before the start": fixed_after_stored(8, *match(6, 0, 2)) * 20,
    "length 258": fixed_after_stored(SIZE - 258, (0b11000101, 8, True), (0, 5, True)),
    "length code 286": fixed_after_stored(
        SIZE - 323, (0b11000110, 8, True), (0, 6, False), (0, 5, True)
    ),
    "one byte too many": fixed_after_stored(SIZE, (0x30, 8, True)),
    "one byte too few": fixed_after_stored(SIZE - 2, (0x30, 8, True)),
    "just enough": fixed_after_stored(SIZE - 1, (0x30, 8, True)),
    "a byte after the end": fixed_after_stored(SIZE - 1, (0x30, 8, True)) + b"\0",
    "no last block": fixed_after_stored(SIZE - 1, (0x30, 8, True))[:-2],
}
TAKEN = {"the farthest match", "length 258", "just enough"}


@pytest.mark.parametrize("name", CRAFTED)
def test_crafted_streams(batch, name):
    """Edges of the format are taken or refused as by zlib."""
    data = picture(CRAFTED[name])
    line = by_package(data)
    assert line.startswith("OK") == (name in TAKEN)
    assert batch([data]) == [line]


def canonical(lengths):
    """Return the codes of lengths, as RFC 1951 gives them, whether they are possible or not."""
    codes, code = {}, 0
    for length in range(1, 16):
        for symbol in range(len(lengths)):
            if lengths[symbol] == length:
                codes[symbol] = (code & ((1 << length) - 1), length)
                code += 1
        code <<= 1
    return codes


def lengths_of(rng, symbols, size):
    """Return code lengths that are possible, or nearly so."""
    lengths = [0] * size
    leaves = [0]
    while len(leaves) < len(symbols):  # split a leaf of a tree
        at = rng.randrange(len(leaves))
        if leaves[at] < 15:
            leaves[at : at + 1] = [leaves[at] + 1] * 2
    for symbol, length in zip(symbols, leaves, strict=True):
        lengths[symbol] = max(length, 1)
    for _ in range(rng.choice([0, 0, 0, 1, 2])):
        at = rng.randrange(size)
        lengths[at] = max(0, min(15, lengths[at] + rng.choice([-1, 1])))
    return lengths


def dynamic_stream(rng):
    """Return a stream whose last block has codes of its own, at times impossible ones."""
    used = sorted({*rng.sample(range(256), rng.choice([1, 2, 5, 40])), 256, 257})
    literals = lengths_of(rng, used if rng.random() < 0.9 else used[:-2], rng.choice([258, 286]))
    n = rng.choice([1, 2, 30])
    distances = lengths_of(rng, rng.sample(range(n), rng.randint(0, min(3, n))) or [0], n)
    if rng.random() < 0.2:
        distances = [0] * n
    codes, ways = canonical(literals), canonical(distances)
    n_literals = rng.randint(1, 60)
    plain = [symbol for symbol in codes if symbol < 256]
    matches = int(257 in codes and 0 in ways and rng.random() < 0.5)
    writer = BitWriter()
    writer.stored(bytes(SIZE - (n_literals if plain else 0) - 3 * matches))
    writer.dynamic(literals, distances)
    for _ in range(n_literals if plain else 0):
        writer.code(*codes[rng.choice(plain)])
    if matches:
        writer.code(*codes[257])
        writer.code(*ways[0])
    writer.code(*codes.get(256, (0, 1)))
    return writer.stream()


def test_dynamic_codes(batch):
    """Codes that are complete, empty, single, incomplete or too many are taken as by zlib."""
    files = [picture(dynamic_stream(random.Random(seed))) for seed in range(400)]
    lines = [by_package(data) for data in files]
    assert 80 < sum(line.startswith("OK") for line in lines) < 320
    assert batch(files) == lines


def test_every_strategy(batch):
    """What zlib writes at any level and strategy is read."""
    rng = random.Random(3)
    rows = bytes(rng.choice(b"aabbcde") if rng.random() < 0.3 else 7 for _ in range(SIZE))
    files = []
    for level in range(10):
        for strategy in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE, zlib.Z_FIXED):
            coder = zlib.compressobj(level, zlib.DEFLATED, -15, 9, strategy)
            files.append(picture(coder.compress(rows) + coder.flush()))
    assert set(batch(files)) == {f"OK {SIDE} {SIDE} 1 {zlib.adler32(rows)}"}
