"""The coder mixed: models, tiles, prices, and what hostile payloads may cost."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from oracles import palette_order
from work import counted

import kmcodec
from kmcodec import _kernels, container
from kmcodec.coding import mixed
from kmcodec.coding.mixing import Mixer
from kmcodec.coding.mixing_tables import FULL, LEAN, MODELS, RICH, tables
from kmcodec.coding.quick import QUICK
from kmcodec.coding.rectangle import Rectangle
from kmcodec.coding.setting import Setting
from kmcodec.coding.tile import LOG2_PIXELS_PER_BYTE
from kmcodec.coding.tiling import FLAG_TILES, Grid
from kmcodec.coding.tree import grow_tree
from kmcodec.errors import FormatError, InputError, LimitError, UnsupportedError

MODEL_LIST = list(MODELS.values())
NUMBERS = [QUICK, *MODELS]


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


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("count", [2, 3, 16, 200, 256, 300, 5000])
def test_leaves_come_back(number, count):
    """Each model gives back planes of any number of colours, and streams end with no zero byte."""
    tree = grow_tree(colors_of(count))
    for leaves in pictures(count):
        stream = mixed.tile_coder(number, tree, leaves.shape).encode(leaves.astype(np.uint16))
        back = mixed.tile_coder(number, tree, leaves.shape, memoryview(stream)).decode()
        assert (back == leaves).all()
        assert stream[-1:] != b"\0"


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("count", [1, 2, 3, 10, 256, 1000])
def test_the_tree_is_the_naive_one(count, channels):
    """Level by level in NumPy, or by recursion: the same order and splits."""
    palette = np.random.default_rng(count).integers(0, 6, (count, channels)).astype(np.uint8) * 40
    tree = grow_tree(palette)
    order, splits = palette_order(palette.tolist())
    assert tree.order.tolist() == order
    assert tree.splits[1:].tolist() == splits[1:]
    assert (tree.colors[:, :channels] == palette[order]).all()


@pytest.mark.parametrize("model", MODEL_LIST, ids=lambda m: f"model{m.number}")
def test_prices_are_what_coding_costs(model):
    """The price of the leaf that follows adds up to the stream; asking changes nothing."""
    count = 16
    tree = grow_tree(colors_of(count))
    everything = np.arange(count, dtype=np.uint16)
    for leaves in pictures(count)[:4]:
        mixer = Mixer(model, tree, leaves.shape)
        cost = 0
        for leaf in leaves.reshape(-1).tolist():
            prices = mixer.price(everything)
            assert (prices > 0).all()
            assert 0.98 < np.exp2(-prices / 4096).sum() < 1.02  # the chances of all leaves
            cost += int(prices[leaf])
            mixer.push(leaf)
        stream = mixer.finish()
        assert stream == Mixer(model, tree, leaves.shape).encode(leaves.astype(np.uint16))
        assert abs(cost / 4096 / 8 - len(stream)) < 0.02 * len(stream) + 2


def test_a_tile_of_a_begun_plane_is_priced_and_coded_by_indices():
    """Tiles that are pushed index by index make the payload that the encoder makes of the plane."""
    indices = np.random.default_rng(8).integers(0, 12, (24, 20)).astype(np.uint8)
    setting = Setting(indices.shape, colors_of(12))
    encoder = mixed.MixedEncoder(setting, LEAN.number, Grid(2, 1))
    streams, bits = [], 0
    for number, tile in enumerate(encoder.tiles):
        priced = encoder.begin_tile(number)
        for index in indices[tile.top : tile.bottom].reshape(-1):
            bits += int(priced.price(np.arange(12))[index])
            priced.push(index)
        streams.append(priced.finish())
    payload = encoder.join(streams)
    assert payload == encoder.encode(indices)
    assert bits / 4096 / 8 == pytest.approx(sum(map(len, streams)), rel=0.03)
    for wrong in (12, -1, 1.5):
        with pytest.raises(InputError, match="whole numbers from 0 to 11"):
            encoder.begin_tile(0).push(wrong)
    with pytest.raises(InputError, match="quick model tells no prices"):
        mixed.MixedEncoder(setting, QUICK).begin_tile(0)


@pytest.mark.skipif(not _kernels.has_compiled(), reason="there are no compiled kernels to compare")
@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("count", [2, 7, 300])
def test_both_backends_write_the_same(number, count, monkeypatch):
    """The compiled and the interpreted kernel write the same stream, and each reads it."""
    tree = grow_tree(colors_of(count))
    name = "quick" if number == QUICK else "mixing"
    kernels = [_kernels.load(name, backend) for backend in ("compiled", "interpreted")]
    for leaves in pictures(count):
        streams = []
        for kernel in kernels:
            monkeypatch.setattr(_kernels, "load", lambda _, kernel=kernel: kernel)
            coder = mixed.tile_coder(number, tree, leaves.shape)
            if number != QUICK:
                coder.price(np.arange(2, dtype=np.uint16))
            streams.append(coder.encode(leaves.astype(np.uint16)))
            back = mixed.tile_coder(number, tree, leaves.shape, memoryview(streams[-1])).decode()
            assert (back == leaves).all()
            monkeypatch.undo()
        assert streams[0] == streams[1]


def encoded(indices, palette, threads=1):
    """Return the payload at effort 5, where one model is tried."""
    (encoder,) = mixed.begin(indices, Setting(indices.shape, palette), 5)
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
    with patch.object(mixed, "tile_coder", side_effect=mixed.tile_coder) as made:
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
        (b"\x82\x08\x00abcdefghij", "9 x 1 tiles for 8 x 8"),
        (b"\x82\x00\x08abcdefghij", "1 x 9 tiles"),
        (b"\x82\x03\x03abc", "cannot hold 16 tiles"),
        (b"\x82\x00\x01\x80", "ends early"),
        (b"\x82\x00\x01\x81\x00ab", "shortest form"),
        (b"\x82\x00\x01\x05ab", "longer than the payload"),
        (b"\x82\x00\x01\x01\x00a", "zero byte"),
        (b"\x02\x01\x00", "zero byte"),
        (b"\x02" + b"a" * 1000, "follow the last decision"),
    ],
)
def test_bad_payloads_are_refused(payload, message):
    """Each wrong table, size or stream raises FormatError that says so."""
    with pytest.raises(FormatError, match=message):
        opened(payload, (8, 8), colors_of(9)).decode()


@pytest.mark.parametrize("number", [4, 127, 132])
def test_unknown_models_are_unsupported(number):
    """A model that does not exist raises UnsupportedError."""
    with pytest.raises(UnsupportedError, match="model"):
        opened(bytes([number, 1, 2]), (8, 8), colors_of(9))


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


@pytest.mark.parametrize("side", [2300, 2450, pytest.param(4096, marks=pytest.mark.exhaustive)])
def test_the_surest_stream_has_a_byte_for_its_pixels(side):
    """A checkerboard is soon foreseen, and its stream takes 5.8 bits for 2^18 pixels."""
    tree = grow_tree(colors_of(2))
    y, x = np.mgrid[:side, :side]
    plane = ((x + y) & 1).astype(np.uint16)
    stream = mixed.tile_coder(2, tree, plane.shape).encode(plane)
    assert side * side >> LOG2_PIXELS_PER_BYTE <= len(stream) < side * side >> 17
    decoded = mixed.tile_coder(2, tree, plane.shape, memoryview(stream)).decode()
    assert np.array_equal(decoded, plane)


def test_prices_and_pushes_are_checked():
    """What the kernel takes on trust is refused before it sees it."""
    tree = grow_tree(colors_of(9))
    plane = np.zeros((4, 4), dtype=np.uint16)
    mixer = Mixer(LEAN, tree, (4, 4))
    for leaf in (9, -1, 200):
        with pytest.raises(InputError, match="leaves are 0 to 8"):
            mixer.push(leaf)
    with pytest.raises(InputError, match="leaves are 0 to 8"):
        mixer.price(np.array([3, 12], dtype=np.uint16))
    with pytest.raises(InputError, match="0 of 16 pixels are coded"):
        mixer.finish()
    mixer.push(3)
    with pytest.raises(InputError, match="encoded once"):
        mixer.encode(plane)
    for _ in range(15):
        mixer.push(0)
    with pytest.raises(InputError, match="all pixels of the tile are coded"):
        mixer.push(0)
    with pytest.raises(InputError, match="all pixels of the tile are coded"):
        mixer.price(np.arange(9, dtype=np.uint16))
    with pytest.raises(InputError, match="leaves of its tree"):
        Mixer(LEAN, tree, (4, 4)).encode(plane + 9)
    decoded = mixed.tile_coder(1, tree, (4, 4), memoryview(mixer.finish())).decode()
    assert decoded.reshape(-1).tolist() == [3] + [0] * 15


def test_tables_are_symmetric():
    """Squash and stretch rise, mirror about the middle, and an even chance costs one bit."""
    made = tables()
    squash = made.squash.tolist()
    assert squash[2048] == 32768
    assert all(squash[2048 + i] + squash[2048 - i] == 65536 for i in range(1, 2048))
    assert sorted(squash) == squash
    assert squash[1] >= 1
    assert made.stretch[2048] >= 0 >= made.stretch[2047]
    assert sorted(made.stretch.tolist()) == made.stretch.tolist()
    assert made.costs[2047] == pytest.approx(4096, abs=2)


@pytest.mark.parametrize("effort", [1, 3, 5, 7, 9])
def test_models_are_chosen_by_content(effort):
    """Flat planes and small ones take the rich model, noise the lean or the full one."""
    palette = colors_of(64)
    noise = np.random.default_rng(7).integers(0, 64, (300, 300)).astype(np.uint8)
    flat = noise * 0
    flat[100:120] = 5
    tree = grow_tree(palette)
    chosen = [mixed.choose_models(p, tree, effort) for p in (noise, flat, noise[:9])]
    expected = {
        1: [[QUICK]] * 3,
        3: [[LEAN.number]] * 3,
        5: [[LEAN.number], [RICH.number], [RICH.number]],
        7: [[FULL.number], [RICH.number], [FULL.number]],
        9: [[RICH.number, FULL.number]] * 3,
    }
    assert chosen == expected[effort]


def test_models_at_the_edges_of_efforts_and_sizes():
    """Efforts 3 and 4, 8 and 9, and planes of 65,536 pixels and more choose on either side."""
    tree = grow_tree(colors_of(64))
    noise = np.random.default_rng(7).integers(0, 64, (300, 300)).astype(np.uint8)
    chosen = [mixed.choose_models(noise, tree, effort) for effort in (3, 4, 8, 9)]
    assert chosen == [[LEAN.number]] * 2 + [[FULL.number], [RICH.number, FULL.number]]
    small, larger = noise[:256, :256], noise[:256, :257]
    assert mixed.choose_models(small, tree, 5) == [RICH.number]
    assert mixed.choose_models(larger, tree, 5) == [LEAN.number]


def test_the_flat_share_counts_pixels_whose_neighbours_are_alike():
    """A pixel is flat if W, N, NE and NNE are all as it is; three rows and columns are least."""
    plane = np.zeros((6, 7), dtype=np.uint8)
    assert mixed._flat_share(plane) == 4 * 5 / 42
    naive = 0
    plane[2, 3] = 1
    for y in range(2, 6):
        for x in range(1, 6):
            near = plane[y, x - 1], plane[y - 1, x], plane[y - 1, x + 1], plane[y - 2, x + 1]
            naive += {*near, plane[y, x]} == {0}
    assert mixed._flat_share(plane) == pytest.approx(naive / 42)
    assert mixed._flat_share(plane[:3]) > 0
    assert mixed._flat_share(plane[:2]) == mixed._flat_share(plane[:, :2]) == 0


def test_the_trial_of_the_rich_model_looks_at_the_middle():
    """What repeats itself in the middle gains by the rich model, noise does not, borders or not."""
    rng = np.random.default_rng(2)
    noise = rng.integers(0, 24, (700, 720)).astype(np.uint8)
    pattern = np.tile(rng.integers(0, 24, (16, 16)), (44, 45))[:700].astype(np.uint8)
    tree = grow_tree(colors_of(24))
    middle = (slice(222, 478), slice(232, 488))
    for border, inside, gains in ((noise, pattern, True), (pattern, noise, False)):
        plane = border.copy()
        plane[middle] = inside[middle]
        assert mixed._rich_gains(plane, tree) is gains


def lines_of(code, path):
    """Return the numbers of the lines of a code object, and of those within it."""
    found = {
        line for _, _, line in code.co_lines() if line is not None and line > code.co_firstlineno
    }
    for constant in code.co_consts:
        if hasattr(constant, "co_lines") and constant.co_filename == path:
            found |= lines_of(constant, path)
    return found


@pytest.mark.parametrize("name", ["mixing", "quick"])
def test_the_planes_take_every_line(name, monkeypatch):
    """What the other tests compare between backends and decoders leaves no line of a kernel out."""
    kernel = _kernels.load(name, "interpreted")
    path = str(Path(_kernels.__file__).with_name(f"{name}.py"))
    source = compile(Path(path).read_text(encoding="utf-8"), path, "exec")
    functions = [c for c in source.co_consts if hasattr(c, "co_lines") and c.co_filename == path]
    wanted = set().union(*(lines_of(function, path) for function in functions))
    seen = set()

    def note(frame, event, _):
        if frame.f_code.co_filename != path:
            return None
        if event == "line":
            seen.add(frame.f_lineno)
        return note

    monkeypatch.setattr(_kernels, "load", lambda _: kernel)
    numbers = [QUICK] if name == "quick" else list(MODELS)
    previous = sys.gettrace()
    sys.settrace(note)
    try:
        for number, count in itertools.product(numbers, (300, 5, 2)):
            tree = grow_tree(colors_of(count))
            for leaves in pictures(count)[:4]:
                if seen >= wanted:
                    break
                coder = mixed.tile_coder(number, tree, leaves.shape)
                if number != QUICK:
                    coder.price(np.arange(count, dtype=np.uint16)[:3])
                stream = coder.encode(leaves.astype(np.uint16))
                mixed.tile_coder(number, tree, leaves.shape, memoryview(stream)).decode()
    finally:
        sys.settrace(previous)
    missed = sorted(wanted - seen)
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    assert not missed, [lines[number - 1].strip() for number in missed]
