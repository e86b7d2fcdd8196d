"""How well clusters agree with labels that they were made without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, repr=False)
class Agreement:
    """Agreement of K clusters with C classes.

    Attributes
    ----------
    classes : (C,) int64
        The distinct labels, ascending.
    table : (K, C) int64
        Confusion table: members of each cluster by class.
    matches : tuple of int or None
        The class of each cluster in the one-to-one matching with the most hits (Hungarian method),
        None for clusters that it leaves over.
    accuracy : float
        Share of members with their cluster's matched class.
    purity : float
        Share of members with the commonest class of their cluster.
    nmi : float
        Normalized mutual information, by the arithmetic mean of the entropies.
    ari : float
        Adjusted Rand index.
    """

    classes: NDArray[np.int64]
    table: NDArray[np.int64]
    matches: tuple[int | None, ...]
    accuracy: float
    purity: float
    nmi: float
    ari: float

    def __repr__(self) -> str:
        """Return clusters, classes and scores, on one line."""
        n_clusters, n_classes = self.table.shape
        return (
            f"<Agreement of {n_clusters} clusters with {n_classes} classes:"
            f" accuracy {self.accuracy:.4f}, purity {self.purity:.4f}, NMI {self.nmi:.4f},"
            f" ARI {self.ari:.4f}>"
        )

    @property
    def majorities(self) -> NDArray[np.int64]:
        """The commonest class of each cluster, (K,); ties to the lowest."""
        commonest: NDArray[np.int64] = self.classes[self.table.argmax(axis=1)]
        return commonest

    @property
    def purities(self) -> NDArray[np.float64]:
        """The share of that class in each cluster, (K,)."""
        shares: NDArray[np.float64] = self.table.max(axis=1) / self.table.sum(axis=1)
        return shares


def compare(labels: NDArray[np.int32], n_clusters: int, truth: NDArray[np.int64]) -> Agreement:
    """Compare (n,) clusters from 0 to K - 1, none of them empty, with (n,) true labels."""
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415  (takes a while to import)
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score  # noqa: PLC0415

    classes, numbers = np.unique(truth, return_inverse=True)
    cells = labels.astype(np.int64) * len(classes) + numbers
    table = np.bincount(cells, minlength=n_clusters * len(classes))
    table = table.astype(np.int64).reshape(n_clusters, len(classes))
    rows, columns = linear_sum_assignment(-table)
    matched = dict(zip(rows.tolist(), classes[columns].tolist(), strict=True))
    return Agreement(
        classes,
        table,
        tuple(matched.get(cluster) for cluster in range(n_clusters)),
        accuracy=float(table[rows, columns].sum() / len(labels)),
        purity=float(table.max(axis=1).sum() / len(labels)),
        nmi=float(normalized_mutual_info_score(truth, labels)),
        ari=float(adjusted_rand_score(truth, labels)),
    )
