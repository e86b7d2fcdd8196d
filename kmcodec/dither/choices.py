"""Which colours of a palette each pixel may take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec.kmeans import CenterTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.kmeans import Face

NEIGHBORS = 32  # colours besides the flat one that a pixel may take
MOST_LABELS = 1 << 16  # what the kernels' keys hold
NOBODY = 1 << 62  # the key of no neighbour: farther than any


class Choices:
    """A palette as the kernels take it: labelled colours, and the neighbours of each.

    With a face, the colours on it are there a second time, for the pixels on it, and have only
    each other as neighbours. Where both do not fit, they are there once, and pixels off the face
    that lie nearest to them take no others either.

    Attributes
    ----------
    palette : (L, 4) int32
        The points of the labels.
    near : (L, M) int64
        Neighbours as ``nearest.find_neighbors`` has them.
    """

    def __init__(self, palette: NDArray[np.int32], face: Face | None) -> None:
        palette = np.ascontiguousarray(palette)
        self._tree = CenterTree(palette)
        self.palette = palette
        self.near = self._tree.find_neighbors(NEIGHBORS)
        self._entries: NDArray[np.int32] | None = None  # of labels, where these are not the same
        self._face: Face | None = None
        if face is None:
            return
        firm = np.flatnonzero(face.holds(palette))
        if 0 < len(firm) < len(palette):
            self._face = face
            self._own_tree = CenterTree(palette[firm])
            self._list_again(firm)

    def _list_again(self, firm: NDArray[np.intp]) -> None:
        """Give the colours on the face labels for the pixels on it."""
        n = len(self.palette)
        fits = n + len(firm) <= MOST_LABELS
        labels = n + np.arange(len(firm)) if fits else firm
        self._own_labels = labels.astype(np.int32)
        self._own_of = np.full(n, -1, dtype=np.int32)
        self._own_of[firm] = labels
        near = np.full((len(firm), self.near.shape[1]), NOBODY, dtype=np.int64)
        near |= labels[:, None]
        found = self._own_tree.find_neighbors(NEIGHBORS)
        near[:, : found.shape[1]] = (found >> 16 << 16) | labels[found & 65535]
        if not fits:
            self.near[firm] = near
            return
        self._entries = np.concatenate([np.arange(n), firm]).astype(np.int32)
        self.palette = np.ascontiguousarray(self.palette[self._entries])
        self.near = np.concatenate([self.near, near])

    def find(self, points: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the label of the nearest colour that each of (n, 4) points may take."""
        labels = self._tree.find(points)
        if self._face is None:
            return labels
        np.copyto(labels, self._own_of.take(labels), where=self._face.holds(points))
        astray = np.flatnonzero(labels < 0)  # few: most have the nearest colour on the face
        if len(astray):
            labels[astray] = self._own_labels[self._own_tree.find(points[astray])]
        return labels

    def entries(self, labels: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the palette's entries of labels."""
        return labels if self._entries is None else self._entries.take(labels)
