"""The page of groups of digits: look at members, merge and split groups by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec.errors import InputError
from kmcodec.pages.assembly import assemble, packed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from kmcodec.digits import Grouping

PARTS = (2, 3)  # that the page can split a group into
SCRIPTS = ("common.js", "planes.js", "groups.js", "digits.js")
STYLES = ("base.css", "digits.css")


def digits_page(
    grouping: Grouping,
    *,
    title: str,
    arguments: Sequence[str] = (),
    merged: Sequence[Sequence[int]] = (),
    split: Mapping[int, int] | None = None,
    seed: int = 0,
) -> str:
    """Return an HTML page with a row per group.

    Splits are found here, by the library, so that the page and the command that it shows agree.

    Parameters
    ----------
    grouping : Grouping
        Before any groups are merged or split.
    title : str
    arguments : sequence of str
        What follows ``kmcodec digits`` to get this grouping; the page shows it with options of its
        own.
    merged, split
        What is merged and split at first, as in ``Grouping.rearrange``.
    seed : int
        0 to 2**32 - 1, of the splits.
    """
    parts = sorted({*PARTS, *(split or {}).values()})
    order = np.lexsort((grouping.distances, grouping.labels)).astype(np.uint32)
    data = {
        "images": packed(grouping.images),
        "labels": packed(grouping.labels.astype(np.uint32)),
        "order": packed(order),
        "parts": {str(n): packed(_parts(grouping, n, seed)) for n in parts},
        "merged": [sorted(set(group)) for group in merged],
        "split": {str(number): n for number, n in (split or {}).items()},
        "clusters": grouping.n_clusters,
        "arguments": list(arguments),
    }
    return assemble(title, body="digits.html", styles=STYLES, scripts=SCRIPTS, data=data)


def _parts(grouping: Grouping, n: int, seed: int) -> NDArray[np.uint8]:
    """Return which part of its own group each image falls into, 0 where there is no such split."""
    parts = np.zeros(len(grouping.labels), dtype=np.uint8)
    for number in range(grouping.n_clusters):
        try:
            split = grouping.split(number, n, seed=seed)
        except InputError:
            continue  # fewer distinct images than parts
        mine = grouping.members(number)
        parts[mine] = np.unique(split.labels[mine], return_inverse=True)[1]
    return parts
