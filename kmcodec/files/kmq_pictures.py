"""``.kmq`` files where pictures are wanted."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from kmcodec.codec import KmqFile
from kmcodec.container import Limits
from kmcodec.container.header import SIGNATURE
from kmcodec.files.formats import picture_bytes, pixel_bytes
from kmcodec.files.paths import is_folder, read_kmq
from kmcodec.files.pictures import Picture, read_picture

if TYPE_CHECKING:
    from kmcodec.codec import Info


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
    if isinstance(source, Path):
        if not _begins_like_ours(source):
            return read_picture(source, keep_profile=keep_profile, max_pixels=max_pixels)
        data = read_kmq(source)
    else:
        data = source.read()
        if not data.startswith(SIGNATURE):
            return read_picture(io.BytesIO(data), keep_profile=keep_profile, max_pixels=max_pixels)
    file = KmqFile(data, limits=None if max_pixels is None else Limits(max_pixels=max_pixels))
    picture = read_picture(
        io.BytesIO(_as_png(file)), keep_profile=keep_profile, max_pixels=max_pixels
    )
    planes = file.header.planes
    notes = (*picture.notes, *notes_on_array(file.info))
    if planes > 1:
        notes += (f"only the first of {planes} planes was used",)
    return replace(picture, size=len(data), frames=planes, notes=notes)


def notes_on_array(info: Info) -> tuple[str, ...]:
    """Return what a person should know of a picture that a file with an array was made into."""
    if info.array is None:
        return ()
    described = f"{info.array.dtype} of shape {info.array.shape}"
    note = (
        f"the file holds an array, {described}: what is shown are the ranks of its values, as gray"
        " levels; decode -o NAME.npy gives the values"
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
