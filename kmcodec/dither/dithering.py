"""Dithering over colour points, so that a small palette shows smooth shades.

*Diffusion* passes each pixel's error on to its neighbours: Floyd and Steinberg, "An adaptive
algorithm for spatial greyscale", Proc. SID 17 (1976), rows alternating their direction, damped
where the palette has nearly the wanted colour (``_kernels.dithering.diffuse_rows``). The order of
pixels is part of the method, so only the search for nearest colours uses threads.

*Blue noise* mixes two colours by a fixed matrix of thresholds: see ``blue_noise`` and
``_kernels.dithering.mix_rows``. A pixel depends on its four neighbours only, so all the work uses
threads; photographs take fewer bytes than diffused ones, bare gradients about the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec import _kernels
from kmcodec.arithmetic import index_type
from kmcodec.dither.blue_noise import rank_matrix
from kmcodec.dither.choices import Choices
from kmcodec.errors import InputError
from kmcodec.options import DITHER_METHODS, DitherMethod, check_share
from kmcodec.parallel import map_ranges

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from kmcodec.kmeans import Face

    Points = Callable[[int, int], NDArray[np.int32]]

FULL_STRENGTH = 256
BAND = 1 << 16  # pixels that are looked at together, at least a row: what bounds the memory
# By SSIMULACRA2 over Kodak pictures of 4 to 256 colours. From 64 colours on, its mean changes by
# less than 0.2 for shares of 205 to 240 and tolerances of 36 to 100; fewer want a high share.
DIFFUSION_SHARE = 240  # of 256, at full strength
DIFFUSION_TOLERANCE = 64
MIXING_SHARE = 230


@dataclass(frozen=True)
class Dithering:
    """How to dither.

    Attributes
    ----------
    method : {"diffusion", "blue-noise"}
    strength : int
        0 (the nearest colour) to 256.
    """

    method: DitherMethod
    strength: int

    @classmethod
    def checked(cls, method: DitherMethod, strength: float) -> Dithering:
        """Return the way to dither with a strength of 0 to 1, or raise ``InputError``."""
        share = check_share(strength, "dither")
        if method not in DITHER_METHODS:
            names = " or ".join(repr(name) for name in DITHER_METHODS)
            raise InputError(f"dither_method is {method!r}, it may be {names}")
        return cls(method, round(share * FULL_STRENGTH))

    def find_indices(
        self,
        points_between: Points,
        palette: NDArray[np.int32],
        shape: tuple[int, ...],
        *,
        face: Face | None = None,
        threads: int,
    ) -> NDArray[np.unsignedinteger[Any]]:
        """Return the index of each pixel such that neighbours together show its colour.

        Parameters
        ----------
        points_between : callable
            ``points_between(a, b)`` returns (b - a, 4) int32, the wanted points of the pixels a to
            b, counted row by row. Called from several threads.
        palette : (K, 4) int32
            The points to choose from; all as ``color.to_points`` gives them.
        shape : (int, int)
            H and W.
        face : Face, optional
            Pixels whose points lie on it take only colours on it, if there are any.
        threads : int

        Returns
        -------
        (H, W) uint8, or uint16 for more than 256 colours
            The same for every number of threads.
        """
        found = np.empty(shape, dtype=index_type(len(palette)))
        run = _diffuse if self.method == "diffusion" else _mix
        run(points_between, Choices(palette, face), self.strength, threads, found)
        return found


def _find_flat(
    points_between: Points, choices: Choices, start: int, stop: int, threads: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the points of the pixels from `start` to `stop`, and their nearest colours."""
    points = np.empty((stop - start, 4), dtype=np.int32)
    labels = np.empty(stop - start, dtype=np.int32)

    def find(a: int, b: int) -> None:
        points[a:b] = points_between(start + a, start + b)
        labels[a:b] = choices.find(points[a:b])

    map_ranges(find, stop - start, threads=threads, smallest=1 << 12)
    return points, labels


def _diffuse(
    points_between: Points,
    choices: Choices,
    strength: int,
    threads: int,
    out: NDArray[np.unsignedinteger[Any]],
) -> None:
    """Write indices by error diffusion, band by band."""
    kernel = _kernels.dithering
    height, width = out.shape
    palette, near = choices.palette, choices.near
    share = DIFFUSION_SHARE * strength // FULL_STRENGTH
    errors = np.zeros((2, width + 2, 4), dtype=np.int32)
    target = np.zeros((1, 4), dtype=np.int32)
    rows = max(1, BAND * threads // width)
    for top in range(0, height, rows):
        part = out[top : top + rows]
        begin, end = top * width, top * width + part.size
        points, labels = _find_flat(points_between, choices, begin, end, threads)
        kernel.diffuse_rows(
            points, palette, near, errors, target, labels, share, DIFFUSION_TOLERANCE, top
        )
        part[:] = choices.entries(labels).reshape(part.shape)


def _mix(
    points_between: Points,
    choices: Choices,
    strength: int,
    threads: int,
    out: NDArray[np.unsignedinteger[Any]],
) -> None:
    """Write indices by thresholds, bands of rows in parallel."""
    kernel = _kernels.dithering
    height, width = out.shape
    palette, near = choices.palette, choices.near
    ranks = rank_matrix()
    share = MIXING_SHARE * strength // FULL_STRENGTH
    rows = max(1, BAND // width)

    def mix(start: int, stop: int) -> None:
        for top in range(start, stop, rows):
            bottom = min(top + rows, stop)
            first, last = max(0, top - 1), min(height, bottom + 1)  # a row more, for the gradients
            points = np.ascontiguousarray(points_between(first * width, last * width))
            labels = choices.find(points)
            kernel.mix_rows(
                points,
                palette,
                near,
                ranks,
                labels,
                share,
                width,
                top - first,
                bottom - first,
                first,
            )
            part = out[top:bottom]
            rows_of = choices.entries(labels).reshape(-1, width)
            part[:] = rows_of[top - first : bottom - first]

    map_ranges(mix, height, threads=threads, smallest=max(1, (1 << 14) // width))
