"""Animations and other stacks: frames as planes of indices with one palette."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

import kmcodec
from kmcodec import Animation, InputError, LimitError, Limits, Timing, container
from kmcodec.codec.timing_section import build_timing, parse_timing
from kmcodec.coding import encode_palette

PALETTE = np.array([[0, 0, 0], [255, 0, 0], [0, 0, 255]], dtype=np.uint8)


def moving(n_frames: int = 5, height: int = 6, width: int = 9) -> np.ndarray:
    """Return indices of a bar that moves to the right."""
    x = np.arange(width)
    planes = [np.broadcast_to((x // 3 + frame) % 3, (height, width)) for frame in range(n_frames)]
    return np.stack(planes).astype(np.uint8)


def test_an_animation_comes_back() -> None:
    """Palette, frames and timing are those that were encoded."""
    timing = Timing((40, 40, 100, 0, 40), ticks_per_second=1000, loop=3)
    animation = Animation(PALETTE, moving(), timing)
    back = kmcodec.decode_animation(kmcodec.encode_indexed(animation))
    assert (back.to_pixels() == animation.to_pixels()).all()
    assert back.timing == timing
    assert back.n_frames == 5


@pytest.mark.parametrize("coding", ["packed", "deflate", "mixed"])
def test_parts_are_those_of_the_whole(coding: str) -> None:
    """Some frames, and a region of them, are cut out of all of them."""
    data = kmcodec.encode_indexed(Animation(PALETTE, moving(), None), coding=coding)
    file = kmcodec.KmqFile(data)
    whole = file.decode()
    assert whole.shape == (5, 6, 9, 3)
    assert (file.decode(frames=(1, 4)) == whole[1:4]).all()
    assert (file.decode(frames=(4, 5), region=(2, 1, 4, 3)) == whole[4:, 1:4, 2:6]).all()
    assert (file.decode(frames=(0, 3), region=(0, 5, 9, 1)) == whole[:3, 5:]).all()
    assert (file.decode_indexed(frame=2).to_pixels() == whole[2]).all()
    assert [frame.tolist() for frame in file.frames()] == whole.tolist()


def test_frames_are_decoded_in_groups() -> None:
    """Frames of a long stack come a group at a time, and are all there."""
    planes = np.zeros((100, 2, 3), dtype=np.uint8)
    planes[:, 0, 0] = np.arange(100) % 3
    data = kmcodec.encode_indexed(Animation(PALETTE, planes), coding="mixed")
    file = kmcodec.KmqFile(data)
    assert len(file.groups()) == 3
    assert (np.stack(list(file.frames())) == PALETTE[planes]).all()


def peak_of(n_frames: int) -> int:
    """Return the peak of memory while the frames of a stack are decoded one after another."""
    x, y = np.meshgrid(np.arange(160), np.arange(120))
    planes = np.stack([(x * y + 7 * frame) // 64 % 3 for frame in range(n_frames)])
    data = kmcodec.encode_indexed(Animation(PALETTE, planes.astype(np.uint8)), effort=1)
    file = kmcodec.KmqFile(data)
    tracemalloc.start()
    try:
        assert sum(1 for _ in file.frames(threads=1)) == n_frames
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_number_of_frames() -> None:
    """Decoding 320 frames one after another takes what decoding 64 does."""
    peak_of(64)  # what is loaded once is loaded
    assert peak_of(320) < 1.2 * peak_of(64)


def test_a_thousand_large_empty_frames_are_refused() -> None:
    """A tiny file of 1000 frames of 16384 x 16384 raises LimitError before it takes memory."""
    header = container.Header(16384, 16384, 3, 1, planes=1000)
    data = container.build(header, [(container.SECTION_PALETTE, encode_palette(PALETTE[:1]))])
    tracemalloc.start()
    try:
        for ask in (kmcodec.decode, kmcodec.decode_animation, kmcodec.read_info):
            with pytest.raises(LimitError, match="16384 x 16384 pixels in each of 1000 planes"):
                ask(data)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_one_frame_is_a_picture() -> None:
    """A stack of one plane is stored as a picture, without a timing."""
    data = kmcodec.encode_indexed(Animation(PALETTE, moving(1), Timing((40,))))
    assert kmcodec.read_info(data).planes == 1
    assert kmcodec.decode(data).shape == (6, 9, 3)
    assert kmcodec.decode_animation(data).n_frames == 1


def test_a_stack_is_no_picture() -> None:
    """Who asks for one picture of a stack has to say which."""
    data = kmcodec.encode_indexed(Animation(PALETTE, moving()))
    with pytest.raises(InputError, match="stack of 5 planes"):
        kmcodec.decode_indexed(data)
    file = kmcodec.KmqFile(data)
    assert repr(file).endswith("5 planes, 9 x 6, 3 colours, RGB>")
    for frames in ((3, 3), (0, 6), (-1, 2), (1,)):
        with pytest.raises(InputError, match="frames"):
            file.decode(frames=frames)  # type: ignore[arg-type]


def test_limits_count_all_planes() -> None:
    """A stack has the pixels of all of its planes, before anything is decoded."""
    data = kmcodec.encode_indexed(Animation(PALETTE, moving()))
    assert kmcodec.decode(data, limits=Limits(max_pixels=270)).size == 810
    with pytest.raises(LimitError, match="in each of 5 planes"):
        kmcodec.decode(data, limits=Limits(max_pixels=269))


@pytest.mark.parametrize("dither", [0.0, 1.0])
@pytest.mark.parametrize("method", ["diffusion", "blue-noise"])
def test_what_stays_keeps_its_index(dither: float, method: str) -> None:
    """A pixel that is as in the frame before has the same index, dithered or not."""
    frames = np.random.default_rng(0).integers(0, 256, (3, 12, 16, 3), dtype=np.uint8)
    frames[1:, :, 5:] = frames[0, :, 5:]
    animation = kmcodec.quantize_frames(frames, n_colors=8, dither=dither, dither_method=method)
    assert (animation.indices[1:, :, 5:] == animation.indices[0, :, 5:]).all()
    assert animation.n_colors == 8


def test_pixels_of_four_dimensions_are_frames() -> None:
    """Frames of few colours come back as they were, gray and alpha too."""
    for channels in (1, 2, 3, 4):
        frames = np.random.default_rng(channels).integers(0, 3, (4, 5, 6, channels)) * 100
        frames = frames.astype(np.uint8)
        frames[..., -1] |= 1 if channels in (2, 4) else 0
        back = kmcodec.decode(kmcodec.encode(frames))
        assert (back.reshape(frames.shape) == frames).all()


def test_volumes_are_stacks() -> None:
    """Arrays of three axes or more come back, with their type, order and shape."""
    rng = np.random.default_rng(3)
    blocks = np.repeat(np.repeat(rng.integers(-4, 9, (5, 4, 6)), 3, axis=1), 2, axis=2)
    for array, planes in (
        (blocks.astype(np.int64) * 10**12, 5),
        (np.asfortranarray(blocks.astype(np.int16)), 12),
        ((blocks > 2)[None], 5),
        (blocks.astype(np.uint8).reshape(5, 3, 4, 12), 15),
    ):
        data = kmcodec.encode_array(array)
        assert kmcodec.read_info(data).planes == planes
        back = kmcodec.decode_array(data)
        assert back.dtype == array.dtype
        assert (back == array).all()
        assert back.flags.f_contiguous == array.flags.f_contiguous


def test_images_of_labels_stay_pictures() -> None:
    """An array of two axes, those of length 1 apart, is stored as before."""
    data = kmcodec.encode_array(np.arange(12).reshape(3, 1, 4))
    assert kmcodec.read_info(data).planes == 1


def test_timing_is_checked() -> None:
    """Timings have a duration for each frame, and numbers in their range."""
    with pytest.raises(InputError, match="1 durations for 5 frames"):
        Animation(PALETTE, moving(), Timing((40,)))
    for wrong in ({"durations": (-1,)}, {"durations": (1,), "ticks_per_second": 0}):
        with pytest.raises(InputError):
            Timing(**wrong)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="expected \\(T, H, W\\)"):
        Animation(PALETTE, moving()[0])


def test_a_damaged_timing_is_none() -> None:
    """What says no timing of so many frames is left out."""
    payload = build_timing(Timing((5, 5, 7), 100, 2))
    assert parse_timing(memoryview(payload), 3) == Timing((5, 5, 7), 100, 2)
    for wrong in (payload[:-1], payload + b"\0", b"", b"\0\0" + payload[2:]):
        assert parse_timing(memoryview(wrong), 3) is None
    assert parse_timing(memoryview(payload), 2) is None
