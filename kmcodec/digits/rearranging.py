"""Clusters that are merged and split one after another; their names say what each is from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kmcodec.digits.clustering import Features, cluster
from kmcodec.digits.numbering import by_size
from kmcodec.digits.parting import as_bytes, parts_of
from kmcodec.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from numpy.typing import NDArray

    Splitter = Callable[[str, NDArray[np.int64], int], NDArray[np.int64]]

Name = tuple[int, ...]  # 5.1.2 is part 2 of part 1 of cluster 5; parts count from 1


@dataclass(frozen=True)
class Merge:
    """Clusters that become one.

    Attributes
    ----------
    names : tuple of names
        Two or more; a merged cluster goes by the name of anything in it.
    """

    names: tuple[Name, ...]


@dataclass(frozen=True)
class Split:
    """A cluster that falls apart.

    Attributes
    ----------
    name : name
        A merged cluster goes by the name of anything in it.
    n_parts : int
        2 or more.
    """

    name: Name
    n_parts: int


@dataclass(frozen=True, eq=False)
class Part:
    """A cluster on the way: what is in it, and what it was split from.

    Attributes
    ----------
    names : tuple of names
        Ascending: one, or those that were merged.
    members : (m,) int64
        The numbers of its images, ascending.
    source : str
        What it is a part of; empty for others.
    """

    names: tuple[Name, ...]
    members: NDArray[np.int64]
    source: str = ""

    @property
    def title(self) -> str:
        """What a person reads: "3", "5+7", "5.1 from 5+7"."""
        return joined(self.names) + (f" from {self.source}" if self.source else "")


def written(name: Name) -> str:
    """Return a name as one types it, such as 5.1."""
    return ".".join(map(str, name))


def joined(names: Sequence[Name]) -> str:
    """Return the name of what is merged, such as 5+7."""
    return "+".join(map(written, names))


def follow(
    labels: NDArray[np.int32], steps: Sequence[Merge | Split], split: Splitter
) -> list[Part]:
    """Return the clusters after some steps, the largest first, ties by the first member.

    Parameters
    ----------
    labels : (n,) int32
    steps : sequence of Merge and Split
        In their order.
    split : callable
        Takes the name of a cluster as it came, or "" for another; members; and a number of parts;
        returns the part of each member, from 0.

    Raises
    ------
    InputError
        There is no cluster of that name, or it cannot be split so.
    """
    parts = [
        Part(((number,),), np.flatnonzero(labels == number).astype(np.int64))
        for number in range(int(labels.max()) + 1)
    ]
    for step in steps:
        if isinstance(step, Merge):
            taken = {id(part): part for part in (_find(parts, name) for name in step.names)}
            if len(taken) < 2:
                raise InputError(f"{joined(step.names)} is one cluster already")
            names = sorted(name for part in taken.values() for name in part.names)
            members = np.sort(np.concatenate([part.members for part in taken.values()]))
            made = [Part(tuple(names), members)]
        else:
            part = _find(parts, step.name)
            taken = {id(part): part}
            made = _split(part, step.n_parts, split)
        parts = [part for part in parts if id(part) not in taken] + made
    return sorted(parts, key=lambda part: (-len(part.members), int(part.members[0])))


def _split(part: Part, n_parts: int, split: Splitter) -> list[Part]:
    """Return what a cluster falls into."""
    name = joined(part.names)
    if n_parts > len(part.members):
        count = len(part.members)
        raise InputError(f"cluster {name} cannot have {n_parts} parts: it has {count} images")
    as_it_came = name if len(part.names) == 1 and len(part.names[0]) == 1 else ""
    try:
        numbers = split(as_it_came, part.members, n_parts)
    except InputError as error:
        raise InputError(f"cluster {name}: {error}") from error
    return [
        Part(((*part.names[0], number + 1),), part.members[numbers == number], name)
        for number in range(n_parts)
    ]


def _find(parts: list[Part], name: Name) -> Part:
    """Return the cluster that a name is in, or raise ``InputError``."""
    for part in parts:
        if name in part.names:
            return part
    all_names = sorted(one for part in parts for one in part.names)
    below = [one for one in all_names if one[: len(name)] == name]
    if below:
        some = ", ".join(map(written, below[:8]))
        raise InputError(f"cluster {written(name)} is split: take one of its parts, {some}")
    numbers = sorted({one[0] for one in all_names})
    raise InputError(f"there is no cluster {written(name)}: they go from 0 to {numbers[-1]}")


def splitter(
    images: NDArray[np.uint8], points: NDArray[Any], features: Features, seed: int
) -> Splitter:
    """Return what splits clusters of images.

    A cluster as it came is clustered anew, as all images were; a merged one, or a part, falls apart
    by ``parts_of`` its points.
    """
    rows = as_bytes(points)

    def split(name: str, members: NDArray[np.int64], n_parts: int) -> NDArray[np.int64]:
        if not name:
            return parts_of(rows[members], n_parts)
        labels = cluster(images[members], n_parts, features, seed).labels
        numbers = by_size(labels).astype(np.int64)
        if int(numbers.max()) + 1 < n_parts:
            raise InputError(f"too few images are distinct for {n_parts} parts")
        return numbers

    return split
