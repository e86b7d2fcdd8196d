"""Any animation survives our GIF, read by Pillow; what may be lost is what the writer says."""

from __future__ import annotations

import io

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kmcodec import Animation, Timing
from kmcodec.files import Loss, animation_file


@st.composite
def animations(draw):
    """Draw frames of odd shape in which parts move, vanish and stay."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_colors = draw(st.one_of(st.integers(2, 256), st.sampled_from([2, 3, 4, 16, 64, 255, 256])))
    channels = draw(st.integers(1, 4))
    count, height, width = (draw(st.integers(1, most)) for most in (6, 24, 24))
    count = max(2, count)
    palette = rng.integers(0, 256, (n_colors, channels)).astype(np.uint8)
    if channels in (2, 4):
        palette[:, -1] = 255 * (rng.random(n_colors) < draw(st.sampled_from([0.3, 0.9, 1])))
    used = draw(st.integers(1, n_colors))
    indices = np.repeat(rng.integers(0, used, (1, height, width)), count, axis=0)
    for number in range(1, count):
        if draw(st.booleans()):
            top, left = rng.integers(0, height), rng.integers(0, width)
            part = indices[number : None if draw(st.booleans()) else number + 1]
            part = part[:, top : top + 9, left : left + 9]
            part[:] = rng.integers(0, used, part.shape[1:])
    durations = tuple(10 * int(ticks) for ticks in rng.integers(0, 90, count))
    timing = Timing(durations, loop=draw(st.integers(0, 3)))
    return Animation(palette, indices, timing)


def rgba(animation: Animation) -> np.ndarray:
    """Return the frames as RGBA; what is clear has no colour."""
    colors = animation.palette[animation.indices]
    alpha = colors[..., -1:] if animation.channels in (2, 4) else np.full_like(colors[..., :1], 255)
    gray = np.repeat(colors[..., :1], 3, axis=3)
    shown = np.concatenate([gray if animation.channels <= 2 else colors[..., :3], alpha], axis=3)
    shown[shown[..., 3] == 0] = 0
    return shown


def check_played(data: bytes, expected: np.ndarray, timing: Timing) -> None:
    """Assert that Pillow reads these frames, durations and plays."""
    with Image.open(io.BytesIO(data)) as image:
        assert image.n_frames == len(expected)
        plays = image.info.get("loop")
        assert plays == (None if timing.loop == 1 else max(0, timing.loop - 1))
        for number, frame in enumerate(expected):
            image.seek(number)
            found = np.array(image.convert("RGBA"))
            found[found[..., 3] == 0] = 0
            assert (found == frame).all()
            assert image.info.get("duration", 0) == timing.durations[number]


@given(animation=animations(), effort=st.integers(1, 9), keep_order=st.booleans())
def test_frames_are_read_back(animation, effort, keep_order):
    """Pillow reads our frames, pixel for pixel; a kept palette stands in the file as it is."""
    file = animation_file(animation, "GIF", effort=effort, keep_order=keep_order)
    check_played(file.data, rgba(animation), animation.timing)
    if keep_order and animation.channels == 3:
        assert file.data[13:].startswith(animation.palette.tobytes())


@given(animation=animations(), effort=st.integers(1, 9), strength=st.sampled_from([1, 32, 500]))
def test_losses_are_told(animation, effort, strength):
    """Pillow reads what the writer says it shows: near to what was wanted, no alpha changed."""
    noise = np.random.default_rng(1).integers(-9, 10, animation.indices.shape)
    pixels = animation.palette[animation.indices].astype(int)
    colors = pixels.shape[3] - (animation.channels in (2, 4))
    pixels[..., :colors] += noise[..., None]
    pixels = np.clip(pixels, 0, 255).astype(np.uint8)
    loss = Loss.of(pixels, animation.palette, strength)
    file = animation_file(animation, "GIF", effort=effort, loss=loss)
    check_played(file.data, rgba(file.shown), animation.timing)
    shown, wanted = rgba(file.shown), rgba(animation)
    assert (shown[..., 3] == wanted[..., 3]).all()
