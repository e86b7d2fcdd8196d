"""Animations as GIF, animated PNG and WebP: Pillow reads our frames and times from them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from kmcodec import Animation, InputError, Timing
from kmcodec.files import animation_bytes

FORMATS = ("GIF", "PNG", "WEBP")


def animation(channels: int, n_colors: int, *, frames: int = 6, **timing) -> Animation:
    """Return frames of which each differs from the one before; at most one clear entry."""
    rng = np.random.default_rng(channels * n_colors)
    palette = rng.integers(0, 256, (n_colors, channels), dtype=np.uint8)
    if channels in (2, 4):
        palette[:, -1] = 255
        palette[1] = 0
    indices = np.repeat(rng.integers(0, n_colors, (1, 15, 22)), frames, axis=0)
    for number in range(1, frames):
        indices[number:, 2:9, number : number + 6] = rng.integers(0, n_colors, (7, 6))
    durations = tuple(range(10, 10 * frames + 1, 10))
    return Animation(palette, indices, Timing(**({"durations": durations} | timing)))


def rgba(pixels: np.ndarray) -> np.ndarray:
    """Return (H, W) or (H, W, C) pixels as RGBA; what is clear has no colour."""
    shown = np.array(Image.fromarray(pixels).convert("RGBA"))
    shown[shown[..., 3] == 0] = 0
    return shown


def played(data: bytes) -> tuple[list[tuple[np.ndarray, float]], int | None]:
    """Return the frames that Pillow reads with their milliseconds, and its ``loop``."""
    found = []
    with Image.open(io.BytesIO(data)) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            shown = rgba(np.asarray(image.convert("RGBA")))
            found.append((shown, image.info.get("duration", 0)))
        return found, image.info.get("loop")


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("n_colors", [2, 3, 200, 256])
def test_frames_and_durations_come_back(file_format, channels, n_colors):
    """Pillow's composited frames and times are ours, also where pixels become clear."""
    ours = animation(channels, n_colors, loop=0)
    data, notes = animation_bytes(ours, file_format)
    frames, loop = played(data)
    assert (notes, loop) == ((), 0)
    assert [one[1] for one in frames] == [10, 20, 30, 40, 50, 60]
    for (shown, _), pixels in zip(frames, ours.to_pixels(), strict=True):
        assert (shown == rgba(pixels)).all()


@pytest.mark.parametrize("file_format", ["PNG", "WEBP"])
@pytest.mark.parametrize("channels", [3, 4])
def test_many_colors_and_soft_alpha(file_format, channels):
    """PNG and WebP hold more than 256 colours, and any alpha."""
    ours = animation(channels, 300)
    palette = ours.palette.copy()
    if channels == 4:
        palette[:, 3] = np.arange(300) % 256
    ours = Animation(palette, ours.indices, ours.timing)
    frames, _ = played(animation_bytes(ours, file_format)[0])
    for (shown, _), pixels in zip(frames, ours.to_pixels(), strict=True):
        assert (shown == rgba(pixels)).all()


def test_several_clear_entries_become_one_in_a_gif():
    """All that is clear stays so in a GIF, which has one clear entry."""
    ours = animation(4, 9)
    palette = ours.palette.copy()
    palette[5:, 3] = 0
    ours = Animation(palette, ours.indices, ours.timing)
    frames, _ = played(animation_bytes(ours, "GIF")[0])
    for (shown, _), pixels in zip(frames, ours.to_pixels(), strict=True):
        assert (shown == rgba(pixels)).all()


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("plays", [0, 1, 2, 7])
def test_how_often_it_plays(file_format, plays):
    """PNG and WebP count plays, GIF those after the first."""
    _, loop = played(animation_bytes(animation(3, 8, loop=plays), file_format)[0])
    gif = None if plays == 1 else max(0, plays - 1)
    assert loop == (gif if file_format == "GIF" else plays)


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_frame_that_stays_is_shown_as_long(file_format):
    """Frames that equal the one before are shown for as long, as one frame or more."""
    ours = animation(3, 8, frames=3)
    indices = ours.indices[[0, 0, 1, 1, 1, 2]]
    ours = Animation(ours.palette, indices, Timing((10, 20, 30, 40, 50, 60)))
    frames, _ = played(animation_bytes(ours, file_format)[0])
    assert sum(one[1] for one in frames) == 210
    assert (frames[-1][0] == rgba(ours.to_pixels()[-1])).all()


def test_times_that_a_format_cannot_say():
    """Durations are rounded with a note; those that are too long, and loops, are refused."""
    ours = animation(3, 8, frames=3, durations=(1, 15, 26))
    frames, _ = played(animation_bytes(ours, "GIF")[0])
    assert [one[1] for one in frames] == [0, 20, 30]
    assert animation_bytes(ours, "GIF")[1] == (
        "durations were rounded to 1/100 s, as GIF has them",
    )
    assert animation_bytes(ours, "PNG")[1] == animation_bytes(ours, "WEBP")[1] == ()
    thirds = animation(3, 8, frames=3, durations=(1, 2, 3), ticks_per_second=30)
    frames, _ = played(animation_bytes(thirds, "PNG")[0])
    assert [one[1] for one in frames] == pytest.approx([100 / 3, 200 / 3, 100])
    for file_format, durations in (
        ("GIF", (655360, 1, 1)),
        ("WEBP", (1 << 24, 1, 1)),
        ("PNG", (65_535_001, 1, 1)),
    ):
        with pytest.raises(InputError, match=f"{file_format} cannot show a frame for"):
            animation_bytes(animation(3, 8, frames=3, durations=durations), file_format)
    with pytest.raises(InputError, match="GIF cannot play an animation 70,000 times"):
        animation_bytes(animation(3, 8, loop=70000), "GIF")


def test_planes_without_times_get_some():
    """A stack without durations is shown for 100 ms a plane, with a note."""
    ours = animation(1, 8)
    data, notes = animation_bytes(Animation(ours.palette, ours.indices), "PNG")
    assert {one[1] for one in played(data)[0]} == {100}
    assert notes == ("the file has no durations: each frame is shown for 100 ms",)


@pytest.mark.parametrize(
    ("n_colors", "file_format", "message"),
    [
        (257, "GIF", "GIF holds 256 colours, the animation has 257"),
        (3, "GIF", "no partial transparency"),
        (3, "BMP", r"a stack of 6 planes, BMP holds one picture: .*\.npy, \.gif, \.png or \.webp"),
        (3, "TIFF", "--frame N"),
    ],
)
def test_what_a_format_cannot_hold(n_colors, file_format, message):
    """One clear error says what to do instead."""
    ours = animation(4, n_colors)
    palette = ours.palette.copy()
    palette[0, 3] = 77
    with pytest.raises(InputError, match=message):
        animation_bytes(Animation(palette, ours.indices, ours.timing), file_format)
