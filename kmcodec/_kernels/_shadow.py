"""What the kernels use of the ``cython`` module, for the interpreter.

Cython itself is needed to compile them only. Types are never evaluated (kernels postpone their
annotations) or stand in a constant's declaration, so that a name is enough.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


class _Real:
    """Stand for a type of C's real numbers; numbers of it are rounded as in C."""

    def __init__(self, kind: type) -> None:
        self._kind = kind

    def __call__(self, value: builtins.float) -> Any:  # noqa: ANN401
        """Return a number of the type."""
        return self._kind(value)

    def __getitem__(self, length: builtins.int) -> NDArray[Any]:
        """Return an array of so many numbers."""
        return np.zeros(length, dtype=self._kind)


uchar = short = ushort = int = longlong = None  # noqa: A001  (Cython's names)
float = _Real(np.float32)  # noqa: A001
double = _Real(builtins.float)
const: dict[Any, Any] = {None: None, float: float}


def declare(kind: Any, value: Any = None) -> Any:  # noqa: ANN401
    """Return the value of a module's constant, or a function's array as ``float[n]`` made it."""
    return kind if value is None else cast(kind, value)


def cast(kind: Any, value: Any) -> Any:  # noqa: ANN401
    """Return a number as one of another type, without its fraction where that is a whole one."""
    return builtins.int(value) if kind is None else kind(value)


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
