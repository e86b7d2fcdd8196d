"""A picture as points, whole and reduced to a bounded size.

What a superpixel is and where contrasts lie is found on the reduced picture, so that it depends on
what is seen and not on the number of pixels; borders are then drawn on the whole one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec import color
from kmcodec.arithmetic import divide_rounded
from kmcodec.histogram import check_pixels, flat_pixels
from kmcodec.parallel import resolve_threads

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_REDUCED = 300_000  # pixels of a reduced picture
STRIP = 1 << 18  # pixels of the whole picture whose points are held at a time


class Canvas:
    """The points of a picture in OKLab.

    Parameters
    ----------
    pixels : (H, W), (H, W, 2), (H, W, 3) or (H, W, 4) uint8
    threads : int, optional
        None uses every processor.

    Attributes
    ----------
    height, width : int
    factor : int
        Pixels of the whole picture along each side of one reduced pixel; 1 for small pictures.
    reduced : (h, w, 4) int32
        Means of `factor` x `factor` points, rounded down; h is H / `factor` rounded up.

    Raises
    ------
    InputError
        The pixels have another type or shape.
    """

    def __init__(self, pixels: NDArray[np.uint8], *, threads: int | None = None) -> None:
        pixels = check_pixels(pixels)
        self.height, self.width = pixels.shape[:2]
        self.threads = resolve_threads(threads)
        self._pixels = pixels
        self.factor = 1
        while self.reduced_shape[0] * self.reduced_shape[1] > MOST_REDUCED:
            self.factor += 1
        self.reduced = self._reduce()

    @property
    def reduced_shape(self) -> tuple[int, int]:
        """Rows and columns of the reduced picture."""
        return -(-self.height // self.factor), -(-self.width // self.factor)

    def rows(self, start: int, stop: int) -> NDArray[np.int32]:
        """Return the points of rows start to stop of the whole picture, (rows * W, 4)."""
        if self.factor == 1:
            return self.reduced[start:stop].reshape(-1, 4)
        return self._convert(start, stop)

    def mean_colors(self, labels: NDArray[np.int32]) -> NDArray[np.uint8]:
        """Return the mean colour in OKLab of each label 0 to n - 1 of (H, W), (n, C)."""
        n = int(labels.max()) + 1
        sums = np.zeros((4, n))
        for start, stop in self.strips():
            part = labels[start:stop].reshape(-1)
            points = self.rows(start, stop)
            sums += [np.bincount(part, values, n) for values in points.T]  # exact: below 2**53
        counts = np.bincount(labels.reshape(-1), minlength=n)
        means = divide_rounded(sums.astype(np.int64), counts).T.astype(np.int32)
        channels = self._pixels.shape[2] if self._pixels.ndim == 3 else 1
        return color.to_colors(np.ascontiguousarray(means), channels, "oklab")

    def _convert(self, start: int, stop: int) -> NDArray[np.int32]:
        """Return the points of rows of pixels."""
        return color.to_points(flat_pixels(self._pixels[start:stop]), "oklab")

    def strips(self) -> list[tuple[int, int]]:
        """Return ranges of rows, whole reduced rows each, that are held in memory at a time."""
        step = max(1, STRIP // (self.width * self.factor)) * self.factor
        return [(y, min(y + step, self.height)) for y in range(0, self.height, step)]

    def _reduce(self) -> NDArray[np.int32]:
        """Return the means of blocks."""
        h, w = self.reduced_shape
        if self.factor == 1:
            return self._convert(0, h).reshape(h, w, 4)
        columns = np.arange(0, self.width, self.factor)
        widths = np.diff(columns, append=self.width)
        out = np.empty((h, w, 4), dtype=np.int32)
        for start, stop in self.strips():
            points = self._convert(start, stop).reshape(stop - start, self.width, 4)
            lines = np.arange(0, stop - start, self.factor)
            heights = np.diff(lines, append=stop - start)
            sums = np.add.reduceat(points, lines, axis=0, dtype=np.int64)
            sums = np.add.reduceat(sums, columns, axis=1)
            first = start // self.factor
            out[first : first + len(lines)] = sums // (heights[:, None] * widths)[..., None]
        return out
