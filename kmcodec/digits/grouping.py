"""``Grouping``: images in clusters, and what one does with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec.arithmetic import index_type
from kmcodec.digits.agreement import Agreement, compare
from kmcodec.digits.checks import check_images, check_labels
from kmcodec.digits.clustering import FEATURES, Features, cluster
from kmcodec.digits.ground import has_bright_ground
from kmcodec.digits.numbering import by_size, means
from kmcodec.digits.rearranging import Merge, Split, follow, splitter
from kmcodec.digits.sheet import members_sheet
from kmcodec.errors import InputError
from kmcodec.image import BlockImage
from kmcodec.options import MAX_SEED, check_integer
from kmcodec.showing import Shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, eq=False, repr=False)
class Grouping(Shown):
    """Images in K clusters; frozen and checked.

    Clusters are numbered by size, the largest first, ties by their first member, whatever numbers
    the labels had that this was made of. None is empty.

    Attributes
    ----------
    images : (n, h, w) uint8
    labels : (n,) int32
        The cluster of each image, 0 to K - 1.
    points : (n, d) uint8 or float32
        Where images are compared: their pixels for "raw", else oriented gradients.
    features : {"raw", "gradients", "spectral"}
    inverted : bool
        The images were dark on a bright ground, as on paper, and were inverted: `images` and
        `centers` are bright on dark.
    names : tuple of str
        What ``follow`` made each cluster of, such as "5+7" or "5.1 from 5+7": K of them or none.

    Raises
    ------
    InputError
        A shape or type is out of these bounds.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int32]
    points: NDArray[Any]
    features: Features = "raw"
    inverted: bool = False
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check everything, number the clusters, then lock the arrays."""
        images, points = check_images(self.images), np.asarray(self.points)
        labels = by_size(check_labels(self.labels, len(images)))
        if points.ndim != 2 or len(points) != len(images):
            raise InputError(f"points have shape {points.shape}, expected ({len(images)}, d)")
        if self.features not in FEATURES:
            raise InputError(f"features is {self.features!r}, it may be {', '.join(FEATURES)}")
        if len(self.names) not in (0, int(labels.max()) + 1):
            raise InputError(f"there are {len(self.names)} names for {labels.max() + 1} clusters")
        for name, array in (("images", images), ("labels", labels), ("points", points)):
            view = array.view()
            view.flags.writeable = False
            object.__setattr__(self, name, view)

    def __repr__(self) -> str:
        """Return images and clusters, on one line."""
        count, height, width = self.images.shape
        return (
            f"<Grouping of {count} images of {width} x {height}, {self.n_clusters}"
            f" cluster{'s' * (self.n_clusters != 1)}, {self.features}"
            f"{', inverted' * self.inverted}>"
        )

    @property
    def n_clusters(self) -> int:
        """Number of clusters, K."""
        return len(self.sizes)

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """Members of each cluster, (K,) int64."""
        return np.bincount(self.labels).astype(np.int64)

    @cached_property
    def centers(self) -> NDArray[np.uint8]:
        """The rounded mean of each cluster's images, (K, h, w) uint8."""
        rows = self.images.reshape(len(self.images), -1)
        found = np.rint(means(rows, self.labels, self.sizes)).astype(np.uint8)
        return found.reshape(-1, *self.images.shape[1:])

    @cached_property
    def centroids(self) -> NDArray[np.float64]:
        """The mean of each cluster's points, (K, d) float64."""
        return means(self.points, self.labels, self.sizes)

    @cached_property
    def distances(self) -> NDArray[np.float64]:
        """Euclidean distance of each image's point to its cluster's centroid, (n,) float64."""
        found = np.empty(len(self.labels))
        for cluster_, centroid in enumerate(self.centroids):
            mine = self.members(cluster_)
            found[mine] = np.linalg.norm(self.points[mine] - centroid, axis=1)
        return found

    @property
    def inertia(self) -> float:
        """Sum of the squared distances."""
        return float((self.distances**2).sum())

    def members(self, cluster: int) -> NDArray[np.int64]:
        """Return the numbers of a cluster's images, ascending.

        Raises
        ------
        InputError
            There is no such cluster.
        """
        return np.flatnonzero(self.labels == self._checked(cluster)).astype(np.int64)

    def nearest(self, cluster: int, n: int) -> NDArray[np.int64]:
        """Return a cluster's `n` images nearest to its centroid, or all; nearest first."""
        mine = self.members(cluster)
        order = np.argsort(self.distances[mine], kind="stable")
        return mine[order[: check_integer(n, 0, len(self.images), "n")]]

    def sample(self, cluster: int, n: int, seed: int = 0) -> NDArray[np.int64]:
        """Return `n` of a cluster's images at random without repetition, or all; ascending."""
        mine = self.members(cluster)
        count = min(check_integer(n, 0, len(self.images), "n"), len(mine))
        draw = np.random.default_rng([check_integer(seed, 0, MAX_SEED, "seed"), cluster])
        return np.sort(draw.choice(mine, count, replace=False))

    def merge(self, *groups: Iterable[int]) -> Grouping:
        """Return a grouping in which each group of clusters is one, numbered anew by size.

        Raises
        ------
        InputError
            There is no such cluster, or one is in two groups.
        """
        return self.rearrange(merge=groups)

    def split(self, cluster: int, n: int = 2, *, seed: int = 0) -> Grouping:
        """Return a grouping in which a cluster is `n`, found in it alone by the same features.

        Raises
        ------
        InputError
            There is no such cluster, or it has fewer than `n` distinct images.
        """
        return self.rearrange(split={cluster: n}, seed=seed)

    def rearrange(
        self,
        *,
        merge: Iterable[Iterable[int]] = (),
        split: Mapping[int, int] | None = None,
        seed: int = 0,
    ) -> Grouping:
        """Return a grouping with several clusters merged and others split, all at once.

        Parameters
        ----------
        merge : iterable of iterables of int
            Clusters that become one each, by their numbers in this grouping.
        split : mapping of int to int
            Into how many each of these falls apart.
        seed : int
            0 to 2**32 - 1, for the random starts of K-means.

        Raises
        ------
        InputError
            There is no such cluster, one is named twice, or it has too few distinct images.
        """
        labels = self.labels.astype(np.int64)
        named: set[int] = set()
        for group in merge:
            numbers = sorted({self._checked(number) for number in group})
            _claim(named, numbers)
            labels[np.isin(self.labels, numbers)] = numbers[0] if numbers else 0
        for number, n in (split or {}).items():
            _claim(named, [self._checked(number)])
            mine = self.members(number)
            n_parts = check_integer(n, 1, len(mine), f"the number of parts of cluster {number}")
            if n_parts == 1:
                continue
            parts = cluster(
                self.images[mine], n_parts, self.features, check_integer(seed, 0, MAX_SEED, "seed")
            ).labels
            labels[mine] = np.where(parts == 0, number, int(labels.max()) + parts)
        return replace(self, labels=by_size(labels), names=())

    def follow(self, steps: Sequence[Merge | Split], *, seed: int = 0) -> Grouping:
        """Return a grouping after merges and splits that are done one after another.

        Parameters
        ----------
        steps : sequence of Merge and Split
            From ``kmcodec.digits``. A cluster keeps its number in this grouping as its name; the
            parts of 5 are 5.1, 5.2 and so on; what is merged goes by the name of anything in it.
        seed : int
            0 to 2**32 - 1. A cluster as it came is clustered anew, by random starts; a merged one
            or a part falls apart by K-means of its points in whole numbers, without chance.

        Raises
        ------
        InputError
            There is no cluster of such a name, or it cannot be split so.
        """
        seed = check_integer(seed, 0, MAX_SEED, "seed")
        split = splitter(self.images, self.points, self.features, seed)
        parts = follow(self.labels, steps, split)
        labels = np.empty(len(self.labels), dtype=np.int32)
        for number, part in enumerate(parts):
            labels[part.members] = number
        return replace(self, labels=labels, names=tuple(part.title for part in parts))

    def _picture(self, _most: int) -> NDArray[np.uint8]:
        """Return a row per cluster, its centre first, then members, for notebooks and plots."""
        return members_sheet(self.images, self.labels, self.centers)

    def hierarchy(self) -> NDArray[np.float64]:
        """Return the tree of clusters: which two join at what height, (K - 1, 4) float64.

        Ward's method over the centroids, as SciPy's ``linkage`` writes it: row i names two clusters
        that become number K + i, their distance, and how many of the K are in it.
        """
        from scipy.cluster.hierarchy import linkage  # noqa: PLC0415  (takes a while to import)

        if self.n_clusters == 1:
            return np.empty((0, 4))
        tree: NDArray[np.float64] = linkage(self.centroids, "ward")
        return tree

    def report(self, true_labels: NDArray[Any]) -> Agreement:
        """Compare the clusters with true labels, (n,) integers.

        Raises
        ------
        InputError
            The labels are not integers, or their number is not that of the images.
        """
        return compare(self.labels, self.n_clusters, check_labels(true_labels, len(self.images)))

    def to_blocks(self) -> BlockImage:
        """Return the centres as a codebook of blocks, and each image's cluster as its index.

        A single row of blocks, authored: ``encode_blocks`` makes a ``.kmq`` file of it, and
        ``to_vectors`` of what is decoded is the centre of each image's cluster.

        Raises
        ------
        InputError
            There are more than 65536 clusters, or images of more than 65536 rows or columns.
        """
        count, height, width = self.images.shape
        row = self.labels[None].astype(index_type(self.n_clusters))
        return BlockImage(self.centers[..., None], row, height, width * count, authored=True)

    def _checked(self, cluster_: int) -> int:
        """Return a cluster's number, or raise ``InputError``."""
        return check_integer(cluster_, 0, self.n_clusters - 1, "cluster")


def _claim(named: set[int], numbers: list[int]) -> None:
    """Note clusters that are merged or split, or raise ``InputError`` if one is already."""
    twice = named & set(numbers)
    if twice:
        raise InputError(f"cluster {min(twice)} is to be merged or split twice")
    named |= set(numbers)


def cluster_digits(
    images: ArrayLike, n_clusters: int = 10, *, features: Features = "raw", seed: int = 0
) -> Grouping:
    """Group images of digits, or of other small signs, by what they show.

    Parameters
    ----------
    images : (n, h, w) uint8, or (n, d) uint8 of square images
        Strokes bright on a dark ground. Where the ground is bright, as on paper (told by the
        borders of all images together), they are inverted, and the result's ``inverted`` says so.
        Other numbers become bytes: integers from 0 to 255 as they are; floats from 0 to 1, and
        bool, times 255; floats beyond 1, up to 255, as they are; rounded.
    n_clusters : int, default 10
        Groups wanted, 1 to the number of images; there are fewer only where `features` do not tell
        enough images apart.
    features : {"raw", "gradients", "spectral"}, default "raw"
        "raw" is K-means of the pixels; "gradients" makes digits upright and compares the direction
        of their strokes; "spectral" joins each to its neighbours by that, and parts the graph.
    seed : int, default 0
        0 to 2**32 - 1, for the random starts of K-means.

    Returns
    -------
    Grouping
        Its clusters are numbered by size, the largest first, ties by their first member.

    Raises
    ------
    InputError
        A shape, type or option is out of its range, or fewer images are distinct than groups
        wanted.
    """
    images = check_images(images)
    if features not in FEATURES:
        raise InputError(f"features is {features!r}, it may be {', '.join(FEATURES)}")
    n_clusters = check_integer(n_clusters, 1, 1 << 31, "n_clusters")
    if n_clusters > len(images):
        raise InputError(f"n_clusters is {n_clusters}, but there are {len(images)} images")
    seed = check_integer(seed, 0, MAX_SEED, "seed")
    inverted = has_bright_ground(images)
    if inverted:
        images = 255 - images
    found = cluster(images, n_clusters, features, seed)
    return Grouping(images, found.labels, found.points, features, inverted)
