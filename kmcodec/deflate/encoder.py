"""A DEFLATE encoder (RFC 1951) whose bytes are the same everywhere.

zlib's output depends on the zlib at hand: its forks, which some systems and Python builds carry,
compress to other bytes. This one belongs to the format's promise, and parses more thoroughly: each
segment of the data is parsed for least cost under the code that the previous parse asked for.
Segments with similar statistics share a block. Any inflater reads the result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kmcodec import _kernels
from kmcodec.deflate.blocks import END_OF_BLOCK, Block, tables
from kmcodec.deflate.huffman import canonical_codes, symbol_costs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    Int32 = NDArray[np.int32]

SEGMENT = 1 << 15  # bytes parsed at a time
LARGEST_BLOCK = 32  # segments
SLOTS = 10  # matches kept per position
BLOCK_BITS = 3  # before a block's header: whether it is the last, its type
UNIT_BITS = 4
UNIT = 1 << UNIT_BITS  # costs are in 1/16 bit


class Search(NamedTuple):
    """What an effort spends: candidates per position, a length that ends a search, parses."""

    depth: int
    nice: int
    parses: int


SEARCHES = {
    1: Search(4, 16, 1),
    2: Search(8, 32, 1),
    3: Search(8, 32, 2),
    4: Search(12, 64, 2),
    5: Search(32, 130, 2),
    6: Search(32, 130, 3),
    7: Search(128, 200, 3),
    8: Search(512, 258, 4),
    9: Search(4096, 258, 8),
}


class _Parser:
    """Parse data segment by segment; what one segment learns, the next one starts with."""

    def __init__(self, data: NDArray[np.uint8], search: Search, stride: int) -> None:
        self._data = data
        self._search = search
        self._stride = stride
        self._kernel = _kernels.deflating
        self._heads = np.full(32768, -1, dtype=np.int32)
        self._chain = np.full(32768, -1, dtype=np.int32)
        sample = data[:SEGMENT]
        self._found = np.empty(SLOTS * len(sample), dtype=np.int32)
        self._starts, self._costs, self._path = np.empty((3, len(sample) + 1), dtype=np.int32)
        self._counts = np.ones(286, dtype=np.int64)
        self._counts[:256] += 4 * np.bincount(sample, minlength=256)
        self._counts[257:] += len(sample) // 30
        self._distance_counts = np.ones(30, dtype=np.int64)

    def parse(self, start: int, stop: int) -> Block:
        """Return the tokens of ``data[start:stop]``."""
        table = tables()
        size = stop - start
        starts, found = self._starts[: size + 1], self._found[: size * SLOTS]
        self._kernel.find_matches(
            self._data,
            start,
            stop,
            self._stride,
            self._heads,
            self._chain,
            self._search.depth,
            self._search.nice,
            starts,
            found,
        )
        costs, path = self._costs[: size + 1], self._path[: size + 1]
        for _ in range(self._search.parses):
            literal_costs = symbol_costs(self._counts, UNIT_BITS)
            length_costs = literal_costs[table.length_symbols[:, 0]]
            length_costs += UNIT * table.length_symbols[:, 2]
            distance_costs = symbol_costs(self._distance_counts, UNIT_BITS)
            distance_costs += UNIT * table.distance_bases[:, 1]
            n_tokens = self._kernel.parse_tokens(
                self._data,
                start,
                starts,
                found,
                literal_costs,
                length_costs,
                distance_costs,
                table.distance_symbols,
                costs,
                path,
            )
            block = Block.of(path[-n_tokens:].copy())
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

    def numbers(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Write numbers, each with its width in bits."""
        held = 0
        count = self._position & 7
        begun = self._position - count
        for value, width in pairs:
            held |= value << count
            count += width
        self._reserve(count)
        held |= int(self._out[begun >> 3])
        data = np.frombuffer(held.to_bytes((count + 7) // 8, "little"), dtype=np.uint8)
        self._out[begun >> 3 : (begun >> 3) + len(data)] = data
        self._position = begun + count

    def block(self, block: Block, *, last: bool) -> None:
        """Write a whole block with the better of its two codes."""
        table = tables()
        dynamic = block.code.bits(block) < block.fixed_bits
        self.numbers([(last, 1), (2 if dynamic else 1, 2)])
        if dynamic:
            lengths, distance_lengths = block.code.lengths, block.code.distance_lengths
            self.numbers(block.code.header())
        else:
            lengths, distance_lengths = table.fixed_lengths, table.fixed_distance_lengths
        self._reserve(block.bits + block.extra_bits)
        codes = canonical_codes(lengths)
        distance_codes = canonical_codes(distance_lengths)
        for tokens in block.parts:
            self._position = _kernels.deflating.write_tokens(
                tokens,
                codes,
                distance_codes,
                table.length_symbols,
                table.distance_symbols,
                table.distance_bases,
                self._out,
                self._position,
            )
        code, width = codes[END_OF_BLOCK].tolist()
        self.numbers([(code, width)])

    def finish(self) -> bytes:
        """Return the bytes; the last one is filled up with zeros."""
        return self._out[: (self._position + 7) // 8].tobytes()


def _blocks(data: bytes, effort: int, stride: int) -> Iterator[Block]:
    """Yield the blocks of a stream: segments that share a code where that takes no more bits."""
    parser = _Parser(np.frombuffer(data, dtype=np.uint8), SEARCHES[effort], stride)
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
            yield pending
            pending = block
    yield pending or Block.of(np.zeros(0, dtype=np.int32))


def compress(data: bytes, effort: int, *, stride: int = 0) -> bytes:
    """Return one raw DEFLATE stream.

    Parameters
    ----------
    data : bytes
    effort : int
        1 (quick) to 9 (small).
    stride : int, default 0
        Bytes of a row, if the data are rows, which often repeat what is above.

    Returns
    -------
    bytes
        The same on every machine for the same data and options.
    """
    writer = _Writer()
    blocks = list(_blocks(data, effort, stride))
    for number, block in enumerate(blocks, start=1):
        writer.block(block, last=number == len(blocks))
    return writer.finish()


def compressed_size(data: bytes, effort: int, *, stride: int = 0) -> int:
    """Return how many bytes ``compress`` returns, without writing them."""
    bits = sum(BLOCK_BITS + b.bits + b.extra_bits for b in _blocks(data, effort, stride))
    return (bits + 7) // 8
