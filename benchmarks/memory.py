"""Peak memory of one call in a process of its own.

On Linux the kernel's own record (VmHWM) counts. ``ru_maxrss`` would not do there: a child starts
with the figure of the process that started it.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from measure import read_pixels

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from quantizers import Runner

STATUS = Path("/proc/self/status")
WARMUP_SIDE = 64  # pixels; a first run imports modules, which are nobody's working memory
# Starts the command from an almost empty process, as a child's record begins with its parent's.
LAUNCHER = """
import os, sys
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def _peak_and_now() -> tuple[int, int]:
    """Return the largest and the present resident size of this process in bytes."""
    if STATUS.exists():
        fields = dict(line.split(":", 1) for line in STATUS.read_text("ascii").splitlines())
        peak, now = (int(fields[name].split()[0]) << 10 for name in ("VmHWM", "VmRSS"))
        return peak, now
    import resource  # noqa: PLC0415  (there is none on Windows)

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak = most if sys.platform == "darwin" else most << 10
    return peak, peak


def _measured(prepare: Callable[[], Callable[[], object]]) -> tuple[int, int]:
    """Prepare a call and make it; return the peak, and what it lies above the time before."""
    call = prepare()
    whole = _peak_and_now()[0]
    with contextlib.suppress(OSError):  # Linux forgets its record when asked; others do not
        Path("/proc/self/clear_refs").write_text("5", "ascii")
    before = _peak_and_now()[1]
    call()
    after = _peak_and_now()[0]
    return max(whole, after), after - before


def peak_of_call(prepare: Callable[[], Callable[[], object]]) -> tuple[int, int]:
    """Return peak memory in bytes of a fresh process, whole and beyond what was there before.

    Parameters
    ----------
    prepare : callable
        Imports, reads and warms up there, and returns the call to measure. It has to be picklable.
    """
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh) as pool:
        return pool.submit(_measured, prepare).result()


def _quantization(runner: Runner, path: Path, n_colors: int) -> Callable[[], object]:
    """Read a picture, warm up, and return its quantization."""
    pixels = read_pixels(path, "RGB")
    runner(np.ascontiguousarray(pixels[:WARMUP_SIDE, :WARMUP_SIDE]), 16, 0.0)
    return partial(runner, pixels, n_colors, 0.0)


def peak_memory(runner: Runner, path: Path, n_colors: int) -> tuple[int, int]:
    """Return peak memory in bytes of a fresh process that reads a picture and quantizes it.

    Returns
    -------
    total : int
        Of the whole process: Python, modules, picture and quantizer.
    working : int
        Beyond Python, modules and pixels. Copies of the pixels that a quantizer wants count.
    """
    return peak_of_call(partial(_quantization, runner, path, n_colors))


def peak_of_command(command: Sequence[str]) -> int:
    """Return the peak memory of a program in bytes (POSIX); some 10 MB are the least it tells."""
    start = [sys.executable, "-I", "-S", "-c", LAUNCHER, *command]
    done = subprocess.run(start, capture_output=True, text=True, check=True)  # noqa: S603
    return int(done.stdout.split()[-1]) << (0 if sys.platform == "darwin" else 10)
