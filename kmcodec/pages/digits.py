"""The page of groups of digits: look at members, merge and split groups by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec.digits import Merge, Split
from kmcodec.digits.parting import as_bytes
from kmcodec.digits.rearranging import written
from kmcodec.errors import InputError
from kmcodec.pages.assembly import assemble, packed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kmcodec.digits import Grouping

PARTS = (2, 3)  # that the page can split a group into
SCRIPTS = ("common.js", "planes.js", "parts.js", "agreement.js", "groups.js", "digits.js")
STYLES = ("base.css", "digits.css")


def digits_page(
    grouping: Grouping,
    *,
    title: str,
    arguments: Sequence[str] = (),
    steps: Sequence[Merge | Split] = (),
    truth: NDArray[Any] | None = None,
    seed: int = 0,
) -> str:
    """Return an HTML page with a row per group.

    Splits of clusters as they came are found here, by the library; the page finds those of merged
    clusters and of parts, as the library does. So the page and the command that it shows agree.

    Parameters
    ----------
    grouping : Grouping
        Before any groups are merged or split.
    title : str
    arguments : sequence of str
        What follows ``kmcodec digits`` to get this grouping; the page shows it with options of its
        own.
    steps : sequence of Merge and Split
        What is merged and split at first, as in ``Grouping.follow``.
    truth : (n,) integers, optional
        True labels; the page then shows how well the groups agree with them.
    seed : int
        0 to 2**32 - 1, of the splits.
    """
    parts = sorted({*PARTS, *(step.n_parts for step in steps if isinstance(step, Split))})
    order = np.lexsort((grouping.distances, grouping.labels)).astype(np.uint32)
    data = {
        "images": packed(grouping.images),
        "labels": packed(grouping.labels.astype(np.uint32)),
        "order": packed(order),
        "parts": {str(n): packed(_parts(grouping, n, seed)) for n in parts},
        "steps": [_step(step) for step in steps],
        "clusters": grouping.n_clusters,
        "arguments": list(arguments),
    }
    if grouping.features != "raw":
        data["points"] = packed(as_bytes(grouping.points))
    if truth is not None:
        classes, numbers = np.unique(truth, return_inverse=True)
        data["classes"] = classes.tolist()
        data["truth"] = packed(numbers.astype(np.uint32))
    return assemble(title, body="digits.html", styles=STYLES, scripts=SCRIPTS, data=data)


def _step(step: Merge | Split) -> dict[str, Any]:
    """Return a step as the page has it."""
    if isinstance(step, Merge):
        return {"merge": [written(name) for name in step.names]}
    return {"split": written(step.name), "parts": step.n_parts}


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
