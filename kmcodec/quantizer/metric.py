"""How far apart two colours are, which depends on how many a palette holds.

A palette of few colours leaves errors so large that whole areas change their colour. The eye sees
colour better in areas than in details, for which OKLab's chroma is scaled; so it weighs more there.
"""

from __future__ import annotations

import bisect
import functools
from typing import TYPE_CHECKING, NamedTuple

from kmcodec import color
from kmcodec.arithmetic import divide_rounded
from kmcodec.channels import color_channels

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kmcodec.options import Space

CHROMA_ONE = 256
MANY_COLORS = 64  # from so many on, chroma counts once
FEW_COLORS = 4  # up to so many, 2.3 times; between them (64 / n_colors) ** 0.3 times


class Metric(NamedTuple):
    """A space, and what chroma counts in it.

    Attributes
    ----------
    space : {"oklab", "srgb"}
    chroma : int
        The factor of OKLab's a and b, in units of 1/256: 256 to 588.
    """

    space: Space
    chroma: int = CHROMA_ONE

    @classmethod
    def of_palette(cls, space: Space, n_colors: int) -> Metric:
        """Return the metric for a palette of `n_colors`."""
        if space == "srgb" or n_colors >= MANY_COLORS:
            return cls(space)
        return cls(space, _chroma(max(n_colors, FEW_COLORS)))

    def to_points(self, colors: NDArray[np.uint8]) -> NDArray[np.int32]:
        """Return the points (n, 4) int32 of (n, C) colours, squared distances below 2**31."""
        return self.weigh(color.to_points(colors, self.space), colors.shape[1])

    def weigh(self, points: NDArray[np.int32], channels: int) -> NDArray[np.int32]:
        """Return the points of colours, given those of the space itself."""
        if self.chroma == CHROMA_ONE or color_channels(channels) == 1:
            return points
        weighed = points.copy()
        weighed[:, 1:3] = divide_rounded(points[:, 1:3] * self.chroma, CHROMA_ONE)
        return weighed

    def to_colors(
        self, points: NDArray[np.int32], channels: int, posterize: int = 0
    ) -> NDArray[np.uint8]:
        """Return the (n, C) colours of points, as ``color.to_colors`` does."""
        if self.chroma != CHROMA_ONE and color_channels(channels) == 3:
            points = points.copy()
            points[:, 1:3] = divide_rounded(points[:, 1:3] * CHROMA_ONE, self.chroma)
        return color.to_colors(points, channels, self.space, posterize)


@functools.cache
def _chroma(n_colors: int) -> int:
    """Return (64 / n_colors) ** 0.3 in units of 1/256, rounded down, exactly."""
    tenth_power = CHROMA_ONE**10 * MANY_COLORS**3
    chroma = range(CHROMA_ONE, 3 * CHROMA_ONE)
    above = bisect.bisect_right(chroma, tenth_power, key=lambda c: c**10 * n_colors**3)
    return chroma[above - 1]
