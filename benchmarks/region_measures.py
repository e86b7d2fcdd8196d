"""The region measures of the Berkeley benchmark, for one picture and for sets of pictures.

After Arbelaez et al., "Contour detection and hierarchical image segmentation", IEEE TPAMI 33
(2011), doi:10.1109/TPAMI.2010.161, section 2.3, and the sums of the benchmark's own program:
covering over a set weighs each person's drawing by its pixels, the other two are plain means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def contingency(truth: NDArray[np.integer], labels: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return how many pixels each pair of a true region and a label has, without empty ones.

    Parameters
    ----------
    truth, labels : (H, W) integer
    """
    if truth.shape != labels.shape:
        raise ValueError(f"sizes differ: {truth.shape} and {labels.shape}")
    _, rows = np.unique(truth, return_inverse=True)
    _, columns = np.unique(labels, return_inverse=True)
    width = int(columns.max()) + 1
    counts = np.bincount(rows.reshape(-1) * width + columns.reshape(-1))
    full = np.zeros((int(rows.max()) + 1) * width, dtype=np.int64)
    full[: len(counts)] = counts
    return full.reshape(-1, width)


def overlaps(table: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return for each true region the largest intersection over union with a label."""
    unions = table.sum(axis=1)[:, None] + table.sum(axis=0) - table
    best: NDArray[np.float64] = (table / unions).max(axis=1)
    return best


def rand_index(table: NDArray[np.int64]) -> float:
    """Return the share of pairs of pixels that both divide, or both do not; 1 for one pixel."""
    n = int(table.sum())
    if n == 1:
        return 1.0
    together = int((table**2).sum())
    apart = int((table.sum(axis=0) ** 2).sum()) + int((table.sum(axis=1) ** 2).sum())
    return 1 - (apart - 2 * together) / (n * (n - 1))


def variation_of_information(table: NDArray[np.int64]) -> float:
    """Return the information in bits that each has and the other has not, together; 0 is equal."""
    shares = table / table.sum()
    return 2 * _entropy(shares) - _entropy(shares.sum(axis=0)) - _entropy(shares.sum(axis=1))


def _entropy(shares: NDArray[np.float64]) -> float:
    """Return the entropy of shares in bits."""
    some = shares[shares > 0]
    return float(-(some * np.log2(some)).sum())


@dataclass(frozen=True, eq=False)
class Measures:
    """One segmentation beside all drawings of a picture.

    Attributes
    ----------
    weights : (n,) float64
        Pixels of the regions of all drawings together.
    overlaps : (n,) float64
        The best overlap of each of these regions.
    rand_index, variation_of_information : float
        Means over the drawings.
    """

    weights: NDArray[np.float64]
    overlaps: NDArray[np.float64]
    rand_index: float
    variation_of_information: float

    @property
    def covering(self) -> float:
        """The overlaps' mean, weighted by area."""
        return float(self.weights @ self.overlaps / self.weights.sum())


def measure(labels: NDArray[np.integer], truths: Sequence[NDArray[np.integer]]) -> Measures:
    """Compare a segmentation (H, W) with each drawing (H, W) of the same picture."""
    tables = [contingency(truth, labels) for truth in truths]
    return Measures(
        np.concatenate([table.sum(axis=1) for table in tables]).astype(np.float64),
        np.concatenate([overlaps(table) for table in tables]),
        float(np.mean([rand_index(table) for table in tables])),
        float(np.mean([variation_of_information(table) for table in tables])),
    )


@dataclass(frozen=True)
class Summary:
    """Scores over a set of pictures: with one setting for all, and with the best for each.

    Attributes
    ----------
    setting : int
        Position of the setting that has the best covering over the set.
    covering, rand_index, variation_of_information : (float, float)
        With one setting for the set (ODS) and with the best one of each picture (OIS); each measure
        has its own best settings.
    best_covering : float
        With the best setting for each region of each drawing.
    """

    setting: int
    covering: tuple[float, float]
    best_covering: float
    rand_index: tuple[float, float]
    variation_of_information: tuple[float, float]


def summarize(found: Sequence[Sequence[Measures]]) -> Summary:
    """Return the scores of a method, given its measures by picture and by setting."""
    areas = np.array([row[0].weights.sum() for row in found])
    coverings = np.array([[m.covering for m in row] for row in found])
    rands = np.array([[m.rand_index for m in row] for row in found])
    informations = np.array([[m.variation_of_information for m in row] for row in found])
    of_set = areas @ coverings / areas.sum()
    best = sum(float(row[0].weights @ np.max([m.overlaps for m in row], axis=0)) for row in found)
    return Summary(
        int(of_set.argmax()),
        (float(of_set.max()), float(areas @ coverings.max(axis=1) / areas.sum())),
        best / float(areas.sum()),
        (float(rands.mean(axis=0).max()), float(rands.max(axis=1).mean())),
        (float(informations.mean(axis=0).min()), float(informations.min(axis=1).mean())),
    )
