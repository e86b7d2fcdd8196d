"""Colours with their points: what quantizing passes on from step to step."""

from __future__ import annotations

import copy
import functools
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from kmcodec import color
from kmcodec.kmeans import CenterTree, Face
from kmcodec.quantizer.metric import Metric
from kmcodec.quantizer.salience import EQUAL_FROM

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.histogram import ColorNumbers, Histogram
    from kmcodec.quantizer.request import Request
    from kmcodec.quantizer.salience import Salience

LARGEST_SUM = (1 << 31) - 1  # of the weights that K-means takes
SRGB_STEP = color.SRGB_SCALE**2  # squared distance of two sRGB points one 8-bit step apart
BAND = 1 << 16  # pixels that are measured together, which bounds the memory


class Colors:
    """Colours, and the points where a metric sees them: of a picture, or of a palette.

    They become points when these are first asked for, and only once.

    Parameters
    ----------
    values : (n, C) uint8
        Gray, gray + alpha, RGB or RGB + alpha. They must not change.
    metric : Metric
    points : (n, 4) int32, optional
        What the metric makes of them, where it is known.
    """

    def __init__(
        self,
        values: NDArray[np.uint8],
        metric: Metric,
        points: NDArray[np.int32] | None = None,
    ) -> None:
        self.values = values
        self.metric = metric
        self._points = points
        self._plain: Colors | None = None  # the same in the space itself

    def __len__(self) -> int:
        """Return the number of colours."""
        return len(self.values)

    @property
    def channels(self) -> int:
        """Number of channels, 1 to 4."""
        return int(self.values.shape[1])

    @property
    def points(self) -> NDArray[np.int32]:
        """The points, (n, 4) int32, squared distances below 2**31."""
        if self._points is None and self._plain is not None:
            self._points = self.metric.weigh(self._plain.points, self.channels)
        if self._points is None:
            self._points = self.metric.to_points(self.values)
        return self._points

    @functools.cached_property
    def face(self) -> Face | None:
        """Where the opaque colours lie among the points: they take opaque entries only."""
        found = color.opaque_level(self.channels, self.metric.space)
        return None if found is None else Face(*found)

    @functools.cached_property
    def in_srgb(self) -> Colors:
        """The same colours in sRGB, where errors are measured."""
        return self if self.metric.space == "srgb" else Colors(self.values, Metric("srgb"))

    def measured_by(self, metric: Metric) -> Self:
        """Return the same colours in another metric of their space, given those in the plain one.

        All share the plain points.
        """
        if metric == self.metric:
            return self
        return self._copied(metric)

    def _copied(self, metric: Metric) -> Self:
        """Return a copy in another metric that shares these points."""
        copied = copy.copy(self)
        copied.metric = metric
        copied._points, copied._plain = None, self  # noqa: SLF001  (its own)
        return copied

    def take(self, rows: NDArray[np.integer[Any]]) -> Colors:
        """Return some of the colours, with their points."""
        return Colors(self.values[rows], self.metric, self.points[rows])

    def nearest_to(self, points: NDArray[np.int32], posterize: int) -> Colors:
        """Return the colour nearest to each of (K, 4) points, of as many channels as these.

        With `posterize`, its channels give up so many low bits.
        """
        return Colors(self.metric.to_colors(points, self.channels, posterize), self.metric)

    def label_with(self, palette: Colors) -> NDArray[np.int32]:
        """Return the palette's entry nearest to each colour, (n,), ties to the lowest.

        An opaque colour takes the nearest opaque entry, if there is one.
        """
        labels = CenterTree(palette.points).find(self.points)
        if self.face is not None:
            opaque = np.flatnonzero(self.face.holds(palette.points))
            astray = self.face.holds(self.points) & ~self.face.holds(palette.points)[labels]
            if len(opaque) and astray.any():
                found = CenterTree(palette.points[opaque]).find(self.points[astray])
                labels[astray] = opaque[found]
        return labels

    def squares_to(self, palette: Colors, labels: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return each colour's squared distance to its entry, (n,), below 2**31."""
        gaps = palette.points.take(labels, axis=0)  # several times as fast as indexing
        gaps -= self.points
        squares: NDArray[np.int32] = np.einsum("ij,ij->i", gaps, gaps)
        return squares


class WeightedColors(Colors):
    """Distinct colours, in ascending order, and how much each counts.

    Attributes
    ----------
    counts : (n,) int64
        Pixels of each colour, which decide what is rare, and the error. Halved as often as it
        takes for a sum below 2**31.
    weights : (n,) int64
        What K-means weighs colours by: positive, with a sum below 2**31.
    salience : Salience, optional
        What weighs them for a palette of few colours, if weights are not given.
    """

    def __init__(
        self,
        histogram: Histogram,
        request: Request,
        weights: NDArray[np.int64] | None = None,
        salience: Salience | None = None,
    ) -> None:
        """Take a histogram's colours in the request's channels; weights are counts by default."""
        values = color.with_channels(histogram.colors, request.channels)
        super().__init__(values, Metric(request.space))
        self.counts = _scaled(histogram.counts)
        self.weights = self.counts if weights is None else _scaled(weights)
        self.salience = salience

    def seen_with(self, n_colors: int) -> WeightedColors:
        """Return the colours as they count for a palette of so many entries."""
        metric = Metric.of_palette(self.metric.space, n_colors)
        if self.salience is None or n_colors >= EQUAL_FROM:
            return self.measured_by(metric)
        seen = self._copied(metric)
        seen.weights = _scaled(self.salience.weights(n_colors))
        return seen

    def mse(self, palette: Colors, labels: NDArray[np.int32]) -> float:
        """Return the mean squared 8-bit error, summed over channels, when all take their labels."""
        squares = self.in_srgb.squares_to(palette.in_srgb, labels)
        return int(squares @ self.counts) / (SRGB_STEP * int(self.counts.sum()))

    def mse_of_pixels(
        self,
        palette: Colors,
        numbers: ColorNumbers,
        indices: NDArray[np.unsignedinteger[Any]],
    ) -> float:
        """Return that error where (H, W) indices differ among pixels of one colour."""
        points, entries = self.in_srgb.points, palette.in_srgb.points
        flat = indices.reshape(-1)
        total = 0
        for start in range(0, flat.size, BAND):
            part = flat[start : start + BAND]
            gaps = points.take(numbers.positions(start, start + part.size), axis=0)
            gaps -= entries.take(part, axis=0)
            total += int(np.einsum("ij,ij->i", gaps, gaps).sum(dtype=np.int64))
        return total / (SRGB_STEP * flat.size)


def _scaled(weights: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return weights halved as often as it takes for a sum below 2**31; none becomes zero."""
    while int(weights.sum()) > LARGEST_SUM:
        weights = np.maximum(weights >> 1, 1)
    return weights
