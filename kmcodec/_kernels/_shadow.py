"""What the kernels use of the ``cython`` module, for when Cython itself is not installed.

Only the interpreted backend imports this: the types are never evaluated (kernels postpone their
annotations), so a name is enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

compiled = False
uchar = ushort = None


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
