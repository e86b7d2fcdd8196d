"""The best pick that a person could make: of clusters, and of connected regions."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def best_clusters(labels: NDArray[np.integer], wanted: NDArray[np.bool_]) -> float:
    """Return the largest intersection over union of any set of labels with what is wanted.

    Parameters
    ----------
    labels : (H, W) integer
        At most 12 of them, for every set is tried.
    wanted : (H, W) bool
    """
    inside, areas = _counts(labels, wanted)
    if len(areas) > 12:
        raise ValueError(f"there are {len(areas)} labels, 12 can be tried")
    best = 0.0
    for size in range(1, len(areas) + 1):
        for pick in combinations(range(len(areas)), size):
            common, area = inside[list(pick)].sum(), areas[list(pick)].sum()
            best = max(best, float(common / (wanted.sum() + area - common)))
    return best


def best_regions(regions: NDArray[np.integer], wanted: NDArray[np.bool_]) -> float:
    """Return the largest intersection over union of any set of regions with what is wanted.

    Of all sets the best is one of those that take the regions with the largest share of wanted
    pixels: as many as it takes.
    """
    inside, areas = _counts(regions, wanted)
    order = np.argsort(-(inside / areas), kind="stable")
    common, area = np.cumsum(inside[order]), np.cumsum(areas[order])
    return float((common / (wanted.sum() + area - common)).max())


def _counts(
    labels: NDArray[np.integer], wanted: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many wanted pixels, and how many pixels, each label has."""
    numbers = np.unique(labels, return_inverse=True)[1].reshape(labels.shape)
    areas = np.bincount(numbers.reshape(-1))
    return np.bincount(numbers[wanted], minlength=len(areas)), areas
