"""The faulty test vectors: one fault each, in a picture of 3 x 2 pixels and 3 colours, RGB."""

from __future__ import annotations

import contextlib
import zlib

import reference_decoder as reference
from vector_parts import (
    NONE,
    Faulty,
    bytes_of,
    deflate,
    delta,
    delta_bits,
    filtered,
    make_palette,
    make_rows,
    packed,
    raw,
    seal,
    section,
    stream,
)
from vector_streams import (
    PaletteEncoder,
    RangeEncoder,
    TileEncoder,
    encoder_of,
    mixed,
    modelled,
    plane,
)

HEADER = "8f4b4d51 01 02 03 02 02"
PALETTE = section(1, raw(make_palette(3, 3)))
INDICES = section(2, packed(make_rows(3, 2, 3), 3), last=True)
BASE = seal(HEADER, PALETTE, INDICES)
ICC = section(0x81, b"icc")


def faulty_starts() -> list[Faulty]:
    """Return faults of signature, version, varints and header."""
    newlines = seal(HEADER, section(1, b"\x00" + b"\x0a" * 9), INDICES)
    cases = [
        ("signature", "FormatError", "The signature of another format.", "89504e47 01 02 03 02 02"),
        ("signature-7-bit", "FormatError", "A transfer cleared bit 7.", "0f4b4d51 01 02 03 02 02"),
        ("version-major", "UnsupportedError", "Version 1.0.", "8f4b4d51 10 02 03 02 02"),
        ("version-minor", "UnsupportedError", "Version 0.2.", "8f4b4d51 02 02 03 02 02"),
        ("version-old", "UnsupportedError", "Version 0.0.", "8f4b4d51 00 02 03 02 02"),
        ("flags-reserved-20", "FormatError", "Flag 0x20 is reserved.", "8f4b4d51 01 22 03 02 02"),
        ("width-zero", "FormatError", "The width is 0.", "8f4b4d51 01 02 00 02 02"),
        ("height-zero", "FormatError", "The height is 0.", "8f4b4d51 01 02 03 00 02"),
        (
            "width-too-large",
            "FormatError",
            "The width is 2^31, one more than it may be.",
            "8f4b4d51 01 02 8080808008 02 02",
        ),
        (
            "colors-too-many",
            "FormatError",
            "65537 colours, one more than there may be.",
            "8f4b4d51 01 02 03 02 808004",
        ),
        (
            "varint-overlong",
            "FormatError",
            "The width 3 in two bytes.",
            "8f4b4d51 01 02 8300 02 02",
        ),
        (
            "varint-10-bytes",
            "FormatError",
            "The width in ten bytes.",
            "8f4b4d51 01 02 83808080808080808001 02 02",
        ),
    ]
    return [
        *(
            Faulty(name, error, why, seal(text, PALETTE, INDICES))
            for name, error, why, text in cases
        ),
        Faulty(
            "newlines-converted",
            "FormatError",
            "A transfer in text mode turned each 0A into 0D 0A.",
            newlines.replace(b"\n", b"\r\n"),
        ),
        Faulty(
            "block-1x1",
            "FormatError",
            "A block of 1 x 1 is stored without the block flag.",
            seal("8f4b4d51 01 06 03 02 02 00 00", PALETTE, INDICES),
        ),
    ]


def faulty_lengths() -> list[Faulty]:
    """Return files that end early or late, and pictures too large for their file."""
    places = {
        "signature": 2,
        "version": 4,
        "flags": 5,
        "width": 6,
        "colors": 8,
        "tag": 9,
        "length": 10,
        "payload": 15,
        "checksum": 23,
        "between-sections": 25,
        "last-byte": len(BASE) - 1,
    }
    last_missing = section(2, packed(make_rows(3, 2, 3), 3))
    huge = "8f4b4d51 01 02 e0d403 e0d403 02"  # 60000 x 60000
    wide = "8f4b4d51 01 02 c865 c865 02"  # 13000 x 13000
    return [
        Faulty("empty", "TruncatedError", "No bytes.", b""),
        *(
            Faulty(
                f"truncated-{name}", "TruncatedError", f"{end} of {len(BASE)} bytes.", BASE[:end]
            )
            for name, end in places.items()
        ),
        Faulty(
            "truncated-varint",
            "TruncatedError",
            "The file ends within the width.",
            bytes.fromhex("8f4b4d51 01 02 80"),
        ),
        Faulty(
            "length-too-large",
            "TruncatedError",
            "A section claims 2^62 bytes.",
            seal(HEADER, bytes.fromhex("01 808080808080808040"), INDICES),
        ),
        Faulty(
            "last-flag-missing",
            "TruncatedError",
            "No section is marked as the last.",
            seal(HEADER, PALETTE, last_missing),
        ),
        Faulty("trailing-byte", "FormatError", "A byte follows the last section.", BASE + b"\x00"),
        Faulty(
            "bomb-60000x60000",
            "LimitError",
            "3600 megapixels in a file of 38 bytes.",
            seal(huge, PALETTE, INDICES),
        ),
        Faulty(
            "bomb-60000x60000-colors-1",
            "LimitError",
            "3600 megapixels of one colour.",
            seal("8f4b4d51 01 02 e0d403 e0d403 00", section(1, b"\x00abc", last=True)),
        ),
        Faulty(
            "bomb-packed",
            "FormatError",
            "169 megapixels need 42,250,000 packed bytes.",
            seal(wide, PALETTE, INDICES),
        ),
        Faulty(
            "bomb-deflate",
            "FormatError",
            "169 megapixels need 40,940 bytes of DEFLATE at the very least.",
            seal(wide, PALETTE, section(2, deflate([[0] * 64] * 64, 1), last=True)),
        ),
    ]


def faulty_sections() -> list[Faulty]:
    """Return faults of checksums, tags and order."""

    def flip(data: bytes, position: int) -> bytes:
        return data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]

    with_icc = seal(HEADER, PALETTE, ICC, INDICES)
    palette_end = 9 + len(PALETTE)
    icc_end = palette_end + 4 + len(ICC)
    one = "8f4b4d51 01 02 03 02 00"
    one_palette = raw(make_palette(1, 3))
    first_last = section(1, raw(make_palette(3, 3)), last=True)
    bad_order = "FormatError"
    return [
        Faulty("checksum-header", "FormatError", "The width 3 became 2.", flip(with_icc, 6)),
        Faulty("checksum-palette", "FormatError", "A palette bit.", flip(with_icc, 14)),
        Faulty("checksum-icc", "FormatError", "An ICC bit.", flip(with_icc, icc_end - 1)),
        Faulty("checksum-indices", "FormatError", "An index bit.", flip(with_icc, icc_end + 8)),
        Faulty("checksum-itself", "FormatError", "A checksum bit.", flip(with_icc, palette_end)),
        Faulty(
            "tag-unknown-critical",
            "UnsupportedError",
            "Critical section 0x03 is unknown.",
            seal(HEADER, PALETTE, section(3, b"?"), INDICES),
        ),
        Faulty(
            "tag-reserved-bit",
            "FormatError",
            "Tag 0xa1 sets the reserved bit.",
            seal(HEADER, PALETTE, section(0xA1, b"?"), INDICES),
        ),
        Faulty(
            "tag-kind-zero",
            "FormatError",
            "Tag 0x80 has the reserved kind 0.",
            seal(HEADER, PALETTE, section(0x80, b"?"), INDICES),
        ),
        Faulty(
            "duplicate-palette",
            "FormatError",
            "Two palettes.",
            seal(HEADER, PALETTE, PALETTE, INDICES),
        ),
        Faulty(
            "duplicate-icc",
            "FormatError",
            "Two ICC sections.",
            seal(HEADER, PALETTE, ICC, ICC, INDICES),
        ),
        Faulty(
            "duplicate-unknown-ancillary",
            "FormatError",
            "Two sections 0x9f, unknown as they are.",
            seal(HEADER, PALETTE, section(0x9F, b"a"), section(0x9F, b"b"), INDICES),
        ),
        Faulty(
            "order-indices-first",
            bad_order,
            "The indices precede the palette.",
            seal(HEADER, section(2, packed(make_rows(3, 2, 3), 3)), first_last),
        ),
        Faulty(
            "order-icc-first",
            bad_order,
            "An ancillary section precedes the palette.",
            seal(HEADER, ICC, PALETTE, INDICES),
        ),
        Faulty(
            "order-icc-last",
            bad_order,
            "An ancillary section follows the indices.",
            seal(
                HEADER,
                PALETTE,
                section(2, packed(make_rows(3, 2, 3), 3)),
                section(0x81, b"icc", last=True),
            ),
        ),
        Faulty(
            "indices-missing", bad_order, "Three colours, no indices.", seal(HEADER, first_last)
        ),
        Faulty(
            "indices-of-one-colour",
            bad_order,
            "One colour, yet an index section.",
            seal(one, section(1, one_palette), section(2, b"\x00", last=True)),
        ),
    ]


def faulty_palettes() -> list[Faulty]:
    """Return faults of the palette's payload."""
    palette = make_palette(3, 3)
    bits = delta_bits(palette, [2, 3, 3])
    cases = [
        ("empty", "FormatError", "No method byte.", b""),
        ("method", "FormatError", "Method 4 is not defined.", b"\x04" + raw(palette)[1:]),
        ("raw-short", "FormatError", "Eight bytes instead of nine.", raw(palette)[:-1]),
        ("raw-long", "FormatError", "Ten bytes instead of nine.", raw(palette) + b"\x00"),
        (
            "bits-too-few",
            "FormatError",
            "Eight bits of zeros end where a Rice parameter should stand.",
            b"\x01" + bytes_of("000" + "0" * 3 + "00"),
        ),
        (
            "bits-end-within-code",
            "FormatError",
            "The bits end within a code of parameter 7.",
            b"\x01" + bytes_of("111" + "01111"),
        ),
        ("bits-too-many", "FormatError", "A byte of filling.", b"\x01" + bytes_of(bits) + b"\x00"),
        (
            "filling",
            "FormatError",
            "A filling bit is not zero.",
            b"\x01" + bytes_of(bits + "0" * (-(len(bits) + 1) % 8) + "1"),
        ),
        (
            "rice-too-large",
            "FormatError",
            "With parameter 7 a quotient of 2 stands for 256 or more.",
            b"\x01" + bytes_of("111" + "110" + "0" * 90),
        ),
    ]
    faults = [
        Faulty(f"palette-{name}", error, why, seal(HEADER, section(1, payload), INDICES))
        for name, error, why, payload in cases
    ]
    gray = delta([bytes([10]), bytes([20]), bytes([30])], [3], green=False)
    faults.append(
        Faulty(
            "palette-green-of-gray",
            "FormatError",
            "Method 2 needs three channels.",
            seal("8f4b4d51 01 00 03 02 02", section(1, b"\x02" + gray[1:]), INDICES),
        )
    )
    return faults


def faulty_modelled() -> list[Faulty]:
    """Return faults of modelled palettes (spec 5.4)."""
    palette = make_palette(3, 3)
    good = modelled(palette, 0)
    coder = PaletteEncoder(palette, 0)
    coder.decode()
    white = PaletteEncoder([bytes([255] * 3)], 1, 3)
    white.decode()
    most = section(1, b"\x03" + modelled(palette, 0)[1:])
    wide = section(2, packed([[0, 1, 2], [2, 1, 0]], 4097), last=True)
    cases = [
        ("number", "Order 6 of 3 channels.", bytes([4 * 4 * 6 + 3]) + good[1:]),
        ("start", "The first number is not less than the range.", good[:1] + b"\xff" * 4),
        ("zero", "A zero byte at the end.", good + b"\0"),
        ("unread", "Bytes are left after the last decision.", good + b"\1" * 5),
        (
            "not-shortest",
            "Another number of the same decisions.",
            b"\x03" + coder.encoder.number(shortest=False).rstrip(b"\0"),
        ),
        (
            "after-white",
            "An ascending palette goes on after white.",
            b"\x07" + white.encoder.number().rstrip(b"\0"),
        ),
    ]
    faults = [
        Faulty(
            f"palette-modelled-{name}",
            "FormatError",
            why,
            seal(HEADER, section(1, payload), INDICES),
        )
        for name, why, payload in cases
    ]
    many = Faulty(
        "palette-modelled-4097",
        "FormatError",
        "4097 entries, one more than there may be.",
        seal("8f4b4d51 01 02 03 02 8020", most, wide),
    )
    return [*faults, many]


def faulty_indices() -> list[Faulty]:
    """Return faults of the index section's payload."""
    rows = make_rows(3, 2, 3)
    good = deflate(rows, 1)
    plane = filtered(rows, 1, NONE)
    wide = [[0, 1, 2], [2, 1, 7]]
    cases = [
        ("empty", "FormatError", "No coder byte.", b""),
        ("coder", "UnsupportedError", "Coder 255 is unknown.", b"\xff\x00\x00"),
        ("packed-short", "FormatError", "One byte instead of two.", packed(rows, 3)[:-1]),
        ("packed-long", "FormatError", "Three bytes instead of two.", packed(rows, 3) + b"\x00"),
        (
            "packed-filling",
            "FormatError",
            "A filling bit is not zero.",
            packed(rows, 3)[:-1] + bytes([packed(rows, 3)[-1] | 1]),
        ),
        ("packed-range", "FormatError", "Index 3 of 3 colours.", b"\x00\x3f\xf0"),
        ("deflate-range", "FormatError", "Index 7 of 3 colours.", deflate(wide, 3)),
        ("deflate-layout-narrow", "FormatError", "One bit for 3 colours.", b"\x01\x00" + good[2:]),
        ("deflate-layout-4-bit", "FormatError", "4 bits, neither least nor 8.", deflate(rows, 2)),
        ("deflate-layout-16-bit", "FormatError", "16 bits for 3 colours.", deflate(rows, 4)),
        ("deflate-filter", "FormatError", "Filter 3 is not defined.", b"\x01\x31" + good[2:]),
        ("deflate-tiny", "FormatError", "A stream of one byte.", b"\x01\x01\x03"),
        ("deflate-damaged", "FormatError", "Block type 3.", b"\x01\x01\x07\x00\x00"),
        ("deflate-long", "FormatError", "A byte too many.", b"\x01\x01" + stream(plane + b"\x00")),
        ("deflate-short", "FormatError", "A byte is missing.", b"\x01\x01" + stream(plane[:-1])),
        ("deflate-unfinished", "FormatError", "The stream has no end.", good[:-1]),
        ("deflate-trailing", "FormatError", "A byte follows the stream.", good + b"\x00"),
        ("deflate-zlib", "FormatError", "A zlib header.", b"\x01\x01" + zlib.compress(plane)),
        (
            "deflate-filling",
            "FormatError",
            "A filling bit of a row is not zero.",
            b"\x01\x01" + stream(bytes([plane[0] | 1, plane[1]])),
        ),
    ]
    return [
        Faulty(
            f"indices-{name}",
            error,
            why,
            seal(HEADER, PALETTE, section(2, payload, last=True)),
        )
        for name, error, why, payload in cases
    ]


def faulty_codebooks() -> list[Faulty]:
    """Return faults of codebooks of blocks: three gray ones of 1 x 2 pixels in a grid of 2 x 2."""
    header = "8f4b4d51 01 04 03 01 02 00 01"
    indices = section(2, packed([[0, 1], [2, 0]], 3), last=True)
    entries = [b"\x10\x20", b"\x30\x40", b"\x50\x60"]
    good = plane(entries, (1, 2), 1, 2)
    other = plane([*entries, b"\x50\x61"], (1, 2), 1, 2)
    cases = [
        ("empty", "The payload is empty.", b""),
        ("method-2", "Method 2 is of palettes.", b"\2" + bytes(6)),
        ("raw-short", "A byte is missing.", b"\0" + bytes(5)),
        ("raw-long", "A byte is left.", b"\0" + bytes(7)),
        ("columns-none", "The number of columns is missing.", b"\1"),
        ("columns-0", "There are no columns.", b"\1\0" + good[2:]),
        ("columns-4", "There are more columns than blocks.", b"\1\4" + good[2:]),
        ("columns-overlong", "The number takes a byte too many.", b"\1\x82\0" + good[2:]),
        ("no-plane", "The index payload is missing.", b"\1\2"),
        ("padding", "The last place holds another block than the last.", other),
    ]
    found = [
        Faulty(f"block-{name}", "FormatError", why, seal(header, section(1, payload), indices))
        for name, why, payload in cases
    ]
    reserved = seal(header, section(1, b"\1\2\x03" + bytes(6)), indices)
    why = "The codebook's plane has a coder that is reserved."
    return [*found, Faulty("block-coder", "UnsupportedError", why, reserved)]


class WrongLeaf(TileEncoder):
    """Encodes leaves that the tree has not."""

    def decode_symbol(self, mixture: reference.Mixture) -> int:
        """Go on where a decoder must not."""
        try:
            return super().decode_symbol(mixture)
        except reference.FormatError:
            return 0


def faulty_mixed() -> list[Faulty]:
    """Return faults of coder 2."""
    palette, rows = make_palette(3, 3), make_rows(3, 2, 3)
    good = mixed(rows, palette, 1)
    tiled = mixed(rows, palette, 2, (2, 1))
    other = encoder_of(rows, palette, 1).encode(shortest=(False, False))
    coder = encoder_of(rows, palette, 1)
    wrong = WrongLeaf(1, coder.tree, reference.Tile(0, 2, 0, 3, b""), [[0, 0, 0], [0, 0, 3]])
    value = find_value(coder)
    cases = [
        ("empty", "FormatError", "No model.", b"\x02"),
        ("start", "FormatError", "The first number is out of range.", b"\x02\x01" + b"\xff" * 4),
        ("leaf", "FormatError", "A leaf that the tree has not.", b"\x02\x01" + wrong.encode()),
        ("value", "FormatError", "A value of 16384.", b"\x02\x01" + value),
        ("not-shortest", "FormatError", "Other last bytes of the same.", b"\x02\x01" + other),
        ("model-7", "UnsupportedError", "Model 7.", b"\x02\x07" + good[2:]),
        ("model-of-stacks", "FormatError", "Model 4 in a picture.", b"\x02\x04" + good[2:]),
        ("model-127-tiles", "UnsupportedError", "Model 127, tiles.", b"\x02\xff" + tiled[2:]),
        ("unread", "FormatError", "Bytes are left after the last symbol.", good + b"\1" * 5),
        ("zero", "FormatError", "A zero byte at the end.", mixed(rows, palette, 1, pad=1)),
        ("tiles-zero", "FormatError", "Zeros end streams.", mixed(rows, palette, 2, (2, 1), 1)),
        ("tiles-one", "FormatError", "One tile with a table.", b"\x02\x81\0\0" + good[2:]),
        ("tiles-rows", "FormatError", "3 rows of tiles, 2 of pixels.", b"\x02\x81\2\0\0\0"),
        ("tiles-columns", "FormatError", "4 columns, 3 of pixels.", b"\x02\x81\0\3\0\0\0"),
        ("tiles-no-rows", "FormatError", "The table has no rows.", b"\x02\x81"),
        ("tiles-no-columns", "FormatError", "The table has no columns.", b"\x02\x81\1"),
        ("tiles-no-sizes", "FormatError", "The table has no sizes.", b"\x02\x81\1\0"),
        ("tiles-half-size", "FormatError", "A size has no end.", b"\x02\x81\1\0\x80"),
        ("tiles-overlong", "FormatError", "A size of 2 bytes.", b"\x02\x81\1\0\x81\0\1"),
        ("tiles-10-bytes", "FormatError", "A size of 10.", b"\x02\x81\1\0" + b"\x80" * 9 + b"\1"),
        ("tiles-too-long", "FormatError", "A size too large.", b"\x02\x81\1\0\3\1\1"),
    ]
    faults = [
        Faulty(f"mixed-{name}", kind, why, seal(HEADER, PALETTE, section(2, payload, last=True)))
        for name, kind, why, payload in cases
    ]
    return [*faults, *faulty_sizes()]


def find_value(coder: TileEncoder) -> bytes:
    """Return a stream whose first pixel escapes with the largest code that can."""

    class Largest(RangeEncoder):
        """Takes the first decision as it comes, and goes no further."""

        def decide(self, chance: int) -> int:
            super().decide(chance)
            raise StopIteration

    first = coder.coders[0] = Largest([])
    with contextlib.suppress(StopIteration):
        coder.encode(escapes={(0, 0)})
    return (first.low + first.range - 1).to_bytes(first.size, "big")


def faulty_sizes() -> list[Faulty]:
    """Return streams too short for their tiles, tiles too large or too many, and two coders."""
    spots = [[int(x == 90 and y in {40, 77}) for x in range(128)] for y in range(128)]
    palette = make_palette(3, 3)
    good = encoder_of(spots, palette, 1).encode()
    cases = [
        ("short", "2^22 pixels need a byte.", "8010 8010", b"\x02\x01"),
        ("tiles-short", "The second tile has no byte.", "8020 8010", b"\x02\x81\0\1\1\1"),
        ("tiles-short-first", "The first tile has no byte.", "8020 8010", b"\x02\x81\0\1\0\1"),
        ("tiles-many", "273 tiles of 272.", "8008 8008", b"\x02\x81\x0c\x14" + b"\4" * 2000),
        ("tile-too-large", "A tile of 16,781,312 pixels.", "8120 8020", b"\x02\x01" + b"\1" * 40),
        (
            "start-second",
            "The second range decoder's first number is out of range.",
            "8001 8001",
            b"\x02\x01" + good[:4] + b"\xff" * 4 + good[8:],
        ),
        *(
            (
                f"not-shortest-{name}",
                f"Other last bytes of the {name} range decoder.",
                "8001 8001",
                b"\x02\x01" + encoder_of(spots, palette, 1).encode(shortest=shortest),
            )
            for name, shortest in (("first", (False, True)), ("second", (True, False)))
        ),
    ]
    return [
        Faulty(
            f"mixed-{name}",
            "FormatError",
            why,
            seal(f"8f4b4d51 01 02 {size} 02", PALETTE, section(2, payload, last=True)),
        )
        for name, why, size, payload in cases
    ]
