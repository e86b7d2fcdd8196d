"""Bytes, numbers and checksums, read one after another (spec 2.3, 4.2)."""

from __future__ import annotations

import zlib

from kmcodec.errors import FormatError, TruncatedError

CHECKSUM_SIZE = 4


def build_varint(value: int) -> bytes:
    """Return an unsigned number in groups of 7 bits, lowest first (spec 2.3)."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


class Reader:
    """A position in the file, and what to say when the file ends there."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.position = 0
        self.checked = 0  # every byte before this one is covered by a checksum

    def take(self, count: int, what: str) -> memoryview:
        """Return the next `count` bytes."""
        end = self.position + count
        if end > len(self.data):
            raise TruncatedError(
                f"the file ends after {len(self.data)} bytes, within the {what}"
                f" ({count} byte{'s' if count > 1 else ''})",
                offset=self.position,
            )
        taken = self.data[self.position : end]
        self.position = end
        return taken

    def byte(self, what: str) -> int:
        """Return the next byte."""
        return self.take(1, what)[0]

    def varint(self, what: str) -> int:
        """Return the next varint, which must be in its shortest form (spec 2.3)."""
        start = self.position
        value = shift = 0
        while True:
            byte = self.byte(what)
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
            if shift > 56:
                raise FormatError(f"{what} is longer than 9 bytes", offset=start)
        if byte == 0 and shift > 7:
            raise FormatError(f"{what} is not in its shortest form", offset=start)
        return value

    def checksum(self, what: str) -> None:
        """Read a checksum and compare it with the bytes since the previous one (spec 4.2)."""
        expected = zlib.crc32(self.data[self.checked : self.position])
        start = self.position
        found = int.from_bytes(self.take(CHECKSUM_SIZE, f"checksum of the {what}"), "little")
        if found != expected:
            raise FormatError(
                f"checksum is {found:08x}, the bytes before it give {expected:08x}",
                offset=start,
                section=what,
            )
        self.checked = self.position
