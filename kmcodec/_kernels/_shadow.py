"""What the kernels use of the ``cython`` module, for the interpreter.

Cython itself is needed to compile them only. Types are never evaluated (kernels postpone their
annotations) or stand in a constant's declaration, so that a name is enough.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class _Real:
    """Stand for a type of C's real numbers, which kernels make arrays of."""

    def __getitem__(self, length: builtins.int) -> list[builtins.float]:
        """Return an array of so many numbers."""
        return [0.0] * length


uchar = short = ushort = int = longlong = None  # noqa: A001  (Cython's names)
double = _Real()
const = {None: None, double: None}


def declare(kind: object, value: object = None) -> object:
    """Return the value of a module's constant, or a function's array as ``double[n]`` made it."""
    return kind if value is None else value


def cast(_type: object, value: builtins.float) -> builtins.int:
    """Return a real number without its fraction."""
    return builtins.int(value)


def fused_type(*_types: object) -> None:
    """Stand for a type that no interpreted code looks at."""


class _NoGil:
    """Do nothing, as a context and as a decorator."""

    def __enter__(self) -> None:
        """Enter."""

    def __exit__(self, *_: object) -> None:
        """Leave."""

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return `function` as it is."""
        return function


nogil = _NoGil()


def cfunc(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `function` as it is."""
    return function


inline = cfunc


def exceptval(*_args: object, **_kwargs: object) -> Callable[..., Any]:
    """Return a decorator that changes nothing."""
    return cfunc
