"""Parts of `.kmq` files for test vectors, built independent of the package's coders."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from kmcodec import container
from kmcodec.container import Header

Palette = list[bytes]
Rows = list[list[int]]

NONE, LEFT, UP = 0, 1, 2  # filters, spec 6.2


@dataclass(frozen=True)
class Valid:
    """A file and the pixels in it, the planes of a stack one below another."""

    name: str
    why: str
    palette: Palette
    rows: Rows
    data: bytes
    header: Header
    planes: int = 1

    def png(self) -> bytes:
        """Return the pixels as a PNG file."""
        width, channels = self.header.width, self.header.channels
        height = self.planes * self.header.height
        rows, columns = self.header.block
        lines = bytearray()
        for y in range(height):
            lines += b"\0"  # no filter
            for x in range(width):
                entry = self.palette[self.rows[y // rows][x // columns]]
                start = (y % rows * columns + x % columns) * channels
                lines += entry[start : start + channels]
        kind = (0, 4, 2, 6)[channels - 1]
        head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, kind, 0, 0, 0])
        parts = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(lines), 9)), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*part) for part in parts)


def png_chunk(name: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG file."""
    body = name + data
    return len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")


@dataclass(frozen=True)
class Faulty:
    """A file, and the class of the error that refuses it."""

    name: str
    error: str
    why: str
    data: bytes


# Parts of a file


def bytes_of(bits: str) -> bytes:
    """Return a string of 0 and 1 as bytes, filled up with zero bits."""
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[k : k + 8], 2) for k in range(0, len(bits), 8))


def binary(value: int, width: int) -> str:
    """Return a number as `width` bits."""
    return f"{value:0{width}b}" if width else ""


def raw(palette: Palette) -> bytes:
    """Return a palette payload of method 0 (spec 5.1)."""
    return b"\x00" + b"".join(palette)


def rice(value: int, parameter: int) -> str:
    """Return the Rice code of a number (spec 5.2)."""
    remainder = value & ((1 << parameter) - 1)
    return "1" * (value >> parameter) + "0" + binary(remainder, parameter)


def delta_bits(palette: Palette, parameters: list[int], *, green: bool = False) -> str:
    """Return the bits of method 1 or 2 (spec 5.2, 5.3), with given Rice parameters."""
    channels = len(parameters)
    bits = ["" for _ in range(channels)]
    previous = bytes(channels)
    for entry in palette:
        steps = [a - b for a, b in zip(entry, previous, strict=True)]
        if green:
            steps = [step - steps[1] * (c in {0, 2}) for c, step in enumerate(steps)]
        for c, step in enumerate(steps):
            signed = (step + 128) % 256 - 128
            folded = 2 * signed if signed >= 0 else -2 * signed - 1
            bits[c] += rice(folded, parameters[c])
        previous = entry
    return "".join(binary(p, 3) + b for p, b in zip(parameters, bits, strict=True))


def delta(palette: Palette, parameters: list[int], *, green: bool = False) -> bytes:
    """Return a palette payload of method 1 or 2 (spec 5.2, 5.3)."""
    return bytes([1 + green]) + bytes_of(delta_bits(palette, parameters, green=green))


def packed(rows: Rows, n_colors: int) -> bytes:
    """Return an index payload of coder 0 (spec 6.1)."""
    width = (n_colors - 1).bit_length()
    return b"\x00" + bytes_of("".join(binary(k, width) for row in rows for k in row))


def filtered(rows: Rows, log2_bits: int, kind: int) -> bytes:
    """Return packed rows after their filter (spec 6.2)."""
    lines = [bytes_of("".join(binary(k, 1 << log2_bits) for k in row)) for row in rows]
    step = 2 if log2_bits == 4 else 1
    out = bytearray()
    above = bytes(len(lines[0]))
    for line in lines:
        before = {NONE: bytes(len(line)), LEFT: (bytes(step) + line)[: len(line)], UP: above}[kind]
        out += bytes((a - b) % 256 for a, b in zip(line, before, strict=True))
        above = line
    return bytes(out)


def stream(data: bytes, level: int = 9, strategy: int = zlib.Z_DEFAULT_STRATEGY) -> bytes:
    """Return bytes as one raw DEFLATE stream (RFC 1951)."""
    compressor = zlib.compressobj(level, zlib.DEFLATED, -15, 9, strategy)
    return compressor.compress(data) + compressor.flush()


def deflate(rows: Rows, log2_bits: int, kind: int = NONE) -> bytes:
    """Return an index payload of coder 1 (spec 6.2)."""
    return bytes([1, log2_bits | kind << 4]) + stream(filtered(rows, log2_bits, kind))


def section(tag: int, payload: bytes, *, last: bool = False) -> bytes:
    """Return a section without its checksum (spec 4)."""
    length, out = len(payload), bytes([tag | 0x40 * last])
    while length >= 0x80:
        out += bytes([length & 0x7F | 0x80])
        length >>= 7
    return out + bytes([length]) + payload


def seal(header: str, *sections: bytes) -> bytes:
    """Return a file of a header in hex and sections, each followed by its checksum (spec 4.2)."""
    pending, out = bytes.fromhex(header), b""
    for part in sections:
        pending += part
        out += pending + zlib.crc32(pending).to_bytes(4, "little")
        pending = b""
    return out + pending


# Pictures


def make_palette(n_colors: int, channels: int) -> Palette:
    """Return entries that differ from each other."""
    return [
        bytes((k * (3, 5, 7, 11)[c] + (k >> 8) + 40 * c) % 256 for c in range(channels))
        for k in range(n_colors)
    ]


def make_rows(width: int, height: int, n_colors: int) -> Rows:
    """Return indices that use the lowest and the highest number."""
    rows = [[(x * x + 7 * y * (x + 3)) % n_colors for x in range(width)] for y in range(height)]
    rows[-1][-1] = n_colors - 1
    return rows


def make_valid(
    name: str,
    why: str,
    palette: Palette,
    rows: Rows,
    *,
    palette_payload: bytes | None = None,
    index_payload: bytes | None = None,
    ancillary: tuple[tuple[int, bytes], ...] = (),
    authored: bool = False,
) -> Valid:
    """Return a vector; raw palette and packed indices unless other payloads are given."""
    n_colors, channels = len(palette), len(palette[0])
    sections = [(container.SECTION_PALETTE, palette_payload or raw(palette)), *ancillary]
    if n_colors > 1:
        indices = index_payload or packed(rows, n_colors)
        sections.append((container.SECTION_INDICES, indices))
    header = Header(len(rows[0]), len(rows), channels, n_colors, authored)
    return Valid(name, why, palette, rows, container.build(header, sections), header)
