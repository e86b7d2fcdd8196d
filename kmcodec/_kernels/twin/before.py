"""What the planes before have at a pixel and around it (spec 6.3.3, 6.3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmcodec._kernels.twin.contexts import (
    BEYOND,
    NE,
    NEE,
    NW,
    NWW,
    N,
    W,
    look,
    mixed_hash,
)

if TYPE_CHECKING:
    from kmcodec._kernels.twin.state import Site, State

RUN = 16  # pixels of a run
NO_PATTERN = 32  # of the first plane
NEAREST = slice(0, 6)  # neighbours that are as in the plane before if a pixel is still


def look_before(site: Site, state: State) -> None:
    """Note what the plane before has at the pixel, and around it."""
    site.before = state.before[site.at]
    site.near_before = look(state.before, site.at, state.stride)


def is_still(site: Site) -> bool:
    """Whether the six nearest neighbours are as in the plane before."""
    return site.near[NEAREST] == site.near_before[NEAREST]


def same_beyond(site: Site) -> int:
    """Return which of the six neighbours farther away are as in the plane before."""
    return sum((site.near[k] == site.near_before[k]) << i for i, k in enumerate(BEYOND))


def describe_before(site: Site, state: State) -> None:
    """Describe the plane before: what is as it was there, and what comes after the pixel there."""
    before, at, older = state.before, site.at, state.older[site.at]
    site.pattern = NO_PATTERN
    if state.z > 0:
        same = sum((site.near[k] == site.near_before[k]) << i for i, k in enumerate((W, N, NW, NE)))
        site.pattern = same | (site.before == older) << 4
    site.after = mixed_hash(before[at + 1] | before[at + state.stride] << 16, older)


def same_around(site: Site, state: State) -> int:
    """Return which leaves of the planes before, and of farther neighbours, are as expected."""
    at, near = site.at, site.near
    down = at + state.stride
    before, older = state.before, state.older
    leaves = [before[at], before[at + 1], before[down], before[down + 1], older[at]]
    leaves += [before[down - 1], before[at + 2], older[at + 1], older[down]]
    same = sum((leaf == site.expected) << i for i, leaf in enumerate(leaves))
    return same | sum((near[W] == near[k]) << 9 + i for i, k in enumerate((N, NEE, NWW)))


def run_before(site: Site, state: State) -> int:
    """Describe where a run would go in the planes before, and the row below it."""
    at, down = site.at, site.at + state.stride
    before, older = state.before, state.older
    here, below = before[at : at + RUN], before[down : down + RUN]
    here_older, below_older = older[at : at + RUN], older[down : down + RUN]
    after = before[at + 1 : at + 1 + RUN]
    parts = (after[:8], after[8:], below[:8], below[8:], here_older, below_older)
    same = sum((part.count(site.expected) == len(part)) << i for i, part in enumerate(parts))
    return same | (here == here_older) << 6 | (below == below_older) << 7


def set_before(site: Site, state: State) -> int:
    """Return the number of the set of weights for what the plane before has; 0 if it is not."""
    if site.pattern == NO_PATTERN:
        return 0
    around = (state.before[site.at + 1], state.before[site.at + state.stride], site.near[W])
    same = sum((leaf == site.before) << i for i, leaf in enumerate(around))
    return 8 * site.pattern + same + 1
