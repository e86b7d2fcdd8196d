"""Weighted colours -> palette, by K-means under the request's conditions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kmcodec import color, kmeans
from kmcodec.quantizer.mapping import nearest_entries
from kmcodec.quantizer.rare import rarest_lost

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from kmcodec.quantizer.request import Request


@dataclass(frozen=True, eq=False)
class Found:
    """A palette and what became of each colour.

    Attributes
    ----------
    palette : (K, C) uint8
        Distinct, in ascending order of channels.
    labels : (n,) int32
        The palette entry of each colour: a nearest one, not always the lowest of several at the
        same distance. A picture that loses nothing has each colour's very own.
    n_iter : int
        Lloyd steps over all colours.
    """

    palette: NDArray[np.uint8]
    labels: NDArray[np.int32]
    n_iter: int


def find(
    colors: NDArray[np.uint8],
    counts: NDArray[np.int64],
    weights: NDArray[np.int64],
    request: Request,
    *,
    threads: int,
    progress: Callable[[float], None],
) -> Found:
    """Find a palette for (n, C) distinct colours, in ascending order, without regard to quality.

    Parameters
    ----------
    colors : (n, C) uint8
    counts : (n,) int64
        Pixels of each colour, which decide what is rare.
    weights : (n,) int64
        What K-means weighs colours by: positive, with a sum below 2**31.
    request : Request
        Its `keep` has C channels too.
    threads : int
        The result does not depend on it.
    progress : callable
        Takes the share that is done, 0 to 1.
    """
    pinned = _pinned(colors, request)
    found = _find_with(colors, weights, request, pinned, threads=threads, progress=progress)
    room = request.n_colors // 2 - len(pinned)
    at_once = 1
    while request.keep_rare and room > 0:
        lost = rarest_lost(
            colors,
            counts,
            weights,
            found.palette,
            found.labels,
            request=request,
            most=min(at_once, room),
        )
        if len(lost) == 0:
            break
        pinned = np.vstack([pinned, lost])
        room -= len(lost)
        at_once *= 2  # so that there are few rounds
        found = _find_with(colors, weights, request, pinned, threads=threads, progress=progress)
    return found


def _pinned(colors: NDArray[np.uint8], request: Request) -> NDArray[np.uint8]:
    """Return the colours that have an entry of their own: those to keep, and transparency."""
    pinned = request.keep
    has_alpha = colors.shape[1] in (2, 4)
    if has_alpha and len(pinned) + 1 < request.n_colors:
        clear = bool((colors[:, -1] == 0).any()) and not bool((pinned[:, -1] == 0).any())
        pinned = np.vstack([pinned, np.zeros((int(clear), colors.shape[1]), dtype=np.uint8)])
    return pinned


def _find_with(
    colors: NDArray[np.uint8],
    weights: NDArray[np.int64],
    request: Request,
    pinned: NDArray[np.uint8],
    *,
    threads: int,
    progress: Callable[[float], None],
) -> Found:
    """Find a palette that holds the pinned colours."""
    space = request.space
    channels = colors.shape[1]
    if len(colors) <= request.n_colors:
        exact = _exact(colors, request)
        if exact is not None:
            return exact

    def snap(centers: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the points of the nearest colours that the palette may hold."""
        held = color.posterized(color.to_colors(centers, channels, space), request.posterize)
        return color.to_points(held, space)

    points = color.to_points(colors, space)
    clustering = kmeans.cluster(
        points,
        weights,
        request.n_colors,
        effort=request.effort,
        seed=request.seed,
        threads=threads,
        snap=snap,
        pinned=color.to_points(pinned, space),
        progress=progress,
    )
    palette = color.posterized(
        color.to_colors(clustering.centers, channels, space), request.posterize
    )
    if not request.posterize:
        _keep_single_colors(palette, colors, clustering.labels)
    palette[: len(pinned)] = pinned
    labels = clustering.labels
    centers = color.to_points(palette, space)
    if not np.array_equal(centers, clustering.centers):
        labels = kmeans.assign(points, weights, centers, labels, threads=threads).labels
    palette, labels = _distinct(palette, labels, len(request.keep))
    return Found(palette, labels, clustering.n_iter)


def _exact(colors: NDArray[np.uint8], request: Request) -> Found | None:
    """Return a palette of all colours, posterized if so asked, or None where there is no room."""
    rows = np.vstack([request.keep, color.posterized(colors, request.posterize)])
    palette, entries = np.unique(rows, axis=0, return_inverse=True)
    if len(palette) > request.n_colors:
        return None
    entries = entries.reshape(-1)
    labels: NDArray[np.int32] = entries[len(request.keep) :].astype(np.int32)
    if request.posterize:  # another colour's level, or a kept colour, may be nearer
        labels = nearest_entries(colors, palette, request.space)
        used = np.union1d(labels, entries[: len(request.keep)])
        palette, labels = palette[used], np.searchsorted(used, labels).astype(np.int32)
    return Found(palette, labels, 0)


def _keep_single_colors(
    palette: NDArray[np.uint8], colors: NDArray[np.uint8], labels: NDArray[np.int32]
) -> None:
    """Give each cluster of one colour that very colour: the way to points and back may round."""
    some_member = np.zeros(len(palette), dtype=np.intp)
    some_member[labels] = np.arange(len(colors))
    single = np.bincount(labels, minlength=len(palette)) == 1
    palette[single] = colors[some_member[single]]


def _distinct(
    palette: NDArray[np.uint8], labels: NDArray[np.int32], n_kept: int
) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """Sort a palette, drop its repetitions and, beyond the first `n_kept`, unused entries."""
    wanted = np.bincount(labels, minlength=len(palette)) > 0
    wanted[:n_kept] = True
    used = np.flatnonzero(wanted)
    distinct, new_label = np.unique(palette[used], axis=0, return_inverse=True)
    relabel = np.zeros(len(palette), dtype=np.int32)
    relabel[used] = new_label.reshape(-1)
    return distinct, relabel[labels]
