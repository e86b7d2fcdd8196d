"""Bytes -> container, and the part of a picture that is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmcodec import container
from kmcodec.coding.rectangle import Rectangle
from kmcodec.container import DEFAULT_LIMITS, Container, Limits
from kmcodec.errors import InputError
from kmcodec.options import check_integer

if TYPE_CHECKING:
    from kmcodec.container import Header

    Buffer = bytes | bytearray | memoryview

LARGEST = (1 << 31) - 1  # of a region's numbers


def parse(data: Buffer, limits: Limits | None) -> Container:
    """Parse a file, refusing what is not bytes."""
    try:
        view = memoryview(data).cast("B")
    except (TypeError, ValueError) as error:  # no buffer, or one that is gone or has gaps
        raise InputError(f"data is {type(data).__name__}, expected bytes") from error
    if not (limits is None or isinstance(limits, Limits)):
        raise InputError(f"limits is {type(limits).__name__}, expected Limits")
    return container.parse(view, limits or DEFAULT_LIMITS)


def checked_region(
    region: tuple[int, int, int, int] | None,
    header: Header,
    frames: tuple[int, int] | None = None,
) -> Rectangle:
    """Return a region given as left, top, width, height; by default the whole picture.

    Of a stack, the region of the frames from the first to before the second number; by default of
    all.
    """
    first, end = _checked_frames(frames, header)
    if region is None:
        return Rectangle(0, header.height, 0, header.width, first, end)
    try:
        left, top, width, height = (check_integer(v, 0, LARGEST, "region") for v in region)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"region is {region!r}, expected left, top, width and height in pixels"
        ) from error
    if min(width, height) < 1 or left + width > header.width or top + height > header.height:
        raise InputError(
            f"region {width} x {height} at {left}, {top} is not within the picture of"
            f" {header.width} x {header.height}"
        )
    return Rectangle(top, top + height, left, left + width, first, end)


def _checked_frames(frames: tuple[int, int] | None, header: Header) -> tuple[int, int]:
    """Return the frames that are wanted, checked; by default all."""
    if frames is None:
        return 0, header.planes
    try:
        first, end = (check_integer(v, 0, LARGEST, "frames") for v in frames)
    except (TypeError, ValueError) as error:
        raise InputError(f"frames is {frames!r}, expected the first and the end") from error
    if not first < end <= header.planes:
        raise InputError(f"frames {first} to before {end} are not within the {header.planes}")
    return first, end
