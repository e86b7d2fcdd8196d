"""Numbered picture files as the frames of one animation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from kmcodec.channels import has_alpha
from kmcodec.color import with_channels
from kmcodec.errors import InputError, LimitError
from kmcodec.files.numbering import check_gaps
from kmcodec.files.opening import most_pixels
from kmcodec.files.pictures import Picture, read_picture
from kmcodec.image import Timing
from kmcodec.image.animation import LONGEST

if TYPE_CHECKING:
    from fractions import Fraction
    from pathlib import Path

    from numpy.typing import NDArray

    from kmcodec.files.numbering import Numbered

ALONE = "no other file has such a name: the result is one picture"


def read_numbered(
    names: Numbered,
    rate: Fraction,
    *,
    keep_profile: bool = False,
    max_pixels: int | None = None,
) -> Picture:
    """Read numbered files as a picture with all of them as frames; one file is one picture.

    The first number is the least there is. Frames have the channels that hold all of them: gray,
    RGB, and alpha where any has it.

    Parameters
    ----------
    names : Numbered
    rate : Fraction
        Frames per second.
    keep_profile : bool
        As for ``read_picture``; the files then have one profile.
    max_pixels : int, optional
        Pixels that all frames together may have.

    Raises
    ------
    InputError
        There are no such files, a number is missing, or a file is not like the others.
    LimitError
        The frames have too many pixels.
    """
    numbers = names.numbers()
    check_gaps(names, numbers)
    paths = [names.path(number) for number in numbers]
    first = read_picture(paths[0], keep_profile=keep_profile, max_pixels=max_pixels)
    if len(paths) == 1:
        return replace(first, notes=(*first.notes, ALONE))
    _check_limit(first, len(paths), most_pixels(max_pixels))
    frames = _Frames(first, paths, with_metadata=keep_profile)
    for path in paths[1:]:
        picture = read_picture(path, keep_profile=keep_profile, max_pixels=max_pixels)
        frames.add(path, picture)
    return frames.picture(_timing(rate, len(paths)))


def _check_limit(first: Picture, count: int, limit: int | None) -> None:
    """Raise ``LimitError`` where all frames are too many pixels."""
    height, width = first.pixels.shape[:2]
    if limit is not None and width * height * count > limit:
        raise LimitError(
            f"{count:,} files of {width} x {height} exceed the limit of {limit:,} pixels;"
            " --max-pixels allows more"
        )


def _timing(rate: Fraction, count: int) -> Timing:
    """Return the timing of frames at a rate, in milliseconds where these are whole ones."""
    milliseconds = 1000 / rate
    if milliseconds.denominator == 1 and milliseconds <= LONGEST:
        return Timing((int(milliseconds),) * count)
    return Timing((rate.denominator,) * count, rate.numerator)


def _channels(pixels: NDArray[np.uint8]) -> int:
    """Return how many channels pixels have."""
    return 1 if pixels.ndim == 2 else pixels.shape[2]


def _common(one: int, other: int) -> int:
    """Return the channels that hold both."""
    return 3 * (max(one, other) > 2) + (max(one, other) <= 2) + (has_alpha(one) or has_alpha(other))


def _with_channels(pixels: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    """Return (..., C) pixels with other channels."""
    flat = with_channels(pixels.reshape(-1, pixels.shape[-1]), channels)
    return flat.reshape(*pixels.shape[:-1], channels)


class _Frames:
    """Frames that are put one after another into an array of them all."""

    def __init__(self, first: Picture, paths: list[Path], *, with_metadata: bool) -> None:
        self._first, self._path, self._size = first, paths[0], 0
        self._with_metadata = with_metadata
        self._notes: dict[str, None] = {}
        self._shape = first.pixels.shape[:2]
        self._count = 0
        shape = (len(paths), *self._shape, _channels(first.pixels))
        self._pixels: NDArray[np.uint8] = np.empty(shape, dtype=np.uint8)
        self.add(self._path, first)

    def add(self, path: Path, picture: Picture) -> None:
        """Add a frame, or raise ``InputError`` for one that is not like the first."""
        self._check(path, picture)
        channels = _channels(picture.pixels)
        pixels = picture.pixels.reshape(*self._shape, channels)
        common = _common(channels, self._pixels.shape[-1])
        if common > self._pixels.shape[-1]:
            wider = np.empty((*self._pixels.shape[:-1], common), dtype=np.uint8)
            for number in range(self._count):
                wider[number] = _with_channels(self._pixels[number], common)
            self._pixels = wider
        self._pixels[self._count] = pixels if channels == common else _with_channels(pixels, common)
        self._count += 1
        self._size += picture.size
        notes = [*picture.notes, picture.conversion]
        if self._with_metadata and picture.metadata != self._first.metadata:
            notes.append(f"Exif and XMP are those of {self._path.name}, others differ")
        self._notes |= dict.fromkeys(note for note in notes if note)

    def _check(self, path: Path, picture: Picture) -> None:
        """Raise ``InputError`` where size or profile are others than the first file's."""
        if picture.pixels.shape[:2] != self._shape:
            (height, width), (h, w) = self._shape, picture.pixels.shape[:2]
            raise InputError(f"{path} has {w} x {h} pixels, {self._path} {width} x {height}")
        if self._with_metadata and picture.metadata.icc != self._first.metadata.icc:
            raise InputError(
                f"{path} has another colour profile than {self._path};"
                " without --keep-metadata both become sRGB"
            )

    def picture(self, timing: Timing) -> Picture:
        """Return all frames."""
        return replace(
            self._first,
            pixels=self._pixels,
            indexed=None,
            frames=self._count,
            notes=tuple(self._notes),
            size=self._size,
            conversion="",
            timing=timing,
        )
