"""Tell how much of the package the fuzzer's inputs reach (``pip install coverage``; GCC).

    python tests/kernel_builds.py coverage --python tests/fuzz/coverage_of_fuzzing.py

Runs every target of targets.py on its seeds, on the corpus that run.py has gathered in
``--findings``, and on mutations of them. Lines of kernels are counted by gcov in kernels built for
it, lines of Python by coverage.py. What no target is for (K-means, PNG search) is left out.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.append(str(HERE))
KERNELS = ("deflating", "lookup")  # between files and indices
PYTHON = (
    "varint.py",
    "deflate/*",
    "container/*",
    "coding/*",
    "codec/*",
    "digits/idx.py",
    "files/pictures.py",
)


def replay(findings: Path, mutations: int) -> None:
    """Run all targets in this process, and save which lines of Python ran."""
    import coverage  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: PLC0415

    package = ROOT / "build" / "coverage" / "kmcodec"
    watch = coverage.Coverage(
        data_file=str(package.parent / "python"), include=[str(package / name) for name in PYTHON]
    )
    watch.start()
    import mutator  # noqa: PLC0415
    import seeds  # noqa: PLC0415
    import targets  # noqa: PLC0415

    runs = taken = 0
    for target in targets.TARGETS:
        pool = seeds.seeds(target)
        pool += [path.read_bytes() for path in sorted((findings / target / "corpus").glob("*"))]
        made = []
        if target in targets.OF_KMQ:
            prefix = 4 if target == "region" else 0
            for seed in range(mutations):
                base = pool[seed % len(pool)]
                made.append(base[:prefix] + mutator.mutate(base[prefix:], seed))
        for data in pool + made:
            taken += targets.run_target(target, data)
            runs += 1
    watch.stop()
    watch.save()
    watch.json_report(outfile=str(package.parent / "python.json"), pretty_print=False)
    print(f"{runs:,} inputs, {taken:,} of them taken")


def c_lines(folder: Path, name: str) -> dict[int, int]:
    """Return how often each line of a kernel's C ran, from gcov."""
    counts: dict[int, int] = {}
    for data in folder.rglob(f"*{name}.gcda"):
        with tempfile.TemporaryDirectory() as room:
            command = ["gcov", "--json-format", str(data)]
            subprocess.run(command, check=True, cwd=room, stdout=subprocess.DEVNULL)
            for report in Path(room).glob("*.json.gz"):
                for file in json.loads(gzip.decompress(report.read_bytes()))["files"]:
                    if file["file"].endswith(f"{name}.c"):
                        for line in file["lines"]:
                            number = line["line_number"]
                            counts[number] = counts.get(number, 0) + line["count"]
    if not counts:
        raise SystemExit(f"no counts of {name}: run this by way of tests/kernel_builds.py coverage")
    return counts


def kernel_lines(folder: Path, name: str) -> tuple[int, int]:
    """Return how many lines of a kernel's source ran, and how many there are.

    Cython tells before each piece of its C in a comment which line of the source it is of.
    """
    counts = c_lines(folder, name)
    told = re.compile(rf'\s*/\* ".*{name}\.py":(\d+)$')
    ran: dict[int, bool] = {}
    source = 0
    for number, line in enumerate((folder / f"{name}.c").read_text().splitlines(), start=1):
        found = told.match(line)
        if found:
            source = int(found[1])
        elif line.startswith("}"):
            source = 0  # a function ends
        elif source and number in counts:
            ran[source] = ran.get(source, False) or counts[number] > 0
    return sum(ran.values()), len(ran)


def print_reached(folder: Path) -> None:
    """Print the lines that ran, of each kernel and of each module of Python."""
    print(f"{'kernel':<40}lines  reached")
    for name in KERNELS:
        ran, lines = kernel_lines(folder, name)
        print(f"{name:<40}{lines:>5}  {ran / lines:>7.1%}")
    print(f"{'module':<40}lines  reached")
    rooms: dict[str, list[int]] = {}
    for path, found in json.loads((folder / "python.json").read_text())["files"].items():
        name = path.rpartition("kmcodec/")[2]
        lines, ran = found["summary"]["num_statements"], found["summary"]["covered_lines"]
        for key in {name, name.partition("/")[0]}:
            total = rooms.setdefault(key, [0, 0])
            total[0] += lines
            total[1] += ran
    for name, (lines, ran) in sorted(rooms.items()):
        print(f"{name:<40}{lines:>5}  {ran / max(lines, 1):>7.1%}")


def main() -> None:
    """Parse the command line, replay in a process of its own, print what it reached."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--findings", type=Path, default=ROOT / "build" / "fuzz")
    parser.add_argument("--mutations", type=int, default=2000, help="for each target")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        replay(arguments.findings, arguments.mutations)
        return
    # gcov writes its counts when a process ends
    subprocess.run([sys.executable, "-P", __file__, *sys.argv[1:], "--inside"], check=True)
    print_reached(ROOT / "build" / "coverage")


if __name__ == "__main__":
    main()
