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
    COLUMN = 17
    ROW = 18


GRADIENT, SLOPE, LEARNT, AVERAGE = 0, 1, 2, 3  # predicted colours
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
    average: bool
    matches: bool  # whether what followed is remembered
    checks: bool  # whether hashed rows tell their numbers apart
    start: int  # of the rate of learning: 2 / (2 * visits + start)
    first_rate: int  # at which weights learn at first, beside the last one
    log_rows: int  # log2 of the rows of a hashed input, at most


def _exact(*names: Near) -> tuple[Input, ...]:
    return tuple(Input(Kind.EXACT, name) for name in names)


def _hashed(*names: Hashed) -> tuple[Input, ...]:
    return tuple(Input(Kind.HASHED, name) for name in names)


_LEARNT = Input(Kind.DISTANCE, LEARNT)
_MATCH = Input(Kind.MATCH, 0)
_NEAR_MATCHING, _NEAR_EQUAL = Input(Kind.NEAR, MATCHING), Input(Kind.NEAR, EQUAL)
_QUICK = Member(
    many=_exact(Near.W, Near.N),
    few=_hashed(Hashed.W_N, Hashed.W_N_NE, Hashed.SIX),
    sets=2,
    near=False,
    slope=False,
    learnt=False,
    average=False,
    matches=False,
    checks=False,
    start=6,
    first_rate=200,
    log_rows=14,
)
_LEAN = _QUICK._replace(
    many=(*_exact(Near.W, Near.N, Near.NE), _LEARNT),
    few=(
        *_hashed(Hashed.W_N),
        _LEARNT,
        *_hashed(Hashed.SIX, Hashed.W_N_NEE, Hashed.NW_NE, Hashed.W_WW),
        *_hashed(Hashed.N_NN, Hashed.LEARNT4_W),
    ),
    learnt=True,
)
_RICH = Member(
    many=(
        *_exact(Near.W, Near.N, Near.NE),
        *_hashed(Hashed.W_WW, Hashed.N_NN),
        _MATCH,
        *_hashed(Hashed.SIX, Hashed.TWELVE, Hashed.W_N_NEE, Hashed.GRADIENT4),
        _LEARNT,
        _NEAR_MATCHING,
    ),
    few=(
        *_hashed(Hashed.W_N),
        _LEARNT,
        *_hashed(Hashed.SIX, Hashed.W_N_NEE),
        *_exact(Near.NE),
        *_hashed(Hashed.W_WW, Hashed.N_NN, Hashed.LEARNT4),
        _MATCH,
        *_hashed(Hashed.TWELVE),
        _NEAR_MATCHING,
        *_hashed(Hashed.N_NN_NNN),
    ),
    sets=3,
    near=True,
    slope=False,
    learnt=True,
    average=False,
    matches=True,
    checks=True,
    start=3,
    first_rate=100,
    log_rows=15,
)
_FULL = _RICH._replace(
    many=(
        *_exact(Near.W, Near.N, Near.NE, Near.NW),
        *_hashed(Hashed.W_WW, Hashed.N_NN),
        _LEARNT,
        *_hashed(Hashed.LEARNT4),
        *_exact(Near.NWW),
        *_hashed(Hashed.NE_NEE, Hashed.NW_NE, Hashed.W_NE, Hashed.AVERAGE6),
        Input(Kind.DISTANCE, SLOPE),
        _MATCH,
        *_hashed(Hashed.SIX, Hashed.TWELVE, Hashed.W_N_NEE, Hashed.GRADIENT4),
        _NEAR_MATCHING,
        *_hashed(Hashed.N_NN_NNN),
        _NEAR_EQUAL,
        *_hashed(Hashed.SLOPE5),
    ),
    few=(
        *_hashed(Hashed.W_N),
        _LEARNT,
        *_hashed(Hashed.SIX, Hashed.W_N_NEE, Hashed.NW_NE, Hashed.W_WW),
        *_hashed(Hashed.N_NN, Hashed.LEARNT4_W),
        _MATCH,
        *_hashed(Hashed.TWELVE, Hashed.ROW, Hashed.N_NN_NNN),
        _NEAR_MATCHING,
        *_exact(Near.NE),
        *_hashed(Hashed.LEARNT4, Hashed.W_N_NE),
        _NEAR_EQUAL,
        *_hashed(Hashed.SLOPE5, Hashed.FIVE),
    ),
    slope=True,
    average=True,
    start=4,
    log_rows=16,
)
MEMBERS = (_QUICK, _LEAN, _RICH, _FULL)
