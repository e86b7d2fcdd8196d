"""Images of digits -> ``Grouping``: K-means over pixels, oriented gradients, or a graph of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmcodec.digits.checks import check_images
from kmcodec.digits.clustering import FEATURES, Features, cluster
from kmcodec.digits.grouping import Grouping
from kmcodec.digits.report import Report
from kmcodec.errors import InputError
from kmcodec.options import MAX_SEED, check_integer

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["FEATURES", "Features", "Grouping", "Report", "cluster_digits"]


def cluster_digits(
    images: ArrayLike, n_clusters: int = 10, *, features: Features = "raw", seed: int = 0
) -> Grouping:
    """Group images of digits, or of other small signs, by what they show.

    Parameters
    ----------
    images : (n, h, w) uint8, or (n, d) uint8 of square images
        Strokes bright on a dark ground.
    n_clusters : int
        Groups wanted, 1 to the number of images; there are fewer only where `features` do not tell
        enough images apart.
    features : {"raw", "gradients", "spectral"}
        "raw" is K-means of the pixels; "gradients" makes digits upright and compares the direction
        of their strokes; "spectral" joins each to its neighbours by that, and parts the graph.
    seed : int
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
    found = cluster(images, n_clusters, features, check_integer(seed, 0, MAX_SEED, "seed"))
    return Grouping(images, found.labels, found.points, features)
