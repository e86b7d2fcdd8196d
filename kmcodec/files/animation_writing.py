"""Animations as GIF, animated PNG and animated WebP, through Pillow and without loss."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec.channels import has_alpha
from kmcodec.codec import Metadata
from kmcodec.errors import InputError
from kmcodec.files.formats import metadata_options, to_pillow
from kmcodec.image import Animation

if TYPE_CHECKING:
    from PIL import Image

    from kmcodec.image import Timing

ANIMATED_FORMATS = ("PNG", "GIF", "WEBP")
UNTIMED = 100  # milliseconds that a frame without a duration is shown
STEP = {"GIF": 10, "WEBP": 1}  # milliseconds of a unit; PNG has fractions
LONGEST = {"GIF": 65535 * 10, "WEBP": (1 << 24) - 1, "PNG": 65535 * 1000}  # of a frame, ms
MOST_LOOPS = {"GIF": 1 << 16, "WEBP": (1 << 16) - 1, "PNG": (1 << 31) - 1}
CLEAR_FIRST = 2  # GIF's disposal: the canvas is cleared before the next frame


def animation_bytes(
    animation: Animation, file_format: str, *, metadata: Metadata | None = None
) -> tuple[bytes, tuple[str, ...]]:
    """Return an animation as a file, and what a person should know of its durations.

    Every frame is the animation's, up to colours under full transparency; frames that equal the
    one before may be joined to it, with their time. The bytes depend on the libraries that Pillow
    carries.

    Parameters
    ----------
    animation : Animation
    file_format : str
        "PNG", "GIF" or "WEBP".
    metadata : Metadata, optional
        What the format cannot carry is left out.

    Raises
    ------
    InputError
        The format cannot hold this animation.
    """
    check_animated(animation.n_frames, file_format)
    options: dict[str, Any] = metadata_options(metadata or Metadata(), file_format)
    options["duration"], notes = _durations(animation, file_format)
    options |= _loop(animation.timing, file_format)
    if file_format == "GIF":
        animation = _for_gif(animation)
        options |= {"optimize": False, "interlace": 0, "disposal": 0}
        if _is_soft(animation):
            options["disposal"] = CLEAR_FIRST
    if file_format == "WEBP":
        options |= {"lossless": True, "exact": True, "quality": 100, "method": 3}
    if file_format == "PNG":
        options |= {"disposal": 0, "blend": 0}
    return _saved(animation, file_format, options), notes


def check_animated(planes: int, file_format: str) -> None:
    """Raise ``InputError`` for a format that cannot hold so many planes."""
    if planes > 1 and file_format not in ANIMATED_FORMATS:
        raise InputError(
            f"the file is a stack of {planes} planes, {file_format} holds one picture: write"
            " .npy, .gif, .png or .webp, or one plane with --frame N"
        )


def _saved(animation: Animation, file_format: str, options: dict[str, Any]) -> bytes:
    """Return the frames as a file of Pillow's."""
    frames = (_shown(animation, number, file_format) for number in range(animation.n_frames))
    buffer = io.BytesIO()
    try:
        first = next(frames)
        first.save(buffer, file_format, save_all=True, append_images=list(frames), **options)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{file_format} cannot hold this animation: {error}") from error
    return buffer.getvalue()


def _shown(animation: Animation, number: int, file_format: str) -> Image.Image:
    """Return a frame as Pillow's image."""
    frame = animation.frame(number)
    out = to_pillow(frame, as_palette=file_format != "WEBP")
    if file_format == "GIF":
        out.info.pop("transparency", None)
        if _is_soft(animation):
            out.info["transparency"] = int(animation.palette[:, -1].argmin())
    return out


def _is_soft(animation: Animation) -> bool:
    """Whether any entry of the palette is not opaque."""
    return has_alpha(animation.channels) and bool((animation.palette[:, -1] < 255).any())


def _for_gif(animation: Animation) -> Animation:
    """Return an animation with one clear entry at most, or raise for what GIF cannot say."""
    if animation.n_colors > 256:
        raise InputError(f"GIF holds 256 colours, the animation has {animation.n_colors}")
    if not _is_soft(animation):
        return animation
    alpha = animation.palette[:, -1]
    if ((alpha > 0) & (alpha < 255)).any():
        raise InputError("GIF holds one fully transparent colour and no partial transparency")
    entries = np.arange(animation.n_colors)
    entries[alpha == 0] = (alpha == 0).argmax()
    return Animation(animation.palette, entries[animation.indices], animation.timing)


def _durations(animation: Animation, file_format: str) -> tuple[list[float], tuple[str, ...]]:
    """Return each frame's milliseconds as the format has them, and a note on what they are not."""
    timing = animation.timing
    if timing is None:
        note = f"the file has no durations: each frame is shown for {UNTIMED} ms"
        return [float(UNTIMED)] * animation.n_frames, (note,)
    exact = [Fraction(1000 * ticks, timing.ticks_per_second) for ticks in timing.durations]
    longest = max(exact)
    if longest > LONGEST[file_format]:
        seconds = f"{float(longest) / 1000:,.3f} s"
        raise InputError(f"{file_format} cannot show a frame for {seconds}")
    step = STEP.get(file_format)
    if step is None:
        return [_plain(one) for one in exact], ()
    rounded = [Fraction(step * ((2 * one + step) // (2 * step))) for one in exact]
    unit = "1/100 s" if step > 1 else "1 ms"
    notes = (f"durations were rounded to {unit}, as {file_format} has them",)
    return [_plain(one) for one in rounded], notes if rounded != exact else ()


def _plain(number: Fraction) -> float:
    """Return a whole number as one."""
    return int(number) if number.denominator == 1 else float(number)


def _loop(timing: Timing | None, file_format: str) -> dict[str, int]:
    """Return Pillow's option for how often the frames are played.

    A GIF without a number plays once, and with a number it plays once more than that.
    """
    plays = 0 if timing is None else timing.loop
    if plays > MOST_LOOPS[file_format]:
        raise InputError(f"{file_format} cannot play an animation {plays:,} times")
    if file_format != "GIF" or plays == 0:
        return {"loop": plays}
    return {} if plays == 1 else {"loop": plays - 1}
