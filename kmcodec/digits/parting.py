"""Parts of a cluster by K-means in whole numbers, which the page of digits computes, too.

``parts.js`` does the same, step by step. So what one splits on the page, the command line splits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec.digits.numbering import by_size
from kmcodec.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

CANDIDATES = 24  # points that a centre may begin at
MOST_STEPS = 50  # of Lloyd's
UNIT = 16  # centres are in sixteenths of a byte


def as_bytes(points: NDArray[Any]) -> NDArray[np.uint8]:
    """Return points (n, d) as bytes: floats are scaled, their least to 0, their greatest to 255."""
    if points.dtype == np.uint8:
        return points
    values = points.astype(np.float64)
    least, span = values.min(), max(float(np.ptp(values)), 1e-12)
    scaled: NDArray[np.uint8] = np.rint(255 * (values - least) / span).astype(np.uint8)
    return scaled


def parts_of(points: NDArray[np.uint8], n_parts: int) -> NDArray[np.int64]:
    """Return the part of each point, (n,), numbered by size, ties by the first point.

    Centres begin at points: each at that one of 24, evenly spread over the points, which leaves the
    smallest sum of squared distances. Then come at most 50 steps of Lloyd's. Distances are exact,
    and ties go to the lowest part.

    Raises
    ------
    InputError
        A part would be empty: too few points are distinct.
    """
    rows = UNIT * points.astype(np.float64)  # whole numbers below 2**53, so sums are exact
    centers = _starts(rows, n_parts)
    labels = _nearest(rows, centers)
    for _ in range(MOST_STEPS):
        for part in range(n_parts):
            mine = points[labels == part]
            if len(mine):
                sums = mine.sum(axis=0, dtype=np.int64)
                centers[part] = (2 * UNIT * sums + len(mine)) // (2 * len(mine))
        before, labels = labels, _nearest(rows, centers)
        if (labels == before).all():
            break
    if (np.bincount(labels, minlength=n_parts) == 0).any():
        raise InputError(f"too few images are distinct for {n_parts} parts")
    return by_size(labels).astype(np.int64)


def _starts(rows: NDArray[np.float64], n_parts: int) -> NDArray[np.float64]:
    """Return where centres begin, (n_parts, d)."""
    n = len(rows)
    count = min(CANDIDATES, n)
    tried = rows[np.arange(count) * n // count]
    gaps = _squares(rows, tried)
    closest = np.full(n, np.inf)
    chosen = []
    for _ in range(n_parts):
        left = np.minimum(gaps, closest[:, None])
        chosen.append(int(left.sum(axis=0).argmin()))
        closest = left[:, chosen[-1]]
    return tried[chosen].copy()


def _squares(rows: NDArray[np.float64], centers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return squared distances, (n, k)."""
    own = (rows * rows).sum(axis=1)[:, None] + (centers * centers).sum(axis=1)
    squares: NDArray[np.float64] = own - 2 * (rows @ centers.T)
    return squares


def _nearest(rows: NDArray[np.float64], centers: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the nearest centre of each row, the lowest of equally near ones."""
    nearest: NDArray[np.int64] = _squares(rows, centers).argmin(axis=1).astype(np.int64)
    return nearest
