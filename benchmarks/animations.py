"""Animated GIFs: bytes, SSIMULACRA2 and processor time of our command and of gifsicle.

Whole programs at work on every GIF below `animations`: `kmcodec quantize -k K`, as it comes and
with `--lossy 0`, beside `gifsicle -O3 --colors K`, and with `--lossy`. SSIMULACRA2 is the mean over
frames, those with clear pixels on white; gifsicle joins frames that are alike, so its frames are
matched by the time at which they are shown. Then each GIF is written below caps of bytes by
`--max-bytes`. Less than 1 is ours; losses are printed.
"""

from __future__ import annotations

import shutil
import subprocess
from itertools import accumulate
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from measure import (
    compare,
    console,
    machine,
    package_versions,
    palette_sizes,
    parser_for,
    positive,
    print_facts,
    progress_console,
    ratio_text,
    table,
    write_json,
)
from PIL import Image, ImageSequence
from rich.progress import track
from startup import command_line

import kmcodec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

DATA = Path("../shared/data")
GIFSICLE = "gifsicle"
LEAST_SIDE = 8  # of a picture that SSIMULACRA2 takes
WHITE = 255
PARTS = (0.75, 0.5, 0.25)  # of a file's bytes, as caps
Row = dict[str, Any]


def frames_of(path: Path) -> tuple[list[NDArray[np.uint8]], list[int]]:
    """Return the composited frames of a GIF on white, and the times at which each begins, in ms."""
    with Image.open(path) as image:
        shown = [
            (np.asarray(frame.convert("RGBA")), int(frame.info.get("duration", 0)))
            for frame in ImageSequence.Iterator(image)
        ]
    begins = [0, *accumulate(duration for _, duration in shown)]
    return [_on_white(pixels) for pixels, _ in shown], begins[:-1]


def _on_white(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return (H, W, 4) pixels whose alpha is 0 or 255 over white."""
    return np.where(pixels[..., 3:] == 0, np.uint8(WHITE), pixels[..., :3])


def score(source: Path, written: Path, most: int) -> float:
    """Return the mean SSIMULACRA2 of frames, of at most so many that lie evenly."""
    before, begins = frames_of(source)
    after, others = frames_of(written)
    chosen = range(0, len(before), -(-len(before) // most))
    if len(before) == len(after):
        matched = list(range(len(before)))
    else:
        matched = [int(np.searchsorted(others, begin, side="right")) - 1 for begin in begins]
    return float(np.mean([kmcodec.ssimulacra2(before[n], after[matched[n]]) for n in chosen]))


def processor_seconds(command: Sequence[str]) -> float:
    """Run a program and return its processor time, or end with what it said."""
    before = getrusage(RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    after = getrusage(RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"error: {' '.join(command)}: {done.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def programs(n_colors: int, lossy: int) -> dict[str, list[str]]:
    """Return the commands without input and output, by name."""
    ours = [*command_line(), "quantize", "-q", "-f", "-j", "1", "-k", str(n_colors)]
    theirs = [GIFSICLE, "-O3", "--colors", str(n_colors), "--no-warnings"]
    return {
        "kmcodec": ours,
        "kmcodec exact": [*ours, "--lossy", "0"],
        "gifsicle": theirs,
        "gifsicle lossy": [*theirs, f"--lossy={lossy}"],
    }


def measure(source: Path, folder: Path, commands: dict[str, list[str]], most: int) -> Row:
    """Return bytes, score and seconds of each program."""
    row: Row = {"name": source.stem, "source": source.stat().st_size}
    for name, command in commands.items():
        target = folder / f"{name.replace(' ', '-')}.gif"
        seconds = processor_seconds([*command, str(source), "-o", str(target)])
        size = target.stat().st_size
        row[name] = {"bytes": size, "score": score(source, target, most), "seconds": seconds}
    return row


def measure_caps(source: Path, folder: Path) -> list[Row]:
    """Return how many bytes --max-bytes leaves where a part of the file's own is allowed."""
    rows = []
    for part in PARTS:
        cap = int(source.stat().st_size * part)
        target = folder / "capped.gif"
        words = ["quantize", "-q", "-f", "-j", "1", str(source), "-o", str(target)]
        target.unlink(missing_ok=True)
        command = [*command_line(), *words, "--max-bytes", str(cap)]
        subprocess.run(command, capture_output=True, check=False)  # noqa: S603
        size = target.stat().st_size if target.exists() else None
        rows.append({"name": source.stem, "cap": cap, "bytes": size})
    return rows


def show(n_colors: int, rows: Sequence[Row], names: Sequence[str]) -> Row:
    """Print a table of one number of colours, and ratios; return these."""
    lines = []
    for row in rows:
        cells = [f"{row[name]['bytes']:,} {row[name]['score']:.1f}" for name in names]
        lines.append([row["name"], f"{row['source']:,}", *cells])
    title = f"{n_colors} colours: bytes, SSIMULACRA2"
    console.print(table(title, ["", "source", *names], lines))
    found: Row = {}
    lines = []
    for ours, theirs in ((names[0], names[2]), (names[1], names[2]), (names[0], names[3])):
        sizes = compare([r[ours]["bytes"] for r in rows], [r[theirs]["bytes"] for r in rows])
        seconds = sum(r[ours]["seconds"] for r in rows) / sum(r[theirs]["seconds"] for r in rows)
        gains = [row[ours]["score"] - row[theirs]["score"] for row in rows]
        lost = [row["name"] for row in rows if row[ours]["bytes"] > row[theirs]["bytes"]]
        worse = [row["name"] for row, gain in zip(rows, gains, strict=True) if gain < 0]
        found[f"{ours} / {theirs}"] = {"bytes": sizes, "seconds": seconds, "gains": gains}
        texts = [ratio_text(sizes["geometric_mean"]), f"{np.mean(gains):+.2f}"]
        texts += [f"{min(gains):+.2f}", f"{seconds:.1f}"]
        lines.append([f"{ours} / {theirs}", *texts])
        if lost or worse:
            told = f"more bytes: {', '.join(lost) or '-'}; lower score: {', '.join(worse) or '-'}"
            console.print(f"{ours} / {theirs}: {told}")
    columns = ["", "bytes", "score, mean", "score, worst", "processor time"]
    console.print(table(f"{n_colors} colours: ratios", columns, lines))
    return found


def show_caps(rows: Sequence[Row]) -> None:
    """Print how well caps are held and used."""
    written = [row for row in rows if row["bytes"] is not None]
    held = sum(row["bytes"] <= row["cap"] for row in written)
    used = float(np.mean([row["bytes"] / row["cap"] for row in written]))
    console.print(
        f"--max-bytes: {held} of {len(written)} caps held, {100 * used:.1f} % of them used;"
        f" {len(rows) - len(written)} out of reach, without a file"
    )


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__)
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="development data")
    parser.add_argument("--colors", type=palette_sizes, default=[16, 64, 256], metavar="K,...")
    parser.add_argument("--lossy", type=positive, default=40, help="of gifsicle")
    parser.add_argument("--frames", type=positive, default=10, help="of a file that are scored")
    args = parser.parse_args()
    if shutil.which(GIFSICLE) is None:
        raise SystemExit("error: the gifsicle program is missing")
    told = subprocess.run([GIFSICLE, "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    versions = package_versions("pillow") | {"gifsicle": told.stdout.split()[2]}
    print_facts(machine(), versions)
    paths = [
        path
        for path in sorted((args.data / "animations").rglob("*.gif"))
        if min(Image.open(path).size) >= LEAST_SIDE
    ]
    numbers: Row = {}
    with TemporaryDirectory() as work:
        for n_colors in args.colors:
            commands = programs(n_colors, args.lossy)
            followed = track(paths, str(n_colors), console=progress_console, transient=True)
            rows = [measure(path, Path(work), commands, args.frames) for path in followed]
            ratios = show(n_colors, rows, list(commands))
            numbers[str(n_colors)] = {"files": rows, "ratios": ratios}
        caps = [row for path in paths for row in measure_caps(path, Path(work))]
    show_caps(caps)
    write_json(args.json, numbers | {"caps": caps})


if __name__ == "__main__":
    main()
