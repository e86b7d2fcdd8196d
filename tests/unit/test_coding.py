"""One contract for all index coders, and the palette coder."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from kmcodec import coding
from kmcodec.coding import deflate, mixed, packed, palette_model
from kmcodec.coding import palette as palettes
from kmcodec.coding.coders import BY_NAME, CODERS
from kmcodec.coding.palette import (
    METHOD_DELTA,
    METHOD_DELTA_GREEN,
    METHOD_MODELLED,
    METHOD_RAW,
    decode_palette,
    encode_palette,
)
from kmcodec.coding.rectangle import Rectangle
from kmcodec.coding.setting import Setting
from kmcodec.errors import FormatError, InputError, UnsupportedError

COUNTS = [2, 3, 4, 5, 16, 17, 255, 256, 257, 5000, 65536]
SHAPES = [(1, 1), (1, 13), (13, 1), (7, 9), (3, 64)]


def plane(shape, n_colors, seed=0):
    """Return indices that use the whole range, with some repetition."""
    values = np.random.default_rng(seed).integers(0, n_colors, shape)
    values.flat[-1] = n_colors - 1
    return np.repeat(values, 2, axis=1)[:, : shape[1]].astype(
        np.uint8 if n_colors <= 256 else np.uint16
    )


def some_palette(n_colors, channels=3):
    """Return colours, some of them equal."""
    return np.random.default_rng(n_colors).integers(0, 256, (n_colors, channels)).astype(np.uint8)


def payload_of(indices, n_colors, name, effort=5):
    """Return the payload of a coder, its id first."""
    setting = Setting(indices.shape, some_palette(n_colors))
    codings = coding.codings_to_try(name, indices.size, effort)
    return coding.encode_plane(indices, setting, codings, effort=effort)


def indices_of(payload, shape, n_colors, region=None):
    """Decode a payload."""
    return open_payload(payload, shape, n_colors).decode(region)


def open_payload(payload, shape, n_colors):
    """Open a payload."""
    return coding.open_plane(memoryview(payload), Setting(shape, some_palette(n_colors)))


@pytest.mark.parametrize("coder", CODERS, ids=lambda c: c.name)
@pytest.mark.parametrize("n_colors", COUNTS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("effort", [1, 5, 9])
def test_every_coder_gives_back_every_plane(coder, n_colors, shape, effort):
    """Each coder gives back planes of any shape and number of colours at any effort."""
    indices = plane(shape, n_colors)
    payload = payload_of(indices, n_colors, coder.name, effort)
    assert (indices_of(payload, shape, n_colors) == indices).all()


@pytest.mark.parametrize("coder", CODERS, ids=lambda c: c.name)
@pytest.mark.parametrize("n_colors", [2, 5, 16, 200, 300])
def test_every_coder_gives_back_every_region(coder, n_colors):
    """Each coder decodes a region to that part of the plane."""
    indices = plane((11, 13), n_colors)
    payload = payload_of(indices, n_colors, coder.name)
    for top, bottom, left, right in [(0, 11, 0, 13), (0, 1, 0, 1), (10, 11, 12, 13), (3, 7, 2, 9)]:
        found = indices_of(payload, (11, 13), n_colors, Rectangle(top, bottom, left, right))
        assert (found == indices[top:bottom, left:right]).all()


@pytest.mark.parametrize("coder", CODERS[:2], ids=lambda c: c.name)
@pytest.mark.parametrize("n_colors", [2, 5, 256, 257])
def test_every_truncation_is_noticed(coder, n_colors):
    """A shorter mixed stream says another plane: there it is the container that notices."""
    payload = payload_of(plane((6, 11), n_colors), n_colors, coder.name)
    for size in range(len(payload)):
        with pytest.raises(FormatError):
            indices_of(payload[:size], (6, 11), n_colors)
    with pytest.raises(FormatError):
        indices_of(payload + b"\0", (6, 11), n_colors)


def damaged(data, rng):
    """Return bytes of which a few are changed, cut off, added or copied to another place."""
    data = bytearray(data)
    kind = rng.integers(4)
    place, other = rng.integers(0, len(data), 2).tolist()
    if kind == 0:
        for each in rng.integers(0, len(data), rng.integers(1, 4)):
            data[each] = rng.integers(256)
    elif kind == 1:
        del data[place:]
    elif kind == 2:
        data += rng.bytes(int(rng.integers(1, 5)))
    else:
        data[place : place + 4] = data[other : other + 4]
    return bytes(data)


def near_valid(name, shape, n_colors, rng):
    """Yield payloads a little off what the coder writes, in their parts as well as as a whole."""
    height, width = shape
    upper = height // 2
    for effort in (1, 2, 3, 5, 7):
        whole, first, second = (
            payload_of(plane((rows, width), n_colors, effort), n_colors, name, effort)
            for rows in (height, upper, height - upper)
        )
        for _ in range(50):
            yield whole[:1] + damaged(whole[1:], rng)
            if name == "deflate":  # other rows, compressed as they should be
                rows = zlib.decompress(whole[2:], wbits=-15)
                yield whole[:2] + zlib.compress(damaged(rows, rng), wbits=-15)
            if name == "mixed":  # two tiles, one below the other (spec 6.3.1)
                table = bytes([first[1] | 0x80, 1, 0, len(first) - 2])
                streams = first[2:] + second[2:]
                yield first[:1] + damaged(table, rng) + streams
                yield first[:1] + table + damaged(streams, rng)


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_near_valid_payloads_give_indices_or_an_error(name):
    """A payload a little off gives indices of the palette or a fault of the file, both often."""
    shape, n_colors = (5, 8), 200
    decoded = refused = 0
    for payload in near_valid(name, shape, n_colors, np.random.default_rng(5)):
        try:
            indices = indices_of(payload, shape, n_colors)
        except (FormatError, UnsupportedError):
            refused += 1
            continue
        assert indices.shape == shape
        assert indices.max() < n_colors
        decoded += 1
    assert min(decoded, refused) >= 90


def test_auto_takes_the_smallest():
    """Noise is smallest packed, the rest mixed; never is auto larger than any coder."""
    noise, flat = plane((16, 16), 256)[:, ::2], np.zeros((64, 64), dtype=np.uint8)
    assert payload_of(noise, 256, "auto")[0] == packed.ID
    assert payload_of(flat, 16, "auto")[0] == mixed.ID
    for indices, n_colors in [(noise, 256), (flat, 16), (plane((70, 70), 9), 9), (flat[:1], 2)]:
        sizes = [len(payload_of(indices, n_colors, name)) for name in BY_NAME]
        assert len(payload_of(indices, n_colors, "auto")) == min(sizes)


def test_what_auto_tries():
    """DEFLATE is tried on small planes, and on all from effort 7; packed wins a tie."""
    with_deflate, without = ("packed", "deflate", "mixed"), ("packed", "mixed")
    for pixels, effort, expected in [
        (65536, 1, with_deflate),
        (65537, 6, without),
        (65537, 7, with_deflate),
    ]:
        assert coding.codings_to_try("auto", pixels, effort) == expected
    assert coding.codings_to_try("deflate", 9, 1) == ("deflate",)


def test_ties_go_to_the_coder_that_is_named_first():
    """Of payloads of one length, the first coder's is taken, whichever tells its size before."""
    indices = np.array([[0, 1, 1, 0, 1, 0, 0, 1]], dtype=np.uint8)
    setting = Setting(indices.shape, some_palette(2))
    sizes = {
        name: len(coding.encode_plane(indices, setting, (name,), effort=5)) for name in BY_NAME
    }
    assert sizes["packed"] == 2 < min(sizes["mixed"], sizes["deflate"])
    rng = np.random.default_rng(1)
    planes = ((rng.random((8, 40)) < share).astype(np.uint8) for share in np.linspace(0.5, 0.2, 60))
    tie = next(p for p in planes if len(encoded(p, "mixed")) == len(encoded(p, "packed")))
    assert encoded(tie, "packed", "mixed")[0] == packed.ID
    assert encoded(tie, "mixed", "packed")[0] == mixed.ID


def encoded(indices, *names):
    """Return the payload of a plane of two colours, by the best of some coders."""
    return coding.encode_plane(indices, Setting(indices.shape, some_palette(2)), names, effort=5)


def test_unknown_coders_are_refused():
    """An unknown coder raises InputError by name and UnsupportedError by id."""
    with pytest.raises(InputError, match="coding is 'zip'"):
        payload_of(np.zeros((2, 2), dtype=np.uint8), 2, "zip")
    with pytest.raises(UnsupportedError, match="coder 7 is unknown"):
        indices_of(b"\7abc", (2, 2), 2)


def test_indices_beyond_the_palette_are_refused():
    """An index that the palette does not have raises FormatError."""
    payload = payload_of(np.full((2, 2), 7, dtype=np.uint8), 8, "packed")
    with pytest.raises(FormatError, match="index 7 found, the palette has 5"):
        indices_of(payload, (2, 2), 5)


def test_filling_bits_must_be_zero():
    """Bits after the last index that are not zero raise FormatError."""
    payload = bytearray(payload_of(plane((3, 3), 5), 5, "packed"))
    payload[-1] |= 1
    with pytest.raises(FormatError, match="not zero"):
        indices_of(payload, (3, 3), 5)
    rows = bytes([deflate.ID, 1]) + zlib.compress(b"\x01\x00\x00", wbits=-15)
    with pytest.raises(FormatError, match="not zero"):
        indices_of(rows, (3, 3), 4)


def test_deflate_refuses_planes_that_its_bytes_cannot_hold():
    """The check comes before any allocation, from the largest ratio that DEFLATE reaches."""
    with pytest.raises(FormatError, match="cannot hold"):
        open_payload(bytes([deflate.ID]) + bytes(1000), (60000, 60000), 256)


@pytest.mark.parametrize("kind", [deflate.FILTER_NONE, deflate.FILTER_LEFT, deflate.FILTER_UP])
@pytest.mark.parametrize("step", [1, 2])
def test_filters_undo_themselves(kind, step):
    """Unfiltered rows are the rows before filtering."""
    rows = np.random.default_rng(6).integers(0, 256, (5, 8)).astype(np.uint8)
    assert (deflate._unfilter(deflate._filter(rows, kind, step), kind, step) == rows).all()


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("n_colors", [1, 2, 100, 700])
def test_palettes_come_back(channels, n_colors):
    """Random ones raw, related ones by differences, always smaller than raw plus one byte."""
    rng = np.random.default_rng(n_colors)
    noise = rng.integers(0, 256, (n_colors, channels)).astype(np.uint8)
    ramp = np.minimum(np.arange(n_colors)[:, None] // 4 + np.arange(channels), 255).astype(np.uint8)
    for palette in (noise, ramp, np.unique(noise, axis=0)):
        payload = encode_palette(palette)
        assert len(payload) <= 1 + palette.size
        assert (decode_palette(memoryview(payload), len(palette), channels) == palette).all()


def test_palettes_choose_their_method():
    """Noise is raw, related colours are modelled, and differences go beyond the model's limit."""
    rng = np.random.default_rng(1)
    steps = np.arange(0, 250, 2)[:, None]
    gray_axis = np.clip(steps + rng.integers(-1, 2, (125, 3)) * [0, 1, 0], 0, 255).astype(np.uint8)
    assert encode_palette(rng.integers(0, 256, (50, 3)).astype(np.uint8))[0] == METHOD_RAW
    assert encode_palette(np.arange(200, dtype=np.uint8)[:, None])[0] & 3 == METHOD_MODELLED
    assert encode_palette(gray_axis)[0] & 3 == METHOD_MODELLED
    wide = np.cumsum(rng.integers(0, 20, (5000, 1)), axis=0)
    assert encode_palette((wide % 256).astype(np.uint8))[0] == METHOD_DELTA
    assert encode_palette(np.tile(wide % 256, 3).astype(np.uint8))[0] == METHOD_DELTA_GREEN


@pytest.mark.parametrize("green", [False, True])
def test_damaged_palettes_are_refused(green):
    """Every truncation and every byte too many, and methods that are not there."""
    palette = np.arange(90, dtype=np.uint8).reshape(30, 3)
    payload = bytes([METHOD_DELTA + green]) + palettes._encode_delta(palette, green=green)
    assert (decode_palette(memoryview(payload), 30, 3) == palette).all()
    for size in range(len(payload)):
        with pytest.raises(FormatError):
            decode_palette(memoryview(payload[:size]), 30, 3)
    with pytest.raises(FormatError, match="after the last"):
        decode_palette(memoryview(payload + b"\0"), 30, 3)
    with pytest.raises(FormatError, match="method 9"):
        decode_palette(memoryview(b"\x09abc"), 1, 3)
    with pytest.raises(FormatError, match="method 2 is not defined for 1"):
        decode_palette(memoryview(b"\x02abc"), 1, 1)


def test_near_valid_palettes_are_colours_or_a_format_error():
    """A palette's payload a little off gives as many colours or raises FormatError, both often."""
    rng = np.random.default_rng(2)
    palette = np.arange(36, dtype=np.uint8).reshape(12, 3) ** 2
    whole = [
        bytes([METHOD_RAW]) + palette.tobytes(),
        bytes([METHOD_DELTA]) + palettes._encode_delta(palette, green=False),
        bytes([METHOD_DELTA_GREEN]) + palettes._encode_delta(palette, green=True),
        palette_model.encode(palette),
    ]
    decoded = refused = 0
    for number in range(600):
        payload = whole[number % 4]
        try:
            found = decode_palette(memoryview(payload[:1] + damaged(payload[1:], rng)), 12, 3)
        except FormatError:
            refused += 1
            continue
        assert (found.shape, found.dtype) == ((12, 3), np.uint8)
        decoded += 1
    assert min(decoded, refused) >= 90


@pytest.mark.parametrize("spread", [1, 2, 5, 12, 30, 70, 120])
def test_differences_take_the_best_parameter(spread):
    """A channel has the fewest bits that any Rice parameter gives, and comes back modulo 256."""
    deltas = np.random.default_rng(spread).integers(-spread, spread + 1, 50)
    palette = (np.cumsum(deltas) % 256).astype(np.uint8)[:, None]
    deltas[0] = palette[0, 0].astype(np.int8)  # the first entry counts from black
    folded = np.where(deltas >= 0, 2 * deltas, -2 * deltas - 1)
    fewest = min(int((folded >> p).sum()) + (1 + p) * 50 for p in range(8))
    stream = palettes._encode_delta(palette, green=False)
    assert len(stream) == (3 + fewest + 7) // 8
    assert (decode_palette(memoryview(bytes([METHOD_DELTA]) + stream), 50, 1) == palette).all()


def test_a_stream_that_ends_on_a_byte_is_neither_cut_nor_extended():
    """A stream of whole bytes raises FormatError for one channel or one zero byte more."""
    one = memoryview(bytes([METHOD_DELTA, 0b000_11111, 0b0_1111110]))  # 5 and 6 in unary
    assert decode_palette(one, 2, 1).tolist() == [[253], [0]]
    with pytest.raises(FormatError, match="end early"):
        decode_palette(one, 2, 2)
    with pytest.raises(FormatError, match="after the last"):
        decode_palette(memoryview(bytes(one) + b"\0"), 2, 1)


def test_equal_entries_take_a_bit_each():
    """A palette of one colour 200 times comes back from 203 bits a channel; two have no green."""
    black = np.zeros((200, 2), dtype=np.uint8)
    stream = palettes._encode_delta(black, green=False)
    assert len(stream) == (2 * 203 + 7) // 8
    payload = memoryview(bytes([METHOD_DELTA]) + stream)
    assert (decode_palette(payload, 200, 2) == black).all()
    with pytest.raises(FormatError, match="method 2 is not defined for 2 channels"):
        decode_palette(memoryview(bytes([METHOD_DELTA_GREEN]) + stream), 200, 2)
    with pytest.raises(FormatError, match="raw palette has 399 bytes, expected 400"):
        decode_palette(memoryview(bytes(400)), 200, 2)
