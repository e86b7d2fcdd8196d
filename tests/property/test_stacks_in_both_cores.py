"""Stacks of planes in the core in C and in its twin: the same streams, the same of any bytes."""

from __future__ import annotations

import numpy as np
import pytest
from both_cores import (
    ALL,
    CORES,
    MODELS,
    STACK_MODELS,
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

COUNTS = (2, 5, 16, 17, 200, 257, 5000)
KINDS = ("equal", "moving", "random", "text", "flat", "changing", "flashing")


def first_plane(rng, kind, count, shape):
    """Return what the planes of a stack have in common."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    if kind == "flat":
        return np.full(shape, count - 1)
    if kind == "text":  # few pixels on one ground, in lines
        return np.where((rng.random(shape) < 0.4) & (y % 4 < 2) & (x % 7 < 5), count // 2, 1)
    if kind == "random":
        return rng.integers(0, count, shape)
    return (x // 9 * 3 + y // 4 + count // 3) % count


def stack_of(kind, count, shape, seed=1):
    """Return (planes, H, W) leaves of which each plane has to do with the one before."""
    rng = np.random.default_rng(seed)
    plane = first_plane(rng, kind, count, shape[1:])
    planes = [plane]
    for z in range(1, shape[0]):
        if kind == "moving":
            plane = np.roll(plane, 1, axis=z % 2)
        elif kind in ("random", "text"):
            again = first_plane(rng, kind, count, shape[1:])
            plane = np.where(rng.random(shape[1:]) < 0.2, again, plane)
        elif kind == "changing":
            spots = rng.random(shape[1:]) < 0.02
            plane = np.where(spots, rng.integers(0, count, shape[1:]), plane)
        elif kind == "flashing":  # what was two planes before comes back
            plane = planes[z - 2] if z > 1 else (plane + 1) % count
        planes.append(plane)
    return np.array(planes).astype(np.uint16)


@st.composite
def stacks(draw, counts=COUNTS):
    """Draw colours and a stack of 2 to 5 planes of any shape."""
    shape = draw(
        st.tuples(st.integers(1, 9), st.integers(1, 24))
        | st.tuples(st.just(1), st.integers(1, 70))
        | st.tuples(st.integers(1, 40), st.just(1))
        | st.tuples(st.integers(4, 7), st.integers(24, 50))
    )
    count, kind = draw(st.sampled_from(counts)), draw(st.sampled_from(KINDS))
    seed = draw(st.integers(0, 2**32 - 1))
    leaves = stack_of(kind, count, (draw(st.integers(2, 5)), *shape), seed)
    return colors_of(count, draw(st.integers(1, 4))), leaves


@needs_compiled
@pytest.mark.parametrize("model", STACK_MODELS)
@settings(max_examples=20, deadline=None)
@given(stack=stacks())
def test_both_cores_write_the_same_stream(model, stack):
    """The stream of a stack is the same, whatever its planes have to do with each other."""
    check_both(model, *stack)


@needs_compiled
@pytest.mark.parametrize("model", STACK_MODELS)
@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_stack(model, count, kind):
    """Each kind of stack and number of colours occurs, with runs; equal planes cost little."""
    leaves = stack_of(kind, count, (3, 4, 36))
    stream = check_both(model, colors_of(count), leaves)
    if kind in ("equal", "flat"):
        alone = encoded(compiled(), model, colors_of(count), leaves[:1])
        assert len(stream) <= len(alone) + 16


@needs_compiled
@pytest.mark.parametrize("model", STACK_MODELS)
def test_runs_break_at_any_pixel(model):
    """A pixel that changes breaks a run at each of its offsets: of one leaf, or of the past."""
    for offset in range(20):
        leaves = stack_of("equal", 40, (4, 6, 90), offset)
        leaves[1:3] = 3  # then flat, which the fourth plane is not
        leaves[2, 3 + offset % 2, 40 + offset] = 1
        leaves[3] = leaves[2]
        leaves[3, 2 + offset % 3, 30 + offset] = 7
        check_both(model, colors_of(40), leaves)


@needs_compiled
@pytest.mark.parametrize("model", STACK_MODELS)
@pytest.mark.parametrize("shape", [(2, 64, 128), (2, 64, 127), (4, 1, 4096), (5, 3277, 1)])
def test_two_range_coders(model, shape):
    """The pixels of all planes decide how many range coders there are, and one row has one."""
    rng = np.random.default_rng(5)
    leaves = np.zeros(shape, dtype=np.uint16)  # as what lies above and before: runs happen
    spots = rng.random(shape) < 0.003
    leaves[spots] = rng.integers(0, 40, np.count_nonzero(spots))
    leaves[1] = np.where(rng.random(shape[1:]) < 0.999, leaves[0], 3)
    check_both(model, colors_of(40), leaves)


@needs_compiled
@pytest.mark.parametrize("model", STACK_MODELS)
@pytest.mark.parametrize("count", [12, 300])
def test_a_model_of_stacks_codes_one_plane(model, count):
    """A tile of a stack may have a single plane, with nothing before it."""
    check_both(model, colors_of(count), stack_of("changing", count, (1, 12, 40)))


@pytest.mark.parametrize("model", STACK_MODELS)
@settings(max_examples=25, deadline=None)
@given(stack=stacks(counts=(2, 17, 300)), budgets=st.tuples(*[st.integers(1, 900)] * 2))
def test_parts_of_any_size_give_the_same(model, stack, budgets):
    """A stack that is coded a few pixels at a time is the stack that is coded at once."""
    core, (colors, leaves) = _kernels.core, stack
    stream = encoded(core, model, *stack, budget=budgets[0])
    assert stream == encoded(core, model, *stack)
    found = decoded(core, model, colors, leaves.shape, stream, budget=budgets[1])
    assert np.array_equal(found, leaves)


@pytest.mark.parametrize("which", CORES)
@pytest.mark.parametrize("model", STACK_MODELS)
@settings(max_examples=10, deadline=None)
@given(stack=stacks(counts=(5, 257)), budget=st.integers(1, 900))
def test_the_first_planes_are_decoded_alone(which, model, stack, budget):
    """As many planes as are wanted come from the stream of all."""
    core, (colors, leaves) = _kernels.load("core", which), stack
    stream = encoded(core, model, colors, leaves)
    for wanted in range(1, len(leaves) + 1):
        found = decoded(core, model, colors, leaves.shape, stream, budget, wanted)
        assert np.array_equal(found, leaves[:wanted])


@pytest.mark.parametrize("which", CORES)
def test_planes_are_filled_one_by_one(which):
    """The leaves of a plane are there once all of it is decoded, and those of none after it."""
    core, leaves = _kernels.load("core", which), stack_of("moving", 9, (3, 6, 40))
    stream = np.frombuffer(encoded(core, 4, colors_of(9), leaves), np.uint8)
    found = np.full(leaves.shape, 77, dtype=np.uint16)
    decoder = core.TileDecoder(4, colors_of(9), 3, stream, found)
    done = 0
    while done < 720:
        done = decoder.decode(50)
        full = done // 240
        assert (found[:full] == leaves[:full]).all()
        assert (found[full:] == 77).all()
        assert decoder.is_sound() == (done == 720)


@needs_compiled
@pytest.mark.parametrize("model", STACK_MODELS)
@pytest.mark.parametrize("wanted", [1, 3])
def test_both_cores_judge_damage_alike(model, wanted):
    """What one core refuses, the other does, too, in small parts or not; else leaves are equal."""
    colors, leaves = colors_of(6), stack_of("changing", 6, (3, 5, 40))
    changed = list(damaged(encoded(compiled(), model, colors, leaves)))
    for other in changed[:: max(1, len(changed) // 60)]:
        ways = ((compiled(), ALL), (compiled(), 33), (TWIN, ALL))
        found = [
            decoded(core, model, colors, leaves.shape, other, budget, wanted)
            for core, budget in ways
        ]
        for one in found[1:]:
            assert np.array_equal(one, found[0]) if one is not None else found[0] is None
        if wanted == 3:
            assert found[0] is None or not np.array_equal(found[0], leaves)


@needs_compiled
@pytest.mark.parametrize("model", STACK_MODELS)
@settings(max_examples=60, deadline=None)
@given(
    count=st.sampled_from([2, 3, 16, 17, 300, 65536]),
    shape=st.tuples(st.integers(2, 4), st.integers(1, 6), st.integers(1, 12)) | st.just((2, 5, 40)),
    stream=st.binary(max_size=24),
    wanted=st.integers(1, 4),
)
def test_both_cores_judge_any_bytes_alike(model, count, shape, stream, wanted):
    """Any bytes are refused by both, or give both the same leaves, of all planes or the first."""
    colors, wanted = colors_of(count), min(wanted, shape[0])
    found = decoded(compiled(), model, colors, shape, stream, ALL, wanted)
    other = decoded(TWIN, model, colors, shape, stream, ALL, wanted)
    assert np.array_equal(found, other) if other is not None else found is None


@pytest.mark.parametrize("which", CORES)
def test_what_the_core_trusts_in_is_checked(which):
    """Sizes that no stack has, and planes that it lacks, are refused."""
    core, colors, nothing = _kernels.load("core", which), colors_of(9), np.empty(0, np.uint8)
    leaves = np.zeros((2, 4, 5), dtype=np.uint16)
    for model in MODELS:
        assert core.tile_bytes(model, 9, 2, 4, 5) == 0 < core.tile_bytes(model, 9, 1, 4, 5)
        with pytest.raises(ValueError, match="no such model"):
            core.TileEncoder(model, colors, leaves)
        with pytest.raises(ValueError, match="no such model"):
            core.TileDecoder(model, colors, 2, nothing, leaves[:1])
    for model in STACK_MODELS:
        assert 0 < core.tile_bytes(model, 9, 1, 4, 5) <= core.tile_bytes(model, 9, 900, 4, 5)
    for size in ((0, 4, 5), (-1, 4, 5), (2, -4, -5), (1025, 128, 128), (1 << 40,) * 3):
        with pytest.raises(ValueError, match="1 to 16777216 pixels"):
            core.tile_bytes(4, 9, *size)
    for size in ((0, 4, 5), (2, 0, 5), (2, 4, 0), (2, 4097, 2048)):
        with pytest.raises(ValueError, match="1 to 16777216 pixels"):
            core.TileEncoder(4, colors, np.zeros(size, np.uint16))
    with pytest.raises(ValueError, match="1 to 16777216 pixels"):
        core.TileDecoder(4, colors, 1 << 24, nothing, leaves)
    for planes, wanted in ((-1, 1), (0, 1), (1, 2), (2, 0), (0, 0)):
        with pytest.raises(ValueError, match="fewer planes"):
            core.TileDecoder(4, colors, planes, nothing, leaves[:wanted])
    leaves[1, 3, 4] = 9
    with pytest.raises(ValueError, match="not less than the number"):
        core.TileEncoder(4, colors, leaves)
