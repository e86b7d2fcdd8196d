"""K-means over colour and position: a picture as some hundred compact, connected regions.

After Achanta et al., "SLIC superpixels compared to state-of-the-art superpixel methods", IEEE
TPAMI 34 (2012), doi:10.1109/TPAMI.2012.120; here in exact integers, and each pixel keeps to the
centres of the cells around it.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kmcodec import _kernels, color
from kmcodec.errors import InputError
from kmcodec.options import check_integer
from kmcodec.parallel import map_ranges
from kmcodec.segmenter.regions import absorb_small, connected_regions

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from kmcodec.segmenter.canvas import Canvas

DEFAULT_REGIONS = 300
MOST_REGIONS = 10_000
DEFAULT_POSITION_WEIGHT = 0.05
LARGEST_POSITION_WEIGHT = 1.0
STEPS = 8  # of Lloyd's algorithm
SMALLEST_CELL = 16  # pixels of the reduced picture
TINY = 16 * SMALLEST_CELL  # pixels; a picture of fewer has too few cells to find anything with
FRAGMENT = 4  # regions smaller than a cell by this factor are absorbed
LIGHTNESS_DIVISOR = 2  # lightness counts half: shadows and textures are not objects
UNIT_BITS = 16  # the fraction of a position coordinate's step from pixel to pixel
SMALLEST_RANGE = 1 << 15  # pixels per thread


class _Axis(NamedTuple):
    """Position coordinates of rows or columns, and the cells they lie in, each (n,) int32."""

    coordinates: NDArray[np.int32]
    cells: NDArray[np.int32]

    def part(self, start: int, stop: int) -> _Axis:
        """Return a range of it."""
        return _Axis(self.coordinates[start:stop], self.cells[start:stop])


class _Grid:
    """The cells that centres start in, and the scale of positions.

    A position coordinate counts in the unit of colours; both are the same for the reduced picture
    and for the whole one.
    """

    def __init__(self, shape: tuple[int, int], n_regions: int, position_weight: float) -> None:
        height, width = shape
        n_regions = max(1, min(n_regions, height * width // SMALLEST_CELL))
        side = math.sqrt(height * width / n_regions)
        self.rows = min(height, n_regions, max(1, round(height / side)))
        self.columns = min(width, max(1, round(n_regions / self.rows)))
        self._shape = shape
        longest = max(height / self.rows, width / self.columns)
        self._unit = round(position_weight * color.OKLAB_ONE / longest * (1 << UNIT_BITS))

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return self.rows * self.columns

    def _axis(self, length: int, factor: int, reduced: int, cells: int) -> _Axis:
        """Return an axis of `length` pixels, `factor` of which make one of `reduced` pixels."""
        steps = np.arange(length, dtype=np.int64)
        coordinates = (2 * steps + 1) * self._unit // (2 * factor << UNIT_BITS)
        found = steps // factor * cells // reduced
        return _Axis(coordinates.astype(np.int32), found.astype(np.int32))

    def axes(self, shape: tuple[int, int], factor: int) -> tuple[_Axis, _Axis]:
        """Return rows and columns of a picture of that shape."""
        return (
            self._axis(shape[0], factor, self._shape[0], self.rows),
            self._axis(shape[1], factor, self._shape[1], self.columns),
        )


def _scaled(points: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return (n, 4) points with less lightness, contiguous."""
    points = np.array(points.reshape(-1, 4))
    points[:, 0] //= LIGHTNESS_DIVISOR
    return points


def _assign(
    points: NDArray[np.int32],
    rows: _Axis,
    columns: _Axis,
    centers: NDArray[np.int32],
    *,
    n_columns: int,
    threads: int,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the labels (n,) of scaled points (n, 4), and the sums (K, 7) of each centre."""
    labels = np.empty(len(points), dtype=np.int32)
    kernel = _kernels.superpixels

    def run(start: int, stop: int) -> NDArray[np.int64]:
        sums = np.zeros((len(centers), 7), dtype=np.int64)
        kernel.assign_windows(
            points, *rows, *columns, centers, n_columns, labels, sums, start, stop
        )
        return sums

    height, width = len(rows.cells), len(columns.cells)
    smallest = max(1, SMALLEST_RANGE // width)
    return labels, functools.reduce(
        np.add, map_ranges(run, height, threads=threads, smallest=smallest)
    )


def _moved(centers: NDArray[np.int32], sums: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return centres at the means of their pixels, rounded down; those without pixels stay."""
    out = centers.copy()
    used = sums[:, 0] > 0
    out[used] = sums[used, 1:] // sums[used, :1]
    return out


def _find_centers(
    canvas: Canvas, grid: _Grid, report: Callable[[float], object]
) -> NDArray[np.int32]:
    """Return the centres (K, 6) that K-means finds on the reduced picture."""
    shape = canvas.reduced.shape[:2]
    points = _scaled(canvas.reduced)
    rows, columns = grid.axes(shape, 1)
    cells = (rows.cells[:, None] * grid.columns + columns.cells).reshape(-1)
    positions = np.repeat(rows.coordinates, shape[1]), np.tile(columns.coordinates, shape[0])
    sums = np.empty((grid.n_cells, 7), dtype=np.int64)
    sums[:, 0] = np.bincount(cells, minlength=grid.n_cells)
    for j, values in enumerate((*points.T, *positions), 1):
        sums[:, j] = np.bincount(cells, values, grid.n_cells)  # exact: below 2**53
    assign = functools.partial(_assign, n_columns=grid.columns, threads=canvas.threads)
    centers = _moved(np.zeros((grid.n_cells, 6), dtype=np.int32), sums)
    for step in range(STEPS):
        report(step / STEPS)
        sums = assign(points, rows, columns, centers)[1]
        centers = _moved(centers, sums)
    return centers


def check_position_weight(weight: float) -> float:
    """Return the weight as a float, or raise ``InputError``."""
    if not 0 <= weight <= LARGEST_POSITION_WEIGHT:
        raise InputError(f"position_weight is {weight!r}, it may be 0 to {LARGEST_POSITION_WEIGHT}")
    return float(weight)


def _areas_of_one_color(canvas: Canvas, min_region: int) -> tuple[NDArray[np.int32], int]:
    """Return the connected areas of equal points, small ones absorbed, and their number."""
    points = canvas.rows(0, canvas.height)
    colors = np.unique(points, axis=0, return_inverse=True)[1].astype(np.int32)
    labels = colors.reshape(canvas.height, canvas.width)
    regions, firsts = connected_regions(absorb_small(labels, min_region))
    return regions, len(firsts)


def superpixels(
    canvas: Canvas,
    n_regions: int = DEFAULT_REGIONS,
    *,
    position_weight: float = DEFAULT_POSITION_WEIGHT,
    min_region: int = 0,
    report: Callable[[float], object] = lambda _: None,
) -> tuple[NDArray[np.int32], int]:
    """Divide a picture into compact connected regions of similar colour.

    Parameters
    ----------
    canvas : Canvas
        The picture.
    n_regions : int
        About how many, 1 to 10000; at most one per 16 pixels of the reduced picture. In a picture
        of fewer than 256 pixels, every connected area of one colour is a region.
    position_weight : float
        0 to 1: the OKLab distance that counts as much as the width of a region. The higher, the
        more compact.
    min_region : int
        Regions of fewer pixels are absorbed by a neighbour, as are, whatever this is, those of
        less than a quarter of the average area.
    report : callable
        Takes the share that is done, 0 to 1.

    Returns
    -------
    labels : (H, W) int32
        Connected regions 0 to n - 1. The same for the same options, whatever the machine and the
        threads: sums are exact, ties go to the lowest centre.
    n : int

    Raises
    ------
    InputError
        An option is out of its range.
    """
    n_regions = check_integer(n_regions, 1, MOST_REGIONS, "n_regions")
    min_region = check_integer(min_region, 0, 1 << 31, "min_region")
    position_weight = check_position_weight(position_weight)
    if canvas.height * canvas.width < TINY:
        report(1.0)
        return _areas_of_one_color(canvas, min_region)
    grid = _Grid(canvas.reduced_shape, n_regions, position_weight)
    centers = _find_centers(canvas, grid, report)
    height, width = canvas.height, canvas.width
    rows, columns = grid.axes((height, width), canvas.factor)
    assign = functools.partial(_assign, n_columns=grid.columns, threads=canvas.threads)
    labels = np.empty((height, width), dtype=np.int32)
    for start, stop in canvas.strips():
        points = _scaled(canvas.rows(start, stop))
        found = assign(points, rows.part(start, stop), columns, centers)[0]
        labels[start:stop] = found.reshape(stop - start, width)
    fragment = height * width // (grid.n_cells * FRAGMENT)
    regions, firsts = connected_regions(absorb_small(labels, max(fragment, min_region)))
    report(1.0)
    return regions, len(firsts)
