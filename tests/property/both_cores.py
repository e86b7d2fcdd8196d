"""The core in C and its twin in Python, for tests that compare them."""

from __future__ import annotations

import numpy as np
import pytest

from kmcodec import _kernels

TWIN = _kernels.load("core", "interpreted")
ALL = 1 << 24  # pixels
MODELS = range(4)  # of pictures
STACK_MODELS = range(4, 7)

needs_compiled = pytest.mark.skipif(not _kernels.has_compiled(), reason="there is only the twin")
CORES = ["interpreted", pytest.param("compiled", marks=needs_compiled)]


def compiled():
    """Return the core in C."""
    return _kernels.load("core", "compiled")


def colors_of(count, channels=3, seed=1):
    """Return random colours, sorted so that neighbours are alike."""
    colors = np.random.default_rng(seed).integers(0, 256, (count, channels)).astype(np.uint8)
    return colors[np.lexsort(colors.T)]


def encoded(core, model, colors, leaves, budget=ALL):
    """Return the stream of (planes, H, W) leaves, or of one plane."""
    encoder = core.TileEncoder(model, colors, leaves if leaves.ndim == 3 else leaves[None])
    while encoder.done < encoder.pixels:
        before = encoder.done
        assert encoder.encode(budget) >= min(before + budget, encoder.pixels)
    return encoder.finish()


def decoded(core, model, colors, shape, stream, budget=ALL, wanted=None):
    """Return the leaves of a stream, or None if it is not one that an encoder writes.

    The shape is that of all planes, or of one; `wanted` is how many of the planes are decoded.
    """
    planes = shape[0] if len(shape) == 3 else 1
    leaves = np.full((wanted or planes, *shape[-2:]), 65535, dtype=np.uint16)
    decoder = core.TileDecoder(model, colors, planes, np.frombuffer(stream, np.uint8), leaves)
    assert decoder.pixels == leaves.size
    before = -1
    while before < decoder.done < decoder.pixels:
        before = decoder.done
        decoder.decode(budget)
    if not decoder.is_sound():
        return None
    assert int(leaves.max()) < len(colors)
    return leaves if len(shape) == 3 else leaves[0]


def check_both(model, colors, leaves):
    """Assert that both cores write the same stream, and that both read the leaves from it."""
    stream = encoded(compiled(), model, colors, leaves)
    assert encoded(TWIN, model, colors, leaves) == stream
    for core in (compiled(), TWIN):
        assert np.array_equal(decoded(core, model, colors, leaves.shape, stream), leaves)
    return stream


def damaged(stream):
    """Return every prefix of a stream, and the stream with each of its bytes changed."""
    yield from (stream[:end] for end in range(len(stream)))
    for at, byte in enumerate(stream):
        for change in (0x01, 0x80, 0xFF):
            yield stream[:at] + bytes([byte ^ change]) + stream[at + 1 :]
