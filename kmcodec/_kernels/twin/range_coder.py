"""The range coder of palettes and indices (spec 5.4), after Martin, "Range encoding" (1979)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

CHANCE_BITS = 16  # of a decision
SYMBOL_BITS = 14
LARGEST_RANGE = (1 << 32) - 1
SMALLEST_RANGE = 1 << 24


def last_word(low: int, span: int) -> int:
    """Return the number in [low, low + span) that ends with the most bits of zero."""
    zeros = 32
    while (word := -(-low >> zeros) << zeros) >= low + span:
        zeros -= 1
    return word


class RangeInput:
    """The bytes that decoders read. Two may share them: a byte then belongs to whoever reads it.

    ``fault`` is set once the stream is known to be none that an encoder writes. A decoder's
    ``code`` may then be as large as its ``range``.
    """

    def __init__(self, stream: Sequence[int], least: int = 0) -> None:
        self.stream = bytes(stream)
        self.position = 0  # bytes read, zeros after the end included
        self.fault = len(stream) > least and stream[-1] == 0

    def next_byte(self) -> int:
        """Return a byte; those after the end are 0."""
        position = self.position
        self.position = position + 1
        return self.stream[position] if position < len(self.stream) else 0


class RangeDecoder:
    """Decisions and symbols from bytes."""

    def __init__(self, source: RangeInput) -> None:
        self.source = source
        self.range = LARGEST_RANGE
        self.word = 0  # the last four bytes that were read
        for _ in range(4):
            self.word = self.word << 8 | source.next_byte()
        self.code = self.word
        source.fault |= self.code == LARGEST_RANGE

    def _renew(self) -> None:
        """Read bytes until the range is large enough."""
        while self.range < SMALLEST_RANGE:
            byte = self.source.next_byte()
            self.range <<= 8
            self.code = self.code << 8 | byte
            self.word = self.word << 8 & LARGEST_RANGE | byte

    def decide(self, chance: int) -> bool:
        """Return the bit of a decision whose chance of a 1 is `chance` of 65536."""
        bound = (self.range >> CHANCE_BITS) * chance
        bit = self.code < bound
        if bit:
            self.range = bound
        else:
            self.range -= bound
            self.code -= bound
        if self.range < SMALLEST_RANGE:
            self._renew()
        return bit

    def value(self) -> int:
        """Return a value, 0 to 16383: the symbol is the one for which low <= value < high."""
        value = self.code // (self.range >> SYMBOL_BITS)
        if value >> SYMBOL_BITS:
            self.source.fault = True
            return (1 << SYMBOL_BITS) - 1
        return value

    def take(self, low: int, high: int) -> None:
        """Take the symbol of a value, by its cumulative chances."""
        part = self.range >> SYMBOL_BITS
        self.code -= part * low
        self.range = part * (high - low)
        if self.range < SMALLEST_RANGE:
            self._renew()

    def is_finished(self) -> bool:
        """Whether all bytes are read, and the last ones are those that an encoder writes."""
        if self.source.fault or len(self.source.stream) > self.source.position:
            return False
        return last_word(self.word - self.code, self.range) == self.word


class RangeEncoder:
    """Bytes from decisions and symbols.

    Parameters
    ----------
    order : bytearray, optional
        Where two encoders note which of them wrote each byte but the last four.
    who : int
        This one's number.
    """

    def __init__(self, order: bytearray | None = None, who: int = 0) -> None:
        self.order = bytearray() if order is None else order
        self.who = who
        self.stream = bytearray()
        self.low = 0
        self.range = LARGEST_RANGE

    def _carry(self) -> None:
        """Move what exceeds 32 bits of ``low`` into the bytes written."""
        if self.low >> 32:
            self.low &= LARGEST_RANGE
            i = len(self.stream) - 1
            while self.stream[i] == 255:
                self.stream[i] = 0
                i -= 1
            self.stream[i] += 1

    def _renew(self) -> None:
        """Write bytes until the range is large enough."""
        self._carry()
        while self.range < SMALLEST_RANGE:
            self.stream.append(self.low >> 24)
            self.order.append(self.who)
            self.low = self.low << 8 & LARGEST_RANGE
            self.range <<= 8

    def encode_bit(self, chance: int, *, bit: bool) -> None:
        """Write the bit of a decision."""
        bound = (self.range >> CHANCE_BITS) * chance
        if bit:
            self.range = bound
        else:
            self.range -= bound
            self.low += bound
        self._renew()

    def encode_symbol(self, low: int, high: int) -> None:
        """Write a symbol, by its cumulative chances of 16384."""
        part = self.range >> SYMBOL_BITS
        self.low += part * low
        self.range = part * (high - low)
        self._renew()

    def close(self) -> bytes:
        """Return all bytes."""
        self.low = last_word(self.low, self.range)
        self._carry()
        return bytes(self.stream) + self.low.to_bytes(4, "big")

    def finish(self) -> bytes:
        """Return the stream of a single encoder, which does not end with a zero."""
        return self.close().rstrip(b"\0")
