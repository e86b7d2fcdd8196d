"""Start-up: wall time of whole processes, where imports are most of the work."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from measure import (
    console,
    interleaved,
    machine,
    package_versions,
    parser_for,
    positive,
    print_facts,
    table,
    write_json,
)
from PIL import Image

import kmcodec

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT = 64, 48
BARE = "python -c pass"
LIBRARIES = "python -c 'import numpy, PIL.Image'"


def command_line() -> list[str]:
    """Return how to start kmcodec: the console script beside Python, or its entry point."""
    script = Path(sys.executable).with_name("kmcodec")
    for path in (script, script.with_suffix(".exe")):
        if path.is_file():
            return [str(path)]
    return [sys.executable, "-c", "from kmcodec.cli import main; main()"]


def run(command: Sequence[str]) -> None:
    """Run a process to its end, or end the program with what it says."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  (our own commands)
    if done.returncode:
        raise SystemExit(f"error: {' '.join(command)} returned {done.returncode}: {done.stderr}")


def write_inputs(folder: Path) -> tuple[Path, Path]:
    """Write a small smooth picture as PNG and as .kmq; return both paths."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    pixels = np.stack([4 * x, 5 * y, 2 * (x + y)], axis=2).astype(np.uint8)
    picture, coded = folder / "small.png", folder / "small.kmq"
    Image.fromarray(pixels).save(picture)
    coded.write_bytes(kmcodec.encode(pixels, n_colors=16))
    return picture, coded


def commands_in(folder: Path) -> dict[str, list[str]]:
    """Return the processes to time, by what they are called in the table."""
    picture, coded = write_inputs(folder)
    ours = command_line()
    encode = ["encode", str(picture), "-o", str(folder / "out.kmq"), "-k", "16", "-f"]
    decode = ["decode", str(coded), "-o", str(folder / "out.png"), "-f"]
    return {
        BARE: [sys.executable, "-c", "pass"],
        LIBRARIES: [sys.executable, "-c", "import numpy, PIL.Image"],
        "kmcodec --help": [*ours, "--help"],
        "kmcodec decode": [*ours, *decode],
        "kmcodec encode": [*ours, *encode],
    }


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__)
    parser.add_argument("--repeat", type=positive, default=9, help="runs after a warm-up")
    args = parser.parse_args()
    versions = package_versions("numpy", "pillow", "click", "rich")
    print_facts(versions, machine())
    way = "entry point" if command_line()[0] == sys.executable else "console script"
    print_facts({"started by": way, "picture": f"{WIDTH} x {HEIGHT}", "runs": str(args.repeat)})
    with tempfile.TemporaryDirectory() as folder:
        calls = {name: partial(run, command) for name, command in commands_in(Path(folder)).items()}
        for call in calls.values():
            call()  # compiles modules to bytecode and fills the file cache
        times = interleaved(calls, args.repeat)
    bare = median(times[BARE])
    rows = []
    for name, found in times.items():
        figures = [median(found), min(found), max(found), median(found) - bare]
        rows.append([name, *(f"{1000 * seconds:.0f}" for seconds in figures)])
    columns = ["process", "median", "min", "max", "median beyond bare Python"]
    console.print(table("Milliseconds of wall time", columns, rows))
    write_json(args.json, {"versions": versions, "machine": machine(), "seconds": times})


if __name__ == "__main__":
    main()
