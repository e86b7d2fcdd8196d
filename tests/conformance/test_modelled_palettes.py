"""The package and the reference decoder agree on modelled palettes, whole or damaged."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import reference_decoder as reference
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kmcodec.coding import palette_model as model
from kmcodec.errors import FormatError

SPEC = Path(__file__).parents[2] / "spec"
REACH = range(-510, 511)  # offsets from the centre of a bump
PALETTES = st.tuples(st.integers(1, 14), st.integers(1, 4)).flatmap(
    lambda shape: arrays(
        np.uint8, shape, elements=st.sampled_from([0, 1, 2, 60, 61, 128, 200, 254, 255])
    )
)


@given(palette=PALETTES, number=st.integers(0, 11), inverted=st.booleans(), ascending=st.booleans())
def test_whole(palette, number, inverted, ascending):
    """Both decode what the package encodes, with any parameter."""
    number %= len(model.channel_orders(palette.shape[1]))
    parameter = 4 * number + model.INVERTED * inverted
    if ascending:
        palette = palette[np.unique(model._keys(palette, parameter), return_index=True)[1]]
        parameter |= model.ASCENDING
    payload = model._encode_with(palette, parameter)
    assert (model.decode(memoryview(payload), *palette.shape) == palette).all()
    assert reference.decode_palette(payload, *palette.shape) == [bytes(e) for e in palette]


def test_long():
    """Both agree where entries are more than any of the model's windows."""
    rng = np.random.default_rng(4)
    for channels in range(1, 5):
        palette = rng.integers(0, 256, (60, channels)).astype(np.uint8)
        palette = palette[model.order(palette)]
        payload = model.encode(palette)
        assert reference.decode_palette(payload, *palette.shape) == [bytes(e) for e in palette]


@given(stream=st.binary(max_size=10), parameter=st.integers(0, 63), shape=st.data())
def test_damaged(stream, parameter, shape):
    """Both refuse the same bytes, and take the others for the same palette."""
    channels, n_colors = shape.draw(st.integers(1, 4)), shape.draw(st.integers(1, 8))
    payload = bytes([model.METHOD_MODELLED | parameter << 2]) + stream
    try:
        expected = [bytes(e) for e in model.decode(memoryview(payload), n_colors, channels)]
    except FormatError:
        expected = None
    try:
        found = reference.decode_palette(payload, n_colors, channels)
    except reference.FormatError:
        found = None
    assert found == expected


def test_widths():
    """The masses of spec 5.4 have the checksum that stands there."""
    values = [row[d + 513] - row[d + 512] for row in reference.build_widths() for d in REACH]
    checksum = zlib.crc32(b"".join(value.to_bytes(4, "little") for value in values))
    text = (SPEC / "kmq-format.md").read_text(encoding="utf-8")
    assert f"mass {values[510]}, beside it {values[511]}. The CRC-32" in text
    assert f"is `{checksum:08x}`" in text
