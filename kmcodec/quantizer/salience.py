"""What errors weigh, by where the pixels of a colour are: in even areas they are seen at once.

Beside edges and in textures the eye sees errors less, the more so the stronger the contrast is
there. A selected tab of an interface is small but even; the shades along the edges of its letters
are many, and none is missed.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from kmcodec import _kernels
from kmcodec.channels import has_alpha
from kmcodec.histogram import flat_pixels
from kmcodec.parallel import map_ranges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.histogram import ColorNumbers

ONE = 1 << 12  # the weight of a pixel with next to no contrast
EVEN = 4 * ONE  # that of a pixel that equals all its neighbours
HALVING = 16  # 8-bit steps of contrast that halve a weight, for few colours
HALVING_OF_SHAPES = 64  # the same for cut-out shapes: their textures are what they are for
MANY_COLORS = 16  # beyond so many, they grow as the square of the number
EQUAL_FROM = 256  # colours: so many have room for all that is seen, and pixels count alike
NEIGHBORS = 4


class Salience:
    """The contrasts of a picture's colours, which are summed when first asked for.

    Parameters
    ----------
    pixels : (H, W) or (H, W, C) uint8
        C from 2 to 4.
    numbers : ColorNumbers
        What ``count_pixels`` returned for them.
    counts : (n,) int64
        Pixels of each of their colours.
    threads : int
        No result depends on it.
    """

    def __init__(
        self,
        pixels: NDArray[np.uint8],
        numbers: ColorNumbers,
        counts: NDArray[np.int64],
        threads: int,
    ) -> None:
        self._pixels = pixels
        self._numbers = numbers
        self.counts = counts
        self._threads = threads

    @cached_property
    def _sums(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Pixels of each colour that equal their neighbours, and the sums of all contrasts."""
        pixels = flat_pixels(_seen(self._pixels))
        even, contrasts = np.zeros_like(self.counts), np.zeros_like(self.counts)
        parts = self._numbers.parts

        def sum_part(start: int, stop: int, n_numbers: int) -> tuple[NDArray[np.int64], ...]:
            sums = np.zeros(n_numbers, dtype=np.int64), np.zeros(n_numbers, dtype=np.int64)
            width = self._numbers.shape[1]
            _kernels.contrast.sum_contrasts(
                pixels, self._numbers.numbers, *sums, width, start, stop
            )
            return sums

        found = map_ranges(
            lambda first, last: [sum_part(lo, hi, len(r)) for lo, hi, r in parts[first:last]],
            len(parts),
            threads=self._threads,
            smallest=1,
        )
        sums = [one for several in found for one in several]
        for (_, _, ranks), (part_even, part_contrasts) in zip(parts, sums, strict=True):
            even[ranks] += part_even
            contrasts[ranks] += part_contrasts
        return even, contrasts

    @cached_property
    def _halving(self) -> int:
        """Steps of contrast that halve a weight: more where pixels are not opaque, as of sprites.

        Such a shape is all edges and textures, and what it will stand on is not known.
        """
        pixels = self._pixels
        soft = pixels.ndim == 3 and has_alpha(pixels.shape[2]) and pixels[..., -1].min() < 255
        return HALVING_OF_SHAPES if soft else HALVING

    @property
    def even(self) -> NDArray[np.int64]:
        """Pixels of each colour that equal all their neighbours, (n,)."""
        return self._sums[0]

    def weights(self, n_colors: int) -> NDArray[np.int64]:
        """Return what each colour weighs for a palette of so many, (n,), positive.

        It is the number of its pixels times 4096, less where these have contrast, four times as
        much where they have none.
        """
        if n_colors >= EQUAL_FROM:
            return self.counts
        even, contrasts = self._sums
        channels = 1 if self._pixels.ndim == 2 else self._pixels.shape[2]
        others = self.counts - even
        # Contrasts and what halves the weight, in 16ths of an 8-bit step
        steps = 16 * contrasts // (NEIGHBORS * channels * np.maximum(others, 1))
        halving = 16 * self._halving * max(n_colors, MANY_COLORS) ** 2 // MANY_COLORS**2
        weights: NDArray[np.int64] = EVEN * even + others * (ONE * halving // (halving + steps))
        return weights


def _seen(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return pixels as they are seen over black: what is transparent hides its colour."""
    if pixels.ndim == 2 or not has_alpha(pixels.shape[2]):
        return pixels
    seen = pixels.copy()
    seen[..., :-1] = pixels[..., :-1].astype(np.uint16) * pixels[..., -1:] // 255
    return seen
