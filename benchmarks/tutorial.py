"""scikit-learn's colour quantization tutorial beside ours: 64 colours of its photograph china.jpg.

The tutorial (plot_color_quantization.py) fits ``KMeans`` to 1,000 shuffled pixels scaled to 0..1
and predicts every pixel. Its array makes a full-colour PNG, as ours does when it is taken for one.

Times are ratios under two settings: one thread each, and threads as they come. Every way runs in
processes of its own, since threads that scikit-learn's OpenMP leaves spinning would slow down what
the same process does next.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from measure import (
    console,
    machine,
    package_versions,
    parser_for,
    positive,
    print_facts,
    table,
    write_json,
)
from PIL import Image
from sklearn.cluster import KMeans
from sklearn.datasets import load_sample_image
from sklearn.utils import shuffle

import kmcodec

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from numpy.typing import NDArray

    Photo = NDArray[np.uint8]

N_COLORS = 64
EFFORTS = (1, 3, 5)
ROUNDS = 5
REPEATS = 3  # in each process, after a first one that does not count
TUTORIAL = "tutorial"
ONE, ANY = "one thread each", "threads as they come"
# What OpenMP, OpenBLAS and MKL read when they start
SINGLE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def tutorial(pixels: Photo) -> NDArray[np.float64]:
    """Return the picture as the tutorial recreates it."""
    samples = pixels.reshape(-1, 3) / 255
    subset = shuffle(samples, random_state=0, n_samples=1000)
    model = KMeans(n_clusters=N_COLORS, random_state=0).fit(subset)
    found: NDArray[np.float64] = model.cluster_centers_[model.predict(samples)]
    return found.reshape(pixels.shape) * 255


def ours(pixels: Photo, effort: int, threads: int | None = None) -> NDArray[np.uint8]:
    """Return the picture quantized by squared error."""
    options: dict[str, Any] = {"space": "srgb", "effort": effort, "threads": threads}
    return kmcodec.quantize(pixels, n_colors=N_COLORS, **options).to_pixels()


def ways(threads: int | None = None) -> dict[str, Callable[[Photo], NDArray[Any]]]:
    """Return what is compared, by name."""
    found: dict[str, Callable[[Photo], NDArray[Any]]] = {TUTORIAL: tutorial}
    for effort in EFFORTS:
        found[f"kmcodec, effort {effort}"] = partial(ours, effort=effort, threads=threads)
    return found


def photo() -> Photo:
    """Return the tutorial's photograph."""
    return np.ascontiguousarray(load_sample_image("china.jpg"))


def png_size(pixels: Photo) -> int:
    """Return the bytes of what most people would save."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", optimize=True)
    return len(out.getvalue())


def print_seconds(name: str, threads: int | None) -> None:
    """Print the least wall time of one way, in a process that does nothing else."""
    way, pixels = ways(threads)[name], photo()
    way(pixels)
    times = []
    for _ in range(REPEATS):
        started = perf_counter()
        way(pixels)
        times.append(perf_counter() - started)
    print(min(times))


def seconds_in_process(name: str, setting: str) -> float:
    """Return what ``print_seconds`` prints in a new process under a setting of threads."""
    command = [sys.executable, __file__, "--way", name]
    command += ["--threads", "1"] if setting == ONE else []
    environment = os.environ | (SINGLE if setting == ONE else {})
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603
    return float(done.stdout)


def timed(rounds: int) -> dict[str, dict[str, float]]:
    """Return the least seconds of each way under each setting; all take their turns."""
    least: dict[str, dict[str, float]] = {setting: {} for setting in (ONE, ANY)}
    for _ in range(rounds):
        for setting, found in least.items():
            for name in ways():
                seconds = seconds_in_process(name, setting)
                found[name] = min(seconds, found.get(name, seconds))
    return least


def results() -> dict[str, dict[str, float]]:
    """Return error and bytes of each way."""
    pixels = photo()
    found: dict[str, dict[str, float]] = {}
    for name, way in ways().items():
        quantized = way(pixels)
        error = float(((quantized - pixels.astype(float)) ** 2).sum(axis=2).mean())
        png = png_size(quantized.round().astype(np.uint8))
        found[name] = {"error": error, "png": png}
        if name != TUTORIAL:
            options: dict[str, Any] = {"space": "srgb", "effort": int(name[-1])}
            found[name]["kmq"] = len(kmcodec.encode(pixels, n_colors=N_COLORS, **options))
    return found


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__)
    parser.add_argument("--rounds", type=positive, default=ROUNDS, help="of all ways and settings")
    parser.add_argument("--way", help="only print the seconds of one way")
    parser.add_argument("--threads", type=positive, help="of that way")
    args = parser.parse_args()
    if args.way:
        print_seconds(args.way, args.threads)
        return
    print_facts(package_versions("numpy", "scikit-learn"), machine())
    seconds, found = timed(args.rounds), results()
    base = found[TUTORIAL]
    rows = [
        [
            name,
            *(f"{times[name] / times[TUTORIAL]:.2f}" for times in seconds.values()),
            f"{one['error']:.0f} ({one['error'] / base['error']:.2f})",
            f"{one['png']:,.0f}",
            f"{one['kmq']:,.0f}" if "kmq" in one else "",
        ]
        for name, one in found.items()
    ]
    columns = ["", *(f"time, {setting}" for setting in seconds), "squared error", "PNG", ".kmq"]
    console.print(table("china.jpg, 64 colours; times are ratios to the tutorial's", columns, rows))
    for setting, times in seconds.items():
        told = f"{times[TUTORIAL]:.3f} s for the tutorial, of {os.cpu_count()} processors"
        console.print(f"{setting}: {told}")
    write_json(args.json, {"seconds": seconds, "results": found})


if __name__ == "__main__":
    main()
