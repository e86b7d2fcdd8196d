"""scikit-learn in a process that was forked."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from threadpoolctl import threadpool_limits

from kmcodec.parallel import is_forked


def openmp_after_fork() -> AbstractContextManager[object]:
    """Return a context that keeps OpenMP to one thread if this process is a fork.

    libgomp keeps its threads from one parallel region to the next, and in a fork they are gone: a
    region of more than one thread would wait for them for ever.
    """
    return threadpool_limits(1, user_api="openmp") if is_forked() else nullcontext()
