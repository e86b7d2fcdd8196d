"""``Segmentation``: labels, and what one does with them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from kmcodec import color
from kmcodec.arithmetic import divide_rounded, index_type
from kmcodec.errors import InputError
from kmcodec.histogram import check_pixels
from kmcodec.image import IndexedImage, checked_names
from kmcodec.options import MAX_COLORS, check_integer
from kmcodec.segmenter.coco import CocoRle, coco_rle
from kmcodec.segmenter.regions import Region, connected_regions, describe, mean_colors
from kmcodec.showing import Shown, colored, thinned

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, repr=False)
class Segmentation(Shown):
    """A picture's pixels in K groups; frozen and checked.

    ``segment`` numbers the clusters by area, the largest first, ties by colour.

    Attributes
    ----------
    labels : (H, W) int32
        The cluster of each pixel, 0 to K - 1. In what ``segment`` returns every number occurs.
    palette : (K, C) uint8
        The mean colour of each cluster, in the picture's channels: gray, gray + alpha, RGB,
        RGB + alpha.
    names : tuple of str
        Names of the clusters, K of them or none.

    Raises
    ------
    InputError
        A shape, type or label is out of these bounds.
    """

    labels: NDArray[np.int32]
    palette: NDArray[np.uint8]
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check everything, then lock the arrays."""
        labels, palette = np.asarray(self.labels), np.asarray(self.palette)
        if labels.ndim != 2 or labels.size == 0 or labels.dtype.kind not in "ui":
            raise InputError(
                f"labels are {labels.dtype} of shape {labels.shape}, expected (H, W) integers"
            )
        if palette.dtype != np.uint8 or palette.ndim != 2 or not 1 <= palette.shape[1] <= 4:
            raise InputError(
                f"palette is {palette.dtype} of shape {palette.shape}, expected (K, C) uint8"
            )
        if int(labels.min()) < 0 or int(labels.max()) >= len(palette):
            raise InputError(f"labels go beyond the {len(palette)} clusters")
        labels, palette = np.array(labels, np.int32, order="C"), np.array(palette, order="C")
        labels.flags.writeable = palette.flags.writeable = False
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "palette", palette)
        object.__setattr__(self, "names", checked_names(self.names, len(palette)))

    def __repr__(self) -> str:
        """Return size and clusters, on one line."""
        return (
            f"<Segmentation {self.width} x {self.height}, {self.n_clusters}"
            f" cluster{'s' * (self.n_clusters != 1)}{', named' * bool(self.names)}>"
        )

    def _picture(self, most: int) -> NDArray[np.uint8]:
        """Return each pixel in its cluster's mean colour, for notebooks and plots."""
        return colored(self.palette, thinned(self.labels, most))

    def _extent(self, _pixels: NDArray[np.uint8]) -> tuple[int, int]:
        """Return width and height, for the ticks of a plot."""
        return self.width, self.height

    @property
    def n_clusters(self) -> int:
        """Number of clusters, K."""
        return len(self.palette)

    @property
    def height(self) -> int:
        """Rows of pixels."""
        return int(self.labels.shape[0])

    @property
    def width(self) -> int:
        """Pixels in a row."""
        return int(self.labels.shape[1])

    @cached_property
    def areas(self) -> NDArray[np.int64]:
        """Pixels of each cluster, (K,) int64."""
        return np.bincount(self.labels.reshape(-1), minlength=self.n_clusters).astype(np.int64)

    def cluster_at(self, x: int, y: int) -> int:
        """Return the cluster of the pixel in column `x` and row `y`, counted from 0.

        Raises
        ------
        InputError
            The point is outside the picture.
        """
        self._check_point(x, y)
        return int(self.labels[y, x])

    def mask(self, clusters: int | Iterable[int]) -> NDArray[np.bool_]:
        """Return which pixels belong to one of the clusters, (H, W) bool.

        Raises
        ------
        InputError
            There is no such cluster.
        """
        picked = np.zeros(self.n_clusters, dtype=bool)
        picked[self._checked(clusters)] = True
        return picked[self.labels]

    def region_at(self, x: int, y: int) -> NDArray[np.bool_]:
        """Return the connected region around a pixel as a mask, (H, W) bool.

        Pixels of a cluster are connected when they share a side.

        Raises
        ------
        InputError
            The point is outside the picture.
        """
        self._check_point(x, y)
        planes = self._regions[0]
        mask: NDArray[np.bool_] = planes == planes[y, x]
        return mask

    def cutout(self, pixels: NDArray[np.uint8], clusters: int | Iterable[int]) -> NDArray[np.uint8]:
        """Return the clusters' pixels on a transparent ground; see ``cut_out``."""
        return cut_out(pixels, self.mask(clusters))

    def regions(self, pixels: NDArray[np.uint8] | None = None) -> list[Region]:
        """Return the connected regions, the largest first, ties by their first pixels.

        Parameters
        ----------
        pixels : (H, W) or (H, W, C) uint8, optional
            The picture, for the regions' own mean colours (of the 8-bit values).

        Raises
        ------
        InputError
            The picture has another size.
        """
        plane, firsts = self._regions
        clusters = self.labels.reshape(-1)[firsts]
        if pixels is None:
            colors = self.palette[clusters]
        else:
            colors = mean_colors(_checked_picture(pixels, plane.shape), plane)
        return describe(plane, firsts, clusters, colors)

    @cached_property
    def _regions(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The plane of region numbers and each region's first pixel."""
        return connected_regions(self.labels)

    def merge(self, *groups: Iterable[int]) -> Segmentation:
        """Return a segmentation in which each group of clusters is one.

        A merged cluster takes the place and the name of its lowest number and the mean of the
        colours, weighted by area; the others keep their order and close up.

        Raises
        ------
        InputError
            There is no such cluster, or one is in two groups.
        """
        lowest = np.arange(self.n_clusters)
        seen: set[int] = set()
        for group in groups:
            numbers = self._checked(group)
            if seen & set(numbers):
                raise InputError("a cluster is in two groups that are to be merged")
            seen |= set(numbers)
            if numbers:
                lowest[numbers] = min(numbers)
        kept, new = np.unique(lowest, return_inverse=True)
        points = color.to_points(self.palette, "oklab").astype(np.int64)
        sums = np.zeros((len(kept), 4), dtype=np.int64)
        np.add.at(sums, new, points * self.areas[:, None])
        totals = np.bincount(new, self.areas).astype(np.int64)[:, None]
        means = divide_rounded(sums, np.maximum(totals, 1)).astype(np.int32)
        palette = color.to_colors(means, self.palette.shape[1], "oklab")
        as_before = (np.bincount(new) == 1) | (totals[:, 0] == 0)
        palette[as_before] = self.palette[kept[as_before]]
        names = tuple(self.names[i] for i in kept) if self.names else ()
        return Segmentation(new.astype(np.int32)[self.labels], palette, names)

    def with_names(self, names: Sequence[str]) -> Self:
        """Return the same segmentation with names for its clusters."""
        return type(self)(self.labels, self.palette, tuple(names))

    def to_coco_rle(self) -> list[CocoRle]:
        """Return the mask of each cluster in COCO's compressed run-length encoding."""
        return [coco_rle(self.mask(cluster)) for cluster in range(self.n_clusters)]

    def to_image(self) -> IndexedImage:
        """Return a palette image whose indices are the labels; its order is kept in files.

        Raises
        ------
        InputError
            There are more than 65536 clusters.
        """
        if self.n_clusters > MAX_COLORS:
            raise InputError(
                f"there are {self.n_clusters} clusters, an image has {MAX_COLORS} at most"
            )
        indices = self.labels.astype(index_type(self.n_clusters))
        return IndexedImage(self.palette, indices, authored=True, names=self.names)

    @classmethod
    def from_image(cls, image: IndexedImage) -> Self:
        """Return the segmentation in a label map, such as ``decode_indexed`` gives."""
        return cls(image.indices.astype(np.int32), image.palette, image.names)

    def _checked(self, clusters: int | Iterable[int]) -> list[int]:
        """Return cluster numbers as a list, or raise ``InputError``."""
        try:
            given = [clusters] if isinstance(clusters, int | np.integer) else list(clusters)
        except TypeError as error:
            raise InputError(f"clusters are {clusters!r}, expected numbers") from error
        return [check_integer(number, 0, self.n_clusters - 1, "cluster") for number in given]

    def _check_point(self, x: int, y: int) -> None:
        """Raise ``InputError`` for a point outside the picture."""
        check_integer(x, 0, self.width - 1, "x")
        check_integer(y, 0, self.height - 1, "y")


def cut_out(pixels: NDArray[np.uint8], mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return the picture where the mask is true, and nothing elsewhere.

    Parameters
    ----------
    pixels : (H, W), (H, W, 2), (H, W, 3) or (H, W, 4) uint8
        Gray, gray + alpha, RGB or RGB + alpha.
    mask : (H, W) bool
        Where the picture stays.

    Returns
    -------
    (H, W, 4) uint8
        RGB + alpha: the picture's own, alpha 255 if it has none; zeros outside the mask.

    Raises
    ------
    InputError
        The two differ in size.
    """
    pixels = _checked_picture(pixels, mask.shape)
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    out = np.zeros((*mask.shape, 4), dtype=np.uint8)
    out[mask] = color.with_channels(pixels[mask].reshape(-1, channels), 4)
    return out


def _checked_picture(pixels: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return pixels of this height and width, or raise ``InputError``."""
    pixels = check_pixels(pixels)
    if pixels.shape[:2] != tuple(shape):
        raise InputError(
            f"the picture is {pixels.shape[1]} x {pixels.shape[0]},"
            f" the segmentation {shape[1]} x {shape[0]}"
        )
    return pixels
