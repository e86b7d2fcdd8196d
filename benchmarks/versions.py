"""Two installed versions of kmcodec: CPU time of the same work, in alternating processes.

The other version lives in an environment of its own, whose Python interpreter is the argument. Both
sides use one thread. Outputs are compared: what differs is printed, for a version may mean it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

from measure import (
    console,
    geometric_mean,
    machine,
    parser_for,
    picture_paths,
    positive,
    print_facts,
    progress_console,
    table,
    write_json,
)

FOLDERS = {"kodak": 4, "pixelart": 20, "screens": 3}  # pictures of each, evenly spread
TASKS = {
    "encode, K = 256": "kmcodec.encode(pixels, threads=1)",
    "encode, K = 16": "kmcodec.encode(pixels, n_colors=16, threads=1)",
    "encode, K = 64, effort 1": "kmcodec.encode(pixels, n_colors=64, effort=1, threads=1)",
    "encode, blocks": "kmcodec.encode(pixels, n_colors=64, block=(4, 4), threads=1)",
    "decode, K = 256": "kmcodec.decode(file, threads=1)",
    "decode, deflate": "kmcodec.decode(deflated, threads=1)",
    "decode, a region": "kmcodec.decode(file, region=(2, 3, 8, 9), threads=1)",
    "quantize, K = 256": "kmcodec.quantize(pixels, threads=1)",
    "quantize, K = 16, sRGB": "kmcodec.quantize(pixels, n_colors=16, space='srgb', threads=1)",
    "quantize, diffusion": "kmcodec.quantize(pixels, n_colors=64, dither=1, threads=1)",
    "quantize, blue noise": (
        "kmcodec.quantize(pixels, n_colors=64, dither=1, dither_method='blue-noise', threads=1)"
    ),
}
WORKER = """
import hashlib, json, sys, time
import numpy as np
from PIL import Image
import kmcodec

def bytes_of(result):
    if isinstance(result, bytes):
        return result
    if isinstance(result, np.ndarray):
        return result.tobytes()
    return result.palette.tobytes() + result.indices.tobytes()

tasks, pictures = json.loads(sys.argv[1]), json.loads(sys.argv[2])
for path in pictures:
    with Image.open(path) as opened:
        alpha = "A" in opened.getbands() or "transparency" in opened.info
        pixels = np.asarray(opened.convert("RGBA" if alpha else "RGB"))
    file = kmcodec.encode(pixels, effort=3, threads=1)
    deflated = kmcodec.encode(pixels, effort=3, coding="deflate", threads=1)
    for task, code in tasks.items():
        work = compile(code, task, "eval")
        best = None
        for _ in range(2):
            started = time.process_time()
            result = eval(work)
            seconds = time.process_time() - started
            best = seconds if best is None else min(best, seconds)
        print(json.dumps([task, path, best, hashlib.sha256(bytes_of(result)).hexdigest()]))
print(json.dumps([kmcodec.__version__, kmcodec.backend]))
"""


def run(python: str, pictures: list[str], path: str) -> list[Any]:
    """Return what one process measured: rows of task, picture, seconds, digest; then a version."""
    command = [python, "-P", "-c", WORKER, json.dumps(TASKS), json.dumps(pictures)]
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(  # noqa: S603  (interpreters that the user named)
        command, capture_output=True, text=True, check=False, env=environment
    )
    if done.returncode:
        raise SystemExit(f"error: {python} returned {done.returncode}: {done.stderr[-500:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def chosen(data: Path) -> list[str]:
    """Return some pictures of each folder, evenly spread."""
    found = []
    for folder, count in FOLDERS.items():
        paths = picture_paths(data / folder)
        found += [str(path) for path in paths[:: max(1, len(paths) // count)][:count]]
    return found


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the pictures' folders")
    parser.add_argument("other", metavar="PYTHON", help="the other version's Python interpreter")
    parser.add_argument("--repeat", type=positive, default=3, help="processes of each version")
    args = parser.parse_args()
    pictures = chosen(args.data)
    sides = {
        "this": (sys.executable, os.environ.get("PYTHONPATH", "")),
        "other": (args.other, ""),
    }
    seconds: dict[str, dict[str, list[float]]] = {side: defaultdict(list) for side in sides}
    digests: dict[str, dict[str, str]] = {side: {} for side in sides}
    versions = {}
    for turn in range(args.repeat):
        for side, (python, path) in sides.items():
            *rows, version = run(python, pictures, path)
            versions[side] = " ".join(version)
            for task, picture, took, digest in rows:
                seconds[side][f"{task}|{picture}"].append(took)
                digests[side][f"{task}|{picture}"] = digest
        progress_console.print(f"turn {turn + 1} of {args.repeat}")
    print_facts(versions, machine())
    rows = []
    for task in TASKS:
        keys = [key for key in seconds["this"] if key.startswith(f"{task}|")]
        ratios = [min(seconds["this"][key]) / max(1e-6, min(seconds["other"][key])) for key in keys]
        whole = sum(min(seconds["this"][key]) for key in keys) / sum(
            min(seconds["other"][key]) for key in keys
        )
        changed = sum(digests["this"][key] != digests["other"][key] for key in keys)
        figures = [whole, geometric_mean(ratios), median(ratios), max(ratios)]
        rows.append([task, *(f"{figure:.3f}" for figure in figures), str(changed)])
    columns = ["task", "all together", "mean ratio", "median", "worst", "outputs that differ"]
    title = f"CPU time, this version / the other, {len(pictures)} pictures, 1 thread"
    console.print(table(title, columns, rows))
    write_json(args.json, {"versions": versions, "machine": machine(), "seconds": seconds})


if __name__ == "__main__":
    main()
