"""The valid test vectors of stacks: one feature each."""

from __future__ import annotations

import reference_decoder as reference
from vector_parts import (
    NONE,
    UP,
    Palette,
    Rows,
    Valid,
    deflate,
    delta,
    make_palette,
    make_rows,
    make_valid,
    packed,
    raw,
    seal,
    section,
)
from vector_streams import TileEncoder, find_leaves, mixed_stack, varint

from kmcodec.container import Header

FRAMES, TABLES = 0x87, 0x88  # tags, spec 4.4
ARRAY = 0x86


def stack_start(size: tuple[int, int, int], channels: int, n_colors: int, more: int = 0) -> str:
    """Return the start of a file in hex, up to the end of the header: planes, height, width."""
    planes, height, width = size
    numbers = (width, height, n_colors - 1, planes - 1)
    start = b"\x8fKMQ\x01" + bytes([channels - 1 | reference.FLAG_STACK | more])
    return (start + b"".join(map(varint, numbers))).hex()


def make_stack(
    name: str,
    why: str,
    palette: Palette,
    planes: list[Rows],
    payload: bytes = b"",
    *,
    ancillary: tuple[tuple[int, bytes], ...] = (),
    authored: bool = False,
) -> Valid:
    """Return a vector; packed indices unless another payload is given."""
    n_colors, channels = len(palette), len(palette[0])
    size = (len(planes), len(planes[0]), len(planes[0][0]))
    rows = [row for plane in planes for row in plane]
    method = raw(palette) if n_colors <= 256 else delta(palette, [4] * channels)
    sections = [(1, method), *ancillary]
    if n_colors > 1:
        sections.append((2, payload or packed(rows, n_colors)))
    last = len(sections) - 1
    data = seal(
        stack_start(size, channels, n_colors, reference.FLAG_AUTHORED * authored),
        *(section(tag, body, last=i == last) for i, (tag, body) in enumerate(sections)),
    )
    header = Header(size[2], size[1], channels, n_colors, authored)
    return Valid(name, why, palette, rows, data, header, planes=size[0])


def scene(width: int, height: int, n_planes: int, n_colors: int) -> list[Rows]:
    """Return areas and a texture before which a square moves, and two pixels that twinkle."""
    ground = make_rows(width, height, n_colors)
    for y in range(height // 2):
        ground[y][: 2 * width // 3] = [(x // 7 + y // 5) % n_colors for x in range(2 * width // 3)]
    planes = []
    for z in range(n_planes):
        rows = [list(row) for row in ground]
        for y in range(2 + z, min(6 + z, height)):
            for x in range(1 + 2 * z, min(6 + 2 * z, width)):
                rows[y][x] = n_colors - 1
        rows[height // 3][width // 2] = z % n_colors
        rows[-1][0] = z * z % n_colors
        planes.append(rows)
    return planes


def stripes(width: int, height: int, *spots: tuple[int, int, int]) -> list[Rows]:
    """Return three planes of stripes that are equal, but for some places (x, y, plane)."""
    return [
        [
            [(x // 3 + (y > 3)) % 2 + 2 * ((x, y, z) in spots) for x in range(width)]
            for y in range(height)
        ]
        for z in range(3)
    ]


def spotted(width: int, height: int, *spots: tuple[int, int, int]) -> list[Rows]:
    """Return three planes that are 0 but for some places (x, y, plane)."""
    return [
        [[int((x, y, z) in spots) for x in range(width)] for y in range(height)] for z in range(3)
    ]


def valid_stacks() -> list[Valid]:
    """Return stacks by every coder, in tiles, with ancillary sections."""
    return [*valid_coders(), *valid_models(), *valid_still(), *valid_tiles(), *valid_sections()]


def valid_coders() -> list[Valid]:
    """Return stacks without a model."""
    planes = scene(7, 5, 3, 5)
    rows = [row for plane in planes for row in plane]
    wide = scene(7, 5, 2, 300)
    return [
        make_stack(
            "stack-packed", "105 packed indices without a break.", make_palette(5, 3), planes
        ),
        make_stack(
            "stack-deflate",
            "4 bits per index, filter up: above a plane's first row stands the plane before.",
            make_palette(5, 3),
            planes,
            deflate(rows, 2, UP),
        ),
        make_stack(
            "stack-deflate-16-bit",
            "16 bits per index, no filter, 2 planes.",
            make_palette(300, 1),
            wide,
            deflate(wide[0] + wide[1], 4, NONE),
        ),
        make_stack("stack-colors-1", "One colour, no indices.", make_palette(1, 4), [[[0, 0]]] * 4),
    ]


def valid_models() -> list[Valid]:
    """Return every model for stacks, and shapes."""
    size = (24, 16, 3)
    cases = [
        ("quick", "Model 4, one symbol a leaf.", 12, 3, scene(*size, 12), 4),
        ("quick-colors-40", "Model 4, two symbols.", 40, 3, scene(*size, 40), 4),
        ("quick-colors-300", "Model 4, three symbols.", 300, 3, scene(16, 10, 3, 300), 4),
        ("rich", "Model 5, one symbol a leaf.", 12, 3, scene(*size, 12), 5),
        ("rich-colors-40", "Model 5, two symbols.", 40, 3, scene(*size, 40), 5),
        ("rich-colors-300", "Model 5, three symbols, alpha.", 300, 4, scene(16, 10, 3, 300), 5),
        ("full", "Model 6, one symbol a leaf.", 12, 3, scene(*size, 12), 6),
        ("full-colors-40", "Model 6, two symbols.", 40, 3, scene(*size, 40), 6),
        ("full-colors-4097", "Model 6, four symbols.", 4097, 1, scene(16, 8, 2, 4097), 6),
        ("colors-2", "Two grays: an escape decides the pixel.", 2, 1, scene(19, 11, 4, 2), 4),
        ("colors-16", "16 colours: as more than 16.", 16, 3, scene(*size, 16), 5),
        ("colors-17", "17 colours: one of two symbols is certain.", 17, 2, scene(*size, 17), 6),
        ("planes-2", "Two planes.", 6, 3, scene(20, 10, 2, 6), 5),
        ("planes-9", "Nine planes.", 6, 3, scene(9, 6, 9, 6), 4),
        ("pixel", "One pixel in each plane.", 9, 3, [[[k]] for k in (3, 3, 8, 3)], 6),
        ("column", "One pixel wide.", 5, 3, [[[k] for k in range(5)] * 3] * 3, 5),
        ("row", "One pixel high.", 5, 3, [[[k // 9 for k in range(40)]]] * 3, 4),
        (
            "two-coders",
            "2 x 91 x 91 pixels: a range coder for each row of a pair.",
            5,
            3,
            [[[(x // 43 + y // 50 + z) % 5 for x in range(91)] for y in range(91)] for z in (0, 2)],
            4,
        ),
    ]
    return [
        make_stack(f"stack-{name}", why, palette, planes, mixed_stack(planes, palette, model))
        for name, why, n_colors, channels, planes, model in cases
        for palette in [make_palette(n_colors, channels)]
    ]


def valid_still() -> list[Valid]:
    """Return still pixels, and runs of them and of flat ones, that break or do not."""
    size = (40, 8)
    palette = make_palette(4, 3)
    stops = spotted(*size, (1, 4, 0), (9, 4, 0))
    stops[1][4][9] = 2
    cases = [
        ("still", "All planes are equal.", scene(24, 16, 1, 4) * 4, 5),
        ("run-whole", "Runs of still pixels, none breaks.", stripes(*size), 4),
        (
            "run-first",
            "Runs of still pixels that break at once.",
            stripes(*size, (0, 4, 1), (16, 5, 1), (16, 3, 2)),
            4,
        ),
        (
            "run-middle",
            "Runs of still pixels that break after 7.",
            stripes(*size, (7, 0, 1), (8, 7, 1), (23, 3, 2)),
            5,
        ),
        (
            "run-last",
            "Runs of still pixels that break after 15.",
            stripes(*size, (15, 0, 1), (15, 5, 1), (31, 3, 2)),
            6,
        ),
        (
            "run-behind",
            "Lower rows 17 pixels behind, too few for a run, and 18, enough.",
            stripes(40, 10, (0, 1, 1), (0, 5, 1), (1, 5, 1), (0, 5, 2)),
            4,
        ),
        (
            "run-flat",
            "Flat pixels that are not still: runs of them whole and broken, and an escape.",
            [
                [[(x // 3 + y) % 2 for x in range(40)] for y in range(8)],
                *spotted(40, 8, (7, 4, 0), (30, 5, 0), (2, 7, 1))[:2],
            ],
            5,
        ),
        (
            "run-flat-still",
            "A run of flat pixels breaks where all is as before: the next pixel is not still.",
            stops,
            4,
        ),
        ("escape", "Still pixels escape.", stripes(15, 8, (5, 5, 1), (9, 2, 2)), 6),
    ]
    vectors = [
        make_stack(f"stack-{name}", why, palette, planes, mixed_stack(planes, palette, model))
        for name, why, planes, model in cases
    ]
    planes = stripes(15, 6)
    tree = reference.PaletteTree(palette)
    place = reference.Tile(0, 6, 0, 15, b"", 0, 3)
    coder = TileEncoder(4, tree, place, *(find_leaves(rows, tree) for rows in planes))
    escapes = {(x, 4) for x in range(15)}  # of those that can
    why = "Pixels escape, and their leaves are the expected ones all the same."
    payload = b"\x02\x04" + coder.encode(escapes=escapes)
    return [*vectors, make_stack("stack-escape-expected", why, palette, planes, payload)]


def valid_tiles() -> list[Valid]:
    """Return stacks of several tiles."""
    cases = [
        ("groups", "5 planes in 3 groups: 1, 2 and 2 planes.", scene(15, 8, 5, 4), 5, (3, 1, 1)),
        ("tiles", "2 x 3 tiles of unequal sizes.", scene(25, 15, 3, 4), 4, (1, 2, 3)),
        ("groups-tiles", "2 groups, 2 x 2 tiles in each.", scene(17, 9, 5, 4), 6, (2, 2, 2)),
        ("tiles-1x1x1", "Each pixel of each plane is a tile.", scene(2, 2, 3, 2), 5, (3, 2, 2)),
    ]
    palette = make_palette(4, 3)
    return [
        make_stack(
            f"stack-{name}", why, palette, planes, mixed_stack(planes, palette, model, tiles)
        )
        for name, why, planes, model, tiles in cases
    ]


def valid_sections() -> list[Valid]:
    """Return how a stack plays, and stacks that are arrays."""
    palette, planes = make_palette(4, 3), scene(5, 4, 6, 4)
    frames = b"\x00\x64" + b"\x03\x0a" + b"\x00\x00" + b"\x00\xc8\x01"
    ranks = [bytes([rank]) for rank in range(4)]
    tables = b"\x04\x01\x00\x00" + b"\x03\x00\x00\x00\x00" + b"\x03\x00\x00\x00\x01"
    array = b"C<i2" + b"\x05\x02\x01\x03\x04\x05" + b"\x05\x01" + b"\x05\x00" + b"\xa5\x02\x00"
    return [
        make_stack(
            "frames",
            "For ever; four planes of 10 hundredths of a second, one of 0, one of 200.",
            palette,
            planes,
            ancillary=((FRAMES, frames),),
        ),
        make_stack(
            "frames-ignored",
            "Durations of more planes than there are: the section is ignored.",
            palette,
            planes,
            ancillary=((FRAMES, b"\x00\x64\x06\x0a"),),
        ),
        make_valid(
            "frames-of-picture",
            "A picture does not play: the section is ignored.",
            palette,
            planes[0],
            ancillary=((FRAMES, b"\x00\x64\x00\x0a"),),
        ),
        make_stack(
            "stack-array",
            "An array of 2 x 1 x 3 x 4 x 5 integers: 6 planes.",
            ranks,
            planes,
            ancillary=((ARRAY, array),),
            authored=True,
        ),
        make_stack(
            "stack-array-tables",
            "The same with a value more, in blocks of 3 planes: the second has -3, -2, 5, 302.",
            ranks,
            planes,
            ancillary=((ARRAY, array + b"\x00\x00"), (TABLES, tables)),
            authored=True,
        ),
    ]
