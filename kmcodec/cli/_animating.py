"""Animated pictures to animated files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kmcodec import files
from kmcodec.errors import InputError

if TYPE_CHECKING:
    from kmcodec.files import AnimationFile, Picture
    from kmcodec.image import Animation

LOSSY = 32  # with 16 to 64, GIFs take the fewest bytes for their SSIMULACRA2
FORMATS = ("GIF", "PNG", "WEBP")


def check_lossy(lossy: int | None, formats: set[str]) -> None:
    """Raise ``click.UsageError`` where only GIFs can lose and other files are wanted."""
    if lossy and formats != {"GIF"}:
        other = ", ".join(sorted(formats - {"GIF"}))
        raise click.UsageError(f"--lossy is for GIFs, {other} shows the palette's colours exactly")


def check_format(picture: Picture, file_format: str) -> None:
    """Raise ``InputError`` for an animation in a format without."""
    if picture.timing is not None and file_format not in FORMATS:
        raise InputError(
            f"the picture has {picture.frames} frames, {file_format} holds one: write .gif, .png"
            " or .webp, or take one with --first-frame"
        )


def as_file(
    animation: Animation,
    picture: Picture,
    file_format: str,
    lossy: int | None,
    **how: Any,  # noqa: ANN401
) -> AnimationFile:
    """Return an animation as a file, with what it shows.

    Parameters
    ----------
    animation : Animation
    picture : Picture
        As it was before.
    file_format : str
    lossy : int, optional
        By default a little, but nothing with a palette that came with the picture.
    **how
        Other options of ``files.animation_file``.
    """
    strength = (0 if animation.authored else LOSSY) if lossy is None else lossy
    loss = None
    if file_format == "GIF" and strength:
        loss = files.Loss.of(picture.pixels, animation.palette, strength)
    file = files.animation_file(animation, file_format, loss=loss, **how)
    if loss is None:
        return file
    from kmcodec.quantizer import with_shown  # noqa: PLC0415  (single pictures need none of it)

    return file.showing(with_shown(animation, file.shown.indices, picture.pixels))
