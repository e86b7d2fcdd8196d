"""A large photograph: time and peak memory of kmcodec and libimagequant.

The time is that from pixels to palette and indices; of libimagequant, its own two calls. Memory is
that of a fresh process each, which reads the picture with Pillow.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import quantizers as q
from measure import (
    console,
    machine,
    package_versions,
    parser_for,
    positive,
    print_facts,
    progress_console,
    ratio_text,
    read_pixels,
    table,
    write_json,
)
from memory import peak_memory
from scores import squared_error

WARMUP_SIDE = 64  # pixels; a first call imports modules and starts threads
PICTURE = "photos/Bryggen.jpg"


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__)
    parser.add_argument("--data", type=Path, required=True, help=f"folder that holds {PICTURE}")
    parser.add_argument("--picture", type=Path, help="another picture, anywhere")
    parser.add_argument("--colors", type=positive, default=256, help="palette entries")
    parser.add_argument("--effort", type=int, choices=range(1, 10), default=5, help="of kmcodec")
    parser.add_argument("--threads", type=positive, default=2, help="of kmcodec")
    parser.add_argument("--repeat", type=positive, default=3, help="runs, the fastest counts")
    args = parser.parse_args()
    path = args.picture or args.data / PICTURE
    pixels = read_pixels(path, "RGB")
    runners = {
        f"{q.OURS} oklab": q.ours(args.effort, "oklab", args.threads),
        f"{q.OURS} srgb": q.ours(args.effort, "srgb", args.threads),
        q.LIQ: q.run_imagequant,
    }
    versions = package_versions("numpy", "pillow", "imagequant")
    versions["libimagequant"] = q.libimagequant_version()
    print_facts(versions, machine(), {f"threads: {q.OURS}": str(args.threads), q.LIQ: "1"})
    height, width = pixels.shape[:2]
    options = {"K": str(args.colors), "effort": str(args.effort), "best of": str(args.repeat)}
    print_facts({path.name: f"{width} x {height}"}, options)

    corner = np.ascontiguousarray(pixels[:WARMUP_SIDE, :WARMUP_SIDE])
    best: dict[str, q.Run] = {}
    for runner in runners.values():
        runner(corner, 16, 0.0)
    for repetition in range(args.repeat):
        for name, runner in runners.items():
            progress_console.print(f"run {repetition + 1}: {name}")
            run = runner(pixels, args.colors, 0.0)
            best[name] = min(best.get(name, run), run, key=lambda run: run.seconds)
    results: dict[str, dict[str, Any]] = {}
    for name, run in best.items():
        total, working = peak_memory(runners[name], path, args.colors)
        results[name] = {"seconds": run.seconds, "mse": squared_error(pixels, run.pixels)}
        results[name] |= {"bytes_total": total, "bytes_working": working}
    rows = []
    for name, found in results.items():
        ratio = found["seconds"] / results[q.LIQ]["seconds"]
        shown = "" if name == q.LIQ else ratio_text(ratio)
        memory = [f"{found[key] / 1e6:,.0f}" for key in ("bytes_total", "bytes_working")]
        rows.append([name, f"{found['seconds']:.3f}", shown, *memory, f"{found['mse']:.2f}"])
    columns = ["quantizer", "seconds", f"/ {q.LIQ}", "peak MB", "MB beyond pixels", "MSE"]
    console.print(table("Less is better", columns, rows))
    console.print(
        "peak MB: the whole process, with Python, modules and reading. MB beyond pixels: what "
        "quantizing adds to Python, modules and RGB pixels; libimagequant's RGBA copy counts."
    )
    facts = {"versions": versions, "machine": machine(), "picture": path.name, "options": options}
    write_json(args.json, facts | {"threads": args.threads, "results": results})


if __name__ == "__main__":
    main()
