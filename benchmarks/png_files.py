"""Palette PNG files: bytes and error of our command and of pngquant, before and after oxipng.

Whole programs at work, as a web developer would use them: `kmcodec quantize` and `pngquant --nofs`,
both without metadata, then the same oxipng on the files of both. Both get all pictures of a folder
in one run, ours with `-j 1`, and their processor time is told. A picture that one of them
refuses counts for neither and is named. Pictures with a colour profile are converted to sRGB
before: we would apply it and pngquant would leave it, and both would be measured against pixels
that only one of them meant to keep. With ``--zopfli`` ours are written at effort 9 and stay as they
are, and oxipng spends its most on pngquant's alone, with zopfli.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import quantizers as q
from measure import (
    compare,
    console,
    machine,
    package_versions,
    parser_for,
    picture_paths,
    positive,
    print_facts,
    progress_console,
    ratio_text,
    read_pixels,
    required,
    table,
    write_json,
)
from PIL import Image
from rich.progress import track
from scores import black_white_error
from startup import command_line

from kmcodec.files import read_picture

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

FOLDERS = "kodak,pixelart,screens"
PNGQUANT_ENDING = "-small.png"
MOST_LEVEL = 6  # of oxipng
ZOPFLI_ITERATIONS = 15  # its default
FLOOR = 0.01  # added to both errors of a ratio, because many pictures keep all their colours


def as_png(paths: Sequence[Path], folder: Path) -> list[Path]:
    """Copy PNGs, and convert others and those with a profile, under names that cannot clash."""
    out = []
    for number, path in enumerate(paths):
        target = folder / f"{number:04}-{path.stem}.png"
        picture = read_picture(path)
        if picture.conversion:
            console.print(f"{path.stem} is converted to sRGB for both")
            Image.fromarray(picture.pixels).save(target)
        elif path.suffix.lower() == ".png":
            shutil.copyfile(path, target)
        else:
            with Image.open(path) as image:
                image.save(target)
        out.append(target)
    return out


def write_ours(sources: Sequence[Path], folder: Path, n_colors: int, flags: Sequence[str]) -> None:
    """Run our command once on all pictures; what it refuses is missing in the folder."""
    options = ["-o", str(folder), "-k", str(n_colors), "--strip", "-j", "1", *flags]
    command = [*command_line(), "quantize", *map(str, sources), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        progress_console.print(f"kmcodec returned {done.returncode}: {done.stderr}", markup=False)


def write_pngquant(sources: Sequence[Path], folder: Path, n_colors: int) -> None:
    """Run pngquant once on all pictures; what it refuses is missing in the folder."""
    options = ["--nofs", "--strip", "--force", "--ext", PNGQUANT_ENDING, str(n_colors)]
    command = [q.PNGQUANT, *options, *map(str, sources)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        progress_console.print(f"pngquant returned {done.returncode}: {done.stderr}", markup=False)
    for source in sources:
        written = source.with_name(source.stem + PNGQUANT_ENDING)
        if written.exists():
            written.rename(folder / source.name)


def processor_seconds(call: Callable[[], object]) -> float:
    """Return the processor time of the programs that a call runs."""
    before = os.times()
    call()
    after = os.times()
    spent = after.children_user + after.children_system
    return spent - before.children_user - before.children_system


def squeezer(level: int, *, zopfli: bool) -> Callable[[bytes], bytes]:
    """Return how oxipng makes a PNG small: by its own DEFLATE, or at its most by zopfli's."""
    oxipng = required("oxipng")
    options: dict[str, Any] = {"level": level, "strip": oxipng.StripChunks.all(), "force": True}
    if zopfli:
        options |= {"level": MOST_LEVEL, "deflate": oxipng.Deflaters.zopfli(ZOPFLI_ITERATIONS)}
    return partial(oxipng.optimize_from_memory, **options)


def measure(
    source: Path, written: Mapping[str, Path], level: int, *, zopfli: bool
) -> dict[str, Any]:
    """Return bytes, bytes after oxipng, and errors, by program."""
    squeeze = squeezer(level, zopfli=zopfli)
    pixels = read_pixels(source, "RGBA")
    found: dict[str, Any] = {"picture": source.stem, "bytes": {}, "oxipng": {}, "mse": {}}
    for program, path in written.items():
        data = path.read_bytes()
        found["bytes"][program] = len(data)
        left = zopfli and program == q.OURS
        found["oxipng"][program] = len(data) if left else min(len(data), len(squeeze(data)))
        found["mse"][program] = black_white_error(pixels, read_pixels(path, "RGBA"))
    return found


def measure_folder(
    paths: Sequence[Path], options: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """Write the pictures with both programs; return results on those both accept, and seconds."""
    results = []
    with TemporaryDirectory() as work:
        folders = {name: Path(work, name) for name in ("in", q.OURS, q.PNGQUANT)}
        for folder in folders.values():
            folder.mkdir()
        sources = as_png(paths, folders.pop("in"))
        ours = partial(write_ours, sources, folders[q.OURS], options["colors"], options["flags"])
        theirs = partial(write_pngquant, sources, folders[q.PNGQUANT], options["colors"])
        seconds = {q.OURS: processor_seconds(ours), q.PNGQUANT: processor_seconds(theirs)}
        for source in track(sources, "oxipng", console=progress_console, transient=True):
            written = {name: folder / source.name for name, folder in folders.items()}
            refusing = [name for name, path in written.items() if not path.exists()]
            if refusing:
                console.print(f"{source.stem} is left out, refused by {' and '.join(refusing)}")
                continue
            results.append(measure(source, written, options["level"], zopfli=options["zopfli"]))
    return results, seconds


def summarize(groups: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Print and return totals and ratios of each folder and of all."""
    numbers = []
    titles = {
        "bytes": "Bytes as written",
        "oxipng": "Bytes after oxipng",
        "mse": "Squared error over black and white, sums over pictures",
    }
    for key, title in titles.items():
        rows = []
        for label, results in groups.items():
            ours, theirs = ([r[key][name] for r in results] for name in (q.OURS, q.PNGQUANT))
            found = compare(ours, theirs, FLOOR if key == "mse" else 0.0)
            numbers.append(
                {"folder": label, "quantity": key, "ours": sum(ours), "theirs": sum(theirs)} | found
            )
            digits = 2 if key == "mse" else 0
            sums = [f"{sum(values):,.{digits}f}" for values in (ours, theirs)]
            of_sums = sum(ours) / sum(theirs) if sum(theirs) else 1.0
            ratios = [ratio_text(ratio) for ratio in (of_sums, found["geometric_mean"])]
            rows.append([label, str(found["of"]), *sums, *ratios, f"{found['lost']}/{found['of']}"])
        columns = ["folder", "pictures", q.OURS, q.PNGQUANT, "ratio of sums", "mean ratio", "lost"]
        console.print(table(title, columns, rows))
    return numbers


def show_seconds(seconds: Mapping[str, Mapping[str, float]]) -> None:
    """Print the processor time of both programs on each folder."""
    rows = []
    for label, found in seconds.items():
        texts = [f"{found[name]:.2f}" for name in (q.OURS, q.PNGQUANT)]
        rows.append([label, *texts, ratio_text(found[q.OURS] / found[q.PNGQUANT])])
    console.print(table("Processor seconds", ["folder", q.OURS, q.PNGQUANT, "ratio"], rows))


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds the folders")
    parser.add_argument("--folders", default=FOLDERS, metavar="A,B", help="of pictures")
    parser.add_argument("--colors", type=positive, default=256, help="palette entries")
    parser.add_argument("--flags", type=shlex.split, default="", help="more options of our command")
    parser.add_argument("--level", type=int, choices=range(7), default=4, help="of oxipng")
    parser.add_argument(
        "--zopfli", action="store_true", help="ours at effort 9 beside pngquant, oxipng and zopfli"
    )
    parser.add_argument("--every", type=positive, default=1, help="take every so manieth picture")
    args = parser.parse_args()
    if not q.has_pngquant():
        raise SystemExit("error: the pngquant program is missing")
    versions = package_versions("pillow", "pyoxipng") | {"pngquant": q.pngquant_version()}
    print_facts(versions, machine())
    flags = [*args.flags, "--effort", "9"] if args.zopfli else args.flags
    options = {"colors": args.colors, "flags": flags, "level": args.level, "zopfli": args.zopfli}
    print_facts({name: str(value) for name, value in options.items()})

    groups: dict[str, list[dict[str, Any]]] = {}
    seconds: dict[str, dict[str, float]] = {}
    for name in args.folders.split(","):
        groups[name], seconds[name] = measure_folder(
            picture_paths(args.data / name)[:: args.every], options
        )
    groups["all"] = [result for results in groups.values() for result in results]
    summary = summarize(groups)
    show_seconds(seconds)
    console.print(
        f'Ratios are {q.OURS} / {q.PNGQUANT}: less than 1 is ours. "mean ratio": geometric, per '
        f'picture; {FLOOR} is added to both errors. "lost": pictures on which pngquant has the '
        "smaller file or the smaller error."
    )
    facts = {"versions": versions, "machine": machine(), "options": options}
    write_json(args.json, facts | {"results": groups, "summary": summary, "seconds": seconds})


if __name__ == "__main__":
    main()
