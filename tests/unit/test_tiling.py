"""Tiles: how a plane is cut, which grids are allowed, which tiles a region touches."""

from __future__ import annotations

import numpy as np
import pytest

from kmcodec import _kernels
from kmcodec.coding import mixed
from kmcodec.coding.mixed import FULL, LEAN, MODELS, QUICK, RICH
from kmcodec.coding.rectangle import Rectangle
from kmcodec.coding.setting import Setting
from kmcodec.coding.tiling import Grid, build_payload, parse_tiles
from kmcodec.errors import FormatError

MIDDLE = Rectangle(10, 20, 30, 40)


def setting_of(shape, planes=1):
    """Return the setting of planes of a shape, of nine colours."""
    return Setting(shape, np.arange(9, dtype=np.uint8)[:, None], planes)


@pytest.mark.parametrize(
    ("other", "touches"),
    [
        (Rectangle(19, 25, 39, 45), True),
        (Rectangle(20, 25, 30, 40), False),
        (Rectangle(5, 10, 30, 40), False),
        (Rectangle(5, 11, 25, 31), True),
        (Rectangle(10, 20, 40, 45), False),
        (Rectangle(10, 20, 25, 30), False),
    ],
)
def test_rectangles_that_share_an_edge_do_not_overlap(other, touches):
    """A rectangle overlaps another only where both have a pixel."""
    assert MIDDLE.overlaps(other) is other.overlaps(MIDDLE) is touches


def test_tiles_cover_a_plane_once():
    """Every pixel lies in exactly one tile, and sides differ by one at most."""
    seen = np.zeros((23, 31), dtype=int)
    tiles = Grid(4, 5).tiles(setting_of(seen.shape).whole)
    for tile in tiles:
        seen[tile.top : tile.bottom, tile.left : tile.right] += 1
    assert (seen == 1).all()
    assert {tile.shape[0] for tile in tiles} == {5, 6}
    assert {tile.shape[1] for tile in tiles} == {6, 7}


@pytest.mark.parametrize(
    ("shape", "allowed", "refused"),
    [
        ((16, 16), Grid(4, 4), Grid(1, 17)),  # 16 tiles are free: wider than the plane, too
        ((17, 17), Grid(4, 4), Grid(1, 17)),
        ((64, 64), Grid(1, 17), Grid(2, 9)),  # and one for each 4,096 pixels
        ((64, 63), Grid(4, 4), Grid(1, 17)),
        ((1 << 15, 1 << 14), Grid(256, 256), Grid(257, 256)),  # 65,536 at most
    ],
)
def test_the_most_tiles_of_a_plane(shape, allowed, refused):
    """A plane may have 16 tiles, one more for each 4,096 pixels, and 65,536 at most."""
    allowed.check(setting_of(shape).whole)
    with pytest.raises(FormatError, match="tiles"):
        refused.check(setting_of(shape).whole)


def test_a_table_needs_a_byte_for_each_tile_but_the_last():
    """Where fewer bytes follow than tiles have sizes, the payload is refused."""
    streams = [bytes([number]) for number in range(16)]
    payload = memoryview(build_payload(1, Grid(4, 4), streams))
    assert [bytes(stream) for _, stream in parse_tiles(payload, setting_of((8, 8)))] == streams
    payload = build_payload(1, Grid(4, 4), [b""] * 16)
    assert [len(stream) for _, stream in parse_tiles(memoryview(payload), setting_of((8, 8)))] == [
        0
    ] * 16
    with pytest.raises(FormatError, match="cannot hold 16 tiles"):
        parse_tiles(memoryview(payload[:17]), setting_of((8, 8)))


def test_tiles_of_a_stack_have_planes():
    """Every pixel of every plane lies in exactly one tile; groups are cut as rows are."""
    setting = setting_of((5, 7), 11)
    whole = setting.whole
    grid = Grid(2, 1, 3)
    seen = np.zeros((11, 5, 7), dtype=int)
    for tile in grid.tiles(whole):
        seen[tile.slices_of(whole)] += 1
    assert (seen == 1).all()
    assert [tile.planes for tile in grid.tiles(whole)[::2]] == [3, 4, 4]
    streams = [bytes([number]) for number in range(6)]
    payload = build_payload(5, grid, streams, stack=True)
    assert payload[:4] == bytes([0x85, 2, 1, 0])
    parsed = parse_tiles(memoryview(payload), setting)
    assert [bytes(stream) for _, stream in parsed] == streams
    with pytest.raises(FormatError, match="12 x 1 x 1 tiles for 11 x 5 x 7"):
        Grid(1, 1, 12).check(whole)
    with pytest.raises(FormatError, match="there may be 16"):
        Grid(2, 3, 3).check(whole)


@pytest.mark.parametrize(("model", "side"), [(QUICK, 640), (LEAN, 640), (RICH, 1448), (FULL, 1448)])
def test_the_sides_of_tiles(model, side):
    """A square plane is cut in four at one and a half times its model's side, not before."""
    palette = np.arange(9, dtype=np.uint8)[:, None]
    middle = next(s for s in range(side, 2 * side) if round(s * side / side**2) == 2)
    for length, grid in ((middle - 1, Grid(1, 1)), (middle, Grid(2, 2))):
        assert mixed.MixedEncoder(Setting((length, length), palette), model).grid == grid
    assert middle == side * 3 // 2


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("n_colors", [2, 256, 65536])
def test_threads_that_fit_into_memory(model, n_colors):
    """States of tiles at work take 56 MB beside the plane's own size; one thread always works."""
    side = mixed.TILE_SIDES[model]
    tiles = Grid(20, 20).tiles(setting_of((20 * side, 20 * side)))
    state = _kernels.load("core", "compiled" if _kernels.has_compiled() else "interpreted")
    size = state.tile_bytes(model, n_colors, 1, side, side)
    fitting = mixed._fitting_threads(model, n_colors, tiles[:30], 1000)
    assert fitting * size <= mixed.STATES + 30 * side**2 < (fitting + 1) * size
    assert mixed._fitting_threads(model, n_colors, tiles[:1], 1) == 1
    assert mixed._fitting_threads(model, n_colors, [], 7) == 1
    assert state.tile_bytes(7, n_colors, 1, side, side) == 0
