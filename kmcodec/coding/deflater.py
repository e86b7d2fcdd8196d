"""A DEFLATE encoder (RFC 1951) whose bytes are the same everywhere.

zlib's output depends on the zlib at hand: its forks, which some systems and Python builds carry,
compress to other bytes. This one belongs to the format's promise, and parses more thoroughly: each
segment of the data is parsed for least cost under the code that the previous parse asked for.
Segments with similar statistics share a block. Any inflater reads the result.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kmcodec import _kernels
from kmcodec.coding.huffman import canonical_codes, code_lengths

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Int32 = NDArray[np.int32]
    Int64 = NDArray[np.int64]

SEGMENT = 1 << 15  # bytes parsed at a time
SLOTS = 8  # matches kept per position
UNIT = 16  # costs are in 1/16 bit
END_OF_BLOCK = 256
LENGTH_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)  # RFC 3.2.7
REPEAT_BITS = {16: 2, 17: 3, 18: 7}

# Of each effort: candidates per position, length that ends a search, parses.
SEARCHES = {
    1: (4, 16, 1),
    2: (8, 32, 1),
    3: (12, 64, 2),
    4: (20, 100, 2),
    5: (32, 130, 2),
    6: (64, 200, 3),
    7: (128, 258, 3),
    8: (512, 258, 4),
    9: (4096, 258, 6),
}


@dataclass(frozen=True, eq=False)
class _Tables:
    """The constant tables of RFC 1951, 3.2.5, and its fixed codes, 3.2.6."""

    length_symbols: Int32  # (259, 3): symbol, least length, extra bits
    distance_bases: Int32  # (30, 2): least distance, extra bits
    distance_symbols: NDArray[np.uint8]  # (32768,): of distance - 1
    fixed_lengths: Int64
    fixed_distance_lengths: Int64


@functools.cache
def _tables() -> _Tables:
    """Return the tables."""
    length_symbols = np.zeros((259, 3), dtype=np.int32)
    base = 3
    for symbol in range(257, 285):
        extra = max(0, (symbol - 261) // 4)
        length_symbols[base : min(base + (1 << extra), 258)] = symbol, base, extra
        base += 1 << extra
    length_symbols[258] = 285, 258, 0
    distance_bases = np.zeros((30, 2), dtype=np.int32)
    distance_symbols = np.zeros(32768, dtype=np.uint8)
    base = 1
    for symbol in range(30):
        extra = max(0, symbol // 2 - 1)
        distance_bases[symbol] = base, extra
        distance_symbols[base - 1 : base - 1 + (1 << extra)] = symbol
        base += 1 << extra
    fixed = np.repeat(np.array([8, 9, 7, 8], dtype=np.int64), [144, 112, 24, 8])
    return _Tables(
        length_symbols, distance_bases, distance_symbols, fixed, np.full(32, 5, dtype=np.int64)
    )


@dataclass(frozen=True, eq=False)
class _Block:
    """Tokens that share a code.

    Attributes
    ----------
    lengths, values : (t,) int32
        As the kernels have them: length 0 and a byte, or a length and a distance.
    counts : (286,) int64
        How often each literal, length and end-of-block symbol occurs.
    distance_counts : (30,) int64
    """

    lengths: Int32
    values: Int32
    counts: Int64
    distance_counts: Int64

    @classmethod
    def of(cls, lengths: Int32, values: Int32) -> _Block:
        """Count the symbols of tokens."""
        tables = _tables()
        is_match = lengths > 0
        symbols = np.where(is_match, tables.length_symbols[lengths, 0], values)
        counts = np.bincount(symbols, minlength=286)
        counts[END_OF_BLOCK] = 1
        distances = tables.distance_symbols[values[is_match] - 1]
        return cls(lengths, values, counts, np.bincount(distances, minlength=30))

    def join(self, other: _Block) -> _Block:
        """Return both blocks' tokens as one block."""
        counts = self.counts + other.counts
        counts[END_OF_BLOCK] = 1
        return _Block(
            np.concatenate([self.lengths, other.lengths]),
            np.concatenate([self.values, other.values]),
            counts,
            self.distance_counts + other.distance_counts,
        )

    @functools.cached_property
    def code(self) -> _Code:
        """The block's own code."""
        return _Code.of(self)

    @property
    def extra_bits(self) -> int:
        """Bits beside the codes, whatever the code."""
        tables = _tables()
        lengths = tables.length_symbols[self.lengths[self.lengths > 0], 2].sum()
        return int(lengths + (self.distance_counts * tables.distance_bases[:, 1]).sum())

    @property
    def fixed_bits(self) -> int:
        """Bits of the block with the fixed codes."""
        return int(self.counts @ _tables().fixed_lengths[:286] + 5 * self.distance_counts.sum())

    @property
    def bits(self) -> int:
        """Bits of the block with the better of its two codes, extra bits apart."""
        return min(self.code.bits(self), self.fixed_bits)


@dataclass(frozen=True, eq=False)
class _Code:
    """A dynamic code and its description, the block's header (RFC 3.2.7)."""

    lengths: Int64
    distance_lengths: Int64
    header: tuple[tuple[int, int], ...]  # values and their widths in bits
    header_bits: int

    @classmethod
    def of(cls, block: _Block) -> _Code:
        """Return the best code for a block's counts."""
        lengths = code_lengths(block.counts, 15)
        distance_lengths = code_lengths(block.distance_counts, 15)
        n_lengths = max(257, int(np.flatnonzero(lengths)[-1]) + 1)
        used = np.flatnonzero(distance_lengths)
        n_distances = int(used[-1]) + 1 if len(used) else 1
        runs = list(
            _runs([*lengths[:n_lengths].tolist(), *distance_lengths[:n_distances].tolist()])
        )
        counts = np.bincount([symbol for symbol, _ in runs], minlength=19)
        codes = canonical_codes(code_lengths(counts, 7))
        n_codes = max(4, 1 + max(k for k in range(19) if codes[LENGTH_ORDER[k], 1]))
        header = [(n_lengths - 257, 5), (n_distances - 1, 5), (n_codes - 4, 4)]
        header += [(int(codes[symbol, 1]), 3) for symbol in LENGTH_ORDER[:n_codes]]
        for symbol, extra in runs:
            header.append((int(codes[symbol, 0]), int(codes[symbol, 1])))
            if symbol in REPEAT_BITS:
                header.append((extra, REPEAT_BITS[symbol]))
        return cls(lengths, distance_lengths, tuple(header), sum(width for _, width in header))

    def bits(self, block: _Block) -> int:
        """Return the bits of a block's header and codes."""
        codes = block.counts @ self.lengths + block.distance_counts @ self.distance_lengths
        return self.header_bits + int(codes)


def _runs(lengths: list[int]) -> Iterator[tuple[int, int]]:
    """Yield code lengths as symbols of the code-length alphabet with their extra values."""
    position = 0
    while position < len(lengths):
        value = lengths[position]
        run = 1
        while position + run < len(lengths) and lengths[position + run] == value:
            run += 1
        position += run
        if value:
            yield value, 0
            run -= 1
        while run >= 3:
            if value:
                step = min(run, 6)
                yield 16, step - 3
            elif run >= 11:
                step = min(run, 138)
                yield 18, step - 11
            else:
                step = min(run, 10)
                yield 17, step - 3
            run -= step
        for _ in range(run):
            yield value, 0


def _costs(counts: Int64) -> Int32:
    """Return each symbol's ideal code length in 1/16 bit, by exact integers; at least one unit."""
    total = int(counts.sum())
    ratios = [total**UNIT // max(1, int(c)) ** UNIT for c in counts]
    return np.array([max(1, ratio.bit_length() - 1) for ratio in ratios], dtype=np.int32)


class _Parser:
    """Parse data segment by segment; what one segment learns, the next one starts with."""

    def __init__(self, data: NDArray[np.uint8], effort: int) -> None:
        self._data = data
        self._depth, self._nice, self._parses = SEARCHES[effort]
        self._kernel = _kernels.load("deflating")
        self._heads = np.full(32768, -1, dtype=np.int32)
        self._chain = np.full(32768, -1, dtype=np.int32)
        self._counts = np.ones(286, dtype=np.int64)
        self._counts[:256] += 4 * np.bincount(data[:SEGMENT], minlength=256)
        self._counts[257:] += len(data[:SEGMENT]) // 30
        self._distance_counts = np.ones(30, dtype=np.int64)

    def parse(self, start: int, stop: int) -> _Block:
        """Return the tokens of ``data[start:stop]``."""
        tables = _tables()
        found = np.empty((stop - start, SLOTS), dtype=np.int32)
        self._kernel.find_matches(
            self._data, start, stop, self._heads, self._chain, self._depth, self._nice, found
        )
        costs, lengths, values = np.zeros((3, stop - start + 1), dtype=np.int32)
        for _ in range(self._parses):
            symbol_costs = _costs(self._counts)
            length_costs = symbol_costs[tables.length_symbols[:, 0]]
            length_costs += UNIT * tables.length_symbols[:, 2]
            distance_costs = _costs(self._distance_counts) + UNIT * tables.distance_bases[:, 1]
            n_tokens = self._kernel.parse_tokens(
                self._data,
                start,
                found,
                symbol_costs[:256].copy(),
                length_costs,
                distance_costs,
                tables.distance_symbols,
                costs,
                lengths,
                values,
            )
            block = _Block.of(lengths[-n_tokens:].copy(), values[-n_tokens:].copy())
            self._counts = 8 * block.counts + 1  # no symbol may be impossible in the next parse
            self._distance_counts = 8 * block.distance_counts + 1
        return block


class _Writer:
    """Bits, lowest first."""

    def __init__(self) -> None:
        self._out = np.zeros(1 << 12, dtype=np.uint8)
        self._position = 0

    def _reserve(self, bits: int) -> None:
        """Make room for that many bits and the write kernel's last byte."""
        needed = (self._position + bits) // 8 + 2
        if needed > len(self._out):
            room = np.zeros(max(needed, 2 * len(self._out)) - len(self._out), dtype=np.uint8)
            self._out = np.concatenate([self._out, room])

    def number(self, value: int, width: int) -> None:
        """Write a number of `width` bits."""
        self._reserve(width)
        for bit in range(width):
            self._out[self._position >> 3] |= (value >> bit & 1) << (self._position & 7)
            self._position += 1

    def block(self, block: _Block, *, last: bool) -> None:
        """Write a whole block with the better of its two codes."""
        tables = _tables()
        dynamic = block.code.bits(block) < block.fixed_bits
        self.number(last, 1)
        self.number(2 if dynamic else 1, 2)
        if dynamic:
            lengths, distance_lengths = block.code.lengths, block.code.distance_lengths
            for value, width in block.code.header:
                self.number(value, width)
        else:
            lengths, distance_lengths = tables.fixed_lengths, tables.fixed_distance_lengths
        self._reserve(block.bits + block.extra_bits)
        codes = canonical_codes(lengths)
        self._position = _kernels.load("deflating").write_tokens(
            block.lengths,
            block.values,
            codes,
            canonical_codes(distance_lengths),
            tables.length_symbols,
            tables.distance_symbols,
            tables.distance_bases,
            self._out,
            self._position,
        )
        self.number(int(codes[END_OF_BLOCK, 0]), int(codes[END_OF_BLOCK, 1]))

    def finish(self) -> bytes:
        """Return the bytes; the last one is filled up with zeros."""
        return self._out[: (self._position + 7) // 8].tobytes()


def compress(data: bytes, effort: int) -> bytes:
    """Return one raw DEFLATE stream.

    Parameters
    ----------
    data : bytes
    effort : int
        1 (quick) to 9 (small).

    Returns
    -------
    bytes
        The same on every machine for the same data and effort.
    """
    parser = _Parser(np.frombuffer(data, dtype=np.uint8), effort)
    writer = _Writer()
    pending: _Block | None = None
    for start in range(0, len(data), SEGMENT):
        block = parser.parse(start, min(start + SEGMENT, len(data)))
        if pending is None:
            pending = block
            continue
        joined = pending.join(block)
        if joined.bits <= pending.bits + block.bits:
            pending = joined
        else:
            writer.block(pending, last=False)
            pending = block
    empty = np.zeros(0, dtype=np.int32)
    writer.block(pending or _Block.of(empty, empty), last=True)
    return writer.finish()
