"""Bytes, numbers and checksums, read one after another (spec 2.3, 4.2)."""

from __future__ import annotations

import zlib

from kmcodec.errors import FormatError, TruncatedError
from kmcodec.varint import read_varint

CHECKSUM_SIZE = 4


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
        try:
            value, self.position = read_varint(self.data, self.position, what)
        except FormatError as error:
            raise FormatError(str(error), offset=self.position) from None
        except IndexError:
            self.position = len(self.data)
            self.byte(what)
            raise
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
