"""A Dask cluster on this machine: the bytes of a local run, time and memory by images and workers.

All pictures of kodak/, pixelart/ and screens/ are encoded with palettes of their own and with one
shared palette. Worker processes have one thread each; memory is the largest of a worker.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from distributed import Client, LocalCluster
from measure import (
    console,
    machine,
    package_versions,
    parser_for,
    picture_paths,
    print_facts,
    progress_console,
    table,
    write_json,
)
from rich.progress import track

FOLDERS = ("kodak", "pixelart", "screens")


def gather(data: Path, target: Path, share: int) -> int:
    """Link every `share`-th picture of the folders below a target; return how many."""
    count = 0
    for folder in FOLDERS:
        (target / folder).mkdir(parents=True)
        for path in picture_paths(data / folder)[::share]:
            name = re.sub(r"[^\w.]", "_", str(path.relative_to(data / folder)))
            (target / folder / name).symlink_to(path.resolve())
            count += 1
    return count


def encode(pictures: Path, out: Path, *options: str) -> float:
    """Run the command line; return its seconds."""
    command = [sys.executable, "-P", "-m", "kmcodec", "encode", str(pictures)]
    command += ["-o", str(out), *options]
    started = time.perf_counter()
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        raise SystemExit(f"error: {done.stderr}")
    return time.perf_counter() - started


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of all files below a folder, half-written ones too."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def peak_memory() -> int:
    """Return the most memory that this process has had, in bytes."""
    import resource  # noqa: PLC0415  (there is none on Windows)

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def kill_later(cluster: LocalCluster, out: Path, count: int) -> threading.Thread:
    """Kill a worker by its process id when `count` files are there."""
    with Client(cluster, set_as_default=False) as client:  # type: ignore[no-untyped-call]
        pid = next(iter(client.run(os.getpid).values()))

    def kill() -> None:
        while len(contents(out)) < count:
            time.sleep(0.02)
        os.kill(pid, signal.SIGKILL)

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    return thread


def measure(pictures: Path, folder: Path, n_workers: int, count: int) -> list[dict[str, Any]]:
    """Return times and memory of a local run and of one on a cluster, whose bytes are compared."""
    found = []
    for palette in ((), ("--shared-palette",)):
        name = palette[0] if palette else "own palettes"
        local = folder / f"local{n_workers}{len(palette)}{count}"
        seconds = encode(pictures, local, "-j", str(n_workers), *palette)
        expected = contents(local)
        for kill in (False, True) if n_workers > 1 else (False,):
            out = folder / f"there{n_workers}{len(palette)}{count}{kill}"
            with LocalCluster(  # type: ignore[no-untyped-call]
                n_workers=n_workers, threads_per_worker=1, dashboard_address=":0"
            ) as cluster:
                killer = kill_later(cluster, out, count // 2) if kill else None
                address = cluster.scheduler_address
                there = encode(pictures, out, "--scheduler", address, *palette)
                if killer is not None:
                    killer.join()
                with Client(cluster, set_as_default=False) as client:  # type: ignore[no-untyped-call]
                    memory = max(client.run(peak_memory).values())
            one = {"images": count, "workers": n_workers, "palette": name, "killed": kill}
            one |= {"local": seconds, "cluster": there, "memory": memory}
            found.append(one | {"equal": contents(out) == expected})
    return found


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds kodak/ ...")
    args = parser.parse_args()
    print_facts(package_versions("numpy", "distributed"), machine())
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cases = [(share, workers) for share in (8, 2, 1) for workers in (1, 2)]
        for share, workers in track(cases, "runs", console=progress_console):
            pictures = folder / f"pictures{share}{workers}"
            count = gather(args.data, pictures, share)
            found += measure(pictures, folder, workers, count)
    rows = [
        [
            str(one["images"]),
            str(one["workers"]),
            one["palette"] + (", a worker killed" if one["killed"] else ""),
            f"{one['local']:.1f}",
            f"{one['cluster']:.1f}",
            f"{one['memory'] / 1e6:.0f}",
            "equal" if one["equal"] else "DIFFERENT",
        ]
        for one in found
    ]
    columns = ["images", "workers", "palettes", "local, s", "cluster, s", "worker, MB", "bytes"]
    console.print(table("A cluster beside a local run", columns, rows))
    write_json(args.json, json.loads(json.dumps({"runs": found})))


if __name__ == "__main__":
    main()
