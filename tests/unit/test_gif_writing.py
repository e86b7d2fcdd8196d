"""What makes our GIFs small: parts, symbols, disposals, own palettes; and what may be lost."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from kmcodec.files.gif_loss import Loss, weights_of
from kmcodec.files.gif_writing import CLEARED, KEPT, RESTORED, gif_bytes


def colors_of(count):
    """Return distinct colours."""
    return np.random.default_rng(count).permutation(256)[:count, None].repeat(3, 1).astype(np.uint8)


def written(indices, palette, clear=None, **how):
    """Return a GIF of frames, after a look that it shows what is said."""
    data, shown = gif_bytes(indices, palette, clear, [50] * len(indices), 0, **how)
    with Image.open(io.BytesIO(data)) as image:
        for number, frame in enumerate(shown):
            image.seek(number)
            found = np.asarray(image.convert("RGBA"))
            alpha = 255 if clear is None else 255 * (frame != clear)
            assert (found[..., 3] == alpha).all()
            assert (found[..., :3] == palette[frame])[found[..., 3] > 0].all()
    return data, shown


def parts(data):
    """Return disposal, transparent index, place, palette bits and code size of each frame."""
    at = 13 + 3 * (2 << (data[10] & 7))
    found = []
    while data[at] != 0x3B:
        if data[at] == 0x21:
            if data[at + 1] == 0xF9:
                control = data[at + 3], data[at + 6]
            at += 2
        else:
            place = tuple(int.from_bytes(data[at + i : at + i + 2], "little") for i in (1, 3, 5, 7))
            own = data[at + 9]
            at += 10 + (3 * (2 << (own & 7)) if own & 0x80 else 0)
            spare = control[1] if control[0] & 1 else None
            found.append((control[0] >> 2, spare, place, bool(own & 0x80), data[at]))
            at += 1
        while data[at]:
            at += data[at] + 1
        at += 1
    return found


@pytest.fixture
def noise():
    """Return a frame of (40, 50) in 60 colours."""
    return np.random.default_rng(1).integers(0, 60, (40, 50)).astype(np.uint8)


def test_frames_are_cut_to_what_changed(noise):
    """A part that changed is all that is written; without a change, one pixel."""
    indices = np.stack([noise] * 3)
    indices[1:, 7:11, 20:23] = 3
    data, _ = written(indices, colors_of(60))
    assert parts(data)[0][2] == (0, 0, 50, 40)
    left, top, width, height = parts(data)[1][2]
    assert left >= 20
    assert top >= 7
    assert (left + width, top + height) <= (23, 11)
    assert parts(data)[2][2][2:] == (1, 1)


def test_a_frame_of_few_colors_takes_few_bits(noise):
    """Entries of frames of few colours come first, so that these have short codes."""
    indices = np.stack([noise] * 6)
    for number in range(1, 6):
        indices[number, 4 * number :, :20] = 57 + (np.arange(20) + number) % 3
    data, _ = written(indices, colors_of(60))
    assert [part[4] for part in parts(data)] == [6, 2, 2, 2, 2, 2]
    kept, _ = written(indices, colors_of(60), keep_order=True)
    assert [part[4] for part in parts(kept)] == [6, 6, 6, 6, 6, 6]
    assert kept[13:].startswith(colors_of(60).tobytes())
    assert len(data) < len(kept)


def test_a_frame_has_its_own_palette_where_that_is_smaller(noise):
    """Not all frames can have the first symbols: some get short codes by a palette of their own."""
    indices = np.stack([noise, *(3 * number + noise % 3 for number in range(20))])
    data, _ = written(indices, colors_of(60))
    own = [part[3] for part in parts(data)]
    assert (own[:6], own[-6:]) == ([False] * 6, [True] * 6)
    kept, _ = written(indices, colors_of(60), keep_order=True)
    assert not any(part[3] for part in parts(kept))
    assert len(data) < len(kept)


def test_all_256_colors_leave_no_spare_symbol():
    """A frame that needs every entry has no transparent one; the next one may have."""
    rng = np.random.default_rng(4)
    first = rng.permutation(np.repeat(np.arange(256), 4)).reshape(32, 32).astype(np.uint8)
    second = first.copy()
    second[::2, ::3] = rng.integers(0, 9, (16, 11))
    data, _ = written(np.stack([first, second]), colors_of(256))
    assert [part[1] is None for part in parts(data)] == [True, False]


def test_a_sprite_before_a_scene_is_taken_back(noise):
    """What moves over a rich background is disposed of by what was there."""
    indices = np.stack([noise] * 5)
    for number in range(1, 5):
        indices[number, 10:22, 8 * number : 8 * number + 12] = 5
    data, _ = written(indices, colors_of(60), effort=5)
    assert [part[0] for part in parts(data)] == [KEPT, RESTORED, RESTORED, RESTORED, KEPT]
    quick, _ = written(indices, colors_of(60), effort=1)
    assert {part[0] for part in parts(quick)} == {KEPT}
    assert len(data) < len(quick)


def test_a_clear_border_is_not_written(noise):
    """Before the first frame all is clear: only the rest of it is written."""
    indices = np.zeros((2, 40, 50), dtype=np.uint8)
    indices[:, 8:21, 30:45] = noise[8:21, 30:45] % 8 + 1
    data, _ = written(indices, colors_of(9), clear=0)
    assert parts(data)[0][2] == (30, 8, 15, 13)


def test_what_becomes_clear_is_cleared(noise):
    """A pixel that vanishes is cleared by the frame before."""
    indices = np.stack([noise % 8 + 1] * 3)
    indices[1, :20] = 0
    data, _ = written(indices, colors_of(9), clear=0)
    assert parts(data)[0][0] == CLEARED
    indices[1:] = indices[0]
    indices[1, :3, :3] = 2
    indices[2, 20:30, 20:30] = 0  # far from what changed before
    data, _ = written(indices, colors_of(9), clear=0)
    assert parts(data)[1][0] == CLEARED
    assert parts(data)[1][2] == (0, 0, 30, 30)


@pytest.fixture
def noisy():
    """Return four frames of noise about an edge, their palette and their indices."""
    rng = np.random.default_rng(6)
    levels = np.linspace(40, 215, 20).astype(np.uint8)
    palette = np.repeat(levels[:, None], 3, axis=1)
    base = np.where(np.arange(60) < 30, 90, 150) + rng.normal(0, 12, (4, 40, 60))
    base[:, :15] = 128
    pixels = np.repeat(base.clip(0, 255).astype(np.uint8)[..., None], 3, axis=3)
    indices = abs(pixels[..., :1].astype(int) - levels).argmin(axis=3).astype(np.uint8)
    return pixels, palette, indices


def test_losses_grow_with_their_strength(noisy):
    """The more may be lost, the fewer bytes and the more errors, all within what resembles."""
    pixels, palette, indices = noisy
    sizes, errors = [], []
    for strength in (0, 4, 32, 200):
        loss = Loss.of(pixels, palette, strength)
        data, shown = written(indices, palette, loss=loss)
        gaps = palette[shown].astype(int) - palette[indices]
        sizes.append(len(data))
        errors.append((gaps**2).sum())
        assert abs(gaps).max() <= 36  # 0.1 in OKLab
    assert sizes == sorted(sizes, reverse=True)
    assert errors == sorted(errors)
    assert errors[0] == 0 < errors[1]
    assert sizes[2] < 0.85 * sizes[0]


def test_even_areas_stay_even(noisy):
    """Inside an area of one colour, no pixel takes another one, whatever that would save."""
    pixels, palette, indices = noisy
    _, shown = written(indices, palette, loss=Loss.of(pixels, palette, 200))
    assert (shown[:, :14] == indices[:, :14]).all()
    assert (shown != indices).any()


def test_errors_weigh_by_equal_neighbors():
    """The more of four neighbours have a pixel's colour, the more its error counts."""
    indices = np.array([[1, 1, 1, 2], [1, 1, 1, 3], [1, 1, 2, 2]], dtype=np.int16)
    assert weights_of(indices).tolist() == [[2, 4, 2, 1], [4, 255, 2, 1], [2, 2, 1, 1]]


def test_a_palette_without_loss_allows_none(noisy):
    """Where every pixel has its colour in the palette, nothing may be lost, and 0 is exact."""
    pixels, palette, indices = noisy
    assert Loss.of(palette[indices], palette, 100) is None
    assert Loss.of(pixels, palette, 0) is None
    clear = np.concatenate([palette, np.zeros((20, 1), dtype=np.uint8)], axis=1)
    unseen = np.concatenate([pixels, np.zeros_like(pixels[..., :1])], axis=3)
    assert Loss.of(unseen, clear, 50) is None


def test_more_effort_is_not_larger(noise):
    """Efforts 1, 5 and 9 give smaller files, the greater the smaller."""
    indices = np.stack([np.roll(noise // 6, 3 * number, axis=1) for number in range(5)])
    sizes = [len(written(indices, colors_of(10), effort=effort)[0]) for effort in (1, 5, 9)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > sizes[2]
