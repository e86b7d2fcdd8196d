"""Leaves chosen by their error and their price: the core in C and its twin choose the same."""

from __future__ import annotations

import numpy as np
import pytest
from both_cores import CORES, TWIN, colors_of, compiled, needs_compiled
from hypothesis import given, settings
from hypothesis import strategies as st

from kmcodec import _kernels


def plane_of(seed, height, width, n_leaves, calm):
    """Return leaves of a picture with even areas and noise."""
    rng = np.random.default_rng(seed)
    areas = rng.integers(0, n_leaves, (height // calm + 1, width // calm + 1))
    base = np.kron(areas, np.ones((calm, calm), dtype=int))
    noise = rng.integers(0, n_leaves, (height, width))
    keep = rng.random((height, width)) < 0.8
    return np.where(keep, base[:height, :width], noise).astype(np.uint16)


def costs_of(seed, plane, n_leaves, n_close, price, diffusion):
    """Return what a choice depends on, for the leaves of a plane."""
    rng = np.random.default_rng(seed)
    entries = rng.integers(-9000, 16000, (n_leaves, 4)).astype(np.int32)
    points = entries[plane] + rng.integers(-3000, 3000, (*plane.shape, 4)).astype(np.int32)
    far = ((entries[:, None].astype(np.int64) - entries) ** 2).sum(axis=2)
    np.fill_diagonal(far, -1)
    close = np.argsort(far, axis=1, kind="stable")[:, :n_close].astype(np.uint16).copy()
    weights = rng.integers(0, 2000, plane.shape).astype(np.uint16)
    return points.astype(np.int32), weights, entries, close, price, diffusion


def chosen(core, model, colors, plane, costs):
    """Return the leaves that a core chooses."""
    encoder = core.TileEncoder(model, colors, plane[None])
    encoder.choose(*costs)
    while encoder.encode(977) < encoder.pixels:
        pass
    leaves = np.empty_like(plane)
    encoder.take(leaves)
    return leaves


@needs_compiled
@given(
    st.integers(0, 1 << 30),
    st.sampled_from([0, 1, 2]),
    st.sampled_from([2, 5, 16, 17, 100, 300]),
    st.tuples(st.integers(1, 14), st.integers(1, 60)),
    st.sampled_from([1, 4, 40]),
    st.sampled_from([0, 3000, 400_000, (1 << 32) - 1]),
    st.sampled_from([0, 150, 256]),
)
@settings(max_examples=25, deadline=None)
def test_cores_choose_the_same(seed, model, n_leaves, size, calm, price, diffusion):
    """Both cores choose the same leaves, whatever the model, palette, price and diffusion."""
    plane = plane_of(seed, *size, n_leaves, calm)
    costs = costs_of(seed, plane, n_leaves, min(7, n_leaves), price, diffusion)
    leaves = chosen(compiled(), model, colors_of(n_leaves), plane, costs)
    assert int(leaves.max()) < n_leaves
    np.testing.assert_array_equal(chosen(TWIN, model, colors_of(n_leaves), plane, costs), leaves)


@pytest.mark.parametrize("name", CORES)
def test_a_price_of_nothing_gives_the_nearest(name):
    """Without a price and diffusion, each pixel has the nearest of its candidates."""
    plane = plane_of(5, 12, 30, 5, 3)
    costs = costs_of(5, plane, 5, 5, 0, 0)
    points, weights, entries, *_ = costs
    weights[:] = 256
    leaves = chosen(_kernels.load("core", name), 1, colors_of(5), plane, costs)
    far = ((points[:, :, None].astype(np.int64) - entries) ** 2).sum(axis=-1)
    np.testing.assert_array_equal(leaves, far.argmin(axis=-1))


@pytest.mark.parametrize("name", CORES)
def test_a_high_price_leaves_one_color(name):
    """Where a bit costs more than any error, a plane becomes flat."""
    plane = plane_of(6, 20, 50, 40, 5)
    costs = costs_of(6, plane, 40, 7, (1 << 32) - 1, 0)
    leaves = chosen(_kernels.load("core", name), 1, colors_of(40), plane, costs)
    assert len(np.unique(leaves)) <= 3


@pytest.mark.parametrize("name", CORES)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({0: np.zeros((3, 3, 4), np.int32)}, "each pixel has a point"),
        ({1: np.zeros((3, 3), np.uint16)}, "each pixel has a weight"),
        ({2: np.zeros((3, 4), np.int32)}, "each leaf has a point"),
        ({3: np.zeros((5, 1), np.uint16)}, "2 to 32 close ones"),
        ({3: np.full((5, 2), 5, np.uint16)}, "a close leaf"),
        ({5: 257}, "diffusion is 0 to 256"),
    ],
)
def test_what_does_not_fit_is_refused(name, change, message):
    """What a choice depends on has to fit the tile."""
    plane = plane_of(5, 12, 30, 5, 3)
    costs = list(costs_of(5, plane, 5, 5, 0, 0))
    for place, value in change.items():
        costs[place] = value
    core = _kernels.load("core", name)
    with pytest.raises(ValueError, match=message):
        core.TileEncoder(1, colors_of(5), plane[None]).choose(*costs)
    with pytest.raises(ValueError, match="does not choose"):
        core.TileEncoder(3, colors_of(5), plane[None]).choose(*costs_of(5, plane, 5, 5, 0, 0))
