"""Animations as GIF, animated PNG and animated WebP, without loss unless it is asked for."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec.channels import has_alpha
from kmcodec.codec import Metadata
from kmcodec.color import with_channels
from kmcodec.errors import InputError
from kmcodec.files.formats import metadata_options, to_pillow
from kmcodec.files.gif_writing import gif_bytes
from kmcodec.files.resolution import to_dpi
from kmcodec.files.webp_writing import webp_bytes
from kmcodec.options import DEFAULT_EFFORT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from kmcodec.files.gif_loss import Loss
    from kmcodec.image import Animation, IndexedImage, Timing
    from kmcodec.png import Resolution

ANIMATED_FORMATS = ("PNG", "GIF", "WEBP")
UNTIMED = 100  # milliseconds that a frame without a duration is shown
STEP = {"GIF": 10, "WEBP": 1}  # milliseconds of a unit; PNG has fractions
LONGEST = {"GIF": 65535 * 10, "WEBP": (1 << 24) - 1, "PNG": 65535 * 1000}  # of a frame, ms
MOST_LOOPS = {"GIF": 1 << 16, "WEBP": (1 << 16) - 1, "PNG": (1 << 31) - 1}
LARGEST_GIF = 65535  # of width and height
STAYS, GOES_BACK = 0, 2  # PNG's disposals


@dataclass(frozen=True, eq=False)
class AnimationFile:
    """An animation as a file.

    Attributes
    ----------
    data : bytes
    shown : Animation
        What the file shows.
    notes : tuple of str
        What a person should know of its durations.
    """

    data: bytes
    shown: Animation
    notes: tuple[str, ...]

    def showing(self, animation: Animation) -> AnimationFile:
        """Return the same file with other facts on what it shows."""
        return replace(self, shown=animation)


def animation_bytes(
    animation: Animation, file_format: str, *, metadata: Metadata | None = None
) -> tuple[bytes, tuple[str, ...]]:
    """Return an animation as a file that shows it, and notes, as ``animation_file`` does."""
    file = animation_file(animation, file_format, metadata=metadata)
    return file.data, file.notes


def animation_file(
    animation: Animation,
    file_format: str,
    *,
    metadata: Metadata | None = None,
    resolution: Resolution | None = None,
    effort: int = DEFAULT_EFFORT,
    keep_order: bool = False,
    loss: Loss | None = None,
) -> AnimationFile:
    """Return an animation as a file.

    Every frame is one of the file, with the animation's pixels; a GIF has one clear colour. A
    GIF's bytes are the same on every machine; those of the others depend on the libraries that
    Pillow carries.

    Parameters
    ----------
    animation : Animation
    file_format : str
        "PNG", "GIF" or "WEBP".
    metadata : Metadata, optional
        What the format cannot carry is left out.
    resolution : (int, int, int), optional
        Pixels across and down, per metre if the third is 1; only PNG carries it.
    effort : int, default 5
        1 (quick) to 9 (thorough), for a GIF.
    keep_order : bool
        A GIF keeps the palette as it is, with every index; a PNG always does.
    loss : Loss, optional
        What a GIF's pixels may show instead, where that takes fewer bytes.

    Raises
    ------
    InputError
        The format cannot hold this animation.
    """
    check_animated(animation.n_frames, file_format)
    carried = metadata_options(metadata or Metadata(), file_format)
    milliseconds, notes = _durations(animation, file_format)
    loop = _loop(animation.timing, file_format)
    if file_format == "GIF":
        how = {"effort": effort, "keep_order": keep_order, "loss": loss}
        return AnimationFile(*_gif(animation, milliseconds, loop, how), notes)
    if file_format == "WEBP":
        frames = (_as_rgba(frame.to_pixels()) for frame in _frames(animation))
        data = webp_bytes(frames, milliseconds, loop or 0, carried)
        return AnimationFile(data, animation, notes)
    options = carried | {"duration": milliseconds, "loop": loop, "blend": 0}
    options["disposal"] = _disposals(animation.indices)
    dpi = None if resolution is None else to_dpi(resolution)
    options |= {} if dpi is None else {"dpi": dpi}
    return AnimationFile(_png(animation, options), animation, notes)


def check_animated(planes: int, file_format: str) -> None:
    """Raise ``InputError`` for a format that cannot hold so many planes."""
    if planes > 1 and file_format not in ANIMATED_FORMATS:
        raise InputError(
            f"the file is a stack of {planes} planes, {file_format} holds one picture: write"
            " .npy, .gif, .png or .webp, or one plane with --frame N"
        )


def _frames(animation: Animation) -> Iterator[IndexedImage]:
    """Yield each frame."""
    return (animation.frame(number) for number in range(animation.n_frames))


def _as_rgba(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return (H, W) or (H, W, C) pixels with four channels."""
    height, width = pixels.shape[:2]
    return with_channels(pixels.reshape(height * width, -1), 4).reshape(height, width, 4)


def _png(animation: Animation, options: dict[str, Any]) -> bytes:
    """Return the frames as an animated PNG of Pillow's."""
    images = (to_pillow(frame, as_palette=True) for frame in _frames(animation))
    buffer = io.BytesIO()
    try:
        first = next(images)
        first.save(buffer, "PNG", save_all=True, append_images=list(images), **options)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"PNG cannot hold this animation: {error}") from error
    return buffer.getvalue()


def _disposals(indices: NDArray[np.unsignedinteger[Any]]) -> list[int]:
    """Return what becomes of each frame, so that Pillow joins none to the one before.

    It would join frames that are equal, in pixels and in this. After one that is, what was there
    before is the same.
    """
    found = [STAYS]
    for frame, before in zip(indices[1:], indices[:-1], strict=True):
        other = np.array_equal(frame, before) and found[-1] == STAYS
        found.append(GOES_BACK if other else STAYS)
    return found


def _is_soft(animation: Animation) -> bool:
    """Whether any entry of the palette is not opaque."""
    return has_alpha(animation.channels) and bool((animation.palette[:, -1] < 255).any())


def _gif(
    animation: Animation, milliseconds: list[float], loop: int | None, how: dict[str, Any]
) -> tuple[bytes, Animation]:
    """Return the frames as a GIF and what it shows, or raise for what GIF cannot say."""
    if animation.n_colors > 256:
        raise InputError(f"GIF holds 256 colours, the animation has {animation.n_colors}")
    if max(animation.width, animation.height) > LARGEST_GIF:
        size = f"{animation.width} x {animation.height}"
        raise InputError(f"GIF holds 65535 x 65535 pixels, a frame has {size}")
    palette, clear = with_channels(animation.palette, 3), None
    entries = np.arange(animation.n_colors, dtype=np.uint8)
    if _is_soft(animation):
        alpha = animation.palette[:, -1]
        if ((alpha > 0) & (alpha < 255)).any():
            raise InputError("GIF holds one fully transparent colour and no partial transparency")
        clear = int((alpha == 0).argmax())
        entries[alpha == 0] = clear
    data, shown = gif_bytes(entries[animation.indices], palette, clear, milliseconds, loop, **how)
    return data, animation if how["loss"] is None else replace(animation, indices=shown)


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


def _loop(timing: Timing | None, file_format: str) -> int | None:
    """Return the number that a format says of how often the frames are played.

    A GIF without a number plays once, and with a number it plays once more than that.
    """
    plays = 0 if timing is None else timing.loop
    if plays > MOST_LOOPS[file_format]:
        raise InputError(f"{file_format} cannot play an animation {plays:,} times")
    if file_format != "GIF" or plays == 0:
        return plays
    return None if plays == 1 else plays - 1
