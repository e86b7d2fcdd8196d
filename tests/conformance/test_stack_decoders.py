"""The core and the reference decoder agree on stacks of planes, whole or damaged."""

from __future__ import annotations

import random
from itertools import product

import numpy as np
import pytest
import reference_decoder as reference
from vector_streams import mixed_stack

from kmcodec._kernels import core

MODELS = (4, 5, 6)
KINDS = ("noise", "flat", "square", "still", "text")


def make_planes(kind, shape, n_colors, rng):
    """Return planes of one kind."""
    depth, height, width = shape
    z, y, x = np.mgrid[:depth, :height, :width]
    if kind == "noise":
        return rng.integers(0, n_colors, shape)
    if kind == "flat":
        planes = np.full(shape, rng.integers(n_colors))
        planes[rng.random(shape) < 0.01] = rng.integers(n_colors)
        return planes
    if kind == "square":
        left, side = rng.integers(0, 10), rng.integers(1, 9)
        inside = (x // side == z + left // side) & (y // side == z)
        return np.where(inside, n_colors - 1, (x // 9 + y // 7) % n_colors)
    if kind == "still":
        planes = np.broadcast_to(rng.integers(0, n_colors, shape[1:]), shape).copy()
        planes[rng.random(shape) < rng.choice([0, 0.003, 0.03])] = rng.integers(n_colors)
        return planes
    glyphs, lines = rng.integers(0, 2, (6, 6, 4)), np.zeros((height + 20, width + 8), dtype=int)
    for top, left in product(range(0, height + 14, 7), range(0, width + 4, 5)):
        lines[top : top + 6, left : left + 4] = rng.choice(glyphs)
    return np.stack([lines[i * rng.integers(3) :][:height, :width] for i in range(depth)])


def encode(planes, palette, model):
    """Return the stream that the core writes for a tile of these planes."""
    tree = reference.PaletteTree(palette)
    ranks = np.argsort(tree.order).astype(np.uint16)
    colors = np.array([list(palette[entry]) for entry in tree.order], dtype=np.uint8)
    encoder = core.TileEncoder(model, colors, ranks[planes])
    while encoder.done < encoder.pixels:
        encoder.encode(100)
    return encoder.finish()


def decode(stream, shape, palette, model):
    """Return the planes that the core finds in a stream, or None if there are none."""
    tree = reference.PaletteTree(palette)
    colors = np.array([list(palette[entry]) for entry in tree.order], dtype=np.uint8)
    leaves = np.zeros(shape, dtype=np.uint16)
    data = np.frombuffer(stream, dtype=np.uint8)
    decoder = core.TileDecoder(model, colors, shape[0], data, leaves)
    decoder.decode(leaves.size)
    return np.array(tree.order)[leaves].tolist() if decoder.is_sound() else None


def decode_reference(stream, shape, palette, model):
    """Return the planes that the reference decoder finds in a stream, or None."""
    tree = reference.PaletteTree(palette)
    tile = reference.Tile(0, shape[1], 0, shape[2], bytes(stream), 0, shape[0])
    try:
        planes = reference.TileDecoder(reference.MODELS[model], tree, tile).decode()
    except reference.FormatError:
        return None
    return np.array(tree.order)[np.array(planes)].tolist()


def make_palette(n_colors, channels, rng):
    """Return colours."""
    return [bytes(entry) for entry in rng.integers(0, 256, (n_colors, channels)).astype(np.uint8)]


def make_case(seed):
    """Return planes, a palette and a model."""
    rng = np.random.default_rng(seed)
    n_colors, kind = int(rng.choice([2, 5, 16, 17, 200, 300, 5000])), KINDS[seed % 5]
    shape = (rng.integers(2, 6), rng.integers(1, 31), rng.integers(1, 41))
    if kind == "noise":
        shape = (2, rng.integers(1, 13), rng.integers(1, 17))
    planes = make_planes(kind, shape, n_colors, rng)
    return planes, make_palette(n_colors, int(rng.integers(1, 5)), rng), MODELS[seed // 5 % 3]


@pytest.mark.parametrize(
    "seed",
    [*range(15), *(pytest.param(seed, marks=pytest.mark.exhaustive) for seed in range(15, 115))],
)
def test_whole(seed):
    """Both decode what the core encodes."""
    planes, palette, model = make_case(seed)
    stream = encode(planes, palette, model)
    assert decode(stream, planes.shape, palette, model) == planes.tolist()
    assert decode_reference(stream, planes.shape, palette, model) == planes.tolist()


@pytest.mark.parametrize("seed", [2, 8, 13])
def test_the_writer_of_vectors(seed):
    """The streams of vectors are those that the core writes."""
    planes, palette, model = make_case(seed)
    expected = bytes([2, model]) + encode(planes, palette, model)
    assert mixed_stack(planes.tolist(), palette, model) == expected


@pytest.mark.parametrize(
    ("model", "shape"), [(4, (2, 100, 90)), (5, (3, 77, 80)), (6, (2, 97, 89)), (4, (4, 1, 4096))]
)
def test_large(model, shape):
    """Both agree on one range coder and on two, on runs and on what breaks them."""
    rng = np.random.default_rng(model)
    planes = np.zeros(shape, dtype=np.int64)
    planes[:, rng.random(shape[1:]) < 0.01] = 3
    planes[rng.random(shape) < 0.001] = 4
    palette = make_palette(20, 3, rng)
    stream = encode(planes, palette, model)
    assert decode_reference(stream, shape, palette, model) == planes.tolist()


def test_a_flat_run_that_breaks_where_all_is_as_before():
    """The pixel after it is flat and not still, for both."""
    planes = np.zeros((3, 8, 40), dtype=np.int64)
    planes[0, 4, [1, 9]] = 1
    planes[1, 4, 9] = 2
    palette = make_palette(4, 3, np.random.default_rng(0))
    stream = encode(planes, palette, 4)
    assert decode_reference(stream, planes.shape, palette, 4) == planes.tolist()


@pytest.mark.parametrize("model", MODELS)
def test_damage(model):
    """A change, a cut or an addition gives both the same planes or none."""
    rng = np.random.default_rng(model)
    planes, palette = make_planes("square", (3, 9, 20), 7, rng), make_palette(7, 3, rng)
    good = encode(planes, palette, model)
    damaged = [good[: len(good) // 2], good[:-1], good + b"\0", good + b"\1" * 5]
    for _ in range(12):
        at = random.Random(len(damaged)).randrange(len(good))
        damaged.append(good[:at] + bytes([good[at] ^ 0x15]) + good[at + 1 :])
    for stream in damaged:
        expected = decode_reference(stream, planes.shape, palette, model)
        assert decode(stream, planes.shape, palette, model) == expected
    assert decode(good + b"\0", planes.shape, palette, model) is None
