"""``.kmq`` files where pictures are wanted."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from kmcodec.channels import has_alpha
from kmcodec.color import with_channels
from kmcodec.container.signature import SIGNATURE
from kmcodec.files.animated_pictures import read_frames
from kmcodec.files.formats import picture_bytes, pixel_bytes
from kmcodec.files.paths import is_folder, read_kmq
from kmcodec.files.picture_colors import in_srgb
from kmcodec.files.pictures import Picture, read_picture
from kmcodec.image import Timing

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from kmcodec.codec import Info, KmqFile

UNTIMED = 100  # milliseconds that a frame without a duration is shown


def read_picture_or_kmq(
    source: Path | BinaryIO, *, keep_profile: bool = False, max_pixels: int | None = None
) -> Picture:
    """Read a picture as ``read_picture`` does, or what a ``.kmq`` file decodes to.

    Of a stack this is the first plane, with a note.

    Raises
    ------
    InputError, LimitError
        As ``read_picture`` raises them.
    FormatError, UnsupportedError
        A ``.kmq`` file is damaged, or needs another version.
    """
    how = {"keep_profile": keep_profile, "max_pixels": max_pixels}
    return _read(source, read_picture, _first_plane, how)


def read_frames_or_kmq(
    source: Path | BinaryIO, *, keep_profile: bool = False, max_pixels: int | None = None
) -> Picture:
    """Read a picture with all frames, as ``read_frames`` does, or all planes of a ``.kmq`` file.

    Raises
    ------
    InputError, LimitError, FormatError, UnsupportedError
        As from ``read_picture_or_kmq``.
    """
    how = {"keep_profile": keep_profile, "max_pixels": max_pixels}
    return _read(source, read_frames, _all_planes, how)


def _read(
    source: Path | BinaryIO,
    read: Callable[..., Picture],
    planes: Callable[..., Picture],
    how: dict[str, Any],
) -> Picture:
    """Read a picture by one function, or what a ``.kmq`` file decodes to by another."""
    if isinstance(source, Path):
        if not _begins_like_ours(source):
            return read(source, **how)
        data = read_kmq(source)
    else:
        data = source.read()
        if not data.startswith(SIGNATURE):
            return read(io.BytesIO(data), **how)
    from kmcodec.codec import KmqFile  # noqa: PLC0415  (pictures need none of it)
    from kmcodec.container import Limits  # noqa: PLC0415  (nor this)

    most = how["max_pixels"]
    file = KmqFile(data, limits=None if most is None else Limits(max_pixels=most))
    return replace(planes(file, **how), size=len(data), frames=file.header.planes)


def _first_plane(file: KmqFile, *, keep_profile: bool, max_pixels: int | None) -> Picture:
    """Return what a file decodes to; of a stack, its first plane."""
    picture = read_picture(
        io.BytesIO(_as_png(file)), keep_profile=keep_profile, max_pixels=max_pixels
    )
    notes = (*picture.notes, *notes_on_array(file.info))
    if file.header.planes > 1:
        notes += (f"only the first of {file.header.planes} planes was used",)
    return replace(picture, notes=notes)


def _all_planes(file: KmqFile, *, keep_profile: bool, max_pixels: int | None) -> Picture:
    """Return all frames that a file decodes to; of an array, its first layer."""
    count = file.header.planes
    if count < 2 or file.has_blocks or file.is_array:
        return _first_plane(file, keep_profile=keep_profile, max_pixels=max_pixels)
    animation = file.decode_animation()
    pixels = animation.to_pixels().reshape(-1, animation.width, animation.channels)
    tall = Picture(_as_rgb(pixels), None, file.metadata, count)
    tall = in_srgb(tall, file.metadata.icc, None, keep_profile=keep_profile)
    frames = tall.pixels.reshape(count, animation.height, animation.width, -1)
    timing, notes = animation.timing, tall.notes
    if timing is None:
        timing = Timing((UNTIMED,) * count)
        notes += (f"the file has no durations: each frame is shown for {UNTIMED} ms",)
    return replace(tall, pixels=frames, timing=timing, notes=notes)


def _as_rgb(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return (H, W, C) pixels as RGB, or RGB + alpha."""
    height, width, channels = pixels.shape
    wanted = 4 if has_alpha(channels) else 3
    return with_channels(pixels.reshape(-1, channels), wanted).reshape(height, width, wanted)


def notes_on_array(info: Info) -> tuple[str, ...]:
    """Return what a person should know of a picture that a file with an array was made into."""
    if info.array is None:
        if not info.authored or all(name != "array" for name, _, _ in info.sections):
            return ()
        return ("the file says that it holds an array, but its description cannot be used",)
    described = f"{info.array.dtype} of shape {info.array.shape}"
    note = (
        f"the file holds an array, {described}: its pixels are gray levels that stand for the"
        " values; decode -o NAME.npy gives the values"
    )
    return (note,)


def _begins_like_ours(path: Path) -> bool:
    """Whether a file begins as ours do; False where it cannot be read, which is told later."""
    if is_folder(path):
        return False
    try:
        with path.open("rb") as file:
            return file.read(len(SIGNATURE)) == SIGNATURE
    except (OSError, ValueError):
        return False


def _as_png(file: KmqFile) -> bytes:
    """Return what a file shows as a PNG: palette, indices and metadata are kept."""
    if file.has_blocks:
        return pixel_bytes(file.decode(), "PNG", metadata=file.metadata)
    image = file.decode_indexed(frame=0 if file.header.planes > 1 else None)
    return picture_bytes(
        image, "PNG", as_palette=image.authored, metadata=file.metadata, small=False
    )
