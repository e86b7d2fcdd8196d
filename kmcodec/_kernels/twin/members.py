"""The members of the family of index models (spec 6.3.10)."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class Near(IntEnum):
    """The neighbours of a pixel, by name (spec 6.3.3)."""

    W = 0
    N = 1
    NW = 2
    NE = 3
    WW = 4
    NN = 5
    NNE = 6
    NWW = 7
    NEE = 8
    WWW = 9
    NNN = 10
    NNW = 11


class Kind(IntEnum):
    """Where an input takes its row from (spec 6.3.6)."""

    EXACT = 0
    HASHED = 1
    MATCH = 2
    DISTANCE = 3
    NEAR = 4
    BEFORE = 5


class Hashed(IntEnum):
    """What is hashed."""

    W_N = 0
    W_N_NE = 1
    W_N_NEE = 2
    W_WW = 3
    N_NN = 4
    N_NN_NNN = 5
    W_NE = 6
    NW_NE = 7
    NE_NEE = 8
    FIVE = 9
    SIX = 10
    TWELVE = 11
    GRADIENT4 = 12
    SLOPE5 = 13
    LEARNT4 = 14
    LEARNT4_W = 15
    AVERAGE6 = 16
    ROW = 17
    B_W_N = 18
    B_W_AFTER = 19
    B_W_N_AFTER = 20


GRADIENT, SLOPE, LEARNT, AVERAGE = 0, 1, 2, 3  # from which predicted colour a distance is
EQUAL, MATCHING = 0, 1  # what the patterns of neighbours tell apart


class Input(NamedTuple):
    """Where an input takes its row from."""

    kind: Kind
    what: int


class Member(NamedTuple):
    """A model."""

    many: tuple[Input, ...]  # for palettes of more than 16 colours
    few: tuple[Input, ...]  # for others, but for models of stacks
    strips: bool  # whether weights differ from strip to strip of a tile
    mixers: int  # 2: a second one with sets of its own; the mean of both is used
    near: bool  # whether rows of neighbours are among the inputs
    slope: bool  # whether that prediction is used
    learnt: bool
    average: bool
    matches: bool  # whether what followed is remembered, and hashed rows tell their numbers apart
    start: int  # of the rate of learning: 2 / (2 * visits + start)
    first_rate: int  # at which weights learn at first, beside the last one
    log_rows: int  # log2 of the rows of a hashed input, at most
    stack: bool = False  # whether it is for stacks: it looks at the plane before


def _inputs(*names: str) -> tuple[Input, ...]:
    """Return inputs by their names: a neighbour's, a hashed number's, or one of `_OTHERS`."""
    found = []
    for name in names:
        if name in _OTHERS:
            found.append(_OTHERS[name])
        elif name in Near.__members__:
            found.append(Input(Kind.EXACT, Near[name]))
        else:
            found.append(Input(Kind.HASHED, Hashed[name]))
    return tuple(found)


_OTHERS = {
    "match": Input(Kind.MATCH, 0),
    "slope": Input(Kind.DISTANCE, SLOPE),
    "learnt": Input(Kind.DISTANCE, LEARNT),
    "equal": Input(Kind.NEAR, EQUAL),
    "matching": Input(Kind.NEAR, MATCHING),
    "before": Input(Kind.BEFORE, 0),
}
_QUICK = Member(
    many=_inputs("W", "N"),
    few=_inputs("W_N", "W_N_NE", "SIX"),
    strips=False,
    mixers=1,
    near=False,
    slope=False,
    learnt=False,
    average=False,
    matches=False,
    start=6,
    first_rate=200,
    log_rows=14,
)
_LEAN = _QUICK._replace(
    many=_inputs("W", "N", "NE", "learnt"),
    few=_inputs("W_N", "learnt", "SIX", "W_N_NEE", "NW_NE", "W_WW", "N_NN", "LEARNT4_W"),
    strips=True,
    learnt=True,
)
_RICH = Member(
    many=_inputs(
        *("W", "N", "NE", "W_WW", "N_NN", "match", "SIX", "TWELVE", "W_N_NEE"),
        *("GRADIENT4", "learnt", "slope", "matching"),
    ),
    few=_inputs(
        *("W_N", "learnt", "SIX", "W_N_NEE", "NE", "W_WW", "N_NN", "LEARNT4", "match"),
        *("TWELVE", "matching", "N_NN_NNN"),
    ),
    strips=True,
    mixers=1,
    near=True,
    slope=True,
    learnt=True,
    average=False,
    matches=True,
    start=3,
    first_rate=100,
    log_rows=15,
)
_FULL = _RICH._replace(
    many=_inputs(
        *("W", "N", "NE", "NW", "W_WW", "N_NN", "learnt", "LEARNT4", "NWW", "NE_NEE"),
        *("NW_NE", "W_NE", "AVERAGE6", "slope", "match", "SIX", "TWELVE", "W_N_NEE"),
        *("GRADIENT4", "matching", "N_NN_NNN", "equal", "SLOPE5"),
    ),
    few=_inputs(
        *("W_N", "learnt", "SIX", "W_N_NEE", "NW_NE", "W_WW", "N_NN", "LEARNT4_W", "match"),
        *("TWELVE", "ROW", "N_NN_NNN", "matching", "NE", "LEARNT4", "W_N_NE", "equal"),
        *("SLOPE5", "FIVE"),
    ),
    mixers=2,
    average=True,
    start=4,
    log_rows=16,
)
_QUICK_STACK = _QUICK._replace(
    many=_inputs("W", "N", "before", "SIX", "B_W_AFTER"), few=(), stack=True
)
_RICH_STACK = _RICH._replace(
    many=_RICH.many + _inputs("before", "B_W_N", "B_W_AFTER"), few=(), stack=True
)
_FULL_STACK = _FULL._replace(
    many=_FULL.many + _inputs("before", "B_W_N", "B_W_AFTER", "B_W_N_AFTER"), few=(), stack=True
)
MEMBERS = (_QUICK, _LEAN, _RICH, _FULL, _QUICK_STACK, _RICH_STACK, _FULL_STACK)
