"""What files from strangers can cost: memory of decoding, bombs, many threads, many decodes.

Every figure is of a process of its own; memory is what the operating system gave it (Linux), less
what it had after a first small decode. Decoding may take 3 bytes per pixel and channel, and 64 MB.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import numpy as np
from measure import (
    console,
    machine,
    package_versions,
    parser_for,
    positive,
    print_facts,
    progress_console,
    table,
    write_json,
)
from rich.progress import track

import kmcodec
from kmcodec import container

FIXED = 64 * 10**6
N_COLORS = 64
VECTORS = Path(__file__).resolve().parents[1] / "spec" / "vectors"
# With efforts, and the numbers of shades that the picture's noise has.
CODINGS: list[tuple[Literal["packed", "deflate", "mixed"], int, int]] = [
    ("packed", 5, 3),
    ("deflate", 5, 3),
    ("mixed", 1, 3),
    ("mixed", 3, 3),
    ("mixed", 5, 1),
    ("mixed", 9, 3),
]
MODELS = ("quick", "lean", "rich", "full")
FACES = 8  # threads that decode one file


def make_image(side: int, channels: int, noise: int = 3) -> kmcodec.IndexedImage:
    """Return an image of smooth shades with some noise."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0:side, 0:side]
    indices = ((x + 2 * y) // 29 + rng.integers(0, noise, (side, side))) % N_COLORS
    palette = rng.integers(0, 256, (N_COLORS, channels), dtype=np.uint8)
    return kmcodec.IndexedImage(palette, indices.astype(np.uint8), authored=True)


def coder_of(data: bytes) -> str:
    """Return the name of a file's coder, and of its model."""
    name = kmcodec.read_info(data).coding
    if name != "mixed":
        return name
    sections = container.parse(data).sections
    payload = next(s.payload for s in sections if s.tag == container.SECTION_INDICES)
    return f"{name}, {MODELS[payload[1] & 127]}"


def resident(field: str) -> int:
    """Return the bytes of memory that this process has ("VmRSS") or has had at most ("VmHWM")."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    raise SystemExit(f"error: this system does not tell {field}")


def forget_peak() -> None:
    """Let the peak be what there is now."""
    Path("/proc/self/clear_refs").write_text("5")


def cost_of_decoding(data: bytes, threads: int) -> dict[str, Any]:
    """Return how much memory and time one decode takes here, and what came of it."""
    warm = kmcodec.encode_indexed(make_image(16, 3), effort=1)
    kmcodec.decode(warm, threads=1)
    forget_peak()
    before, started = resident("VmRSS"), time.perf_counter()
    try:
        pixels = kmcodec.decode(data, threads=threads).size
        outcome = "decoded"
    except kmcodec.KmqError as error:
        pixels, outcome = 0, type(error).__name__
    seconds = time.perf_counter() - started
    grown = resident("VmHWM") - before
    return {"grown": grown, "seconds": seconds, "values": pixels, "outcome": outcome}


def many_threads(data: bytes, count: int) -> dict[str, Any]:
    """Return how many different pictures threads get of one file."""
    with ThreadPoolExecutor(FACES) as pool:
        found = set(pool.map(lambda _: hash(kmcodec.decode(data).tobytes()), range(FACES * count)))
    return {"decodes": FACES * count, "different": len(found)}


def many_decodes(files: list[bytes], count: int) -> dict[str, Any]:
    """Return how memory grows over many decodes, after a tenth of them."""
    for number in range(count):
        if number == count // 10:
            before = resident("VmRSS")
        try:
            kmcodec.decode(files[number % len(files)])
        except kmcodec.KmqError:
            continue
    return {"decodes": count, "grown": resident("VmRSS") - before}


def inside(what: str, paths: list[str], number: int) -> dict[str, Any]:
    """Do one measurement in this process."""
    files = [Path(path).read_bytes() for path in paths]
    if what == "decode":
        return cost_of_decoding(files[0], number)
    if what == "threads":
        return many_threads(files[0], number)
    return many_decodes(files, number)


def apart(what: str, paths: list[Path], number: int) -> dict[str, Any]:
    """Do one measurement in a process of its own."""
    command = [sys.executable, __file__, "--inside", what, str(number), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measure_memory(folder: Path, side: int, threads: int) -> list[dict[str, Any]]:
    """Return what decoding a large picture takes, for each coder and model."""
    found = []
    cases = [(*coding, channels) for coding in CODINGS for channels in (1, 3, 4)]
    for coding, effort, noise, channels in track(cases, "memory", console=progress_console):
        image = make_image(side, channels, noise)
        data = kmcodec.encode_indexed(image, coding=coding, effort=effort)
        path = folder / "large.kmq"
        path.write_bytes(data)
        one = apart("decode", [path], threads)
        one |= {"coder": coder_of(data), "channels": channels, "bytes": len(data)}
        one["allowed"] = 3 * one["values"] + FIXED
        found.append(one)
    return found


def print_memory(found: list[dict[str, Any]], side: int, threads: int) -> None:
    """Print what decoding took, beside what it may take."""
    rows = [
        [
            one["coder"],
            str(one["channels"]),
            f"{one['bytes']:,}",
            f"{one['grown'] / 1e6:.0f}",
            f"{one['allowed'] / 1e6:.0f}",
            f"{one['grown'] / one['allowed']:.2f}",
        ]
        for one in found
    ]
    columns = ["coder", "channels", "file", "MB taken", "MB allowed", "share"]
    console.print(table(f"Decoding {side} x {side}, {threads} threads", columns, rows))


def print_bombs(found: dict[str, dict[str, Any]]) -> None:
    """Print what refusing bombs took."""
    rows = [
        [name, one["outcome"], f"{1000 * one['seconds']:.1f}", f"{one['grown'] / 1e6:.1f}"]
        for name, one in found.items()
    ]
    console.print(table("Bombs", ["file", "outcome", "ms", "MB"], rows))


def main() -> None:
    """Measure and print."""
    if sys.argv[1:2] == ["--inside"]:
        print(json.dumps(inside(sys.argv[2], sys.argv[4:], int(sys.argv[3]))))
        return
    parser = parser_for(__doc__)
    parser.add_argument("--side", type=positive, default=2048, help="of the large picture")
    parser.add_argument("--threads", type=positive, default=2)
    parser.add_argument("--decodes", type=positive, default=10_000, help="for leaks")
    parser.add_argument(
        "--rounds", type=positive, default=1000, help=f"for each of {FACES} threads"
    )
    args = parser.parse_args()
    print_facts(package_versions("numpy"), machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        memory = measure_memory(folder, args.side, args.threads)
        print_memory(memory, args.side, args.threads)
        bombs = sorted((VECTORS / "faulty").glob("bomb-*.kmq"))
        refused = {path.stem: apart("decode", [path], args.threads) for path in bombs}
        print_bombs(refused)
        small = folder / "small.kmq"
        small.write_bytes(kmcodec.encode_indexed(make_image(48, 3), effort=9))
        shared = apart("threads", [small], args.rounds)
        print_facts({"decodes on threads": f"{shared['decodes']:,}"})
        print_facts({"different pictures": str(shared["different"])})
        files = [path for path in VECTORS.rglob("*.kmq") if path.stat().st_size < 4096]
        repeated = apart("repeat", [small, *sorted(files)], args.decodes)
        print_facts({"decodes": f"{repeated['decodes']:,}"})
        print_facts({"growth": f"{repeated['grown'] / 1024:,.0f} KiB after the first tenth"})
    numbers = {"memory": memory, "bombs": refused, "threads": shared, "repeated": repeated}
    write_json(args.json, numbers)


if __name__ == "__main__":
    main()
