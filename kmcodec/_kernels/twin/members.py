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


class Hashed(IntEnum):
    """What is hashed."""

    W_N = 0
    W_N_NE = 1
    W_N_NEE = 2
    W_WW = 3
    N_NN = 4
    N_NN_NNN = 5
    SIX = 6
    TWELVE = 7
    GRADIENT4 = 8
    SLOPE5 = 9
    COLUMN = 10
    ROW = 11


GRADIENT, SLOPE, LEARNT = 0, 1, 2  # from which predicted colour a distance is
EQUAL, MATCHING = 0, 1  # what the patterns of neighbours tell apart


class Input(NamedTuple):
    """Where an input takes its row from."""

    kind: Kind
    what: int


class Member(NamedTuple):
    """A model."""

    many: tuple[Input, ...]  # for palettes of more than 16 colours
    few: tuple[Input, ...]
    sets: int  # of weights that are added: 2, or 3 with that of matches
    near: bool  # whether rows of neighbours are among the inputs
    slope: bool  # whether that prediction is used
    learnt: bool
    matches: bool  # whether what followed is remembered
    checks: bool  # whether hashed rows tell their numbers apart
    start: int  # of the rate of learning: 2 / (2 * visits + start)
    first_rate: int  # at which weights learn at first, beside the last one
    log_rows: int  # log2 of the rows of a hashed input, at most


def _hashed(*names: Hashed) -> list[Input]:
    return [Input(Kind.HASHED, name) for name in names]


def _exact(*names: Near) -> list[Input]:
    return [Input(Kind.EXACT, name) for name in names]


_NEAR = [Input(Kind.NEAR, EQUAL), Input(Kind.NEAR, MATCHING)]
_QUICK = Member(
    many=(*_exact(Near.W, Near.N),),
    few=(*_hashed(Hashed.W_N, Hashed.SIX, Hashed.W_N_NE), *_exact(Near.W)),
    sets=2,
    near=False,
    slope=False,
    learnt=False,
    matches=False,
    checks=False,
    start=6,
    first_rate=200,
    log_rows=14,
)
_LEAN = _QUICK._replace(
    many=(
        *_exact(Near.W, Near.N, Near.NE),
        Input(Kind.DISTANCE, LEARNT),
    ),
    few=(
        *_hashed(Hashed.W_N, Hashed.W_N_NE, Hashed.GRADIENT4, Hashed.SIX),
        *_exact(Near.W, Near.NE),
        *_hashed(Hashed.W_WW, Hashed.N_NN),
    ),
    learnt=True,
)
_RICH = Member(
    many=(
        *_exact(Near.W, Near.N),
        *_hashed(Hashed.GRADIENT4),
        *_exact(Near.NE),
        *_hashed(Hashed.W_WW, Hashed.N_NN),
        Input(Kind.MATCH, 0),
        *_hashed(Hashed.SIX, Hashed.TWELVE, Hashed.COLUMN, Hashed.W_N_NEE, Hashed.SLOPE5),
        Input(Kind.DISTANCE, LEARNT),
        *_NEAR,
    ),
    few=(
        *_hashed(Hashed.W_N, Hashed.W_N_NE, Hashed.GRADIENT4, Hashed.SIX),
        *_exact(Near.W, Near.NE),
        *_hashed(Hashed.W_WW, Hashed.N_NN),
        Input(Kind.MATCH, 0),
        *_hashed(Hashed.TWELVE, Hashed.COLUMN, Hashed.ROW),
        Input(Kind.MATCH, 1),
        *_hashed(Hashed.N_NN_NNN),
        *_NEAR,
    ),
    sets=3,
    near=True,
    slope=True,
    learnt=True,
    matches=True,
    checks=True,
    start=3,
    first_rate=100,
    log_rows=15,
)
MEMBERS = (_QUICK, _LEAN, _RICH)
