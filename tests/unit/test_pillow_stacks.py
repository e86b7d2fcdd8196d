"""Pillow opens, shows and saves stacks as it does other animations."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageSequence

import kmcodec
import kmcodec.pillow
from kmcodec import Animation, Timing
from kmcodec.adapters.pillow_frames import StackFrames


def animation(n_colors: int, channels: int, *, authored: bool = False, **timing) -> Animation:
    """Return five random frames of some colours."""
    rng = np.random.default_rng(n_colors + channels)
    palette = rng.integers(0, 256, (n_colors, channels), dtype=np.uint8)
    indices = rng.integers(0, n_colors, (5, 13, 17))
    times = Timing((40, 0, 70, 10, 20), **timing) if timing else None
    return Animation(palette, indices, times, authored=authored)


def reopened(image: Image.Image, **options) -> Image.Image:
    """Return an image saved as .kmq with all its frames, and opened."""
    file = io.BytesIO()
    image.save(file, "KMQ", save_all=True, **options)
    file.seek(0)
    return Image.open(file)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("n_colors", [2, 256, 700])
@pytest.mark.parametrize("authored", [False, True])
def test_seek_shows_each_frame(channels, n_colors, authored):
    """Frames in any order have decode's pixels; duration, loop and tell follow."""
    data = kmcodec.encode_indexed(animation(n_colors, channels, authored=authored, loop=4))
    pixels = kmcodec.decode(data)
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[channels]
    with Image.open(io.BytesIO(data)) as image:
        assert (image.n_frames, image.is_animated, image.tell()) == (5, True, 0)
        for number in (0, 3, 3, 1, 4, 0, 2):
            image.seek(number)
            assert image.tell() == number
            assert (image.info["duration"], image.info["loop"]) == ([40, 0, 70, 10, 20][number], 4)
            assert (np.asarray(image.convert(mode)) == pixels[number]).all()
        for number in (5, -1):
            with pytest.raises(EOFError):
                image.seek(number)
        assert len([frame.copy() for frame in ImageSequence.Iterator(image)]) == 5


def test_a_hidden_entry_stays_hidden_in_every_frame():
    """A clear entry is so after seek, too."""
    palette = np.array([[1, 2, 3, 0], [9, 9, 9, 255]], dtype=np.uint8)
    indices = np.random.default_rng(0).integers(0, 2, (3, 6, 6))
    data = kmcodec.encode_indexed(Animation(palette, indices, authored=True))
    with Image.open(io.BytesIO(data)) as image:
        for number in range(3):
            image.seek(number)
            assert image.info["transparency"] == 0
            assert (np.asarray(image.convert("RGBA")) == palette[indices[number]]).all()


def test_pictures_have_one_frame(photo):
    """A picture is not animated and has no duration."""
    with Image.open(io.BytesIO(kmcodec.encode(photo))) as image:
        assert (image.n_frames, image.is_animated, image.tell()) == (1, False, 0)
        image.seek(0)
        with pytest.raises(EOFError):
            image.seek(1)
        assert not {"duration", "loop"} & image.info.keys()


def test_durations_that_are_no_whole_milliseconds():
    """A thirtieth of a second is 33 1/3 ms; a stack without durations has none."""
    one = animation(5, 3)
    thirds = Animation(one.palette, one.indices, Timing((1, 3, 1, 1, 1), 30))
    with Image.open(io.BytesIO(kmcodec.encode_indexed(thirds))) as image:
        assert image.info["duration"] == pytest.approx(100 / 3)
        image.seek(1)
        assert image.info["duration"] == 100
    with Image.open(io.BytesIO(kmcodec.encode_indexed(one))) as image:
        assert not {"duration", "loop"} & image.info.keys()


def test_frames_are_decoded_in_groups(monkeypatch):
    """One frame decodes one; going through all of them decodes each group once more."""
    asked = []
    decode = kmcodec.KmqFile.decode_animation

    def noting(file, **options):
        asked.append(options["frames"])
        return decode(file, **options)

    monkeypatch.setattr(kmcodec.KmqFile, "decode_animation", noting)
    frames = StackFrames()
    frames.open(kmcodec.encode_indexed(animation(9, 3)), kmcodec.Limits())
    for number in range(5):
        frames.frame(number)
    assert asked == [(0, 1), (0, 5)]


def test_frames_of_several_groups(monkeypatch):
    """Frames of any group are the right ones, whatever was asked for before."""
    ours = animation(9, 3, authored=True)
    monkeypatch.setattr(kmcodec.KmqFile, "groups", lambda _file: [(0, 2), (2, 5)])
    frames = StackFrames()
    frames.open(kmcodec.encode_indexed(ours), kmcodec.Limits())
    for number in (1, 3, 4, 2, 0, 1, 4):
        assert (frames.frame(number).indices == ours.indices[number]).all()


def test_saving_several_images():
    """Appended images become frames; duration and loop are kept."""
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 4, (4, 10, 12, 3), dtype=np.uint8) * 60
    first, *others = [Image.fromarray(frame) for frame in pixels]
    with reopened(first, append_images=others, duration=[30, 0, 30, 1000], loop=2) as image:
        found = [(f.info["duration"], np.asarray(f.convert("RGB"))) for f in _each(image)]
        assert image.info["loop"] == 2
    assert [one[0] for one in found] == [30, 0, 30, 1000]
    assert all((one[1] == frame).all() for one, frame in zip(found, pixels, strict=True))
    with reopened(first, append_images=others, duration=16.5) as image:
        assert (image.info["duration"], image.info["loop"]) == (16.5, 0)
    with reopened(first, append_images=others) as image:
        assert "duration" not in image.info
    with reopened(first, append_images=others, colors=5) as image:
        assert len(image.palette.palette) == 5 * 3
    with reopened(first) as image:
        assert image.n_frames == 1


def _each(image: Image.Image):
    """Yield an image at each of its frames."""
    for number in range(image.n_frames):
        image.seek(number)
        yield image


@pytest.mark.parametrize("file_format", ["GIF", "PNG", "WEBP"])
def test_saving_an_opened_animation(file_format):
    """Frames, durations and plays of other formats become those of a stack."""
    rng = np.random.default_rng(2)
    frames = [Image.fromarray(rng.integers(0, 3, (9, 9, 3), np.uint8) * 99) for _ in range(4)]
    file = io.BytesIO()
    options = {"lossless": True} if file_format == "WEBP" else {}
    times = {"duration": [50, 60, 70, 80], "loop": 3}
    frames[0].save(file, file_format, save_all=True, append_images=frames[1:], **times, **options)
    with Image.open(file) as source, reopened(source) as image:
        assert source.tell() == 0
        assert image.info["loop"] == (4 if file_format == "GIF" else 3)
        shown = [(f.info["duration"], np.asarray(f.convert("RGB"))) for f in _each(image)]
    assert [one[0] for one in shown] == [50, 60, 70, 80]
    for (_, ours), frame in zip(shown, frames, strict=True):
        assert (ours == np.asarray(frame)).all()


def test_a_stack_saved_again_keeps_palette_and_indices():
    """An authored stack goes through Pillow as it is, palette, indices and timing."""
    ours = animation(7, 4, authored=True, loop=1)
    with Image.open(io.BytesIO(kmcodec.encode_indexed(ours))) as image:
        file = io.BytesIO()
        image.save(file, "KMQ", save_all=True)
    again = kmcodec.decode_animation(file.getvalue())
    assert (again.palette == ours.palette).all()
    assert (again.indices == ours.indices).all()
    assert (again.authored, again.timing) == (True, ours.timing)


def test_frames_of_several_modes():
    """Gray, palette and translucent images become frames of one palette."""
    shades = np.arange(64, dtype=np.uint8).reshape(8, 8)
    gray = Image.fromarray(shades)
    clear = gray.convert("RGBA")
    clear.putalpha(128)
    with reopened(gray, append_images=[gray.convert("P"), clear, gray.convert("RGB")]) as image:
        shown = [np.asarray(frame.convert("RGBA")) for frame in _each(image)]
    for number, frame in enumerate(shown):
        assert (frame[..., :3] == shades[..., None]).all()
        assert (frame[..., 3] == (128 if number == 2 else 255)).all()


def test_importance_is_the_same_for_every_frame(photo):
    """A map of one frame's size counts for all."""
    importance = np.full((60, 80), 9, dtype=np.uint8)
    options = {"append_images": [Image.fromarray(photo[::-1])], "colors": 12}
    with reopened(Image.fromarray(photo), importance=importance, **options) as image:
        assert image.n_frames == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"append_images": [Image.new("RGB", (5, 6))]}, "one size, these have 4 x 4 and 5 x 6"),
        ({"duration": [1, 2, 3]}, "duration has 3 numbers for 2 frames"),
        ({"duration": -1}, "duration"),
        ({"loop": -1}, "loop"),
        ({"durations": 5}, "did you mean 'duration'"),
    ],
)
def test_wrong_frames_are_value_errors(options, message):
    """Sizes, durations and names of options are checked."""
    given = {"append_images": [Image.new("RGB", (4, 4), "red")]} | options
    with pytest.raises(ValueError, match=message):
        reopened(Image.new("RGB", (4, 4)), **given)


def test_a_damaged_stack_is_an_os_error():
    """Frames of a cut file raise OSError."""
    data = kmcodec.encode_indexed(animation(9, 3, loop=0))
    with Image.open(io.BytesIO(data[:-20])) as image, pytest.raises(OSError, match="truncated"):
        image.load()


def test_files_stay_open_for_other_frames(tmp_path):
    """A stack's file is open until the image is closed; then there is no seeking."""
    path = tmp_path / "a.kmq"
    path.write_bytes(kmcodec.encode_indexed(animation(9, 3)))
    image = Image.open(path)
    image.load()
    image.seek(2)
    image.load()
    image.close()
    with pytest.raises(ValueError, match="closed"):
        image.seek(1)
