"""Which clusters and regions a person picks: the options, and the mask that they mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from kmcodec.cli import _options, _types

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from kmcodec.segmenter import Segmentation

Point = tuple[int, int]
POINT = _types.Numbers(",", "X,Y in pixels from the left and the top", least=2, most=2)
PICKED = _types.Numbers(",", "of the form A,B with cluster numbers", least=1)

options = _options.apply(
    click.option(
        "--at",
        "points",
        type=POINT,
        multiple=True,
        metavar="X,Y",
        help="Pick the cluster at this point; repeatable.",
    ),
    click.option(
        "--region-at",
        "region_points",
        type=POINT,
        multiple=True,
        metavar="X,Y",
        help="Pick only the connected region around this point; repeatable.",
    ),
    click.option(
        "--except-at",
        "removed_points",
        type=POINT,
        multiple=True,
        metavar="X,Y",
        help="Take the connected region around this point away; repeatable.",
    ),
    click.option(
        "--pick",
        "picked",
        type=PICKED,
        multiple=True,
        metavar="A,B",
        help="Pick clusters by their numbers; repeatable.",
    ),
    click.option(
        "--merge",
        "groups",
        type=_types.MERGED,
        multiple=True,
        metavar="A+B",
        help="Make clusters one, under the lowest number, before anything is picked; repeatable.",
    ),
    click.option("--invert", is_flag=True, help="Take what is not picked."),
)


@dataclass(frozen=True)
class Picks:
    """What the options above say.

    Attributes
    ----------
    points, region_points, removed_points : sequence of (int, int)
        Where to pick clusters and connected regions, and where to take regions away.
    picked : sequence of sequences of int
        Clusters, by their numbers before merging.
    groups : sequence of sequences of int
        Clusters to merge, each group into one, by the same numbers.
    invert : bool
    """

    points: Sequence[Point]
    region_points: Sequence[Point]
    picked: Sequence[Sequence[int]]
    groups: Sequence[Sequence[int]]
    removed_points: Sequence[Point]
    invert: bool

    @property
    def any(self) -> bool:
        """Whether anything is picked."""
        return bool(self.points or self.region_points or self.picked)

    def check_groups(self, n_clusters: int | None = None) -> None:
        """Raise ``click.UsageError`` for clusters that are not there, or are merged twice.

        `n_clusters` is None as long as one does not know.
        """
        named = [number for group in self.groups for number in group]
        if len(set(named)) < len(named):
            raise click.UsageError("--merge names a cluster twice")
        for option, numbers in (
            ("--merge", named),
            ("--pick", [n for p in self.picked for n in p]),
        ):
            if n_clusters is not None and max(numbers, default=0) >= n_clusters:
                raise click.UsageError(
                    f"{option} {max(numbers)}: there {_are(n_clusters)}, numbered from 0"
                )

    def _check_points(self, found: Segmentation) -> None:
        """Raise ``click.UsageError`` for points outside the picture."""
        for option, points in (
            ("--at", self.points),
            ("--region-at", self.region_points),
            ("--except-at", self.removed_points),
        ):
            for x, y in points:
                if x >= found.width or y >= found.height:
                    raise click.UsageError(
                        f"{option} {x},{y} is outside the picture of {found.width} x {found.height}"
                    )

    def merged(self, found: Segmentation) -> Segmentation:
        """Return the segmentation after merging, with all that is picked checked.

        Raises
        ------
        click.UsageError
            A point is outside the picture, or there is no such cluster.
        """
        self._check_points(found)
        self.check_groups(found.n_clusters)
        return found.merge(*self.groups) if self.groups else found

    def mask(self, before: Segmentation, after: Segmentation) -> NDArray[np.bool_]:
        """Return the mask of all picks, given the segmentation before and after merging."""
        picked = [number for numbers in self.picked for number in numbers]
        clusters = [int(after.labels[before.mask(n)][0]) for n in picked if before.mask(n).any()]
        clusters += [after.cluster_at(x, y) for x, y in self.points]
        mask = after.mask(clusters)
        for x, y in self.region_points:
            mask = mask | after.region_at(x, y)
        for x, y in self.removed_points:
            mask = mask & ~after.region_at(x, y)
        return ~mask if self.invert else mask


def _are(n_clusters: int) -> str:
    """Return how many clusters there are, in words."""
    return "is 1 cluster" if n_clusters == 1 else f"are {n_clusters} clusters"
