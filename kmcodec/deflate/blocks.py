"""Blocks of DEFLATE (RFC 1951, 3.2): tokens, their codes, and what both take in bits."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kmcodec import _kernels
from kmcodec.deflate.huffman import canonical_codes, code_lengths, length_runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Int32 = NDArray[np.int32]
    Int64 = NDArray[np.int64]

END_OF_BLOCK = 256
LENGTH_ORDER = np.array(  # RFC 3.2.7
    [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
)
REPEAT_BITS = np.array([0] * 16 + [2, 3, 7])  # extra bits of the code-length alphabet


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
    parts : tuple of (t,) int32
        Tokens as the kernels have them.
    counts : (286,) int64
        How often each literal, length and end-of-block symbol occurs.
    distance_counts : (30,) int64
    """

    parts: tuple[Int32, ...]
    counts: Int64
    distance_counts: Int64

    @classmethod
    def of(cls, tokens: Int32) -> Block:
        """Count the symbols of tokens."""
        table = tables()
        counts = np.zeros(286, dtype=np.int64)
        distance_counts = np.zeros(30, dtype=np.int64)
        _kernels.deflating.count_symbols(
            tokens, table.length_symbols, table.distance_symbols, counts, distance_counts
        )
        counts[END_OF_BLOCK] = 1
        return cls((tokens,), counts, distance_counts)

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

    @functools.cached_property
    def bits(self) -> int:
        """Bits of the block with the better of its two codes, extra bits apart."""
        return min(self.code.bits(self), self.fixed_bits)


@dataclass(frozen=True, eq=False)
class Code:
    """A dynamic code and its description, the block's header (RFC 3.2.7)."""

    lengths: Int64
    distance_lengths: Int64
    counted: tuple[int, int]  # lengths and distances that the header describes
    runs: Int32  # (n, 2): symbols of the code-length alphabet and their extra values
    run_lengths: Int64  # (19,), of the code-length alphabet's own code

    @classmethod
    def of(cls, block: Block) -> Code:
        """Return the best code for a block's counts."""
        lengths = code_lengths(block.counts, 15)
        distance_lengths = code_lengths(block.distance_counts, 15)
        n_lengths = max(257, int(lengths.nonzero()[0][-1]) + 1)
        used = distance_lengths.nonzero()[0]
        n_distances = int(used[-1]) + 1 if len(used) else 1
        runs = length_runs(np.concatenate([lengths[:n_lengths], distance_lengths[:n_distances]]))
        run_lengths = code_lengths(np.bincount(runs[:, 0], minlength=19), 7)
        return cls(lengths, distance_lengths, (n_lengths, n_distances), runs, run_lengths)

    @property
    def n_run_codes(self) -> int:
        """How many code lengths of the code-length alphabet the header holds."""
        return max(4, 1 + int(self.run_lengths[LENGTH_ORDER].nonzero()[0][-1]))

    @functools.cached_property
    def header_bits(self) -> int:
        """Bits of the header."""
        symbols = self.runs[:, 0]
        codes = self.run_lengths[symbols] + REPEAT_BITS[symbols]
        return 14 + 3 * self.n_run_codes + int(codes.sum())

    def header(self) -> Iterator[tuple[int, int]]:
        """Yield the header's values and their widths in bits."""
        yield self.counted[0] - 257, 5
        yield self.counted[1] - 1, 5
        yield self.n_run_codes - 4, 4
        for length in self.run_lengths[LENGTH_ORDER[: self.n_run_codes]].tolist():
            yield length, 3
        codes = canonical_codes(self.run_lengths).tolist()
        extra_bits = REPEAT_BITS.tolist()
        for symbol, extra in self.runs.tolist():
            code, width = codes[symbol]
            yield code, width
            if extra_bits[symbol]:
                yield extra, extra_bits[symbol]

    def bits(self, block: Block) -> int:
        """Return the bits of a block's header and codes."""
        codes = block.counts @ self.lengths + block.distance_counts @ self.distance_lengths
        return self.header_bits + int(codes)
