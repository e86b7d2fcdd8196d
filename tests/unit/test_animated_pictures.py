"""``encode`` reads animations as Pillow composites them, and ``decode`` writes them again."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image, ImageCms

import kmcodec
from kmcodec.errors import LimitError
from kmcodec.files import read_frames


def shown(image: Image.Image) -> tuple[list[tuple[np.ndarray, float]], int | None]:
    """Return Pillow's frames as RGBA, without colour where they are clear; times; its loop."""
    found = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        pixels = np.array(image.convert("RGBA"))
        pixels[pixels[..., 3] == 0] = 0
        found.append((pixels, image.info.get("duration", 0)))
    return found, image.info.get("loop")


def palette_frames(clear: int | None = None) -> list[Image.Image]:
    """Return four "P" frames of one palette: shapes that move; one entry may be clear."""
    rng = np.random.default_rng(7)
    palette = rng.integers(0, 256, (6, 3), dtype=np.uint8)
    frames = []
    for number in range(4):
        indices = np.full((20, 24), 1, dtype=np.uint8)
        indices[3:9, 2 + 4 * number : 8 + 4 * number] = rng.integers(0, 6, (6, 6))
        image = Image.fromarray(indices).convert("P")
        image.putpalette(palette.tobytes())
        if clear is not None:
            image.info["transparency"] = clear
        frames.append(image)
    return frames


def gif_of(frames: list[Image.Image], **options) -> bytes:
    """Return frames as a GIF."""
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], **options)
    return file.getvalue()


def local_palettes() -> list[Image.Image]:
    """Return frames that have palettes of their own."""
    rng = np.random.default_rng(3)
    pixels = rng.integers(0, 256, (3, 40, 3), dtype=np.uint8)
    return [Image.fromarray(one[rng.integers(0, 40, (11, 9))]).quantize(40) for one in pixels]


GIFS = {
    "plain": gif_of(palette_frames(), duration=[20, 30, 40, 50], loop=0),
    "once": gif_of(palette_frames(), duration=70),
    "thrice": gif_of(palette_frames(), duration=70, loop=2),
    "zero duration": gif_of(palette_frames(), duration=[0, 10, 0, 10], loop=0),
    "no duration": gif_of(palette_frames(), loop=0),
    "clear, kept": gif_of(palette_frames(1), duration=50, disposal=1, transparency=1, loop=0),
    "clear, disposal 2": gif_of(palette_frames(1), duration=50, disposal=2, loop=0),
    "disposal 2": gif_of(palette_frames(), duration=50, disposal=2, loop=0),
    "disposal 3": gif_of(palette_frames(1), duration=50, disposal=[1, 3, 3, 1], loop=0),
    "mixed disposal": gif_of(palette_frames(1), duration=50, disposal=[2, 3, 1, 2], loop=0),
    "local palettes": gif_of(local_palettes(), duration=50, loop=0),
    "stays": gif_of([palette_frames()[n] for n in (0, 0, 1, 1)], duration=50, loop=0),
}


@pytest.mark.parametrize("name", GIFS)
@pytest.mark.parametrize("suffix", ["gif", "png", "webp"])
def test_gif_to_kmq_to_animations(run, tmp_path, name, suffix):
    """Composited frames are Pillow's at every step; durations and plays are kept."""
    (tmp_path / "a.gif").write_bytes(GIFS[name])
    done = run("encode", tmp_path / "a.gif", "-o", tmp_path / "a.kmq", "--json")
    report = json.loads(done.out)
    with Image.open(tmp_path / "a.gif") as image:
        frames, loop = shown(image)
    assert (report["frames"], report["psnr"], "notes" in report) == (len(frames), None, False)
    plays = 1 if loop is None else loop and loop + 1
    animation = kmcodec.decode_animation((tmp_path / "a.kmq").read_bytes())
    assert animation.timing.loop == plays
    assert list(animation.timing.durations) == [one[1] for one in frames]
    assert run("decode", tmp_path / "a.kmq", "-o", tmp_path / f"b.{suffix}").code == 0
    with Image.open(tmp_path / f"b.{suffix}") as image:
        again, loop_again = shown(image)
    assert loop_again == (loop if suffix == "gif" else plays)
    assert [one[1] for one in again] == [one[1] for one in frames]
    for ours, theirs in zip(again, frames, strict=True):
        assert (ours[0] == theirs[0]).all()


@pytest.mark.parametrize("file_format", ["PNG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_png_and_webp_are_read(file_format, mode, sprite):
    """An animated PNG or WebP has Pillow's frames, from a path and from a pipe alike."""
    images = [Image.fromarray(np.roll(sprite, 5 * n, axis=1)).convert(mode) for n in range(3)]
    file = io.BytesIO()
    options = {"lossless": True, "exact": True} if file_format == "WEBP" else {}
    times = {"duration": [33, 66, 99], "loop": 5}
    images[0].save(file, file_format, save_all=True, append_images=images[1:], **times, **options)
    with Image.open(file) as image:
        frames, _ = shown(image)
    found = read_frames(io.BytesIO(file.getvalue()))
    assert (found.frames, found.notes, found.size) == (3, (), len(file.getvalue()))
    assert (found.timing.durations, found.timing.loop) == ((33, 66, 99), 5)
    for ours, (theirs, _) in zip(found.pixels, frames, strict=True):
        pixels = np.array(Image.fromarray(ours).convert("RGBA"))
        pixels[pixels[..., 3] == 0] = 0
        assert (pixels == theirs).all()


def test_a_default_image_is_no_frame():
    """A PNG's default image that its animation leaves out is left out."""
    file = io.BytesIO()
    frames = [Image.new("RGB", (5, 4), color) for color in ("red", "green", "blue")]
    frames[0].save(
        file, "PNG", save_all=True, append_images=frames[1:], default_image=True, duration=30
    )
    found = read_frames(io.BytesIO(file.getvalue()))
    assert found.pixels[:, 0, 0].tolist() == [[0, 128, 0], [0, 0, 255]]


def test_one_frame_is_a_picture(run, tmp_path):
    """A GIF of one frame keeps its palette and becomes a picture, no stack."""
    gif = gif_of(palette_frames()[:1], duration=50)
    (tmp_path / "a.gif").write_bytes(gif)
    assert run("encode", tmp_path / "a.gif").code == 0
    file = kmcodec.KmqFile((tmp_path / "a.kmq").read_bytes())
    assert (file.header.planes, file.header.authored) == (1, True)


def test_more_colours_than_asked_for(run, tmp_path):
    """Frames share one palette of -k colours; with more, nothing is lost."""
    (tmp_path / "a.gif").write_bytes(GIFS["local palettes"])
    few = json.loads(run("encode", tmp_path / "a.gif", "-k", 20, "--json").out)
    assert (few["frames"], few["colors"]) == (3, 20)
    assert few["psnr"] > 10
    many = json.loads(run("encode", tmp_path / "a.gif", "-f", "--json").out)
    assert many["psnr"] is None


def test_a_frame_that_does_not_change_keeps_its_indices(run, tmp_path, photo):
    """Dithered pixels that stay have one index in all frames."""
    images = [Image.fromarray(photo), Image.fromarray(photo)]
    images[1].putpixel((3, 3), (1, 2, 3))
    images[0].save(tmp_path / "a.png", save_all=True, append_images=images[1:])
    assert run("encode", tmp_path / "a.png", "-k", 8, "--dither", 1).code == 0
    first, second = kmcodec.decode_animation((tmp_path / "a.kmq").read_bytes()).indices
    assert (first != second).sum() <= 1


def test_options_that_look_at_pixels(run, tmp_path, photo):
    """Importance, a palette and a shared one do with frames what they do with pictures."""
    images = [Image.fromarray(photo), Image.fromarray(photo[::-1])]
    images[0].save(tmp_path / "a.png", save_all=True, append_images=images[1:])
    Image.fromarray(photo[..., 0]).save(tmp_path / "map.png")
    source = tmp_path / "a.png"
    given = run("encode", source, "-f", "-k", 9, "--importance", tmp_path / "map.png", "--json")
    assert json.loads(given.out)["frames"] == 2
    shared = run("encode", source, "-f", "-k", 9, "--shared-palette", "--json")
    assert json.loads(shared.out)["frames"] == 2
    with_palette = run("encode", source, "-f", "--palette", tmp_path / "map.png", "--json")
    assert json.loads(with_palette.out)["frames"] == 2


def test_profiles_are_applied_to_every_frame(photo):
    """Frames of a PNG with a profile have the colours that its first frame has alone."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    from pictures import swapped_profile  # noqa: PLC0415

    for icc, changed in ((swapped_profile(), True), (profile, False)):
        file = io.BytesIO()
        images = [Image.fromarray(photo), Image.fromarray(photo[::-1])]
        images[0].save(file, "PNG", save_all=True, append_images=images[1:], icc_profile=icc)
        found = read_frames(io.BytesIO(file.getvalue()))
        assert (found.pixels[0] == found.pixels[1][::-1]).all()
        assert (found.pixels[0] != photo).any() == changed
        kept = read_frames(io.BytesIO(file.getvalue()), keep_profile=True)
        assert (kept.pixels[0] == photo).all()


def test_damaged_frames_leave_the_first(tmp_path):
    """Of a cut GIF the first frame is read, and a note says why."""
    path = tmp_path / "a.gif"
    path.write_bytes(GIFS["plain"][:-60])
    found = read_frames(path)
    assert found.timing is None
    assert len(found.notes) == 1
    assert "first" in found.notes[0]


def test_all_frames_count_for_the_limit(tmp_path):
    """Frames of more pixels together than allowed are refused, with a way out."""
    path = tmp_path / "a.gif"
    path.write_bytes(GIFS["plain"])
    assert read_frames(path, max_pixels=4 * 480).frames == 4
    with pytest.raises(LimitError, match=r"4 frames of 24 x 20 exceed .* --first-frame"):
        read_frames(path, max_pixels=4 * 480 - 1)
