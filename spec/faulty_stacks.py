"""The faulty test vectors of stacks: one fault each, in 3 planes of 3 x 2 pixels, 3 colours."""

from __future__ import annotations

import reference_decoder as reference
from faulty_vectors import WrongLeaf
from valid_stacks import stack_start
from vector_parts import (
    Faulty,
    Palette,
    Rows,
    deflate,
    make_palette,
    make_rows,
    packed,
    raw,
    seal,
    section,
)
from vector_streams import TileEncoder, find_leaves, mixed, mixed_stack, plane

SIZE = (3, 2, 3)  # planes, height, width
COLORS: Palette = make_palette(3, 3)
PLANES: list[Rows] = [make_rows(3, 2, 3), make_rows(3, 2, 3), make_rows(3, 2, 3)[::-1]]
PALETTE = section(1, raw(COLORS))


def encoder(kind: type[TileEncoder], *leaves: Rows) -> TileEncoder:
    """Return an encoder of a stack that is one tile, by model 4."""
    place = reference.Tile(0, 2, 0, 3, b"", 0, len(leaves))
    return kind(4, reference.PaletteTree(COLORS), place, *leaves)


def faulty_stacks() -> list[Faulty]:
    """Return faults of headers, sizes and index payloads."""
    return [*faulty_headers(), *faulty_sizes(), *faulty_payloads()]


def faulty_headers() -> list[Faulty]:
    """Return faults of the number of planes."""
    indices = section(2, packed(PLANES[0], 3), last=True)
    flags = "8f4b4d51 01 12"
    cases = [
        ("one-plane", "FormatError", "A stack of one plane.", f"{flags} 03 02 02 00"),
        (
            "blocks",
            "FormatError",
            "A stack of blocks.",
            "8f4b4d51 01 16 03 02 02 00 01 02",
        ),
        (
            "rows-too-many",
            "FormatError",
            "2^30 planes of 2 rows, one row more than there may be.",
            f"{flags} 03 02 02 ffffffff03",
        ),
        ("planes-overlong", "FormatError", "3 planes in two bytes.", f"{flags} 03 02 02 8200"),
        (
            "bomb",
            "LimitError",
            "1000 planes of 16384 x 16384 pixels.",
            f"{flags} 808001 808001 02 e707",
        ),
    ]
    faults = [
        Faulty(f"stack-{name}", error, why, seal(start, PALETTE, indices))
        for name, error, why, start in cases
    ]
    empty = bytes.fromhex(f"{flags} 03 02 02")
    faults.append(
        Faulty("stack-truncated", "TruncatedError", "The file ends before the planes.", empty)
    )
    one = seal(f"{flags} 808001 808001 00 e707", section(1, raw(make_palette(1, 3)), last=True))
    why = "1000 planes of 16384 x 16384 pixels of one colour."
    return [*faults, Faulty("stack-bomb-colors-1", "LimitError", why, one)]


def faulty_sizes() -> list[Faulty]:
    """Return payloads too short for the stack, and tiles too large or too many."""
    tiny = deflate([[0] * 64] * 64, 1)
    cases = [
        ("bomb-packed", "169 megapixels of 2 bits.", (1000, 400, 422), packed(PLANES[0], 3)),
        ("bomb-deflate", "The same, by DEFLATE.", (1000, 400, 422), tiny),
        ("short", "2^22 pixels need a byte.", (2, 1024, 2048), b"\x02\x04"),
        (
            "tiles-short",
            "The second tile, of 2^22 pixels, has no byte.",
            (4, 1024, 2048),
            b"\x02\x84\1\0\0\1\1",
        ),
        (
            "tile-too-large",
            "A tile of 16,785,408 pixels.",
            (2, 2049, 4096),
            b"\x02\x04" + b"\1" * 40,
        ),
        (
            "tiles-many",
            "20 tiles of 17.",
            (5, 32, 32),
            b"\x02\x84\4\1\1" + b"\4" * 200,
        ),
    ]
    return [
        Faulty(
            f"stack-{name}",
            "FormatError",
            why,
            seal(stack_start(size, 3, 3), PALETTE, section(2, payload, last=True)),
        )
        for name, why, size, payload in cases
    ]


def faulty_payloads() -> list[Faulty]:
    """Return faults of the index payload."""
    rows = [row for rows in PLANES for row in rows]
    good = mixed_stack(PLANES, COLORS, 4)
    tree = reference.PaletteTree(COLORS)
    leaves = [find_leaves(rows, tree) for rows in PLANES]
    other = encoder(TileEncoder, *leaves).encode(shortest=(False, False))
    wrong = encoder(WrongLeaf, *leaves[:2], [[0, 1, 2], [0, 0, 3]]).encode()
    more = mixed_stack([*PLANES, *PLANES], COLORS, 4)
    tiled = mixed_stack(PLANES, COLORS, 4, (3, 1, 1))
    cases = [
        ("packed-short", "Bytes of two planes.", packed(rows[:4], 3)),
        ("packed-long", "Bytes of four planes.", packed(rows + rows[:2], 3)),
        ("deflate-short", "A stream of two planes.", deflate(rows[:4], 1)),
        ("deflate-long", "A stream of four planes.", deflate(rows + rows[:2], 1)),
        ("model-of-pictures", "Model 1 in a stack.", mixed(rows, COLORS, 1)),
        ("start", "The first number is out of range.", b"\x02\x04" + b"\xff" * 4),
        ("leaf", "A leaf that the tree has not, in the last plane.", b"\x02\x04" + wrong),
        ("not-shortest", "Other last bytes of the same.", b"\x02\x04" + other),
        ("unread", "Bytes are left after the last symbol.", good + b"\1" * 5),
        ("zero", "A zero byte at the end.", good + b"\0"),
        ("planes-more", "A stream of six planes.", more),
        ("damaged", "Another last byte.", good[:-1] + bytes([good[-1] ^ 255])),
        ("tiles-one", "One tile with a table.", b"\x02\x84\0\0\0" + good[2:]),
        ("tiles-groups", "4 groups of 3 planes.", b"\x02\x84\3\0\0" + tiled[5:]),
        ("tiles-rows", "3 rows of tiles, 2 of pixels.", b"\x02\x84\0\2\0" + b"\4" * 40),
        ("tiles-no-groups", "The table has no groups.", b"\x02\x84"),
        ("tiles-no-columns", "The table has no columns.", b"\x02\x84\2\0"),
        ("tiles-no-sizes", "The table has no sizes.", b"\x02\x84\2\0\0"),
        ("tiles-too-long", "A size too large.", b"\x02\x84\2\0\0\3\3\1\1"),
    ]
    faults = [
        Faulty(f"stack-{name}", "FormatError", why, in_stack(payload))
        for name, why, payload in cases
    ]
    unknown = in_stack(b"\x02\x07" + good[2:])
    book = plane([b"\x10\x20", b"\x30\x40", b"\x50\x60"], (1, 2), 1, 2)
    block = seal(
        "8f4b4d51 01 04 03 01 02 00 01",
        section(1, book[:3] + b"\x05" + book[4:]),
        section(2, packed([[0, 1], [2, 0]], 3), last=True),
    )
    return [
        *faults,
        Faulty("stack-model-7", "UnsupportedError", "Model 7.", unknown),
        Faulty("block-model-of-stacks", "FormatError", "Model 5 in a codebook's plane.", block),
    ]


def in_stack(payload: bytes) -> bytes:
    """Return the stack with an index payload."""
    return seal(stack_start(SIZE, 3, 3), PALETTE, section(2, payload, last=True))
