"""Bytes at equal looks: `kmcodec.compress` beside pngquant, at the score that pngquant reaches.

Each picture is quantized by pngquant to K colours, dithered as it comes, and its PNG is made
smaller by `oxipng -o4`. Its SSIMULACRA2 is what ours has to reach, with up to 256 colours: as a
`.kmq` file, and as a PNG. Where the program `butteraugli` is installed (Debian has it), its worst
distance is told, too, which the search does not know: less is better.

Screens with a palette of their own are left out, and sprites of up to 256 colours. Less than 1 is
ours; losses are printed.
"""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from measure import (
    compare,
    console,
    machine,
    package_versions,
    palette_sizes,
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

import kmcodec
from kmcodec import files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

DATA = Path("../shared/data")
FOLDERS = ("kodak", "screens", "pixelart")
OXIPNG_LEVEL = 4
MOST_COLORS = 256
LEAST_SIDE = 8
Row = dict[str, Any]


def pictures_in(folder: Path) -> list[Path]:
    """Return the pictures that lose something: of more than 256 colours, and no palette."""
    found = []
    for path in picture_paths(folder):
        with Image.open(path) as image:
            if image.mode == "P" or min(image.size) < LEAST_SIDE:
                continue
        pixels = _pixels(path)
        if len(np.unique(pixels.reshape(-1, pixels.shape[2]), axis=0)) > MOST_COLORS:
            found.append(path)
    return found


def _pixels(path: Path) -> NDArray[np.uint8]:
    """Return a picture as RGB, or as RGBA where it is not opaque."""
    pixels = read_pixels(path, "RGBA")
    return pixels if (pixels[..., 3] < 255).any() else np.ascontiguousarray(pixels[..., :3])


def by_pngquant(pixels: NDArray[np.uint8], n_colors: int, folder: Path) -> tuple[bytes, float]:
    """Return pngquant's file, and the seconds of its whole run."""
    source, target = folder / "source.png", folder / "target.png"
    Image.fromarray(pixels).save(source, compress_level=1)
    started = perf_counter()
    command = ["pngquant", "--force", "--output", str(target), str(n_colors), str(source)]
    subprocess.run(command, check=True)  # noqa: S603
    return target.read_bytes(), perf_counter() - started


def distance(pixels: NDArray[np.uint8], others: NDArray[np.uint8], folder: Path) -> float | None:
    """Return butteraugli's distance on white, or None where the program is missing."""
    if shutil.which("butteraugli") is None:
        return None
    paths = [folder / "first.png", folder / "second.png"]
    for path, shown in zip(paths, (pixels, others), strict=True):
        image = Image.fromarray(shown).convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        Image.alpha_composite(white, image).convert("RGB").save(path, compress_level=1)
    command = ["butteraugli", *map(str, paths)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return float(done.stdout.split()[0])


def measure(path: Path, n_colors: int, efforts: Sequence[int], folder: Path) -> Row:
    """Return bytes, scores and distances of one picture."""
    pixels = _pixels(path)
    oxipng = required("oxipng")
    theirs, seconds = by_pngquant(pixels, n_colors, folder)
    with Image.open(io.BytesIO(theirs)) as image:
        shown = np.array(image.convert("RGBA"))[..., : pixels.shape[2]]
    score = kmcodec.ssimulacra2(pixels, shown)
    row: Row = {
        "name": path.stem,
        "score": score,
        "pngquant": len(theirs),
        "oxipng": len(oxipng.optimize_from_memory(theirs, level=OXIPNG_LEVEL)),
        "pngquant_seconds": seconds,
        "pngquant_distance": distance(pixels, shown, folder),
    }
    for effort in efforts:
        row |= _ours(pixels, score, effort, folder)
    return row


def _ours(pixels: NDArray[np.uint8], score: float, effort: int, folder: Path) -> Row:
    """Return our bytes at a score, or those of the best that 256 colours reach."""
    row: Row = {}
    for kind in ("kmq", "png"):
        started = perf_counter()
        options: Row = {"effort": effort}
        if kind == "png":
            options["write"] = lambda image: files.picture_bytes(
                image, "PNG", as_palette=True, effort=effort
            )
        found = kmcodec.compress(pixels, score=(-1000.0, score), **options)
        name = f"{kind}{effort}"
        row[name] = len(found.data)
        row[f"{name}_score"] = found.score
        row[f"{name}_seconds"] = perf_counter() - started
        row[f"{name}_distance"] = distance(pixels, found.image.to_pixels(), folder)
    return row


def compared(rows: Sequence[Row], efforts: Sequence[int]) -> dict[str, dict[str, float | int]]:
    """Return how ours compares, by what is compared."""
    out = {}
    for effort in efforts:
        for kind, peer in (("kmq", "oxipng"), ("png", "oxipng"), ("png", "pngquant")):
            name = f"{kind}{effort}"
            out[f"{name} / {peer}"] = compare([r[name] for r in rows], [r[peer] for r in rows])
        for what in ("seconds", "distance"):
            peer = f"pngquant_{what}"
            if all(r[peer] is not None for r in rows):
                ours = [r[f"kmq{effort}_{what}"] for r in rows]
                out[f"{what} kmq{effort}"] = compare(ours, [r[peer] for r in rows])
    return out


def show(folder: str, n_colors: int, results: Mapping[str, Mapping[str, float | int]]) -> None:
    """Print the comparison of a folder."""
    lines = [
        [
            name,
            ratio_text(float(numbers["geometric_mean"])),
            f"{numbers['best']:.3f}",
            f"{numbers['worst']:.3f}",
            f"{numbers['lost']} of {numbers['of']}",
        ]
        for name, numbers in results.items()
    ]
    columns = ["ours / theirs", "geometric mean", "best", "worst", "lost"]
    console.print(table(f"{folder}, pngquant {n_colors}", columns, lines))


def main() -> None:
    """Measure every picture, print, and write the numbers."""
    parser = parser_for(__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with the pictures")
    parser.add_argument("--folders", default=",".join(FOLDERS), help="those below it")
    parser.add_argument("--colors", type=palette_sizes, default=[256], metavar="K,...")
    parser.add_argument("--efforts", default="5", help="efforts of ours")
    parser.add_argument("--most", type=positive, help="pictures of each folder, evenly chosen")
    options = parser.parse_args()
    efforts = [int(effort) for effort in options.efforts.split(",")]
    facts = package_versions("pyoxipng"), machine()
    print_facts(*facts)
    numbers: Row = {"rows": {}}
    with TemporaryDirectory() as scratch:
        for name in options.folders.split(","):
            paths = pictures_in(options.data / name)
            if not paths:
                console.print(f"{name}: no picture has more than {MOST_COLORS} colours")
                continue
            if options.most is not None:
                paths = paths[:: -(-len(paths) // options.most)]
            for n_colors in options.colors:
                told = f"{name}, {n_colors} colours"
                rows = [
                    measure(path, n_colors, efforts, Path(scratch))
                    for path in track(paths, told, console=progress_console, transient=True)
                ]
                show(name, n_colors, compared(rows, efforts))
                numbers["rows"][told] = rows
    write_json(options.json, numbers)


if __name__ == "__main__":
    main()
