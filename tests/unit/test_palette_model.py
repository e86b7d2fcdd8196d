"""The modelled palette coder (spec 5.4)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kmcodec import _kernels
from kmcodec.coding import palette_model as model
from kmcodec.coding.palette import decode_palette, encode_palette
from kmcodec.errors import FormatError

VALUES = st.one_of(
    st.integers(0, 255), st.integers(0, 3), st.sampled_from([0, 64, 128, 255]), st.just(0)
)
PALETTES = st.tuples(st.integers(1, 20), st.integers(1, 4)).flatmap(
    lambda shape: arrays(np.uint8, shape, elements=VALUES)
)
# The 16 colours of the C64, after Timmermann's measurements: a palette in its own order.
C64 = np.array(
    [
        (0x00, 0x00, 0x00),
        (0xFF, 0xFF, 0xFF),
        (0x68, 0x37, 0x2B),
        (0x70, 0xA4, 0xB2),
        (0x6F, 0x3D, 0x86),
        (0x58, 0x8D, 0x43),
        (0x35, 0x28, 0x79),
        (0xB8, 0xC7, 0x6F),
        (0x6F, 0x4F, 0x25),
        (0x43, 0x39, 0x00),
        (0x9A, 0x67, 0x59),
        (0x44, 0x44, 0x44),
        (0x6C, 0x6C, 0x6C),
        (0x9A, 0xD2, 0x84),
        (0x6C, 0x5E, 0xB5),
        (0x95, 0x95, 0x95),
    ],
    dtype=np.uint8,
)


def shades(n_colors, channels, seed=0):
    """Return related colours, all different, as shades of a few; alpha is 0, 255 or between."""
    rng = np.random.default_rng(seed)
    hues = rng.integers(40, 256, (5, channels))
    light = rng.integers(20, 257, (4 * n_colors, 1))
    entries = hues[rng.integers(0, 5, 4 * n_colors)] * light // 256
    if channels in {2, 4}:
        entries[:, -1] = rng.choice([0, 90, 255, 255], 4 * n_colors)
        entries[entries[:, -1] == 0] = 0
    distinct = np.unique(entries, axis=0)
    return rng.permutation(distinct)[:n_colors].astype(np.uint8)


def back(payload, n_colors, channels):
    """Return the palette in a payload."""
    return model.decode(memoryview(payload), n_colors, channels)


@given(palette=PALETTES)
def test_any_palette_comes_back(palette):
    """Any palette comes back in its order, and sorting keeps its colours."""
    payload = model.encode(palette)
    assert payload[0] & 3 == model.METHOD_MODELLED
    assert (back(payload, *palette.shape) == palette).all()
    sorted_palette = palette[model.order(palette)]
    assert (np.sort(sorted_palette, axis=0) == np.sort(palette, axis=0)).all()
    payload = model.encode(sorted_palette)
    assert (back(payload, *palette.shape) == sorted_palette).all()


@given(palette=PALETTES, number=st.integers(0, 11), inverted=st.booleans())
def test_every_parameter_gives_the_same_palette(palette, number, inverted):
    """Each parameter of the model gives back the palette, ascending ones too."""
    number %= len(model.channel_orders(palette.shape[1]))
    parameter = 4 * number + model.INVERTED * inverted
    assert (back(model._encode_with(palette, parameter), *palette.shape) == palette).all()
    keys, places = np.unique(model._keys(palette, parameter), return_index=True)
    rising = palette[places]
    assert len(keys) == len(rising)
    payload = model._encode_with(rising, parameter | model.ASCENDING)
    assert (back(payload, *rising.shape) == rising).all()


@given(palette=PALETTES, data=st.data())
def test_what_is_decoded_is_what_would_be_encoded(palette, data):
    """Damage is refused, or gives another palette whose code is just these bytes."""
    payload = bytearray(model.encode(palette))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(payload) - 1))
        payload[place] = data.draw(st.integers(0, 255))
    payload[0] = payload[0] & 0xFC | model.METHOD_MODELLED
    payload = bytes(payload[: data.draw(st.integers(1, len(payload)))])
    try:
        other = back(payload, *palette.shape)
    except FormatError:
        return
    assert model._encode_with(other, payload[0] >> 2) == payload


@given(stream=st.binary(max_size=12), parameter=st.integers(0, 63), shape=st.data())
def test_any_bytes_give_a_palette_or_an_error(stream, parameter, shape):
    """Any bytes raise FormatError or are the one code of the palette that they give."""
    channels, n_colors = shape.draw(st.integers(1, 4)), shape.draw(st.integers(1, 9))
    payload = bytes([model.METHOD_MODELLED | parameter << 2]) + stream
    try:
        palette = back(payload, n_colors, channels)
    except FormatError:
        return
    assert palette.shape == (n_colors, channels)
    assert model._encode_with(palette, parameter) == payload


@pytest.mark.skipif(not _kernels.has_compiled(), reason="there are no compiled kernels to compare")
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_both_backends_write_the_same(channels, monkeypatch):
    """The core in C and its twin write the same palettes, and each reads them."""
    palette = shades(40, channels)
    cases = []
    for number in range(len(model.channel_orders(channels))):
        parameter = 4 * number + model.INVERTED * (number % 2)
        places = np.argsort(model._keys(palette, parameter))
        cases += [(palette, parameter), (palette[places], parameter | model.ASCENDING)]
    compiled = [model._encode_with(*case) for case in cases]
    kernel = _kernels.load("core", "interpreted")
    monkeypatch.setattr(_kernels, "load", lambda _name: kernel)
    for (entries, parameter), payload in zip(cases, compiled, strict=True):
        assert model._encode_with(entries, parameter) == payload
        assert (back(payload, *entries.shape) == entries).all()


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("n_colors", [2, 16, 64, 130])
def test_related_colors_take_less(n_colors, channels):
    """Less than raw as they stand, and less again in the order of their own choice."""
    palette = shades(n_colors, channels, seed=channels)
    given_order = len(encode_palette(palette))
    free_order = len(encode_palette(palette[model.order(palette)]))
    assert free_order <= given_order <= 1 + palette.size
    if n_colors > 2:
        assert free_order < 0.8 * palette.size


def test_sizes_hold():
    """A change of the model that costs bytes would be seen here."""
    assert len(encode_palette(C64)) <= 41
    assert len(encode_palette(C64[model.order(C64)])) <= 36
    grays = np.arange(256, dtype=np.uint8)[:, None]
    assert len(encode_palette(grays)) <= 8
    assert len(encode_palette(np.repeat(grays, 3, axis=1))) <= 13


def test_equal_and_too_many_entries_are_sorted():
    """Equal entries and palettes beyond the model are sorted by value."""
    equal = np.array([[3, 1], [2, 9], [3, 1], [0, 200]], dtype=np.uint8)
    assert equal[model.order(equal)].tolist() == [[0, 200], [2, 9], [3, 1], [3, 1]]
    many = np.random.default_rng(3).integers(0, 256, (5000, 3)).astype(np.uint8)
    found = many[model.order(many)].tolist()
    assert found == sorted(many.tolist())
    assert model.encode(many) is None


def test_frozen_and_strided_palettes_are_encoded():
    """Read-only and strided arrays are encoded as others are."""
    frozen = C64[:, ::-1]
    frozen.flags.writeable = False
    assert (back(model.encode(frozen), 16, 3) == frozen).all()
    assert len(model.order(frozen)) == 16


def test_many_entries_come_back():
    """A thousand entries come back from half their bytes."""
    palette = shades(1000, 4, seed=9)
    palette = palette[model.order(palette)]
    payload = encode_palette(palette)
    assert len(payload) < palette.size // 2
    assert (decode_palette(memoryview(payload), *palette.shape) == palette).all()


def test_faults_have_their_texts():
    """Each fault of a modelled palette raises FormatError with its text."""
    with pytest.raises(FormatError, match="method 27 is not defined for 1"):
        back(b"\x1b", 2, 1)
    with pytest.raises(FormatError, match="method 99 is not defined for 3"):
        back(b"\x63", 2, 3)
    with pytest.raises(FormatError, match="5000 entries"):
        back(b"\x03abc", 5000, 3)
    payload = model.encode(C64)
    with pytest.raises(FormatError, match="zero byte"):
        back(payload + b"\0", 16, 3)
    with pytest.raises(FormatError, match="not the code"):
        back(payload + b"abcdefgh", 16, 3)
    full = np.arange(256, dtype=np.uint8)[:, None]
    payload = model._encode_with(full, model.ASCENDING)
    assert (back(payload, 256, 1) == full).all()
    with pytest.raises(FormatError, match="after its largest entry"):
        back(payload, 257, 1)
