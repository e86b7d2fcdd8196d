"""Animations as GIF, animated PNG and WebP: Pillow reads our frames and times from them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from pictures import gray_profile
from PIL import Image

from kmcodec import Animation, InputError, Metadata, Timing
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
@pytest.mark.parametrize("channels", [3, 4])
def test_frames_that_stay_are_frames(file_format, channels):
    """Frames that equal the one before, one or several, are frames of their own."""
    ours = animation(channels, 8, frames=3)
    indices = ours.indices[[0, 0, 1, 1, 1, 1, 2, 2]]
    ours = Animation(ours.palette, indices, Timing((10, 20, 30, 40, 0, 60, 70, 80)))
    frames, _ = played(animation_bytes(ours, file_format)[0])
    assert [one[1] for one in frames] == [10, 20, 30, 40, 0, 60, 70, 80]
    for (shown, _), pixels in zip(frames, ours.to_pixels(), strict=True):
        assert (shown == rgba(pixels)).all()
    same = Animation(ours.palette, indices[[0, 0, 0]], Timing((10, 20, 30)))
    assert [one[1] for one in played(animation_bytes(same, file_format)[0])[0]] == [10, 20, 30]


@pytest.mark.parametrize("file_format", FORMATS)
def test_frames_that_are_all_clear(file_format):
    """Clear frames first, between others and last; shapes that vanish and come back."""
    palette = np.array([[9, 9, 9, 0], [200, 0, 0, 255], [0, 200, 0, 255]], dtype=np.uint8)
    indices = np.zeros((9, 12, 14), dtype=np.uint8)
    indices[1, 2:5, 3:9] = 1
    indices[3, 6:11, 1:4] = 2
    indices[4, 6:11, 1:5] = 2
    indices[5, 7:9, 2:3] = 1
    indices[6] = 2
    indices[7, 3, 3] = 1
    ours = Animation(palette, indices, Timing((50,) * 9))
    frames, _ = played(animation_bytes(ours, file_format)[0])
    for (shown, _), pixels in zip(frames, ours.to_pixels(), strict=True):
        assert (shown == rgba(pixels)).all()


def test_colors_of_clear_pixels_are_kept():
    """PNG and WebP keep colours under full transparency."""
    ours = animation(4, 40)
    palette = ours.palette.copy()
    palette[::2, 3] = 0
    ours = Animation(palette, ours.indices, ours.timing)
    for file_format in ("PNG", "WEBP"):
        with Image.open(io.BytesIO(animation_bytes(ours, file_format)[0])) as image:
            for number, pixels in enumerate(ours.to_pixels()):
                image.seek(number)
                assert (np.asarray(image.convert("RGBA")) == pixels).all()


@pytest.mark.parametrize("file_format", ["PNG", "WEBP"])
def test_metadata_are_carried(file_format):
    """ICC profile and Exif stand in the file, XMP where Pillow writes it."""
    exif = Image.Exif()
    exif[0x010E] = "described"
    metadata = Metadata(gray_profile(), exif.tobytes().removeprefix(b"Exif\0\0"), b"<x/>")
    data, _ = animation_bytes(animation(3, 8), file_format, metadata=metadata)
    with Image.open(io.BytesIO(data)) as image:
        assert image.info["icc_profile"] == metadata.icc
        assert image.getexif()[0x010E] == "described"
        assert len(played(data)[0]) == 6


@pytest.mark.parametrize("n_colors", [255, 256])
def test_small_changes_make_small_files(n_colors):
    """A GIF and a WebP write what changes alone."""
    ours = animation(3, n_colors, frames=2)
    indices = np.repeat(ours.indices[:1], 20, axis=0)
    indices[np.arange(20), 5, np.arange(20)] = 1
    many = Animation(ours.palette, indices, Timing((50,) * 20))
    one = Animation(ours.palette, indices[:2], Timing((50,) * 2))
    for file_format in ("GIF", "WEBP"):
        first, all_of_them = (len(animation_bytes(a, file_format)[0]) for a in (one, many))
        assert all_of_them - first < 18 * 100


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
