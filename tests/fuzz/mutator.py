"""Damage that goes past the checksums: take a `.kmq` file apart, change a part, put it together.

``mutate`` is deterministic for a seed. It needs no valid input: what cannot be taken apart is
changed byte by byte. Numbers of sections are those of spec/kmq-format.md.
"""

from __future__ import annotations

import random
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SIGNATURE = b"\x8fKMQ"
FLAG_BLOCK, FLAG_STACK, TAG_LAST = 0x04, 0x10, 0x40
PALETTE, INDICES = 0x01, 0x02
TAGS = (
    0x01,
    0x02,
    0x03,
    0x1F,
    0x81,
    0x82,
    0x83,
    0x84,
    0x85,
    0x86,
    0x87,
    0x9F,
    0x00,
    0x80,
    0x20,
    0xA1,
)
NUMBERS = (0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 63, 127, 128, 255, 256, 257, 4095, 4096, 4097, 65535)
HUGE = (65536, 2**24, 2**31 - 1, 2**31, 2**32, 2**62)
MOST_PIXELS = 1 << 14  # a mutated header seldom asks for more


@dataclass
class Parts:
    """A file taken apart."""

    version: int = 0x01
    flags: int = 0x02
    numbers: list[int] = field(default_factory=lambda: [1, 1, 0])  # width, height, colours - 1, ...
    sections: list[tuple[int, bytes]] = field(default_factory=list)


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a number and where it ends; longer forms are taken as they are."""
    value = 0
    for shift in range(0, 63, 7):
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            break
    return value, at


def write_varint(value: int) -> bytes:
    """Return a number in groups of seven bits."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def count_numbers(flags: int) -> int:
    """Return how many numbers a header with these flags has."""
    return 3 + 2 * bool(flags & FLAG_BLOCK) + bool(flags & FLAG_STACK)


def take_apart(data: bytes) -> Parts | None:
    """Return the parts of a file, with no check of anything; None where there is no header."""
    if data[:4] != SIGNATURE:
        return None
    try:
        parts = Parts(data[4], data[5], [])
        at = 6
        for _ in range(count_numbers(parts.flags)):
            number, at = read_varint(data, at)
            parts.numbers.append(number)
        while at < len(data):
            tag = data[at]
            length, at = read_varint(data, at + 1)
            parts.sections.append((tag & ~TAG_LAST, data[at : at + length]))
            at += length + 4
    except IndexError:
        return None
    return parts


def put_together(parts: Parts, last: int | None = None) -> bytes:
    """Return the file of these parts, with right checksums and the right section marked last."""
    pending = SIGNATURE + bytes([parts.version, parts.flags])
    pending += b"".join(write_varint(number) for number in parts.numbers)
    out = b""
    last = len(parts.sections) - 1 if last is None else last
    for number, (tag, payload) in enumerate(parts.sections):
        marked = tag | (TAG_LAST if number == last else 0)
        pending += bytes([marked]) + write_varint(len(payload)) + payload
        out += pending + zlib.crc32(pending).to_bytes(4, "little")
        pending = b""
    return out + pending


def change_bytes(data: bytes, rng: random.Random) -> bytes:
    """Return bytes with one small change."""
    out = bytearray(data)
    at = rng.randrange(len(out) + 1)
    kind = rng.randrange(8)
    if not out or kind == 0:
        out[at:at] = rng.randbytes(rng.choice((1, 1, 2, 4, 16)))
    elif kind == 1:
        del out[at : at + rng.choice((1, 1, 2, 4, 16))]
    elif kind == 2:
        out[min(at, len(out) - 1)] = rng.choice((0, 1, 0x7F, 0x80, 0xFF))
    elif kind == 3:
        out[min(at, len(out) - 1)] ^= 1 << rng.randrange(8)
    elif kind == 4:
        out = out[:at]
    elif kind == 5:
        out[at:] = rng.randbytes(len(out) - at)
    elif kind == 6:
        size = rng.randrange(1, 17)
        out[at:at] = out[at - size : at] if at >= size else out[:size]
    else:
        out[min(at, len(out) - 1)] = rng.randrange(256)
    return bytes(out)


def count_pixels(parts: Parts) -> int:
    """Return how many pixels the header asks for."""
    planes = parts.numbers[-1] + 1 if parts.flags & FLAG_STACK else 1
    return parts.numbers[0] * parts.numbers[1] * planes


def change_number(parts: Parts, rng: random.Random) -> None:
    """Change a number of the header; the picture usually stays small."""
    before = list(parts.numbers)
    at = rng.randrange(len(parts.numbers))
    step = parts.numbers[at] + rng.choice((-1, 1))
    parts.numbers[at] = max(0, rng.choice((rng.choice(NUMBERS), step, rng.randrange(70))))
    if rng.random() < 1 / 64:
        parts.numbers[at] = rng.choice(HUGE)
    elif count_pixels(parts) > MOST_PIXELS:
        parts.numbers = before


def change_flags(parts: Parts, rng: random.Random) -> None:
    """Change the flags, with the numbers of a block or of planes, or seldom the version."""
    parts.flags = rng.randrange(32) if rng.random() < 0.9 else rng.randrange(256)
    wanted = count_numbers(parts.flags)
    parts.numbers = [*parts.numbers, 1, 1, 1][:wanted] if rng.random() < 0.9 else parts.numbers
    if rng.random() < 1 / 16:
        parts.version = rng.choice((0, 2, 0x10, rng.randrange(256)))


def change_sections(parts: Parts, rng: random.Random) -> None:
    """Add, repeat, drop, move or rename a section."""
    at = rng.randrange(len(parts.sections) + 1)
    kind = rng.randrange(4)
    if kind == 0 or at == len(parts.sections):
        parts.sections.insert(at, (rng.choice(TAGS), rng.randbytes(rng.randrange(20))))
    elif kind == 1:
        del parts.sections[at]
    elif kind == 2:
        parts.sections.insert(rng.randrange(len(parts.sections)), parts.sections.pop(at))
    else:
        parts.sections[at] = (rng.choice(TAGS), parts.sections[at][1])


def change_method(parts: Parts, rng: random.Random) -> None:
    """Change the first bytes of a payload: coder, model, layout, method, tables."""
    if not parts.sections:
        return
    at = rng.randrange(len(parts.sections))
    tag, payload = parts.sections[at]
    out = bytearray(payload)
    place = rng.randrange(min(4, len(out)) or 1)
    out[place : place + 1] = bytes(
        [rng.choice((0, 1, 2, 3, 4, 5, 6, 0x80, 0x81, 0x82, 0x83, 0x84, 7, 0x10, 0x13))]
    )
    parts.sections[at] = (tag, bytes(out))


def change_payload(parts: Parts, rng: random.Random) -> None:
    """Change bytes of a payload, or fill it with noise of some length."""
    if not parts.sections:
        return
    at = rng.randrange(len(parts.sections))
    tag, payload = parts.sections[at]
    if rng.random() < 1 / 8:
        kept = payload[: rng.randrange(4)]
        payload = kept + rng.randbytes(rng.choice((0, 1, 4, 30, 300, 3000)))
    else:
        payload = change_bytes(payload, rng)
    parts.sections[at] = (tag, payload)


CHANGES: tuple[Callable[[Parts, random.Random], None], ...] = (
    change_number,
    change_flags,
    change_sections,
    change_method,
    change_payload,
    change_payload,
    change_payload,
)


def mutate(data: bytes, seed: int, other: bytes = b"") -> bytes:
    """Return a changed file whose checksums hold, but for one in sixteen."""
    rng = random.Random(seed)
    parts = take_apart(data)
    if parts is None or rng.random() < 1 / 16:
        return change_bytes(data, rng)
    donor = take_apart(other)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        if donor is not None and donor.sections and parts.sections and rng.random() < 1 / 8:
            at = rng.randrange(len(parts.sections))
            parts.sections[at] = rng.choice(donor.sections)
        else:
            rng.choice(CHANGES)(parts, rng)
    last = rng.randrange(3) if rng.random() < 1 / 32 else None
    return put_together(parts, last)
