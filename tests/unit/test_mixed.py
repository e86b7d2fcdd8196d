"""The coder mixed: models, tiles, and what hostile payloads may cost."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest
from oracles import palette_order
from work import counted

import kmcodec
from kmcodec import container
from kmcodec.coding import mixed
from kmcodec.coding.coders import encode_plane
from kmcodec.coding.mixed import FULL, LEAN, MODELS, QUICK, RICH
from kmcodec.coding.rectangle import Rectangle
from kmcodec.coding.setting import Setting
from kmcodec.coding.tile import LOG2_PIXELS_PER_BYTE, decode_tile, encode_tile
from kmcodec.coding.tiling import FLAG_TILES
from kmcodec.coding.tree import grow_tree
from kmcodec.errors import FormatError, InputError, LimitError, UnsupportedError


def coded_tile(model, tree, leaves):
    """Return the stream of (H, W) leaves."""
    return encode_tile(model, tree, leaves[None])


def decoded_tile(model, tree, shape, stream):
    """Return the (H, W) leaves of a stream."""
    tile = Rectangle(0, shape[0], 0, shape[1])
    return decode_tile(model, tree, (tile, 1), memoryview(stream))[0]


def colors_of(count, channels=3, seed=1):
    """Return a palette of random colours, sorted so that neighbours are alike."""
    colors = np.random.default_rng(seed).integers(0, 256, (count, channels)).astype(np.uint8)
    return colors[np.lexsort(colors.T)]


def pictures(count):
    """Return planes that take every way through the coder: flat, repeated, smooth, noise."""
    rng = np.random.default_rng(count)
    flat = np.zeros((20, 30), dtype=np.uint16)
    flat[5:12, 8:20] = count - 1
    flat[14:, 3:5] = count // 2
    tile = rng.integers(0, count, (5, 6))
    y, x = np.mgrid[:24, :24]
    smooth = (np.hypot(y - 5, x - 9) * count / 40).astype(int) % count
    noise = rng.integers(0, count, (9, 17))
    return [flat, np.tile(tile, (4, 5)), smooth, noise, noise[:1, :1], noise[:1], noise[:, :1]]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("count", [2, 3, 16, 200, 256, 300, 5000])
def test_leaves_come_back(model, count):
    """Each model gives back planes of any number of colours, and streams end with no zero byte."""
    tree = grow_tree(colors_of(count))
    for leaves in pictures(count):
        stream = coded_tile(model, tree, leaves.astype(np.uint16))
        assert (decoded_tile(model, tree, leaves.shape, stream) == leaves).all()
        assert stream[-1:] != b"\0"


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("count", [1, 2, 3, 10, 16, 17, 25, 40, 256, 257, 1000, 4100])
def test_the_tree_is_the_naive_one(count, channels):
    """Level by level in NumPy, or by recursion: the same order."""
    palette = np.random.default_rng(count).integers(0, 6, (count, channels)).astype(np.uint8) * 40
    tree = grow_tree(palette)
    order = palette_order(palette.tolist())
    assert tree.order.tolist() == order
    assert (tree.colors == palette[order]).all()


def test_a_symbol_of_the_tree_is_a_run_of_leaves():
    """The leaves below a node of more than 16 begin at multiples of 16: at most 15 are alone."""
    palette = np.repeat(np.arange(40, dtype=np.uint8)[:, None], 3, axis=1)
    assert grow_tree(palette).order.tolist() == list(range(40))
    shuffled = np.random.default_rng(3).permutation(40)
    tree = grow_tree(palette[shuffled])
    assert (tree.colors[:, 0] == np.arange(40)).all()
    assert (tree.ranks[tree.order] == np.arange(40)).all()


def encoded(indices, palette, threads=1):
    """Return the payload at effort 1, where one model is tried."""
    (encoder,) = mixed.begin(indices, Setting(indices.shape, palette), 1)
    return encoder.encode(indices, threads=threads)


def opened(payload, shape, palette):
    """Open a payload."""
    return mixed.MixedDecoder(Setting(shape, palette), memoryview(payload))


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_tiles_are_coded_alone(threads):
    """Any number of threads writes the same bytes; a region reads the tiles that it touches."""
    palette = colors_of(12)
    indices = np.random.default_rng(4).integers(0, 12, (50, 70)).astype(np.uint8)
    with patch.dict(mixed.TILE_SIDES, dict.fromkeys(mixed.TILE_SIDES, 20)):
        payload = encoded(indices, palette, threads)
        assert payload == encoded(indices, palette, 1)
    assert payload[0] & FLAG_TILES
    assert payload[1:3] == bytes([1, 3])  # 2 x 4, stored less one
    plane = opened(payload, (50, 70), palette)
    assert (plane.decode(threads=threads) == indices).all()
    with patch.object(mixed, "decode_tile", side_effect=decode_tile) as made:
        part = plane.decode(Rectangle(3, 9, 15, 40), threads=threads)
    assert (part == indices[3:9, 15:40]).all()
    assert made.call_count == 3


def test_regions_of_files():
    """A region of a file is that part of the whole, and regions outside raise InputError."""
    pixels = np.random.default_rng(5).integers(0, 256, (40, 30, 3)).astype(np.uint8)
    data = kmcodec.encode(pixels, n_colors=9)
    whole = kmcodec.decode(data)
    assert (kmcodec.decode(data, region=(3, 5, 20, 10)) == whole[5:15, 3:23]).all()
    one = kmcodec.encode(pixels * 0)
    assert kmcodec.decode(one, region=(0, 0, 2, 3)).shape == (3, 2, 3)
    for region in [
        (0, 0, 31, 1),
        (-1, 0, 2, 2),
        (0, 0, 0, 1),
        (1, 2, 3),
        "abcd",
        (0, 0, 1.5, 1),
        7,
    ]:
        with pytest.raises(InputError, match="region"):
            kmcodec.decode(data, region=region)


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (b"", "empty"),
        (b"\x82", "ends early"),
        (b"\x82\x00", "ends early"),
        (b"\x82\x00\x00", "1 x 1 tiles"),
        (b"\x82\x08\x00abcdefghij", "9 x 1 tiles for 1 x 8 x 8"),
        (b"\x82\x00\x08abcdefghij", "1 x 9 tiles"),
        (b"\x82\x03\x03abc", "cannot hold 16 tiles"),
        (b"\x82\x00\x01\x80", "ends early"),
        (b"\x82\x00\x01\x81\x00ab", "shortest form"),
        (b"\x82\x00\x01\x05ab", "longer than the payload"),
        (b"\x82\x00\x01\x01\x00a", "not the code"),
        (b"\x02\x01\x00", "not the code"),
        (b"\x02" + b"a" * 1000, "not the code"),
    ],
)
def test_bad_payloads_are_refused(payload, message):
    """Each wrong table, size or stream raises FormatError that says so."""
    with pytest.raises(FormatError, match=message):
        opened(payload, (8, 8), colors_of(9)).decode()


@pytest.mark.parametrize("number", [7, 127, 135])
def test_unknown_models_are_unsupported(number):
    """A model that does not exist raises UnsupportedError."""
    with pytest.raises(UnsupportedError, match="model"):
        opened(bytes([number, 1, 2]), (8, 8), colors_of(9))


def test_pictures_and_stacks_have_models_of_their_own():
    """A model for stacks in a picture, or the other way round, raises FormatError."""
    with pytest.raises(FormatError, match="not one for 1 planes"):
        opened(b"\x04abc", (8, 8), colors_of(9))
    with pytest.raises(FormatError, match="not one for 2 planes"):
        mixed.MixedDecoder(Setting((8, 8), colors_of(9), 2), memoryview(b"\x01abc"))


NO_LIMITS = kmcodec.Limits(1 << 40, 1 << 42)


def bomb(width, height, payload):
    """Return a whole file, checksums and all, that claims a picture for a few bytes."""
    header = container.Header(width, height, 3, 2)
    palette = (container.SECTION_PALETTE, b"\0" + bytes([0, 0, 0, 255, 255, 255]))
    return container.build(header, [palette, (container.SECTION_INDICES, payload)])


@pytest.mark.parametrize(
    ("data", "limits", "error"),
    [
        (bomb(60000, 60000, b"\x02\x02" + bytes(18)), None, LimitError),
        (bomb(60000, 60000, b"\x02\x02" + bytes(18)), NO_LIMITS, FormatError),
        (bomb(60000, 60000, b"\x02\x01" + bytes(18)), NO_LIMITS, FormatError),
        (bomb(13000, 13000, b"\x02\x01" + bytes(18)), None, FormatError),
        (bomb(1, 1 << 27, b"\x02\x00" + bytes(18)), None, FormatError),
        (bomb(256, 256, b"\x02\x81\xff\x01\xff\x01" + bytes(65535)), None, FormatError),
    ],
)
def test_bombs_are_refused_quickly(data, limits, error):
    """A few bytes claim no more than a few million pixels, whatever the header says."""
    kmcodec.decode(kmcodec.encode(np.eye(3, dtype=np.uint8)))  # modules are there
    with counted() as work, pytest.raises(error):
        kmcodec.decode(data, limits=limits)
    assert work.calls < 500  # a picture of 3 x 3 pixels takes 208
    assert work.peak < 1e6


def test_the_surest_stream_has_a_byte_for_its_pixels():
    """The largest tile of one colour takes a byte for 2^22 pixels and hardly more."""
    tree = grow_tree(colors_of(2))
    plane = np.zeros((4096, 4096), dtype=np.uint16)
    for model in MODELS:
        stream = coded_tile(model, tree, plane)
        assert plane.size >> LOG2_PIXELS_PER_BYTE <= len(stream) <= 24
        assert not decoded_tile(model, tree, plane.shape, stream).any()


def test_a_stream_shorter_than_its_least_is_filled_with_zeros():
    """Zeros at the end are of the stream where it has the least bytes, and of none longer."""
    tree, shape = grow_tree(colors_of(2)), (3000, 3000)
    for model in MODELS:
        stream = coded_tile(model, tree, np.zeros(shape, dtype=np.uint16))
        assert len(stream) >= 2
        with pytest.raises(FormatError, match="not the code"):
            decoded_tile(model, tree, shape, stream + b"\0")


def test_leaves_are_those_of_the_tree():
    """A leaf that the tree lacks is refused, also where it is the last one of the plane."""
    plane = np.zeros((4, 4), dtype=np.uint16)
    plane[-1, -1] = 9
    with pytest.raises(ValueError, match="less than the number of colours"):
        coded_tile(LEAN, grow_tree(colors_of(9)), plane)


ALL = [QUICK, LEAN, RICH, FULL]


def noise_of(n_colors, side=300):
    """Return noise."""
    rng = np.random.default_rng(7)
    return rng.integers(0, n_colors, (side, side)).astype(np.uint8)


def halftone(n_colors):
    """Return a plane too large to be small, smooth but for a pattern that dithers it."""
    y, x = np.mgrid[:300, :250]
    shades = np.hypot(y - 90, x - 30) * n_colors / 330
    return np.minimum(shades + (y * 3 + x * 5) % 8 / 8, n_colors - 1).astype(np.uint8)


@pytest.mark.parametrize(
    ("effort", "noise", "flat", "shades", "small"),
    [
        (1, [QUICK], [QUICK], [QUICK], [QUICK]),
        (2, [QUICK, LEAN], [QUICK, LEAN], [LEAN], ALL),
        (3, [QUICK, LEAN], [QUICK, LEAN], [LEAN], ALL),
        (4, [QUICK, LEAN], [QUICK, LEAN, RICH], [LEAN, RICH], ALL),
        (6, [QUICK, LEAN], [QUICK, LEAN, RICH], [LEAN, RICH], ALL),
        (7, [QUICK, LEAN, RICH], [QUICK, LEAN, RICH], [LEAN, RICH], ALL),
        (8, [QUICK, LEAN, RICH], [QUICK, LEAN, RICH], [LEAN, RICH], ALL),
        (9, ALL, ALL, ALL, ALL),
    ],
)
def test_models_are_chosen_by_effort_and_content(effort, noise, flat, shades, small):
    """Small planes try all models; the quick one is tried on noise, the rich one for returns."""
    setting, plane = Setting((300, 300), colors_of(128)), noise_of(128)
    assert mixed.choose_models(plane, setting, effort) == noise
    assert mixed.choose_models(plane * 0, setting, effort) == flat
    assert mixed.choose_models(halftone(128), setting, effort) == shades
    assert mixed.choose_models(plane[:9], setting, effort) == small


def test_models_at_the_edge_of_sizes():
    """Of 65,536 pixels, either side chooses otherwise."""
    setting, plane = Setting((300, 300), colors_of(128)), noise_of(128)
    assert mixed.choose_models(plane[:256, :256], setting, 5) == ALL
    assert mixed.choose_models(plane[:256, :257], setting, 5) == [QUICK, LEAN]


@pytest.mark.parametrize(("lean", "tried"), [(9900, False), (9901, True), (10500, True)])
def test_the_quick_model_is_tried_where_the_lean_one_hardly_wins(lean, tried):
    """It saves 1 % of the middle of a plane, or both are tried."""
    sizes = {QUICK: 10000, LEAN: lean}
    with patch.object(mixed, "encode_tile", side_effect=lambda m, *_: bytes(sizes[m])) as coded:
        found = mixed._quick_may_win(noise_of(9), Setting((300, 300), colors_of(9)))
    assert found is tried
    assert [call.args[2].shape for call in coded.call_args_list] == [(1, 128, 128)] * 2


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("n_colors", [2, 4, 16, 128])
@pytest.mark.parametrize(("share", "returns"), [(0.6, False), (0.73, True)])
def test_what_returns_is_counted(n_colors, share, returns, transposed):
    """A third of the blocks may be new, far from each other or near, of any number of colours."""
    plane = np.resize(noise_of(n_colors)[: round(300 * (1 - share))], (300, 300))
    assert mixed._returns(plane.T if transposed else plane, n_colors) is returns


@pytest.mark.parametrize(
    ("n_colors", "shape"),
    [
        (2, (8, 8)),
        (3, (4, 8)),
        (4, (4, 8)),
        (5, (4, 4)),
        (16, (4, 4)),
        (17, (2, 4)),
        (60000, (2, 4)),
    ],
)
def test_blocks_are_told_apart(n_colors, shape):
    """Blocks are of 64 bits; a difference in any pixel makes another hash, as does their order."""
    block = np.random.default_rng(3).integers(0, n_colors, shape).astype(np.uint16)
    planes = [block, block[:, ::-1], block[::-1]]
    for place in np.ndindex(shape):
        changed = block.copy()
        changed[place] ^= 1
        planes.append(changed)
    hashes = [mixed._blocks(plane, n_colors) for plane in planes]
    assert {found.shape for found in hashes} == {(1, 1)}
    assert len({int(found[0, 0]) for found in hashes}) == len(planes)


@pytest.mark.parametrize("shape", [(1, 70000), (70000, 1), (2, 40000), (30000, 3)])
@pytest.mark.parametrize("n_colors", [2, 251])
def test_planes_without_a_block(shape, n_colors):
    """Narrow planes have no blocks, or few, and are coded like any other."""
    plane = np.arange(shape[0] * shape[1], dtype=np.uint32).reshape(shape) % n_colors
    assert mixed._returns(plane, n_colors)


def test_only_the_middle_of_a_large_plane_is_searched():
    """What returns is counted within 1,024 by 1,024 pixels."""
    plane = np.zeros((1100, 1100), dtype=np.uint8)
    with patch.object(mixed, "_blocks", side_effect=mixed._blocks) as searched:
        assert mixed._returns(plane, 128)
    assert searched.call_args.args[0].shape == (1024, 1024)


@pytest.mark.parametrize(
    ("effort", "rich", "best"),
    [
        (5, 9523, RICH),
        (5, 9524, LEAN),
        (6, 9524, LEAN),
        (7, 9999, RICH),
        (7, 10000, LEAN),
        (9, 9999, RICH),
    ],
)
def test_the_rich_model_has_a_price_below_effort_7(effort, rich, best):
    """It is taken where its payload and 5 % of it are smaller than another."""
    plane = noise_of(128) * 0
    sizes = {QUICK: 10001, LEAN: 9999, RICH: rich - 1, FULL: 10001}  # and the coder's number

    def encode(encoder, _, **__):
        return bytes([encoder.model]) + bytes(sizes[encoder.model] - 1)

    setting = Setting(plane.shape, colors_of(128))
    with patch.object(mixed.MixedEncoder, "encode", encode):
        assert encode_plane(plane, setting, ("mixed",), effort=effort)[1] == best


def test_small_planes_have_no_price():
    """Of 65,536 pixels, the rich model is free."""
    plane = noise_of(9)
    found = {}
    for shape in ((256, 256), (256, 257)):
        begun = mixed.begin(plane[:256, : shape[1]] * 0, Setting(shape, colors_of(9)), 5)
        found[shape] = {encoder.model: encoder.price for encoder in begun}
    assert found == {
        (256, 256): dict.fromkeys(ALL, 0),
        (256, 257): {QUICK: 0, LEAN: 0, RICH: 5},
    }


def walk(n_colors):
    """Return rows that go up or down by chance: past the pixel to the left nothing helps."""
    steps = np.random.default_rng(1).integers(-1, 2, (300, 300))
    return (np.cumsum(steps, axis=1) % n_colors).astype(np.uint8)


@pytest.mark.parametrize("make", [halftone, noise_of, walk])
@pytest.mark.parametrize("n_colors", [2, 16, 200])
def test_more_effort_takes_no_more_bytes(n_colors, make):
    """From each effort to the next, files become smaller or stay as they are."""
    image = kmcodec.IndexedImage(colors_of(n_colors), make(n_colors))
    sizes = [
        len(kmcodec.encode_indexed(image, coding="mixed", effort=effort)) for effort in range(1, 10)
    ]
    assert sizes == sorted(sizes, reverse=True)


def test_the_smallest_of_the_tried_models_is_kept():
    """A file is as small as that of the best model that its effort tries."""
    plane = noise_of(20, 80) // 4
    setting = Setting(plane.shape, colors_of(20))
    payloads = [encoder.encode(plane) for encoder in mixed.begin(plane, setting, 9)]
    assert [payload[0] for payload in payloads] == ALL
    best = encode_plane(plane, setting, ("mixed",), effort=9)
    assert best[1:] == min(payloads, key=len)
