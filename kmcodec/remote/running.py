"""Tasks on a Dask cluster: independent ones, and histograms merged."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, TypeVar

from kmcodec.errors import InputError
from kmcodec.quantizer.shared import merged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from distributed import Client

    from kmcodec.histogram import Histogram

Item = TypeVar("Item")

SECONDS_TO_CONNECT = 10
ATTEMPTS = 3  # of a task that raised what it should not, as for lost files of a worker


def connect(address: str) -> Client:
    """Return a client of the scheduler at an address, such as "tcp://10.0.0.1:8786".

    Raises
    ------
    InputError
        The extra is missing, or nothing answers at the address.
    """
    try:
        from distributed import Client  # noqa: PLC0415  (an extra)
        from distributed.comm.addressing import (  # noqa: PLC0415
            get_address_host_port,
            parse_address,
        )
    except ImportError as error:
        raise InputError("a scheduler needs Dask: pip install 'kmcodec[remote]'") from error
    try:
        if parse_address(address)[0] != "inproc":
            get_address_host_port(address)
    except (KeyError, ValueError) as error:  # a client of such an address would hang
        raise InputError(f"{address!r} is no address, expected one like tcp://HOST:8786") from error
    try:
        return Client(address, timeout=SECONDS_TO_CONNECT, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(f"no Dask scheduler answers at {address}") from error


def run_tasks(
    client: Client, task: Callable[[Item], Any], items: Sequence[Item]
) -> Iterator[tuple[int, Any]]:
    """Do a task for each item on the workers; yield each item's number and result when it is there.

    Parameters
    ----------
    client : distributed.Client
    task : callable
        Must give the same when it is done twice. What it raises comes out here.
    items : sequence
        Anything that can be pickled.
    """
    from distributed import as_completed  # noqa: PLC0415  (an extra)

    futures = {
        client.submit(task, item, pure=False, retries=ATTEMPTS - 1): number
        for number, item in enumerate(items)
    }
    try:
        for future in as_completed(list(futures), loop=client.loop):
            yield futures[future], future.result()
    finally:
        client.cancel(list(futures))


def merged_histogram(
    client: Client, read: Callable[[Item], Histogram | None], items: Sequence[Item]
) -> Histogram | None:
    """Return the histogram of all items together; it does not depend on the order of merging.

    A Dask bag is folded in pairs, then pairs of pairs, and so on, and the scheduler merges before
    it reads: a worker holds a few at a time (15 for 1000 items and two workers), each of which has
    at most one count for each colour that there is.

    Parameters
    ----------
    client : distributed.Client
    read : callable
        Returns an item's histogram, or None where it has none. Runs on the workers.
    items : sequence
        Anything that can be pickled.
    """
    from dask import bag  # noqa: PLC0415  (an extra)

    if not items:
        return None
    once = uuid.uuid4().hex  # keys are hashes: what another client asked for may have changed
    named = [(once, item) for item in items]
    histograms = bag.from_sequence(named, npartitions=len(named)).map(_read_named, read)
    found: Histogram | None = client.compute(histograms.fold(_merge, split_every=2)).result()
    return found


def _read_named(
    named: tuple[str, Item], read: Callable[[Item], Histogram | None]
) -> Histogram | None:
    """Read an item; what stands beside it makes the task's key its own."""
    return read(named[1])


def _merge(a: Histogram | None, b: Histogram | None) -> Histogram | None:
    """Merge two histograms, either of which may be missing."""
    if a is None or b is None:
        return b if a is None else a
    return merged(a, b)
