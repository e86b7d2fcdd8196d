"""Masks in COCO's run-length encoding (the form that ``pycocotools.mask`` reads).

Runs of zeros and ones alternate down the columns, zeros first. Each run after the third is told as
the difference to the one two before, in groups of 5 bits, lowest first, with a bit that says
whether more follow; a group is printed as the character of 48 more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

GROUP_BITS = 5
MORE = 1 << GROUP_BITS
SIGN = MORE >> 1
FIRST_CHARACTER = 48
PLAIN_RUNS = 3  # told as they are


class CocoRle(TypedDict):
    """A mask: height and width, and its runs as COCO's text."""

    size: list[int]
    counts: str


def coco_rle(mask: NDArray[np.bool_]) -> CocoRle:
    """Return a mask (H, W) bool in COCO's compressed run-length encoding."""
    flat = mask.ravel(order="F")
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    bounds = np.concatenate([[0], edges, [flat.size]])
    runs = np.diff(bounds)
    if flat[0]:
        runs = np.concatenate([[0], runs])
    told = runs.copy()
    told[PLAIN_RUNS:] -= runs[PLAIN_RUNS - 2 : -2]
    text = "".join(_characters(int(value)) for value in told)
    return {"size": [int(side) for side in mask.shape], "counts": text}


def _characters(value: int) -> str:
    """Return a signed number as COCO's characters."""
    out = []
    while True:
        group = value & (MORE - 1)
        value >>= GROUP_BITS
        done = value == (-1 if group & SIGN else 0)
        out.append(chr(FIRST_CHARACTER + group + (0 if done else MORE)))
        if done:
            return "".join(out)
