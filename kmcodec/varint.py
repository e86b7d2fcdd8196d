"""Unsigned numbers in groups of 7 bits, lowest first (spec 2.3)."""

from __future__ import annotations

from kmcodec.errors import FormatError

LONGEST = 9  # bytes of a number, where nothing else is said


def write_varint(value: int) -> bytes:
    """Return the shortest form of a number that is 0 or more."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_varint(data: memoryview, start: int, what: str, longest: int = LONGEST) -> tuple[int, int]:
    """Return the number that begins at `start`, and where it ends.

    Raises
    ------
    FormatError
        It is longer than `longest` bytes or not in its shortest form.
    IndexError
        The data ends before it does.
    """
    at = start
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
        if shift == 7 * longest:
            raise FormatError(f"{what} is longer than {longest} bytes")
    if byte == 0 and shift > 7:
        raise FormatError(f"{what} is not in its shortest form")
    return value, at
