"""Frames -> ``Animation``: one palette for all, and indices that stay where pixels do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec import color
from kmcodec.channels import color_channels, has_alpha
from kmcodec.errors import InputError
from kmcodec.image import Animation, IndexedImage, Timing
from kmcodec.options import DEFAULT_EFFORT, refuse_mask
from kmcodec.quantizer.quantizing import QuantizeOptions, quantize

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from kmcodec.channels import Pixels
    from kmcodec.options import DitherMethod, Space
    from kmcodec.progress import Progress

    Indices = NDArray[np.unsignedinteger[Any]]


def quantize_frames(
    frames: ArrayLike | Pixels,
    *,
    timing: Timing | None = None,
    n_colors: int = 256,
    space: Space = "oklab",
    dither: float = 0.0,
    dither_method: DitherMethod = "diffusion",
    effort: int = DEFAULT_EFFORT,
    seed: int = 0,
    palette: ArrayLike | None = None,
    keep: ArrayLike | None = None,
    keep_rare: float = 0.0,
    importance: NDArray[np.uint8] | None = None,
    quality: tuple[float, float] | None = None,
    posterize: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Animation:
    """Find one palette for all frames by K-means, and the index of every pixel.

    A pixel that is as in the frame before has the index that it has there, dithered or not.

    Parameters
    ----------
    frames : (T, H, W, C) uint8
        C from 1 to 4: gray, gray + alpha, RGB, RGB + alpha.
    timing : Timing, optional
        When the frames are shown.
    n_colors : int, default 256
        Palette entries at most, 1 to 65536.
    space : {"oklab", "srgb"}, default "oklab"
        Where distances are measured: perceived difference, or least squared 8-bit error. In
        OKLab, chroma counts the more the fewer colours there are: (64 / n_colors) ** 0.3 times
        below 64; and below 256 colours, pixels in even areas count more than those beside edges
        and in textures.
    dither : float, default 0.0
        Strength of dithering, 0 (none) to 1.
    dither_method : {"diffusion", "blue-noise"}, default "diffusion"
        Pass errors on to neighbours, which shows shades best, or mix two colours by a fixed
        pattern, which costs fewer bytes on photographs and uses all threads.
    effort : int, default 5
        1 (quick) to 9 (thorough).
    seed : int, default 0
        0 to 2**32 - 1, for the random starts, which efforts below 8 make for 8 colours or fewer,
        and the others for 1024 or fewer.
    palette : (K, C) array of integers 0 to 255, optional
        Take these colours, in this order, and find none; K from 1 to 65536, C from 1 to 4.
    keep : (P, C) array of integers 0 to 255, optional
        Colours that the palette has to hold exactly, P at most `n_colors`.
    keep_rare : float, default 0.0
        A colour that at least this share of the pixels has, 0 to 1, gets an entry that resembles
        it (within 0.1 in OKLab, or 32 steps in sRGB, counted in cells of that size), at the cost
        of the others; up to half the palette is set aside so. 0 promises none, though small even
        areas, like a selected tab, mostly keep theirs.
    importance : (T * H, W) uint8, optional
        How much the error of each pixel counts, frames one below another; 0 is next to nothing.
        It replaces what even areas count more.
    quality : (least, wanted), optional
        Take the fewest colours that reach `wanted`, 0 to 100; if `n_colors` do not reach `least`,
        raise. Quality is (PSNR - 20 dB) / 0.3 dB before dithering; anything reaches 0, and only
        what loses nothing reaches 100. Where even areas count, and `n_colors` allow it, so many
        colours are taken that no such area of a 2048th of the pixels takes a colour that differs
        by more than 0.04 in OKLab.
    posterize : int, default 0
        Low bits that each channel of the palette gives up, 0 to 4.
    threads : int, optional
        None uses every processor.
    progress : callable, optional
        Takes the share that is done, 0 to 1, from time to time; returning False stops the work.

    Returns
    -------
    Animation
        The same for the same frames and options, whatever the machine.

    Raises
    ------
    InputError
        A type, shape or option is out of its range, or two options contradict each other.
    QualityError
        The colours allowed do not reach the least quality.
    CancelledError
        `progress` returned False.
    """
    pixels = checked_frames(frames)
    count, height, width, channels = pixels.shape
    tall = pixels.reshape(count * height, width, channels)
    image = quantize(
        tall[..., 0] if channels == 1 else tall,
        n_colors=n_colors,
        space=space,
        effort=effort,
        seed=seed,
        palette=palette,
        keep=keep,
        keep_rare=keep_rare,
        importance=importance,
        quality=quality,
        posterize=posterize,
        threads=threads,
        progress=progress,
    )
    indices = image.indices.reshape(count, height, width)
    if dither != 0:
        options: QuantizeOptions = {"space": space, "dither": dither, "threads": threads}
        indices = _dithered(pixels, image, {**options, "dither_method": dither_method})
    return Animation(image.palette, indices, timing, image.authored, image.facts)


def with_shown(animation: Animation, indices: Indices, pixels: NDArray[np.uint8]) -> Animation:
    """Return frames with other indices, and their error as it is then.

    Parameters
    ----------
    animation : Animation
    indices : (T, H, W) uint8 or uint16
    pixels : (T, H, W, C) uint8
        What was quantized; where alpha changes, the error does not count.
    """
    if animation.facts is None:
        return replace(animation, indices=indices)
    colors = color.with_channels(animation.palette, 3).astype(np.int64)
    more = 0
    for frame, before, now in zip(pixels, animation.indices, indices, strict=True):
        places = before != now
        flat = frame[places]
        opaque = np.ascontiguousarray(flat[:, :-1]) if has_alpha(flat.shape[1]) else flat
        true = color.with_channels(opaque, 3).astype(np.int64)
        gaps, gaps_before = colors[now[places]] - true, colors[before[places]] - true
        more += int((gaps**2).sum()) - int((gaps_before**2).sum())
    shared = 3 // color_channels(animation.channels)  # gray counts once
    mse = animation.facts.mse + more / shared / indices.size
    return replace(animation, indices=indices, facts=replace(animation.facts, mse=mse))


def checked_frames(frames: ArrayLike | Pixels) -> NDArray[np.uint8]:
    """Return (T, H, W, C) uint8 frames, or raise ``InputError``."""
    refuse_mask(frames, "the frames")
    pixels = np.asarray(frames)
    if pixels.dtype != np.uint8 or pixels.ndim != 4 or not 1 <= pixels.shape[3] <= 4:
        raise InputError(
            f"frames are {pixels.dtype} of shape {pixels.shape}, expected (T, H, W, C) uint8"
        )
    if pixels.size == 0:
        raise InputError(f"frames have shape {pixels.shape}, expected at least one pixel")
    return pixels


def _dithered(pixels: NDArray[np.uint8], image: IndexedImage, options: QuantizeOptions) -> Indices:
    """Return the dithered indices of each frame; where a pixel stays, so does its index."""
    given: dict[str, Any] = dict(options)
    found: list[Indices] = []
    for number, frame in enumerate(pixels):
        shown = frame[..., 0] if frame.shape[2] == 1 else frame
        indices = quantize(shown, palette=image.palette, **given).indices
        if number:
            same = (frame == pixels[number - 1]).all(axis=2)
            indices = np.where(same, found[-1], indices)
        found.append(indices)
    return np.stack(found)
