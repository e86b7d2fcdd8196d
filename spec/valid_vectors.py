"""The valid test vectors: one feature each."""

from __future__ import annotations

import zlib

import reference_decoder as reference
from vector_parts import (
    LEFT,
    NONE,
    UP,
    Palette,
    Rows,
    Valid,
    deflate,
    delta,
    filtered,
    make_palette,
    make_rows,
    make_valid,
    raw,
    stream,
)
from vector_streams import encoder_of, mixed, modelled, plane

from kmcodec import container
from kmcodec.container import Header


def valid_blocks() -> list[Valid]:
    """Return codebooks of blocks."""
    return [
        make_blocks("raw", "Raw; the picture cuts the last blocks.", (4, 2, 3, 3), (7, 8), 0),
        make_blocks("gray", "Blocks of 4 x 1 gray pixels.", (3, 4, 1, 1), (8, 5), 0),
        make_blocks("plane", "A plane, the last place filled.", (5, 2, 2, 3), (6, 9), 2),
        make_blocks("plane-alpha", "A plane of one column, alpha.", (3, 3, 2, 4), (5, 5), 1),
        make_blocks("plane-gray-alpha", "No differences.", (4, 1, 2, 2), (3, 6), 4),
        make_blocks("tall", "Blocks taller than the picture.", (2, 300, 1, 1), (3, 5), 0),
        make_blocks("wide", "Blocks wider than the picture.", (2, 1, 300, 3), (5, 3), 0),
        make_blocks("one", "One block, no indices.", (1, 5, 4, 3), (3, 2), 0),
    ]


def make_blocks(
    name: str, why: str, shape: tuple[int, int, int, int], size: tuple[int, int], columns: int
) -> Valid:
    """Return a vector with blocks; mixed indices, which look at the blocks' mean colours.

    The codebook has this shape; it is a plane of so many columns, or raw for 0.
    """
    n_blocks, block, channels = shape[0], (shape[1], shape[2]), shape[3]
    pixels = make_palette(n_blocks * block[0] * block[1], channels)
    area = block[0] * block[1]
    entries = [b"".join(pixels[k * area : (k + 1) * area]) for k in range(n_blocks)]
    payload = b"\0" + b"".join(entries)
    if columns:
        payload = plane(entries, block, channels, columns)
    sections = [(container.SECTION_PALETTE, payload)]
    grid = [-(-side // part) for side, part in zip(size, block, strict=True)]
    rows = make_rows(grid[1], grid[0], n_blocks)
    if n_blocks > 1:
        means = [reference.mean_color(entry, channels) for entry in entries]
        sections.append((container.SECTION_INDICES, mixed(rows, means, 2)))
    header = Header(size[1], size[0], channels, n_blocks, block=block)
    return Valid(f"block-{name}", why, entries, rows, container.build(header, sections), header)


def valid_shapes() -> list[Valid]:
    """Return channel counts, colour counts and sizes."""
    rows = make_rows(5, 3, 4)
    vectors = [
        make_valid(f"channels-{c}", f"{kind}.", make_palette(4, c), rows)
        for c, kind in enumerate(("Gray", "Gray and alpha", "RGB", "RGB and alpha"), start=1)
    ]
    vectors += [
        make_valid(
            f"colors-{k}",
            f"{k} colours, {(k - 1).bit_length()} bits per packed index.",
            make_palette(k, 1 if k == 256 else 3),
            make_rows(7, 5, k),
        )
        for k in (1, 2, 3, 4, 5, 16, 17, 256, 257)
    ]
    vectors += [
        make_valid(
            f"size-{w}x{h}",
            f"{w} pixels wide, {h} high.",
            make_palette(3, 3),
            make_rows(w, h, 3),
        )
        for w, h in ((1, 1), (1, 9), (9, 1), (130, 2))
    ]
    vectors.append(
        make_valid(
            "size-1x1-colors-1",
            "The smallest picture.",
            [bytes([200, 100, 50])],
            [[0]],
        )
    )
    return vectors


def valid_palettes() -> list[Valid]:
    """Return every palette method."""
    rows = make_rows(4, 3, 6)
    gray, rgb, rgba = (make_palette(6, c) for c in (1, 3, 4))
    jumps = [bytes([v, 255 - v, v // 2, v]) for v in (0, 255, 127, 128, 1, 254)]
    cases = [
        ("raw", "Method 0.", rgb, raw(rgb)),
        ("delta", "Method 1.", rgb, delta(rgb, [2, 3, 3])),
        ("delta-gray", "Method 1, one channel.", gray, delta(gray, [2])),
        ("delta-green", "Method 2, RGB.", rgb, delta(rgb, [2, 3, 1], green=True)),
        (
            "delta-green-alpha",
            "Method 2; alpha is not relative to green.",
            rgba,
            delta(rgba, [2, 3, 1, 4], green=True),
        ),
        (
            "delta-wraps",
            "Method 1; differences wrap modulo 256.",
            jumps,
            delta(jumps, [0, 1, 2, 3]),
        ),
        (
            "delta-green-wraps",
            "Method 2; differences wrap modulo 256, Rice parameters 4 to 7.",
            jumps,
            delta(jumps, [4, 5, 6, 7], green=True),
        ),
        ("equal-entries", "Entries may be equal, or unused.", [rgb[0]] * 6, raw([rgb[0]] * 6)),
    ]
    vectors = [
        make_valid(f"palette-{name}", why, palette, rows, palette_payload=payload)
        for name, why, palette, payload in cases
    ]
    return vectors + valid_modelled(rows)


def valid_modelled(rows: Rows) -> list[Valid]:
    """Return modelled palettes: orders, inverted, ascending, alpha first and last."""
    shades = [bytes([9 * k, 7 * k + 3, 5 * k]) for k in range(6)]
    alpha = [bytes([200 - k, 40 * k, 9, 51 * k]) for k in range(6)]
    hidden = [bytes([0, 0, 0, 0]), bytes([1, 2, 3, 0]), *alpha[2:]]
    grays = [bytes([k * k]) for k in range(6)]
    pairs = [bytes([40 * k, 255 - k]) for k in range(6)]
    cases = [
        ("rgb", "RGB in order 1 0 2, any order of entries.", make_palette(6, 3), 4 * 2),
        ("ascending", "Each entry greater than the one before.", shades, 1),
        ("inverted", "Order 2 1 0, values from 255 down.", make_palette(6, 3), 4 * 5 + 2),
        ("both", "Inverted and ascending.", shades[::-1], 3),
        ("gray", "One channel, ascending.", grays, 1),
        ("gray-alpha", "Alpha coded before gray.", pairs, 4),
        ("alpha-last", "RGB and alpha, number 5.", alpha, 4 * 5),
        ("alpha-first", "Alpha first, number 8; hidden entries.", hidden, 4 * 8),
        ("equal", "Entries may be equal.", [shades[3]] * 6, 0),
    ]
    return [
        make_valid(
            f"palette-modelled-{name}",
            f"Method 3. {why}",
            palette,
            rows,
            palette_payload=modelled(palette, parameter),
        )
        for name, why, palette, parameter in cases
    ]


def valid_coders() -> list[Valid]:
    """Return every coder, deflate layout and filter."""
    vectors = [
        make_valid(
            "packed-filling",
            "35 indices of 3 bits: 7 filling bits after the last.",
            make_palette(5, 1),
            make_rows(7, 5, 5),
        )
    ]
    colors_of = {0: 2, 1: 3, 2: 13, 3: 40, 4: 300}
    filters = {NONE: "no filter", LEFT: "filter left", UP: "filter up"}
    for log2_bits, n_colors in colors_of.items():
        palette, rows = make_palette(n_colors, 1), make_rows(7, 5, n_colors)
        vectors += [
            make_valid(
                f"deflate-{1 << log2_bits}-bit-{text.split()[-1] if kind else 'none'}",
                f"{1 << log2_bits} bits per index, {text}; width 7 fills no byte.",
                palette,
                rows,
                index_payload=deflate(rows, log2_bits, kind),
            )
            for kind, text in filters.items()
        ]
        if log2_bits < 3:
            vectors.append(
                make_valid(
                    f"deflate-bytes-{n_colors}-colors",
                    f"Whole bytes although {n_colors} colours need fewer bits, filter left.",
                    palette,
                    rows,
                    index_payload=deflate(rows, 3, LEFT),
                )
            )
    rows = make_rows(16, 12, 40)
    blocks = {
        "stored": stream(filtered(rows, 3, NONE), level=0),
        "fixed": stream(filtered(rows, 3, NONE), strategy=zlib.Z_FIXED),
        "dynamic": stream(filtered(rows, 3, UP), strategy=zlib.Z_HUFFMAN_ONLY),
    }
    vectors += [
        make_valid(
            f"deflate-{name}",
            f"A DEFLATE block of the {name} kind.",
            make_palette(40, 1),
            rows,
            index_payload=bytes([1, 0x23 if name == "dynamic" else 0x03]) + body,
        )
        for name, body in blocks.items()
    ]
    return vectors


def blobs(width: int, height: int, n_colors: int) -> Rows:
    """Return indices with flat areas, a pattern and noise."""
    noise = make_rows(width, height, n_colors)
    flat = [[(x // 7 + y // 5) % n_colors for x in range(width)] for y in range(height)]
    for y in range(height // 2):
        flat[y][width // 2 :] = noise[y][width // 2 :]
    flat[-1][-1] = n_colors - 1
    return flat


def spotted(width: int, height: int, *spots: tuple[int, int]) -> Rows:
    """Return indices that are 0 but for some places (x, y)."""
    return [[int((x, y) in spots) for x in range(width)] for y in range(height)]


def valid_mixed() -> list[Valid]:
    """Return every model of coder 2, and all that a pixel may go through."""
    size = (24, 20)
    cases = [
        ("quick", "Model 0, one symbol a leaf.", 12, 3, blobs(*size, 12), 0),
        ("quick-colors-40", "Model 0, two symbols.", 40, 3, blobs(*size, 40), 0),
        ("quick-colors-300", "Model 0, three symbols.", 300, 3, blobs(16, 12, 300), 0),
        ("lean", "Model 1, one symbol a leaf.", 12, 3, blobs(*size, 12), 1),
        ("lean-colors-40", "Model 1, two symbols.", 40, 3, blobs(*size, 40), 1),
        ("lean-colors-300", "Model 1, three symbols.", 300, 3, blobs(16, 12, 300), 1),
        ("rich", "Model 2, one symbol a leaf.", 12, 3, blobs(*size, 12), 2),
        ("rich-colors-40", "Model 2, two symbols.", 40, 3, blobs(*size, 40), 2),
        ("rich-colors-300", "Model 2, three symbols, alpha.", 300, 4, blobs(16, 12, 300), 2),
        ("full", "Model 3, one symbol a leaf.", 12, 3, blobs(*size, 12), 3),
        ("full-colors-40", "Model 3, two symbols.", 40, 3, blobs(*size, 40), 3),
        ("full-colors-4097", "Model 3, four symbols.", 4097, 1, blobs(16, 12, 4097), 3),
        ("colors-16", "16 colours: all symbols are possible.", 16, 3, blobs(*size, 16), 2),
        ("colors-17", "17 colours: one of two symbols is certain.", 17, 3, blobs(*size, 17), 1),
        ("colors-256", "256 colours, two symbols.", 256, 3, blobs(16, 12, 256), 1),
        ("gray", "Two grays: an escape decides the pixel.", 2, 1, blobs(19, 15, 2), 1),
        ("gray-alpha", "Model 2, gray and alpha.", 3, 2, blobs(19, 15, 3), 2),
        ("column", "One pixel wide.", 5, 3, blobs(1, 40, 5), 2),
        ("row", "One pixel high.", 5, 3, blobs(40, 1, 5), 1),
        ("single", "One pixel.", 9, 3, blobs(1, 1, 9), 3),
        ("single-white", "One pixel, the last of 40 leaves.", 40, 3, [[39]], 0),
        ("narrow", "Two pixels wide: the lower row waits for its end.", 20, 3, blobs(2, 21, 20), 2),
        ("run-whole", "Runs of 16, none breaks.", 3, 3, spotted(33, 5), 1),
        ("run-first", "Runs that break at once.", 3, 3, spotted(40, 6, (0, 3), (16, 4)), 1),
        ("run-middle", "Runs that break after 7 pixels.", 3, 3, spotted(40, 8, (7, 0), (8, 7)), 2),
        ("run-last", "Runs that break after 15.", 3, 3, spotted(40, 8, (15, 0), (16, 7)), 0),
        (
            "run-behind",
            "Lower rows 17 pixels behind, too few for a run, and 18, enough.",
            3,
            3,
            spotted(40, 10, (0, 1), (0, 5), (1, 5)),
            1,
        ),
        ("escape", "Flat pixels escape, in the last symbol.", 40, 3, spotted(15, 9, (5, 5)), 1),
        ("repeats", "A pattern returns, and matches foretell it.", 12, 3, [], 3),
        ("noise", "Long enough for chances to end at their least.", 3, 1, [], 1),
        ("last-visits", "Long enough for counts to end at their largest.", 40, 1, [], 2),
        ("two-coders", "128 x 128 pixels: a range coder for each row of a pair.", 5, 3, [], 1),
        ("two-coders-odd", "127 rows, the last alone; model 2.", 20, 3, [], 2),
        ("one-coder", "16383 pixels have one range coder.", 5, 3, [], 0),
        ("one-coder-row", "16384 pixels in one row have one range coder.", 5, 3, [], 0),
    ]
    texture = blobs(9, 7, 12)
    longer = {
        "repeats": [[texture[y % 7][x % 9] for x in range(40)] for y in range(20)],
        "noise": [[x * x * (y + 3) % 7 * y % 5 % 2 for x in range(50)] for y in range(60)],
        "last-visits": [
            [x * y % 11 + (x // 4 + y // 9) % 2 * 20 for x in range(50)] for y in range(40)
        ],
        "two-coders": [[(x // 43 + y // 50) % 5 for x in range(128)] for y in range(128)],
        "two-coders-odd": [[(x // 43 + y // 50) % 20 for x in range(130)] for y in range(127)],
        "one-coder": [[(x // 43 + y // 50) % 5 for x in range(129)] for y in range(127)],
        "one-coder-row": [[x // 5000 for x in range(16384)]],
    }
    return [
        make_mixed(name, why, make_palette(n_colors, channels), rows or longer[name], model)
        for name, why, n_colors, channels, rows, model in cases
    ] + valid_tiles()


def make_mixed(
    name: str,
    why: str,
    palette: Palette,
    rows: Rows,
    model: int,
    *,
    tiles: tuple[int, int] = (1, 1),
) -> Valid:
    """Return a vector of coder 2; a long palette is stored as differences."""
    payload = mixed(rows, palette, model, tiles)
    long = delta(palette, [4] * len(palette[0])) if len(palette) > 256 else None
    return make_valid(
        f"mixed-{name}", why, palette, rows, palette_payload=long, index_payload=payload
    )


def valid_tiles() -> list[Valid]:
    """Return planes of several tiles, and a pixel that escapes for nothing."""
    palette = make_palette(12, 3)
    flat = spotted(6, 4)
    coder = encoder_of(flat, palette, 1)
    escapes = make_valid(
        "mixed-escape-w",
        "A pixel escapes, and its leaf is W all the same.",
        palette,
        flat,
        index_payload=b"\x02\x01" + coder.encode(escapes={(2, 1)}),
    )
    return [
        make_mixed(
            "tiles", "2 x 3 tiles of unequal sizes.", palette, blobs(25, 15, 12), 2, tiles=(2, 3)
        ),
        make_mixed("tiles-row", "One row, two tiles.", palette, blobs(40, 1, 12), 1, tiles=(1, 2)),
        make_mixed(
            "tiles-1x1", "Each pixel is a tile.", palette[:2], blobs(3, 2, 2), 2, tiles=(2, 3)
        ),
        escapes,
    ]


def valid_arrays() -> list[Valid]:
    """Return arrays of integers: -3, -2, 5 and 300, as int16, 3 x 5."""
    rows = make_rows(5, 3, 4)
    section = b"C<i2\x02\x03\x05" + b"\x05\x01" + b"\x05\x00" + b"\xa5\x02\x00"
    ranks = [bytes([rank]) for rank in range(4)]
    relabelled = b"c<i2\x02\x03\x05" + b"\xd8\x04" + b"\xdd\x04" + b"\xde\x04" + b"\xcd\x04"
    six = section + b"\x00\x01"
    tables = b"\x05\x00\x00\x01" + b"\x03\x00\x00\x00\x00" + b"\x03\x01\x00\x01\x00"
    own = make_palette(4, 3)
    cases = [
        ("array", "An array of integers; its palette are the ranks.", ranks, section, None),
        ("array-own-palette", "An array and a palette of colours.", own, section, None),
        ("array-ignored", "What is no array leaves the picture valid.", ranks, b"no array", None),
        ("array-relabelled", "Values 300, -3, 300 and 5, one by one.", ranks, relabelled, None),
        ("array-tables", "Two blocks, each with four of six values.", ranks, six, tables),
        ("array-tables-ignored", "Tables of too few values.", ranks, six, tables[:-1]),
    ]
    return [
        make_valid(
            name,
            why,
            palette,
            rows,
            authored=True,
            ancillary=((container.SECTION_ARRAY, part),)
            + (() if blocks is None else ((container.SECTION_TABLES, blocks),)),
        )
        for name, why, palette, part, blocks in cases
    ]


def valid_sections() -> list[Valid]:
    """Return flags and ancillary sections."""
    palette, rows = make_palette(4, 3), make_rows(5, 3, 4)
    facts = b'{"effort":5,"mse":1.5,"n_iter":7,"seed":0,"space":"oklab"}'
    known = (
        (container.SECTION_ICC, b"an ICC profile stands here"),
        (container.SECTION_EXIF, b"II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
        (container.SECTION_XMP, b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"),
        (container.SECTION_FACTS, facts),
        (container.SECTION_NAMES, '["sky","tree","water","façade"]'.encode()),
    )
    names = ("icc", "exif", "xmp", "facts", "names")
    unknown = (0x9F, b"of another version")
    cases: list[tuple[str, str, tuple[tuple[int, bytes], ...]]] = [
        (f"ancillary-{name}", f"The {name} section.", (part,))
        for name, part in zip(names, known, strict=True)
    ]
    cases += [
        ("ancillary-all", "Every ancillary section, in no special order.", known[::-1]),
        ("ancillary-empty", "A section may be empty.", ((container.SECTION_XMP, b""),)),
        (
            "ancillary-facts-ignored",
            "Facts that are no such JSON object are ignored.",
            ((container.SECTION_FACTS, b"[1, 2"),),
        ),
        ("ancillary-unknown", "An unknown ancillary section is skipped.", (unknown,)),
        ("ancillary-long", "A payload length of two bytes.", ((0x9F, bytes(200)),)),
    ]
    vectors = [make_valid(name, why, palette, rows, ancillary=parts) for name, why, parts in cases]
    vectors.append(make_valid("authored", "The authored flag.", palette, rows, authored=True))
    vectors.append(
        make_valid(
            "authored-names",
            "A label map with the names of its classes.",
            palette,
            rows,
            authored=True,
            ancillary=(known[4],),
        )
    )
    vectors.append(
        make_valid(
            "colors-1-ancillary-last",
            "In a file of one colour the last section may be ancillary.",
            palette[:1],
            [[0, 0], [0, 0]],
            ancillary=(known[3],),
        )
    )
    return vectors
