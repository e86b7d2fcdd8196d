"""Threads that cannot change a result: independent ranges, combined in order."""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import threading
from typing import TYPE_CHECKING, TypeVar

from kmcodec.options import check_integer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import ThreadPoolExecutor
    from contextlib import AbstractContextManager

    from threadpoolctl import ThreadpoolController

MOST_THREADS = 1024
LOADED_BY = os.getpid()

S = TypeVar("S")
T = TypeVar("T")


def resolve_threads(threads: int | None) -> int:
    """Return the number of threads to use; None asks for one per available processor."""
    if threads is None:
        affinity = getattr(os, "sched_getaffinity", None)
        return len(affinity(0)) if affinity else os.cpu_count() or 1
    return check_integer(threads, 1, MOST_THREADS, "threads")


@functools.lru_cache(maxsize=2)
def _pool(threads: int) -> ThreadPoolExecutor:
    """Return the shared pool of that size; its tasks never wait for one another."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  (one thread needs none)

    return ThreadPoolExecutor(threads, thread_name_prefix="kmcodec")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # threads do not survive a fork


@functools.cache
def _libraries() -> ThreadpoolController:
    """Return the libraries with threads of their own that NumPy has loaded."""
    from threadpoolctl import ThreadpoolController  # noqa: PLC0415  (most uses need none)

    return ThreadpoolController()


class _OneBlasThread:
    """A limit that is the process's: the first one in sets it, the last one out lifts it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._limit: AbstractContextManager[object] | None = None

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Keep BLAS to one thread."""
        with self._lock:
            if self._inside == 0:
                self._limit = _libraries().limit(limits=1, user_api="blas")
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if self._inside == 0:
                    self._lift()

    def _lift(self) -> None:
        """Give BLAS the threads that it had."""
        if self._limit is not None:
            self._limit.__exit__(None, None, None)
            self._limit = None

    def after_fork(self) -> None:
        """Begin anew in a child, where nobody of the parent's threads is inside."""
        self._lift()
        self._lock, self._inside = threading.Lock(), 0


_blas = _OneBlasThread()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_blas.after_fork)


def one_blas_thread() -> AbstractContextManager[None]:
    """Return a context in which a product of matrices takes one thread: ours share the work."""
    return _blas.hold()


def openmp_after_fork() -> AbstractContextManager[object]:
    """Return a context that keeps OpenMP to one thread if this process was forked.

    libgomp keeps its threads from one parallel region to the next, and in a fork they are gone: a
    region of more than one thread would wait for them for ever.
    """
    if os.getpid() == LOADED_BY:
        return contextlib.nullcontext()
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    limit: AbstractContextManager[object] = threadpool_limits(1, user_api="openmp")
    return limit


def map_ranges(
    function: Callable[[int, int], T], length: int, *, threads: int, smallest: int
) -> list[T]:
    """Call ``function(start, stop)`` on consecutive ranges that cover ``range(length)``.

    There is one range per thread, each of `smallest` items or more. Results come in range order.
    `function` must not call this again.
    """
    parts = max(1, min(threads, length // smallest))
    edges = [length * i // parts for i in range(parts + 1)]
    ranges = list(itertools.pairwise(edges))
    if parts == 1:
        return [function(*ranges[0])]
    return list(_pool(threads).map(lambda r: function(*r), ranges))


def run_all(function: Callable[[S], T], items: Sequence[S], threads: int) -> list[T]:
    """Call a function on every item, on that many threads; results come in the items' order.

    `function` must call neither this nor ``map_ranges``.
    """
    if threads == 1 or len(items) < 2:
        return [function(item) for item in items]
    return list(_pool(threads).map(function, items))
