"""What is asked of a palette: checked options, colours made to fit the picture's channels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from kmcodec import color
from kmcodec.errors import InputError
from kmcodec.options import MAX_COLORS, MAX_SEED, check_effort, check_integer, check_share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from kmcodec.options import Space

MOST_POSTERIZED = 4  # bits a channel: 16 levels are left


@dataclass(frozen=True, eq=False)
class Request:
    """The options of a palette, checked.

    Attributes
    ----------
    n_colors, space, effort, seed, posterize, keep_rare
        As in ``quantize``.
    keep : (P, C) uint8
        Colours that the palette has to hold, distinct; P may be 0.
    palette : (K, C) uint8, optional
        The palette itself, where it is given.
    quality : (float, float), optional
        Least and wanted quality.
    """

    n_colors: int
    space: Space
    effort: int
    seed: int
    keep: NDArray[np.uint8]
    palette: NDArray[np.uint8] | None
    quality: tuple[float, float] | None
    posterize: int
    keep_rare: float

    @classmethod
    def checked(
        cls,
        *,
        n_colors: int,
        space: Space,
        effort: int,
        seed: int,
        keep: ArrayLike | None = None,
        palette: ArrayLike | None = None,
        quality: tuple[float, float] | None = None,
        posterize: int = 0,
        keep_rare: float = 0.0,
    ) -> Request:
        """Return the request, or raise ``InputError`` naming the option that is wrong."""
        color.check_space(space)
        n_colors = check_integer(n_colors, 1, MAX_COLORS, "n_colors")
        kept = np.empty((0, 1), np.uint8) if keep is None else check_colors(keep, "keep")
        if len(kept) > 1:
            kept = np.unique(kept, axis=0)
        if len(kept) > n_colors:
            raise InputError(f"keep has {len(kept)} colours, n_colors is {n_colors}")
        return cls(
            n_colors,
            space,
            check_effort(effort),
            check_integer(seed, 0, MAX_SEED, "seed"),
            kept,
            None if palette is None else check_colors(palette, "palette"),
            None if quality is None else _checked_quality(quality),
            check_integer(posterize, 0, MOST_POSTERIZED, "posterize"),
            check_share(keep_rare, "keep_rare"),
        )

    @property
    def channels(self) -> int:
        """Channels of its colours, 1 to 4."""
        return int(self.keep.shape[1])

    def beside(self, channels: int) -> Request:
        """Return the request in the channels that hold its colours and pixels of `channels`."""
        palette = self.palette
        asked = self.keep if palette is None else palette
        channels = color.common_channels(channels, color.fewest_channels(asked))
        if palette is not None:
            palette = color.with_channels(palette, channels)
        return replace(self, keep=color.with_channels(self.keep, channels), palette=palette)

    def with_colors(self, n_colors: int) -> Request:
        """Return the request with another number of colours."""
        return replace(self, n_colors=n_colors)


def _checked_quality(quality: tuple[float, float] | Sequence[float]) -> tuple[float, float]:
    """Return (least, wanted), each 0 to 100, or raise ``InputError``."""
    try:
        least, wanted = (float(value) for value in quality)
    except (TypeError, ValueError):
        least, wanted = -1.0, -1.0
    if not 0 <= least <= wanted <= 100:
        raise InputError(f"quality is {quality!r}, expected (least, wanted) within 0 to 100")
    return least, wanted


def check_colors(colors: ArrayLike, name: str) -> NDArray[np.uint8]:
    """Return colours (n, C) uint8 with n from 1 to 65536 and C from 1 to 4, or raise."""
    try:
        array = np.asarray(colors)
    except ValueError as error:
        raise InputError(f"{name} is no array of colours: {error}") from error
    if array.ndim != 2 or not 1 <= len(array) <= MAX_COLORS or not 1 <= array.shape[1] <= 4:
        raise InputError(
            f"{name} has shape {array.shape}, expected (n, C) with n 1 to {MAX_COLORS}, C 1 to 4"
        )
    whole = array.dtype.kind in "ui" and int(array.min()) >= 0 and int(array.max()) <= 255
    if not whole:
        raise InputError(f"{name} holds {array.dtype} values, expected whole numbers 0 to 255")
    return array.astype(np.uint8)
