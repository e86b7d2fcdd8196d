"""Blocks of DEFLATE (RFC 1951, 3.2): tokens, their codes, and what both take in bits."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kmcodec.deflate.huffman import canonical_codes, code_lengths

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Int32 = NDArray[np.int32]
    Int64 = NDArray[np.int64]

END_OF_BLOCK = 256
LENGTH_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)  # RFC 3.2.7
REPEAT_BITS = {16: 2, 17: 3, 18: 7}


@dataclass(frozen=True, eq=False)
class Tables:
    """The constant tables of RFC 1951, 3.2.5, and its fixed codes, 3.2.6."""

    length_symbols: Int32  # (259, 3): symbol, least length, extra bits
    symbol_extra: Int64  # (286,): extra bits of each literal, length or end-of-block symbol
    distance_bases: Int32  # (30, 2): least distance, extra bits
    distance_symbols: NDArray[np.uint8]  # (32768,): of distance - 1
    fixed_lengths: Int64
    fixed_distance_lengths: Int64


@functools.cache
def tables() -> Tables:
    """Return the tables."""
    length_symbols = np.zeros((259, 3), dtype=np.int32)
    base = 3
    for symbol in range(257, 285):
        extra = max(0, (symbol - 261) // 4)
        length_symbols[base : min(base + (1 << extra), 258)] = symbol, base, extra
        base += 1 << extra
    length_symbols[258] = 285, 258, 0
    symbol_extra = np.zeros(286, dtype=np.int64)
    symbol_extra[length_symbols[3:, 0]] = length_symbols[3:, 2]
    distance_bases = np.zeros((30, 2), dtype=np.int32)
    distance_symbols = np.zeros(32768, dtype=np.uint8)
    base = 1
    for symbol in range(30):
        extra = max(0, symbol // 2 - 1)
        distance_bases[symbol] = base, extra
        distance_symbols[base - 1 : base - 1 + (1 << extra)] = symbol
        base += 1 << extra
    fixed = np.repeat(np.array([8, 9, 7, 8], dtype=np.int64), [144, 112, 24, 8])
    return Tables(
        length_symbols,
        symbol_extra,
        distance_bases,
        distance_symbols,
        fixed,
        np.full(32, 5, dtype=np.int64),
    )


@dataclass(frozen=True, eq=False)
class Block:
    """Tokens that share a code.

    Attributes
    ----------
    parts : tuple of (lengths, values), each (t,) int32
        As the kernels have them: length 0 and a byte, or a length and a distance.
    counts : (286,) int64
        How often each literal, length and end-of-block symbol occurs.
    distance_counts : (30,) int64
    """

    parts: tuple[tuple[Int32, Int32], ...]
    counts: Int64
    distance_counts: Int64

    @classmethod
    def of(cls, lengths: Int32, values: Int32) -> Block:
        """Count the symbols of tokens."""
        table = tables()
        is_match = lengths > 0
        symbols = np.where(is_match, table.length_symbols[lengths, 0], values)
        counts = np.bincount(symbols, minlength=286)
        counts[END_OF_BLOCK] = 1
        distances = table.distance_symbols[values[is_match] - 1]
        return cls(((lengths, values),), counts, np.bincount(distances, minlength=30))

    def join(self, other: Block) -> Block:
        """Return both blocks' tokens as one block."""
        counts = self.counts + other.counts
        counts[END_OF_BLOCK] = 1
        return Block(self.parts + other.parts, counts, self.distance_counts + other.distance_counts)

    @functools.cached_property
    def code(self) -> Code:
        """The block's own code."""
        return Code.of(self)

    @property
    def extra_bits(self) -> int:
        """Bits beside the codes, whatever the code."""
        table = tables()
        extra = self.counts @ table.symbol_extra + self.distance_counts @ table.distance_bases[:, 1]
        return int(extra)

    @property
    def fixed_bits(self) -> int:
        """Bits of the block with the fixed codes."""
        return int(self.counts @ tables().fixed_lengths[:286] + 5 * self.distance_counts.sum())

    @property
    def bits(self) -> int:
        """Bits of the block with the better of its two codes, extra bits apart."""
        return min(self.code.bits(self), self.fixed_bits)


@dataclass(frozen=True, eq=False)
class Code:
    """A dynamic code and its description, the block's header (RFC 3.2.7)."""

    lengths: Int64
    distance_lengths: Int64
    header: tuple[tuple[int, int], ...]  # values and their widths in bits
    header_bits: int

    @classmethod
    def of(cls, block: Block) -> Code:
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

    def bits(self, block: Block) -> int:
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
