"""Centres and what they gave: what Lloyd's iteration and swaps pass on from step to step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from kmcodec.arithmetic import divide_rounded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.kmeans.face import Face


@dataclass
class State:
    """Centres and the assignment that they gave.

    Attributes
    ----------
    centers : (K, 4) int32
    labels : (n,) int32
        The nearest centre of each point, ties to the lowest; of a point on the face, the nearest
        on the face.
    sums : (K, 5) int64
        Weight and weighted coordinates of each cluster.
    inertia : int
        Weighted sum of squared distances.
    changed : int
        Labels that differ from the previous assignment.
    n_pinned : int
        The first centres, which stay where they are.
    face : Face, optional
    firm : (K,) bool
        Centres with members on the face.
    """

    centers: NDArray[np.int32]
    labels: NDArray[np.int32]
    sums: NDArray[np.int64]
    inertia: int
    changed: int
    n_pinned: int = 0
    face: Face | None = None
    firm: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=np.bool_))

    def means(self) -> NDArray[np.int32]:
        """Return each cluster's best centre: its mean, on the face for a member's sake.

        An empty cluster and a pinned one keep their centres.
        """
        weights = self.sums[:, :1].copy()
        weights[: self.n_pinned] = 0
        means = divide_rounded(self.sums[:, 1:], np.maximum(weights, 1)).astype(np.int32)
        np.copyto(means, self.centers, where=weights == 0)
        if self.face is not None:
            self.face.project(means, self.firm)
        return means

    def moved(
        self, stride: int, low: NDArray[np.int32], high: NDArray[np.int32]
    ) -> NDArray[np.int32]:
        """Return the centres after stride / 4 of the way to their means, kept within a box."""
        moved = self.centers + ((self.means() - self.centers) * stride >> 2)
        own = moved[self.n_pinned :]
        np.maximum(own, low, out=own)  # quicker than clip
        np.minimum(own, high, out=own)
        if self.face is not None:
            self.face.keep_off(own, ~self.firm[self.n_pinned :])
        return moved
