"""A face of the points' box: the points that lie on it take no centre that lies off it.

Opaque colours are such points. A centre that has a member on the face stays on the face, which
is where the least error is under this condition; a centre without one is free to leave it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray


class Face(NamedTuple):
    """The points whose coordinate on an axis is the largest that any point or centre may have.

    Attributes
    ----------
    axis : int
        0 to 3.
    level : int
        The coordinate.
    """

    axis: int
    level: int

    def holds(self, points: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Return which of (n, 4) points lie on the face."""
        on_face: NDArray[np.bool_] = points[:, self.axis] == self.level
        return on_face

    def project(self, centers: NDArray[np.integer[Any]], chosen: NDArray[np.bool_]) -> None:
        """Move the chosen ones of (K, 4) centres onto the face, in place."""
        np.putmask(centers[:, self.axis], chosen, self.level)

    def keep_off(self, centers: NDArray[np.int32], chosen: NDArray[np.bool_]) -> None:
        """Move the chosen ones of (K, 4) centres off the face, in place, if they lie on it."""
        column = centers[:, self.axis]
        np.minimum(column, np.subtract(self.level, chosen, dtype=np.int32), out=column)

    def parts(self, points: NDArray[np.int32], pinned: NDArray[np.int32]) -> bool:
        """Return whether the face sets points apart from others, or from pinned centres."""
        on_face = self.holds(points)
        if not on_face.any():
            return False
        return not (on_face.all() and self.holds(pinned).all())


def firm_first(
    points: NDArray[np.int32], weights: NDArray[np.int64], face: Face | None
) -> tuple[NDArray[np.intp] | None, NDArray[np.int32], NDArray[np.int64]]:
    """Return points and weights, those on the face first, and where they were, if they moved."""
    if face is None:
        return None, points, weights
    order = np.argsort(~face.holds(points), kind="stable")
    return order, points[order], weights[order]
