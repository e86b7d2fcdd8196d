"""Fuzz the decoder in C, built with AddressSanitizer and UndefinedBehaviorSanitizer.

    python tests/fuzz/c_core.py --minutes 20

Seeds are the vectors of the specification and pictures of every coder and model. They are changed
part by part with their checksums repaired, so that the coders see the damage. A file is decoded by
kmq_batch.c, whole and in regions, cancelled and out of memory, and has to give the package's
pixels, or an error as the package does. Rounds take turns at the builds: vectors or plain C, all
models inlined apart or in one copy, 64 bits or 32. What is found stays in the folder
``--findings``; it is printed in hexadecimal, too.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "conformance"), str(TESTS.parent / "spec"), str(TESTS / "fuzz")]

from c_decoder import HERE, WATCHED, build, by_package, lines_of  # noqa: E402
from mutator import mutate  # noqa: E402
from seeds import kmq_files  # noqa: E402

import kmcodec  # noqa: E402
from kmcodec import BlockImage, IndexedImage  # noqa: E402

ROUND = 100  # files
SECONDS = 120  # of a processor's time for a round; more is a hang
BUILDS = {
    "vectors": [],
    "plain": ["-DKMQ_PLAIN"],
    "small": ["-DKMQ_SMALL"],
    "32 bits": ["-m32"],
}
COUNTS = (2, 3, 16, 17, 256, 257, 1000, 5000)


@dataclass
class Tally:
    """What came of the files."""

    rounds: int = 0
    files: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    findings: int = 0

    def __str__(self) -> str:
        """Return a line."""
        names = ", ".join(f"{count:,} {name}" for name, count in self.outcomes.most_common())
        return f"{self.rounds} rounds, {self.files:,} files ({names}), {self.findings} findings"


def planes(rng: np.random.Generator, n_colors: int, sides: tuple[int, int]) -> list[np.ndarray]:
    """Return noise, areas with specks, and a slope."""
    y, x = np.mgrid[: sides[0], : sides[1]]
    noise = rng.integers(0, n_colors, y.shape)
    areas = (y // 9 * 5 + x // 21) % n_colors
    areas = np.where(rng.random(y.shape) < 1 / 50, noise, areas)
    return [noise, areas, (x * y // 40 + rng.integers(0, 3, y.shape)) % n_colors]


def pictures(seed: int) -> list[bytes]:
    """Return small pictures of every model, with one range coder a tile and with two."""
    rng = np.random.default_rng(seed)
    found = []
    for number, n_colors in enumerate(COUNTS):
        palette = rng.integers(0, 256, (n_colors, 1 + (number + seed) % 4)).astype(np.uint8)
        sides = (130, 131) if (number + seed) % 5 == 0 else tuple(rng.integers(1, 60, 2))
        for plane in planes(rng, n_colors, sides):
            image = IndexedImage(palette, plane, authored=bool(rng.integers(2)))
            found += [
                kmcodec.encode_indexed(image, coding="mixed", effort=effort)
                for effort in (1, 3, 5, 9)
            ]
        block = (*rng.integers(1, 5, 2), palette.shape[1])
        book = rng.integers(0, 256, (min(n_colors, 30), *block)).astype(np.uint8)
        grid = rng.integers(0, len(book), rng.integers(1, 20, 2))
        size = {"height": grid.shape[0] * block[0], "width": grid.shape[1] * block[1]}
        coding = ("auto", "packed", "deflate", "mixed")[number % 4]
        blocks = BlockImage(book, grid, **size)
        found.append(kmcodec.encode_blocks(blocks, coding=coding, effort=1 + number))
    return found


def check_line(data: bytes, line: str) -> tuple[str, bool]:
    """Return what came of a file, and whether it may: a file of several faults has any of them."""
    expected = by_package(data)
    if line == expected:
        return line.partition(" ")[0], True
    if (line + expected).count("OK"):
        return f"C {line}, package {expected}", False
    return "refused for different faults", True


def run_round(program: Path, files: list[bytes], tally: Tally, findings: Path) -> None:
    """Decode files in C and in the package; go on behind what ends the program."""
    while files:
        lines, reason = lines_of(program, files, SECONDS)
        for data, line in zip(files, lines, strict=False):
            outcome, holds = check_line(data, line)
            tally.files += 1
            tally.outcomes[outcome if holds else "wrong"] += 1
            if not holds:
                note(data, outcome, tally, findings)
        if not reason and len(lines) == len(files):
            return
        note(files[len(lines)], reason, tally, findings)
        files = files[len(lines) + 1 :]


def note(data: bytes, reason: str, tally: Tally, findings: Path) -> None:
    """Keep a finding, and print it."""
    tally.findings += 1
    findings.mkdir(parents=True, exist_ok=True)
    path = findings / f"{tally.findings:03}.kmq"
    path.write_bytes(data)
    print(f"FOUND {path}: {reason[:3000]}\n{data.hex()}", flush=True)


def main() -> int:
    """Parse the command line; return 1 if anything was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--start", type=int, default=0, help="number of the first mutation")
    parser.add_argument("--builds", nargs="+", choices=BUILDS, default=list(BUILDS))
    parser.add_argument("--findings", type=Path, default=TESTS.parent / "build" / "fuzz" / "c_core")
    arguments = parser.parse_args()
    tally, number = Tally(), arguments.start
    with TemporaryDirectory() as folder:
        programs = []
        for name in arguments.builds:
            place = Path(folder) / name.replace(" ", "-")
            place.mkdir()
            programs.append(build(place, "gcc", HERE / "kmq_batch.c", [*WATCHED, *BUILDS[name]]))
        pool = kmq_files() + [data for seed in range(4) for data in pictures(seed)]
        end = time.monotonic() + 60 * arguments.minutes
        print(f"{len(pool)} seeds, {len(programs)} builds", flush=True)
        while time.monotonic() < end:
            files = []
            for mutation in range(number, number + ROUND):
                rng = random.Random(mutation)
                files.append(mutate(rng.choice(pool), mutation, rng.choice(pool)))
            run_round(programs[tally.rounds % len(programs)], files, tally, arguments.findings)
            tally.rounds += 1
            number += ROUND
            print(f"{tally}, {max(0, end - time.monotonic()) / 60:.1f} minutes left", flush=True)
    print(f"in all: {tally}")
    return 1 if tally.findings else 0


if __name__ == "__main__":
    sys.exit(main())
