"""Weighted colours -> palette, by K-means under the request's conditions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kmcodec import color, kmeans
from kmcodec.channels import has_alpha
from kmcodec.quantizer.colors import Colors, WeightedColors
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
    palette : Colors
        Distinct, in ascending order of channels, unless given.
    labels : (n,) int32
        The palette entry of each colour: a nearest one, not always the lowest of several at the
        same distance. A picture that loses nothing has each colour's very own.
    n_iter : int
        Lloyd steps over all colours.
    """

    palette: Colors
    labels: NDArray[np.int32]
    n_iter: int


def find(
    colors: WeightedColors,
    request: Request,
    *,
    threads: int,
    progress: Callable[[float], None],
) -> Found:
    """Find a palette without regard to quality.

    Parameters
    ----------
    colors : WeightedColors
    request : Request
        Of as many channels.
    threads : int
        The result does not depend on it.
    progress : callable
        Takes the share that is done, 0 to 1.
    """
    colors = colors.seen_with(request.n_colors)
    pinned = _pinned(colors, request)
    found = _find_with(colors, request, pinned, threads=threads, progress=progress)
    room = request.n_colors // 2 - len(pinned)
    at_once = 1
    while request.keep_rare and room > 0:
        most = min(at_once, room)
        lost = rarest_lost(colors, found.palette, found.labels, request=request, most=most)
        if len(lost) == 0:
            break
        pinned = np.vstack([pinned, lost])
        room -= len(lost)
        at_once *= 2  # so that there are few rounds
        found = _find_with(colors, request, pinned, threads=threads, progress=progress)
    return found


def _pinned(colors: Colors, request: Request) -> NDArray[np.uint8]:
    """Return the colours that have an entry of their own: those to keep, and transparency.

    The latter where there is room for what is visible, too. It keeps its hidden colour if it has
    only one.
    """
    pinned = request.keep
    if not has_alpha(colors.channels) or bool((pinned[:, -1] == 0).any()):
        return pinned
    clear = colors.values[colors.values[:, -1] == 0]
    if len(clear) == 0 or len(pinned) + 1 + _needs_more(colors, pinned) > request.n_colors:
        return pinned
    hidden = clear if len(clear) == 1 and not request.posterize else np.zeros_like(clear[:1])
    return np.vstack([pinned, hidden])


def _needs_more(colors: Colors, pinned: NDArray[np.uint8]) -> bool:
    """Whether pinned colours leave out all that is opaque, or visible where nothing is opaque."""
    most = int(colors.values[:, -1].max())
    least = 255 if most == 255 else 1
    return most > 0 and not bool((pinned[:, -1] >= least).any())


def fewest_entries(colors: Colors, request: Request) -> int:
    """Return how many entries it takes for the kept colours, the opaque and the transparent."""
    pinned = request.keep
    if not has_alpha(colors.channels):
        return max(1, len(pinned))
    alpha = colors.values[:, -1]
    clear = bool((alpha == 0).any()) and not bool((pinned[:, -1] == 0).any())
    return max(1, len(pinned) + clear + _needs_more(colors, pinned))


def _find_with(
    colors: WeightedColors,
    request: Request,
    pinned: NDArray[np.uint8],
    *,
    threads: int,
    progress: Callable[[float], None],
) -> Found:
    """Find a palette that holds the pinned colours."""
    exact = _exact(colors, request)
    if exact is not None:
        return exact
    clustering = kmeans.cluster(
        colors.points,
        colors.weights,
        request.n_colors,
        effort=request.effort,
        seed=request.seed,
        threads=threads,
        snap=lambda centers: colors.nearest_to(centers, request.posterize).points,
        pinned=Colors(pinned, colors.metric).points,
        face=colors.face,
        progress=progress,
    )
    palette = _palette_of(clustering, colors, request, pinned)
    labels = clustering.labels
    if not np.array_equal(palette.points, clustering.centers):
        labels = kmeans.assign(
            colors.points,
            colors.weights,
            palette.points,
            labels,
            threads=threads,
            face=colors.face,
        ).labels
    palette, labels = _distinct(palette, labels, len(request.keep))
    return Found(palette, labels, clustering.n_iter)


def _exact(colors: Colors, request: Request) -> Found | None:
    """Return a palette of all colours, posterized if so asked, or None where there is no room."""
    if len(colors) > request.n_colors:
        return None
    rows = np.vstack([request.keep, color.posterized(colors.values, request.posterize)])
    distinct, entries = np.unique(rows, axis=0, return_inverse=True)
    if len(distinct) > request.n_colors:
        return None
    palette = Colors(distinct, colors.metric)
    kept, labels = np.split(entries.reshape(-1).astype(np.int32), [len(request.keep)])
    if request.posterize:  # another colour's level, or a kept colour, may be nearer
        labels = colors.label_with(palette)
        used = np.union1d(labels, kept)
        palette, labels = palette.take(used), np.searchsorted(used, labels).astype(np.int32)
    return Found(palette, labels, 0)


def _palette_of(
    clustering: kmeans.Clustering, colors: Colors, request: Request, pinned: NDArray[np.uint8]
) -> Colors:
    """Return the colours of a clustering's centres, the pinned ones as they are.

    A cluster of one colour has that very colour: the way to points and back may round.
    """
    palette = colors.nearest_to(clustering.centers, request.posterize).values.copy()
    if not request.posterize:
        some_member = np.zeros(len(palette), dtype=np.intp)
        some_member[clustering.labels] = np.arange(len(colors))
        single = np.bincount(clustering.labels, minlength=len(palette)) == 1
        palette[single] = colors.values[some_member[single]]
    palette[: len(pinned)] = pinned
    return Colors(palette, colors.metric)


def _distinct(
    palette: Colors, labels: NDArray[np.int32], n_kept: int
) -> tuple[Colors, NDArray[np.int32]]:
    """Sort a palette, drop its repetitions and, beyond the first `n_kept`, unused entries."""
    wanted = np.bincount(labels, minlength=len(palette)) > 0
    wanted[:n_kept] = True
    used = np.flatnonzero(wanted)
    _, first, new_label = np.unique(
        palette.values[used], axis=0, return_index=True, return_inverse=True
    )
    relabel = np.zeros(len(palette), dtype=np.int32)
    relabel[used] = new_label.reshape(-1)
    return palette.take(used[first]), relabel[labels]
