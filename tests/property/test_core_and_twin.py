"""The core in C and its twin in Python: the same streams, and the same of any bytes."""

from __future__ import annotations

import numpy as np
import pytest
from both_cores import (
    ALL,
    CORES,
    MODELS,
    TWIN,
    check_both,
    colors_of,
    compiled,
    damaged,
    decoded,
    encoded,
    needs_compiled,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from kmcodec import _kernels

TWO_CODERS = 16384  # pixels of a tile, from which on two range coders run


@st.composite
def planes(draw, counts=(2, 3, 5, 16, 17, 100, 255, 256, 257, 4096, 4097, 65536)):
    """Draw colours and leaves: noise, shades, or flat areas, of any shape."""
    count = draw(st.sampled_from(counts))
    shape = draw(
        st.tuples(st.integers(1, 9), st.integers(1, 24))
        | st.tuples(st.just(1), st.integers(1, 90))
        | st.tuples(st.integers(1, 60), st.just(1))
        | st.tuples(st.integers(4, 7), st.integers(30, 60))
    )
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    y, x = np.mgrid[: shape[0], : shape[1]]
    leaves = rng.integers(0, count, shape)
    kind = draw(st.sampled_from(["noise", "shades", "few", "flat"]))
    if kind == "shades":
        leaves = (x * count // 40 + y + rng.integers(0, 2, shape)) % count
    elif kind == "few":
        leaves = rng.integers(0, count, 3)[rng.integers(0, 3, shape)]
    elif kind == "flat":
        leaves = np.where(rng.random(shape) < draw(st.sampled_from([0.0, 0.01, 0.1])), leaves, 1)
    return colors_of(count, draw(st.integers(1, 4))), leaves.astype(np.uint16)


@needs_compiled
@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=40, deadline=None)
@given(plane=planes())
def test_both_cores_write_the_same_stream(model, plane):
    """The stream of a plane is the same, whatever the number of colours and the shape."""
    check_both(model, *plane)


@needs_compiled
@pytest.mark.parametrize("model", MODELS)
def test_runs_break_at_any_pixel(model):
    """In a flat plane, a single pixel of another leaf breaks a run at each of its offsets."""
    for offset in range(20):
        leaves = np.full((6, 90), 3, dtype=np.uint16)
        leaves[3 + offset % 2, 40 + offset] = 1
        check_both(model, colors_of(5 + 20 * (offset % 3)), leaves)


@needs_compiled
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("shape", [(128, 128), (127, 129), (2, 8192), (1, 16384), (3277, 5)])
def test_two_range_coders(model, shape):
    """From 16,384 pixels and two rows on, two range coders share a stream."""
    rng = np.random.default_rng(5)
    leaves = np.zeros(shape, dtype=np.uint16)  # as what lies above: runs happen
    spots = rng.random(shape) < 0.005
    leaves[spots] = rng.integers(0, 40, np.count_nonzero(spots))
    assert leaves.size >= TWO_CODERS - 1
    check_both(model, colors_of(40), leaves)


@needs_compiled
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("count", [12, 200, 5000])
def test_counts_and_weights_reach_their_ends(model, count):
    """Both agree on a plane on which rows have learnt long, and sums end at their limits."""
    y, x = np.mgrid[:48, :50]
    leaves = ((x // 2 * 3 + y // 3) % 5 * count // 5).astype(np.uint16)
    leaves[30:, 20:40] = np.random.default_rng(1).integers(0, count, (18, 20))
    check_both(model, colors_of(count), leaves)


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=30, deadline=None)
@given(plane=planes(counts=(2, 17, 300)), budgets=st.tuples(*[st.integers(1, 2000)] * 2))
def test_parts_of_any_size_give_the_same(model, plane, budgets):
    """A tile that is coded a few pixels at a time is the tile that is coded at once."""
    core = _kernels.core
    stream = encoded(core, model, *plane, budget=budgets[0])
    assert stream == encoded(core, model, *plane)
    colors, leaves = plane
    found = decoded(core, model, colors, leaves.shape, stream, budget=budgets[1])
    assert np.array_equal(found, leaves)


def shades(shape, count):
    """Return shades with some noise and a flat area."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    leaves = (x * count // shape[1] + y // 3) % count
    noise = np.random.default_rng(count).integers(0, count, shape)
    leaves = np.where(noise % 7 == 0, noise, leaves)
    leaves[: shape[0] // 2, shape[1] // 3 :] = 1
    return leaves.astype(np.uint16)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("count", "shape"), [(6, (12, 50)), (300, (10, 40)), (6, (128, 130))])
def test_damage_is_an_error_or_other_leaves(model, count, shape):
    """No prefix of a stream gives its leaves, and no change of a byte does."""
    core = _kernels.core
    colors, leaves = colors_of(count), shades(shape, count)
    if leaves.size >= TWO_CODERS:
        leaves[20:] = 2
    stream = encoded(core, model, colors, leaves)
    changed = list(damaged(stream))
    for other in changed[:: max(1, len(changed) // 400)]:
        found = decoded(core, model, colors, shape, other)
        assert found is None or not np.array_equal(found, leaves)


@needs_compiled
@pytest.mark.parametrize("model", MODELS)
def test_both_cores_judge_damage_alike(model):
    """What one core refuses, the other does, too; else both give the same leaves."""
    colors, leaves = colors_of(6), shades((9, 40), 6)
    changed = list(damaged(encoded(compiled(), model, colors, leaves)))
    for other in changed[:: max(1, len(changed) // 60)]:
        found = [decoded(core, model, colors, leaves.shape, other) for core in (compiled(), TWIN)]
        assert np.array_equal(*found) if found[1] is not None else found[0] is None


@needs_compiled
@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=100, deadline=None)
@given(
    count=st.sampled_from([2, 3, 16, 17, 300, 65536]),
    shape=st.tuples(st.integers(1, 9), st.integers(1, 12)) | st.just((5, 60)),
    stream=st.binary(max_size=24),
)
def test_both_cores_judge_any_bytes_alike(model, count, shape, stream):
    """Any bytes are refused by both, or give both the same leaves, which are coded so again."""
    colors = colors_of(count)
    found = decoded(compiled(), model, colors, shape, stream)
    other = decoded(TWIN, model, colors, shape, stream)
    assert np.array_equal(found, other) if other is not None else found is None


@pytest.mark.parametrize("which", CORES)
def test_what_the_core_trusts_in_is_checked(which):
    """Tiles that do not exist, and leaves that the palette lacks, are refused."""
    core, colors = _kernels.load("core", which), colors_of(9)
    plane, nothing = np.zeros((1, 4, 5), dtype=np.uint16), np.empty(0, dtype=np.uint8)
    for model in (-1, 7):
        with pytest.raises(ValueError, match="no such model"):
            core.TileEncoder(model, colors, plane)
        with pytest.raises(ValueError, match="no such model"):
            core.TileDecoder(model, colors, 1, nothing, plane)
        assert core.tile_bytes(model, 9, 1, 4, 5) == 0
    for wrong in (colors[:1], colors[:, :0].copy(), np.zeros((65537, 3), np.uint8)):
        with pytest.raises(ValueError, match="2 to 65536 colours"):
            core.TileEncoder(0, wrong, plane)
    for count in (-1, 0, 1, 65537, 1 << 24):
        with pytest.raises(ValueError, match="2 to 65536 colours"):
            core.tile_bytes(0, count, 1, 4, 5)
    for height, width in ((0, 4), (4, 0), (-1, 4), (4097, 4096), (1 << 40, 1 << 40)):
        with pytest.raises(ValueError, match="1 to 16777216 pixels"):
            core.tile_bytes(0, 9, 1, height, width)
    for shape in ((1, 0, 4), (1, 4, 0), (1, 4097, 4096)):
        with pytest.raises(ValueError, match="1 to 16777216 pixels"):
            core.TileDecoder(0, colors, 1, nothing, np.empty(shape, np.uint16))
    with pytest.raises(ValueError, match="not less than the number"):
        core.TileEncoder(0, colors, plane + np.uint16(9))


@pytest.mark.parametrize("which", CORES)
def test_a_tile_is_finished_once_with_all_of_its_pixels(which):
    """A tile that is not all coded has no stream, and one that is finished takes no more."""
    core, plane = _kernels.load("core", which), shades((9, 30), 9)
    encoder = core.TileEncoder(0, colors_of(9), plane[None])
    with pytest.raises(RuntimeError, match="all of its pixels"):
        encoder.finish()
    assert 20 <= encoder.encode(20) < encoder.pixels == 270
    with pytest.raises(RuntimeError, match="all of its pixels"):
        encoder.finish()
    assert encoder.encode(ALL) == 270
    assert encoder.finish() == encoded(core, 0, colors_of(9), plane)
    with pytest.raises(RuntimeError, match="finished"):
        encoder.finish()
    with pytest.raises(RuntimeError, match="finished"):
        encoder.encode(1)


@pytest.mark.parametrize("which", CORES)
def test_a_tile_is_not_sound_before_its_last_pixel(which):
    """A stream counts as read only with all pixels, which come with the last one."""
    core, plane = _kernels.load("core", which), shades((9, 30), 9)
    stream = np.frombuffer(encoded(core, 0, colors_of(9), plane), np.uint8)
    leaves = np.full((1, 9, 30), 77, dtype=np.uint16)
    decoder = core.TileDecoder(0, colors_of(9), 1, stream, leaves)
    assert 269 >= decoder.decode(100) >= 100
    assert not decoder.is_sound()
    assert (leaves == 77).all()
    assert decoder.decode(ALL) == 270
    assert decoder.is_sound()
    assert (leaves[0] == plane).all()
