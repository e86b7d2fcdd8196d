"""Decoding a large photograph's file: what a second thread gains, peak memory, and small regions.

The fastest of the runs counts, which take turns. Processor time, of all threads, says more on a
machine that does other things: threads gain nothing there, but should not cost more. Memory is that
of a fresh process, which reads the file and decodes it. A region costs as much as the tiles it
touches, so its place matters: the median and the worst of some random places are told, in processor
time of one thread.
"""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from measure import (
    console,
    machine,
    package_versions,
    parser_for,
    positive,
    print_facts,
    read_pixels,
    table,
    write_json,
)
from memory import peak_of_call
from model_files import CHOSEN, MODELS, file_of

import kmcodec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PICTURE = "photos/Bryggen.jpg"
REGION = 256  # pixels, the side of a small region


def prepared(path: Path, threads: int) -> Callable[[], object]:
    """Read a file, and return its decoding."""
    data = path.read_bytes()
    kmcodec.decode(kmcodec.encode(np.eye(9, dtype=np.uint8)))  # imports modules
    return partial(kmcodec.decode, data, threads=threads)


def least_seconds(calls: Mapping[str, Callable[[], object]], repeat: int) -> dict[str, list[float]]:
    """Return the least wall time of each call and its least processor time; calls take turns."""
    least = {name: [float("inf")] * 2 for name in calls}
    for _ in range(repeat):
        for name, call in calls.items():
            before = (time.perf_counter(), time.process_time())
            call()
            after = (time.perf_counter(), time.process_time())
            times = [end - begin for begin, end in zip(before, after, strict=True)]
            least[name] = [min(pair) for pair in zip(least[name], times, strict=True)]
    return least


def region_seconds(data: bytes, places: int, repeat: int) -> list[float]:
    """Return the processor time of a region at each of some places."""
    info = kmcodec.read_info(data)
    rng = np.random.default_rng(0)
    found = []
    for _ in range(places):
        left, top = (int(rng.integers(side - REGION + 1)) for side in (info.width, info.height))
        region = (left, top, REGION, REGION)
        call = partial(kmcodec.decode, data, region=region, threads=1)
        found.append(least_seconds({"": call}, repeat)[""][1])
    return found


def measure_file(path: Path, threads: int, places: int, repeat: int) -> dict[str, Any]:
    """Return the figures of a file."""
    data = path.read_bytes()
    calls = {str(n): partial(kmcodec.decode, data, threads=n) for n in (1, threads)}
    times = least_seconds(calls, repeat)
    (wall, processor), (wall_of_many, _) = times.values()
    total, working = peak_of_call(partial(prepared, path, threads))
    return {
        "bytes": len(data),
        "seconds": times,
        "gain": wall / wall_of_many,
        "bytes_total": total,
        "bytes_working": working,
        "regions": [found / processor for found in region_seconds(data, places, repeat)],
    }


def row_of(model: str, found: dict[str, Any]) -> list[str]:
    """Return a row of the table."""
    regions = sorted(found["regions"])
    return [
        model,
        f"{found['bytes']:,}",
        *(f"{wall:.2f} / {processor:.2f}" for wall, processor in found["seconds"].values()),
        f"{found['gain']:.2f}",
        *(f"{found[key] / 1e6:,.0f}" for key in ("bytes_total", "bytes_working")),
        *(f"{100 * share:.1f} %" for share in (regions[len(regions) // 2], regions[-1])),
    ]


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__)
    parser.add_argument("--data", type=Path, required=True, help=f"folder that holds {PICTURE}")
    parser.add_argument("--picture", type=Path, help="another picture, anywhere")
    parser.add_argument("--models", nargs="+", choices=[CHOSEN, *MODELS], default=[CHOSEN])
    parser.add_argument("--colors", type=positive, default=256, help="palette entries")
    parser.add_argument("--threads", type=positive, default=2, help="beside one")
    parser.add_argument("--places", type=positive, default=12, help="of the region")
    parser.add_argument("--repeat", type=positive, default=3, help="runs, the fastest counts")
    parser.add_argument("--folder", type=Path, default=Path(), help="where files are written")
    args = parser.parse_args()
    path = args.picture or args.data / PICTURE
    pixels = read_pixels(path, "RGB")
    print_facts(package_versions("numpy"), machine())
    print_facts({path.name: f"{pixels.shape[1]} x {pixels.shape[0]}", "K": str(args.colors)})
    image = kmcodec.quantize(pixels, n_colors=args.colors)
    results = {}
    for model in args.models:
        coded = args.folder / f"{path.stem}-{model}.kmq"
        coded.write_bytes(file_of(image, model))
        results[model] = measure_file(coded, args.threads, args.places, args.repeat)
        coded.unlink()
    threads = ["1 thread, s / processor", f"{args.threads} threads"]
    columns = ["model", "bytes", *threads, "gain", "peak MB", "beyond"]
    regions = [f"{REGION}² median", "worst"]
    rows = [row_of(model, found) for model, found in results.items()]
    console.print(table("Decoding", [*columns, *regions], rows))
    write_json(args.json, {"machine": machine(), "picture": path.name, "results": results})


if __name__ == "__main__":
    main()
