"""The colours of a picture that was read, converted to sRGB."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from kmcodec.channels import has_alpha
from kmcodec.files.profiles import (
    ProfileError,
    ToSrgb,
    colors_to_srgb,
    gamma_table,
    profile_space,
)
from kmcodec.image import IndexedImage

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from kmcodec.files.pictures import Picture

APPLIED = "its {} was applied: colours are sRGB now"


def in_srgb(
    picture: Picture, icc: bytes | None, gamma: float | None, *, keep_profile: bool
) -> Picture:
    """Return a picture with its colours in sRGB by its profile, or else by its gamma."""
    if icc is not None:
        return _through_profile(picture, icc, keep_profile=keep_profile)
    return picture if gamma is None else _through_gamma(picture, float(gamma))


def _through_profile(picture: Picture, icc: bytes, *, keep_profile: bool) -> Picture:
    """Return a picture with its colours in sRGB, unless they are or its RGB profile is kept."""
    if keep_profile and profile_space(icc) == "RGB":
        return picture
    try:
        conversion = ToSrgb(icc)
        if conversion.is_identity():
            if conversion.mode == "RGB":
                return picture
            return replace(picture, metadata=replace(picture.metadata, icc=None))
        converted = _with_colors(picture, lambda colors: colors_to_srgb(conversion, colors))
    except ProfileError as error:
        note = f"colours were left as they are, for the ICC profile cannot be used: {error}"
        metadata = replace(picture.metadata, icc=None)
        return replace(picture, metadata=metadata, notes=(*picture.notes, note))
    metadata = replace(picture.metadata, icc=None)
    return replace(converted, metadata=metadata, conversion=APPLIED.format("colour profile"))


def _through_gamma(picture: Picture, gamma: float) -> Picture:
    """Return a picture with the levels that its file's gamma gives them in sRGB."""
    try:
        table = gamma_table(gamma)
    except ProfileError as error:
        return replace(picture, notes=(*picture.notes, f"{error}: it was ignored"))
    if table is None:
        return picture

    def lift(colors: NDArray[np.uint8]) -> NDArray[np.uint8]:
        own = colors.shape[2] - has_alpha(colors.shape[2])
        return np.concatenate([table[colors[..., :own]], colors[..., own:]], axis=2)

    return replace(_with_colors(picture, lift), conversion=APPLIED.format("gamma"))


def _with_colors(
    picture: Picture, convert: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
) -> Picture:
    """Return a picture with its palette's or its pixels' (H, W, C) colours converted."""
    if picture.indexed is not None:
        palette = convert(picture.indexed.palette[None])[0]
        indexed = IndexedImage(palette, picture.indexed.indices, authored=picture.indexed.authored)
        return replace(picture, pixels=indexed.to_pixels(), indexed=indexed)
    shape = picture.pixels.shape
    pixels = convert(picture.pixels.reshape(*shape[:2], -1))
    return replace(picture, pixels=np.ascontiguousarray(pixels).reshape(shape))
