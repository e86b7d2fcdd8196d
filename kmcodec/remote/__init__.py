"""More than one machine: work on many files by way of a Dask scheduler (``kmcodec[remote]``).

Every file is a task of its own, which may run twice: where a worker is lost, Dask gives its
tasks to others. Results do not depend on where and in which order tasks ran.
"""

from kmcodec.remote.running import connect, merged_histogram, run_tasks

__all__ = ["connect", "merged_histogram", "run_tasks"]
