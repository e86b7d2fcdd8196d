"""Palettes: error, looks, time and memory of kmcodec and of its peers.

Every quantizer gets pixels that are already in memory in the layout it wants, and ends with an
8-bit palette and the index of every pixel. `--crops` draws what some of them make of a picture
instead of measuring.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import quantizers as q
from crops import draw_crops
from measure import (
    Photo,
    machine,
    package_versions,
    palette_sizes,
    parser_for,
    picture_paths,
    positive,
    print_facts,
    progress_console,
    read_kodak,
    write_json,
)
from memory import peak_memory, peak_of_command
from palette_tables import show_caption, show_figures, show_ratios
from rich.progress import track
from scores import oklab_error, squared_error

from kmcodec import ssimulacra2

if TYPE_CHECKING:
    from collections.abc import Sequence

WARMUP_SIDE = 64  # pixels; a first call imports modules and starts threads
EFFORTS = (1, 5, 9)
MEMORY_COLORS = 256


@dataclass(frozen=True)
class Contestant:
    """A row of the tables.

    Attributes
    ----------
    name : str
    by_error : Runner
        Set up for the least squared sRGB error.
    by_eye : Runner
        Set up for looks; the same where a quantizer knows one way only.
    dithers : bool
    once : bool
        Too slow to be timed more than once.
    """

    name: str
    by_error: q.Runner
    by_eye: q.Runner
    dithers: bool = True
    once: bool = False

    @property
    def ways(self) -> dict[str, q.Runner]:
        """The runners that differ, by the error each aims at."""
        if self.by_eye is self.by_error:
            return {"any": self.by_error}
        return {"srgb": self.by_error, "oklab": self.by_eye}


def contestants(efforts: Sequence[int], threads: int) -> list[Contestant]:
    """Return kmcodec at some efforts, then the peers."""
    rows = [
        Contestant(f"{q.OURS} {n}", q.ours(n, "srgb", threads), q.ours(n, "oklab", threads))
        for n in efforts
    ]
    rows.append(Contestant(q.LIQ, q.run_imagequant, q.run_imagequant))
    if q.has_pngquant():
        rows.append(Contestant(q.PNGQUANT, q.run_pngquant, q.run_pngquant))
    for name in q.PILLOW_METHODS:
        runner = q.pillow(name)
        rows.append(Contestant(name, runner, runner))
    runner = partial(q.run_sklearn, threads=threads)
    rows.append(Contestant(q.SKLEARN, runner, runner, dithers=False, once=True))
    return rows


def measure(
    rows: Sequence[Contestant], photo: Photo, n_colors: int, repeat: int
) -> list[dict[str, Any]]:
    """Return errors and least seconds of every contestant on one picture, run in turn."""
    seconds: dict[tuple[str, str], float] = {}
    runs: dict[tuple[str, str], q.Run] = {}
    for repetition in range(repeat):
        for row in rows:
            if row.once and repetition:
                continue
            for way, runner in row.ways.items():
                run = runner(photo.pixels, n_colors, 0.0)
                runs[row.name, way] = run
                best = seconds.get((row.name, way), run.seconds)
                seconds[row.name, way] = min(run.seconds, best)
    found = []
    for row in rows:
        times = {way: seconds[row.name, way] for way in row.ways}
        ways = list(row.ways)  # one, or that for the error and that for the eye
        by_error, by_eye = runs[row.name, ways[0]], runs[row.name, ways[-1]]
        found.append(
            {"picture": photo.name, "colors": n_colors, "quantizer": row.name}
            | {"mse": squared_error(photo.pixels, by_error.pixels)}
            | {"oklab": oklab_error(photo.pixels, by_eye.pixels)}
            | {"seconds": max(times.values()), "seconds_by_space": times}
            | ({} if by_error.fit_seconds is None else {"fit_seconds": by_error.fit_seconds})
        )
    return found


def score(runner: q.Runner, photo: Photo, n_colors: int, dither: float) -> float:
    """Quantize and return the SSIMULACRA2 score; runs in a process of its own."""
    shown = runner(photo.pixels, n_colors, dither).pixels
    return ssimulacra2(photo.pixels, shown, threads=1)


def add_scores(
    results: list[dict[str, Any]], rows: Sequence[Contestant], photos: Sequence[Photo], jobs: int
) -> None:
    """Add SSIMULACRA2, flat and dithered, to the results on these pictures."""
    by_name = {photo.name: photo for photo in photos}
    by_eye = {row.name: row for row in rows}
    waiting = []
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for result in results:
            photo, row = by_name.get(result["picture"]), by_eye[result["quantizer"]]
            if photo is None:
                continue
            for kind, dither in (("flat", 0.0), ("dithered", 1.0)):
                if row.dithers or not dither:
                    job = pool.submit(score, row.by_eye, photo, result["colors"], dither)
                    waiting.append((result, f"ssimulacra2_{kind}", job))
        for result, key, job in track(
            waiting, "SSIMULACRA2", console=progress_console, transient=True
        ):
            result[key] = job.result()


def memory_by_quantizer(rows: Sequence[Contestant], path: Path) -> dict[str, dict[str, int]]:
    """Return peak memory in bytes, each from a fresh process."""
    found = {}
    for row in track(rows, "peak memory", console=progress_console, transient=True):
        if row.name == q.PNGQUANT:
            with TemporaryDirectory() as folder:
                target = Path(folder, "out.png")
                command = q.pngquant_command(path, target, MEMORY_COLORS, 0.0)
                total = working = peak_of_command(command)
        else:
            total, working = peak_memory(row.by_eye, path, MEMORY_COLORS)
        found[row.name] = {"total": total, "working": working}
    return found


def versions() -> dict[str, str]:
    """Return the versions of everything that the tables depend on."""
    found = package_versions("numpy", "scikit-learn", "pillow", "imagequant")
    return found | {"libimagequant": q.libimagequant_version(), "pngquant": q.pngquant_version()}


def run_all(args: argparse.Namespace) -> None:
    """Measure, print, and write the numbers."""
    photos = read_kodak(args.data)[: args.pictures]
    rows = contestants(args.efforts, args.threads)
    found_versions = versions()
    threads = {"threads: kmcodec and scikit-learn": str(args.threads), "others": "1"}
    print_facts(found_versions, machine(), threads)
    counts = {"pictures": len(photos), "with SSIMULACRA2": min(args.ssimulacra, len(photos))}
    print_facts({name: str(n) for name, n in counts.items()}, {"best of": str(args.repeat)})

    corner = np.ascontiguousarray(photos[0].pixels[:WARMUP_SIDE, :WARMUP_SIDE])
    for row in rows:
        for runner in row.ways.values():
            runner(corner, 16, 0.0)
    results: list[dict[str, Any]] = []
    for n_colors in args.colors:
        steps = track(photos, f"K = {n_colors}", console=progress_console, transient=True)
        for photo in steps:
            results += measure(rows, photo, n_colors, args.repeat)
    add_scores(results, rows, photos[: args.ssimulacra], args.jobs)
    memory = memory_by_quantizer(rows, picture_paths(args.data / "kodak")[0])

    summary = []
    groups = {str(n): [r for r in results if r["colors"] == n] for n in args.colors}
    if len(groups) > 1:
        groups["all"] = results
    for label, group in groups.items():
        show_figures(group, label, memory)
        summary += show_ratios(group, label)
    show_caption()
    names = ("colors", "efforts", "threads", "repeat", "ssimulacra")
    options = {name: getattr(args, name) for name in names}
    facts = {"versions": found_versions, "machine": machine(), "options": options}
    numbers = {"results": results, "memory": memory, "summary": summary}
    write_json(args.json, facts | numbers)


def effort_list(text: str) -> list[int]:
    """Parse "1,5,9": efforts of kmcodec."""
    efforts = [positive(part) for part in text.split(",")]
    if max(efforts) > 9:
        raise argparse.ArgumentTypeError(f"{text!r} has a number outside 1 to 9")
    return efforts


def main() -> None:
    """Measure and print, or draw."""
    parser = parser_for(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds kodak/*.png")
    parser.add_argument("--colors", type=palette_sizes, default="16,64,256", help="palette sizes")
    efforts = ",".join(map(str, EFFORTS))
    parser.add_argument("--efforts", type=effort_list, default=efforts, help="of kmcodec")
    parser.add_argument("--pictures", type=positive, help="measure the first N only")
    parser.add_argument(
        "--ssimulacra", type=int, default=6, metavar="N", help="score the first N pictures, 0: none"
    )
    parser.add_argument("--threads", type=positive, default=1, help="of kmcodec and scikit-learn")
    parser.add_argument("--jobs", type=positive, default=2, help="processes that score")
    parser.add_argument("--repeat", type=positive, default=3, help="runs, the fastest counts")
    parser.add_argument("--crops", type=Path, metavar="FILE", help="draw a picture here, and end")
    parser.add_argument("--crops-colors", type=positive, default=16, help="palette size in it")
    parser.add_argument("--crops-of", default="", metavar="A,B", help="names of its pictures")
    args = parser.parse_args()
    if args.crops is None:
        run_all(args)
        return
    names = cast("str", args.crops_of).split(",") if args.crops_of else []
    draw_crops(args.crops, read_kodak(args.data), names, args.crops_colors)


if __name__ == "__main__":
    main()
