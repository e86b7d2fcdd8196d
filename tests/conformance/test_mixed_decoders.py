"""The package and the reference decoder agree on coder 2, whole or damaged."""

from __future__ import annotations

import numpy as np
import pytest
import reference_decoder as reference
from hypothesis import given, settings
from hypothesis import strategies as st

import kmcodec
from kmcodec.coding import mixed
from kmcodec.coding.mixed import MODELS
from kmcodec.coding.rectangle import Rectangle
from kmcodec.coding.setting import Setting
from kmcodec.coding.tile import encode_tile
from kmcodec.coding.tiling import FLAG_TILES
from kmcodec.coding.tree import grow_tree
from kmcodec.errors import FormatError, UnsupportedError

ERRORS = (FormatError, UnsupportedError)
REFERENCE_ERRORS = (reference.FormatError, reference.UnsupportedError)


def make_palette(n_colors, channels, seed=0):
    """Return colours, some of them equal or close to each other."""
    rng = np.random.default_rng(seed)
    palette = rng.integers(0, 256, (n_colors, channels))
    near = rng.integers(0, n_colors, n_colors // 3)
    palette[n_colors - len(near) :] = palette[near] + rng.integers(-4, 5, (len(near), channels))
    return np.clip(palette, 0, 255).astype(np.uint8)


def make_indices(kind, shape, n_colors):
    """Return a plane of one kind."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    rng = np.random.default_rng(n_colors)
    noise = rng.integers(0, n_colors, shape)
    if kind == "noise":
        return noise
    if kind == "flat":
        return (x // 17 + y // 11) % n_colors
    if kind == "pattern":
        return (x * x % 7 + y * y % 5) % n_colors
    plane = (x * n_colors // shape[1] + y // 3) % n_colors  # shades, speckled
    return np.where(rng.random(shape) < 0.1, noise, plane)


def encode(indices, palette, model):
    """Return the payload of one model and tile."""
    tree = grow_tree(palette)
    return bytes([model]) + encode_tile(model, tree, tree.ranks[indices][None])


def opened(payload, shape, palette):
    """Open a payload."""
    return mixed.MixedDecoder(Setting(shape, palette), memoryview(payload))


def decode(payload, shape, palette):
    """Return the indices, or the name of the error where the package refuses them."""
    try:
        return opened(payload, shape, palette).decode().tolist()
    except ERRORS as error:
        return type(error).__name__


def decode_reference(payload, shape, palette):
    """Return the indices, or the name of the error where the reference refuses them."""
    header = reference.Header(
        shape[1], shape[0], palette.shape[1], len(palette), authored=False, block=(1, 1)
    )
    try:
        return reference.decode_mixed(payload, header, [bytes(entry) for entry in palette])
    except REFERENCE_ERRORS as error:
        return type(error).__name__


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    "kind",
    [
        "shades",
        "flat",
        pytest.param("noise", marks=pytest.mark.exhaustive),
        pytest.param("pattern", marks=pytest.mark.exhaustive),
    ],
)
@pytest.mark.parametrize(
    ("n_colors", "channels", "shape"),
    [
        *(
            (2, 1, (30, 31)),
            (3, 2, (24, 24)),
            (5, 3, (24, 20)),
            (16, 4, (28, 20)),
            (64, 3, (18, 22)),
        ),
        *((256, 3, (20, 20)), (257, 1, (12, 14)), (300, 3, (12, 20)), (5000, 4, (10, 9))),
        *((7, 3, (1, 1)), (9, 3, (1, 90)), (9, 3, (90, 1)), (9, 3, (2, 40)), (9, 3, (40, 3))),
    ],
)
def test_whole(model, kind, n_colors, channels, shape):
    """Both decode what the package encodes."""
    palette, indices = make_palette(n_colors, channels), make_indices(kind, shape, n_colors)
    payload = encode(indices, palette, model)
    assert decode(payload, shape, palette) == indices.tolist()
    assert decode_reference(payload, shape, palette) == indices.tolist()


@pytest.mark.parametrize("model", MODELS)
def test_long(model):
    """Both agree where counts and visits have reached their ends."""
    palette, indices = make_palette(16, 3), make_indices("shades", (64, 64), 16)
    payload = encode(indices, palette, model)
    assert decode_reference(payload, indices.shape, palette) == indices.tolist()


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("shape", [(128, 128), (127, 130), (129, 127), (2, 8192), (1, 16384)])
def test_large(model, shape):
    """Both agree on one range coder and on two, on runs and on what breaks them."""
    palette, rng = make_palette(20, 3), np.random.default_rng(model)
    indices = np.full(shape, grow_tree(palette).order[0])  # which stands above the first row, too
    indices[:, 40:300:70] = 3
    indices[rng.random(shape) < 0.001] = 7
    payload = encode(indices, palette, model)
    assert decode_reference(payload, indices.shape, palette) == indices.tolist()


def test_many_colors():
    """Both agree on the largest palette there is, and on the tree of equal entries."""
    palette = make_palette(65536, 3)
    palette[1000:3000] = palette[0]
    indices = make_indices("noise", (9, 9), 65536)
    indices[0] = [0, 1000, 2999, 65535, 65535, 0, 1, 0, 65535]
    payload = encode(indices, palette, 3)
    assert decode(payload, indices.shape, palette) == indices.tolist()
    assert decode_reference(payload, indices.shape, palette) == indices.tolist()


@pytest.mark.parametrize("effort", [1, 5, 9])
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("n_colors", [1, 2, 40])
def test_files(effort, channels, n_colors):
    """Both decode files of every effort."""
    palette = make_palette(n_colors, channels)
    indices = make_indices("shades", (21, 26), n_colors).astype(np.uint8)
    image = kmcodec.IndexedImage(palette, indices, authored=True)
    data = kmcodec.encode_indexed(image, coding="mixed", effort=effort)
    picture = reference.decode(data)
    assert picture.pixels() == kmcodec.decode(data).tobytes() == palette[indices].tobytes()
    assert picture.rows == kmcodec.decode_indexed(data).indices.tolist()


@pytest.mark.parametrize("side", [1, 7, 10])
def test_tiles(monkeypatch, side):
    """Both decode several tiles, and the package regions of them."""
    monkeypatch.setattr(mixed, "TILE_SIDES", dict.fromkeys(mixed.TILE_SIDES, side))
    palette, shape = make_palette(12, 3), (23, 16) if side > 1 else (4, 4)
    indices = make_indices("shades", shape, 12)
    for effort in (1, 5, 9):
        begun = mixed.begin(indices, Setting(shape, palette), effort)
        payload = min((encoder.encode(indices) for encoder in begun), key=len)
        assert payload[0] & FLAG_TILES
        assert decode(payload, shape, palette) == indices.tolist()
        assert decode_reference(payload, shape, palette) == indices.tolist()
        for region in (Rectangle(0, 1, 0, 1), Rectangle(1, 4, 2, 4), Rectangle(3, 4, 0, 4)):
            found = opened(payload, shape, palette).decode(region)
            cut = indices[region.top : region.bottom, region.left : region.right]
            assert (found == cut).all()


@settings(max_examples=150)
@given(
    model=st.sampled_from(MODELS),
    n_colors=st.sampled_from([2, 3, 5, 16, 300]),
    width=st.integers(1, 12),
    height=st.integers(1, 9),
    stream=st.binary(max_size=24),
)
def test_any_stream(model, n_colors, width, height, stream):
    """Both refuse the same streams, and take the others for the same indices."""
    palette, payload = make_palette(n_colors, 3), bytes([model]) + stream
    if not stream.startswith(b"\xff" * 4):
        expected = decode_reference(payload, (height, width), palette)
        assert decode(payload, (height, width), palette) == expected


@st.composite
def tables_of_tiles(draw):
    """Draw a table of up to 9 tiles, mostly of the right length, and streams of as many bytes."""
    rows, columns = draw(st.integers(0, 2)), draw(st.integers(0, 2))
    count = (rows + 1) * (columns + 1) - draw(st.sampled_from([1, 1, 1, 1, 0, 2]))
    sizes = draw(st.lists(st.integers(0, 1), min_size=max(count, 0), max_size=max(count, 0)))
    streams = st.lists(st.integers(1, 255), min_size=sum(sizes), max_size=sum(sizes) + 1)
    return bytes([rows, columns, *sizes, *draw(streams)])


@settings(max_examples=300)
@given(
    payload=st.binary(max_size=12) | tables_of_tiles(),
    tiled=st.booleans(),
    model=st.integers(0, 5),
)
def test_any_table(payload, tiled, model):
    """Both refuse the same tables of tiles, and take the others for the same indices."""
    palette = make_palette(5, 3)
    payload = bytes([model | 128 * tiled]) + payload
    assert decode(payload, (5, 4), palette) == decode_reference(payload, (5, 4), palette)


@pytest.mark.parametrize("model", MODELS)
def test_damage(model):
    """A change, a cut or an addition gives both the same indices or the same fault."""
    palette, indices = make_palette(16, 3), make_indices("shades", (12, 13), 16)
    good = encode(indices, palette, model)
    damaged = [good[:end] for end in range(0, len(good), 9)]
    damaged += [good + b"\0", good + b"\1", good + b"\1\1\1\1\1"]
    for at in range(0, len(good), 13):
        damaged.append(good[:at] + bytes([good[at] ^ 0x55]) + good[at + 1 :])
    for payload in damaged:
        expected = decode_reference(payload, indices.shape, palette)
        assert decode(payload, indices.shape, palette) == expected
    assert decode(good + b"\0", indices.shape, palette) == "FormatError"
    assert decode(good + b"\1" * 5, indices.shape, palette) == "FormatError"


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        (b"", "FormatError"),
        (b"\x04", "FormatError"),  # of stacks
        (b"\x86\1\0", "FormatError"),
        (b"\x07", "UnsupportedError"),
        (b"\x7f", "UnsupportedError"),
        (b"\x87\1\0", "UnsupportedError"),
        (b"\xff\1\0", "UnsupportedError"),
        (b"\x81", "FormatError"),  # no rows
        (b"\x81\1", "FormatError"),  # no columns
        (b"\x81\0\0\1", "FormatError"),  # one tile
        (b"\x81\x05\0" + bytes(20), "FormatError"),  # 6 rows of 5 pixels
        (b"\x81\0\x04" + bytes(20), "FormatError"),  # 5 columns of 4
        (b"\x81\x04\x03" + bytes(18), "FormatError"),  # 18 sizes of 19
        (b"\x81\1\0\x80", "FormatError"),  # half a size
        (b"\x81\1\0\x81\0\1", "FormatError"),  # not in shortest form
        (b"\x81\1\0\3\1\1", "FormatError"),  # 3 bytes of 2
        (b"\x81\1\0\1\1\0", "FormatError"),  # a zero at the end of the second
        (b"\x81\1\0\1\0\1", "FormatError"),  # a zero at the end of the first
    ],
)
def test_faults(payload, error):
    """Both refuse a fault of the table with the same error."""
    palette = make_palette(5, 3)
    assert decode(payload, (5, 4), palette) == error
    assert decode_reference(payload, (5, 4), palette) == error


def test_least_size():
    """Both want a byte for 2^22 pixels of each tile, before they allocate a plane."""
    palette = make_palette(5, 3)
    for shape, payload in [
        ((2048, 2048), b"\1"),
        ((1 << 20, 1 << 20), b"\1" + b"\1" * 1000),
        ((2048, 4096), b"\x82\0\1\1\1"),
        ((2048, 4096), b"\x82\0\1\0\1"),
    ]:
        assert decode(payload, shape, palette) == "FormatError"
        assert decode_reference(payload, shape, palette) == "FormatError"


@pytest.mark.exhaustive
def test_least_size_in_zeros():
    """A stream of the least size may end with zeros, a longer one may not."""
    palette, shape = make_palette(2, 1), (2048, 2048)
    payload = encode(np.zeros(shape, dtype=np.int64), palette, 1)
    assert decode_reference(payload, shape, palette) == [[0] * 2048] * 2048
    assert decode(payload + b"\0", shape, palette) == "FormatError"
    assert decode_reference(payload + b"\0", shape, palette) == "FormatError"


@pytest.mark.parametrize("model", MODELS)
def test_code_beyond_range(model):
    """Both refuse a stream whose code is not less than its range."""
    palette = make_palette(2, 1)
    payload = bytes([model]) + b"\xff" * 4
    assert decode_reference(payload, (3, 3), palette) == "FormatError"
    assert decode(payload, (3, 3), palette) == "FormatError"
