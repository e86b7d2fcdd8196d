"""kmq.js, written from the specification alone, agrees with the other decoders."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import reference_decoder as reference
from hypothesis import given, settings
from hypothesis import strategies as st
from run_vectors import read_png
from work import STEPS

import kmcodec
from kmcodec import BlockImage, IndexedImage

SPEC = Path(__file__).parents[2] / "spec"
VECTORS = SPEC / "vectors"
INDEX = json.loads((VECTORS / "index.json").read_text())
GOOD = [(folder, name) for folder in ("valid", "uncommon") for name in INDEX[folder]]
COUNTS = st.sampled_from([1, 2, 3, 4, 5, 16, 17, 60, 255, 256, 257, 1000, 5000])
MOST_REFERENCE = 40  # pixels that the reference decoder takes in a moment


@pytest.mark.parametrize(("folder", "name"), GOOD)
def test_valid(javascript, folder, name):
    """kmq.js decodes a valid vector to the same pixels, indices and palette as the package."""
    data = (VECTORS / folder / f"{name}.kmq").read_bytes()
    found = javascript(data)
    width, height, channels, pixels = read_png((VECTORS / folder / f"{name}.png").read_bytes())
    assert found["size"] == [width, height, channels]
    assert found["pixels"] == pixels
    image = kmcodec.decode_blocks(data)
    assert found["indices"] == image.indices.ravel().tolist()
    assert found["palette"] == image.codebook.tobytes()


@pytest.mark.parametrize("name", INDEX["faulty"])
def test_faulty(javascript, name):
    """kmq.js refuses a faulty vector with the error class in the index and a one-line message."""
    found = javascript((VECTORS / "faulty" / f"{name}.kmq").read_bytes())
    assert found["error"] == INDEX["faulty"][name]["error"]
    assert found["message"]
    assert "\n" not in found["message"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(("folder", "name"), GOOD)
def test_damage(javascript, folder, name, step):
    """Any prefix and any flipped bit of a small vector is refused, and with the right class."""
    data = (VECTORS / folder / f"{name}.kmq").read_bytes()[:120]
    for end in {*range(len(name) % step, len(data), step), len(data) - 1}:
        assert javascript(data[:end])["error"] == "TruncatedError"
    whole = (VECTORS / folder / f"{name}.kmq").read_bytes()
    if len(whole) > len(data):
        return
    for position in range(len(name) % step, 8 * len(whole), step):
        damaged = bytearray(whole)
        damaged[position // 8] ^= 1 << position % 8
        with pytest.raises(kmcodec.KmqError) as raised:
            kmcodec.decode(bytes(damaged))
        assert javascript(bytes(damaged))["error"] == type(raised.value).__name__


@st.composite
def pictures(draw):
    """Draw an indexed picture or one of blocks, and options of coding."""
    n_colors, channels = draw(COUNTS), draw(st.integers(1, 4))
    height, width = draw(st.integers(1, 24)), draw(st.integers(1, 24))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    block = draw(st.sampled_from([(1, 1), (1, 1), (1, 1), (2, 2), (1, 3), (4, 3)]))
    n_colors = n_colors if block == (1, 1) else min(n_colors, 60)
    levels = draw(st.sampled_from([2, 40, 256]))
    shape = (n_colors, channels) if block == (1, 1) else (n_colors, *block, channels)
    codebook = rng.integers(0, levels, shape).astype(np.uint8)
    grid = (-(-height // block[0]), -(-width // block[1]))
    indices = rng.integers(0, draw(st.integers(1, n_colors)), grid)
    if draw(st.booleans()):  # areas that are flat
        indices = np.repeat(np.repeat(indices, 4, axis=0), 4, axis=1)[: grid[0], : grid[1]]
    options = {
        "coding": draw(st.sampled_from(["auto", "packed", "deflate", "mixed", "mixed"])),
        "effort": draw(st.integers(1, 9)),
    }
    if draw(st.booleans()):
        options["metadata"] = kmcodec.Metadata(icc=b"icc", xmp=b"<x/>")
    if block != (1, 1):
        image = BlockImage(codebook, indices, height=height, width=width)
        return kmcodec.encode_blocks(image, **options), image.to_pixels()
    image = IndexedImage(codebook, indices, authored=draw(st.booleans()))
    return kmcodec.encode_indexed(image, **options), image.to_pixels()


def check_decoders(javascript, data, pixels):
    """Compare the package, kmq.js, and for small pictures the reference decoder with pixels."""
    expected = pixels.tobytes()
    assert kmcodec.decode(data).tobytes() == expected
    found = javascript(data)
    assert found["pixels"] == expected
    assert found["size"][:2] == [pixels.shape[1], pixels.shape[0]]
    if pixels.shape[0] * pixels.shape[1] <= MOST_REFERENCE and len(data) < 400:
        assert reference.decode(data).pixels() == expected


@settings(max_examples=80)
@given(drawn=pictures())
def test_random_pictures(javascript, drawn):
    """All decoders give the pixels of a random picture."""
    check_decoders(javascript, *drawn)


@pytest.mark.exhaustive
@settings(max_examples=1000)
@given(drawn=pictures())
def test_many_random_pictures(javascript, drawn):
    """All decoders give the pixels of a thousand random pictures."""
    check_decoders(javascript, *drawn)
