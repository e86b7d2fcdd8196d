"""A DEFLATE encoder (RFC 1951) whose bytes are the same everywhere.

zlib's output depends on the zlib at hand: its forks, which some systems and Python builds carry,
compress to other bytes. This one belongs to the format's promise, and parses more thoroughly: each
segment of the data is parsed for least cost under the code that the previous parse asked for.
Segments with similar statistics share a block. Any inflater reads the result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec import _kernels
from kmcodec.deflate.blocks import END_OF_BLOCK, Block, tables
from kmcodec.deflate.huffman import canonical_codes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Int32 = NDArray[np.int32]
    Int64 = NDArray[np.int64]

SEGMENT = 1 << 15  # bytes parsed at a time
LARGEST_BLOCK = 32  # segments
SLOTS = 8  # matches kept per position
UNIT = 16  # costs are in 1/16 bit

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
        self._kernel = _kernels.deflating
        self._heads = np.full(32768, -1, dtype=np.int32)
        self._chain = np.full(32768, -1, dtype=np.int32)
        self._counts = np.ones(286, dtype=np.int64)
        self._counts[:256] += 4 * np.bincount(data[:SEGMENT], minlength=256)
        self._counts[257:] += len(data[:SEGMENT]) // 30
        self._distance_counts = np.ones(30, dtype=np.int64)

    def parse(self, start: int, stop: int) -> Block:
        """Return the tokens of ``data[start:stop]``."""
        table = tables()
        found = np.empty((stop - start, SLOTS), dtype=np.int32)
        self._kernel.find_matches(
            self._data, start, stop, self._heads, self._chain, self._depth, self._nice, found
        )
        costs, lengths, values = np.zeros((3, stop - start + 1), dtype=np.int32)
        for _ in range(self._parses):
            symbol_costs = _costs(self._counts)
            length_costs = symbol_costs[table.length_symbols[:, 0]]
            length_costs += UNIT * table.length_symbols[:, 2]
            distance_costs = _costs(self._distance_counts) + UNIT * table.distance_bases[:, 1]
            n_tokens = self._kernel.parse_tokens(
                self._data,
                start,
                found,
                symbol_costs[:256].copy(),
                length_costs,
                distance_costs,
                table.distance_symbols,
                costs,
                lengths,
                values,
            )
            block = Block.of(lengths[-n_tokens:].copy(), values[-n_tokens:].copy())
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

    def block(self, block: Block, *, last: bool) -> None:
        """Write a whole block with the better of its two codes."""
        table = tables()
        dynamic = block.code.bits(block) < block.fixed_bits
        self.number(last, 1)
        self.number(2 if dynamic else 1, 2)
        if dynamic:
            lengths, distance_lengths = block.code.lengths, block.code.distance_lengths
            for value, width in block.code.header:
                self.number(value, width)
        else:
            lengths, distance_lengths = table.fixed_lengths, table.fixed_distance_lengths
        self._reserve(block.bits + block.extra_bits)
        codes = canonical_codes(lengths)
        distance_codes = canonical_codes(distance_lengths)
        for part_lengths, part_values in block.parts:
            self._position = _kernels.deflating.write_tokens(
                part_lengths,
                part_values,
                codes,
                distance_codes,
                table.length_symbols,
                table.distance_symbols,
                table.distance_bases,
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
    pending: Block | None = None
    for start in range(0, len(data), SEGMENT):
        block = parser.parse(start, min(start + SEGMENT, len(data)))
        if pending is None:
            pending = block
            continue
        joined = pending.join(block)
        if len(joined.parts) <= LARGEST_BLOCK and joined.bits <= pending.bits + block.bits:
            pending = joined
        else:
            writer.block(pending, last=False)
            pending = block
    empty = np.zeros(0, dtype=np.int32)
    writer.block(pending or Block.of(empty, empty), last=True)
    return writer.finish()
