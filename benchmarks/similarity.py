"""SSIMULACRA2 beside the PyPI package: how far apart the scores are, and the time of each.

Pictures are spoilt in two ways: by palettes of 2 to 256 colours, and by JPEG. Pairs with scores
from -20 to 95, by the package, count. Times are those of one thread's processor; runs alternate.
"""

from __future__ import annotations

import itertools
from io import BytesIO
from pathlib import Path
from statistics import median
from time import process_time
from typing import TYPE_CHECKING, Any

import numpy as np
from measure import (
    console,
    geometric_mean,
    machine,
    package_versions,
    parser_for,
    picture_paths,
    positive,
    print_facts,
    progress_console,
    read_pixels,
    required,
    table,
    write_json,
)
from PIL import Image
from rich.progress import track

import kmcodec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

FOLDERS = ("kodak", "screens", "bsds500/images", "faces")
LONGEST_SIDE = 1200  # larger pictures are cropped: the package takes seconds for a megapixel
LOWEST, HIGHEST = -20, 95
PALETTES = (2, 4, 8, 16, 32, 64, 128, 256)
JPEGS = (8, 15, 30, 45, 60, 75, 90, 97)
REACH, SPEED = 0.05, 20  # what the two should be at least


def spoilt(pixels: NDArray[np.uint8]) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Yield pictures that are worse than the original in one way or the other."""
    for n_colors, quality in zip(PALETTES, JPEGS, strict=True):
        dither = 1.0 if n_colors in PALETTES[::2] else 0.0
        image = kmcodec.quantize(pixels, n_colors=n_colors, dither=dither, effort=1)
        yield f"{n_colors} colours", image.to_pixels()
        file = BytesIO()
        Image.fromarray(pixels).save(file, "JPEG", quality=quality)
        yield f"JPEG {quality}", np.array(Image.open(file))


def as_file(pixels: NDArray[np.uint8]) -> BytesIO:
    """Return pixels as a picture file in memory: the package opens files, not arrays."""
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PPM")
    file.seek(0)
    return file


def pairs(data: Path) -> Iterator[tuple[str, NDArray[np.uint8], NDArray[np.uint8]]]:
    """Yield pairs from all folders by turns; each picture gives two, worse and better by turns."""
    folders = [picture_paths(data / name) for name in FOLDERS]
    mixed = [path for paths in itertools.zip_longest(*folders) for path in paths if path]
    for number, path in enumerate(mixed):
        pixels = read_pixels(path, "RGB")[:LONGEST_SIDE, :LONGEST_SIDE]
        ways = list(spoilt(pixels))
        for way, worse in (ways[(2 * number) % len(ways)], ways[(2 * number + 7) % len(ways)]):
            yield f"{path.stem}, {way}", pixels, worse


def timed(call: Callable[[], float]) -> tuple[float, float]:
    """Return a score and the processor's seconds that it took."""
    started = process_time()
    score = float(call())
    return score, process_time() - started


def measure(
    name: str, pixels: NDArray[np.uint8], worse: NDArray[np.uint8], repeat: int
) -> dict[str, Any] | None:
    """Return scores and the least seconds of a pair, or None where its score does not count."""
    theirs = required("ssimulacra2").compute_ssimulacra2
    runs: dict[str, list[tuple[float, float]]] = {"package": [], "kmcodec": []}
    for _ in range(repeat):
        files = as_file(pixels), as_file(worse)
        runs["package"].append(timed(lambda files=files: theirs(*files)))  # type: ignore[misc]
        if not LOWEST <= runs["package"][0][0] <= HIGHEST:
            return None
        runs["kmcodec"].append(timed(lambda: kmcodec.ssimulacra2(pixels, worse, threads=1)))
    return {
        "pair": name,
        "megapixels": pixels.shape[0] * pixels.shape[1] / 1e6,
        "score": {who: found[0][0] for who, found in runs.items()},
        "seconds": {who: min(seconds for _, seconds in found) for who, found in runs.items()},
    }


def show(results: list[dict[str, Any]]) -> dict[str, float]:
    """Print each pair and the summary, and return the summary."""
    gaps = [abs(r["score"]["kmcodec"] - r["score"]["package"]) for r in results]
    gains = [r["seconds"]["package"] / r["seconds"]["kmcodec"] for r in results]
    rates = [r["megapixels"] / r["seconds"]["kmcodec"] for r in results]
    rows = [
        [
            r["pair"],
            f"{r['score']['package']:.3f}",
            f"{r['score']['kmcodec']:.3f}",
            f"{gap:.4f}",
            f"{gain:.1f}",
            f"{rate:.1f}",
        ]
        for r, gap, gain, rate in zip(results, gaps, gains, rates, strict=True)
    ]
    columns = ["pair", "package", "kmcodec", "apart", "times\nas fast", "MP/s"]
    console.print(table("SSIMULACRA2, one thread", columns, rows))
    summary = {
        "pairs": len(results),
        "apart_most": max(gaps),
        "apart_median": median(gaps),
        "times_as_fast": geometric_mean(gains),
        "megapixels_per_second": geometric_mean(rates),
    }
    fine = summary["apart_most"] <= REACH and summary["times_as_fast"] >= SPEED
    console.print(
        f"{len(results)} pairs: {max(gaps):.4f} apart at most, {median(gaps):.4f} in the median;"
        f" {summary['times_as_fast']:.1f} times as fast,"
        f" {summary['megapixels_per_second']:.1f} MP/s:"
        f" {'[green]as it should be[/]' if fine else '[red]not as it should be[/]'}"
    )
    return summary


def main() -> None:
    """Run the benchmark."""
    parser = parser_for(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of pictures")
    parser.add_argument("--pairs", type=positive, default=40, help="how many pairs count")
    parser.add_argument("--repeat", type=positive, default=2, help="runs of each pair")
    arguments = parser.parse_args()
    print_facts(package_versions("ssimulacra2", "numpy", "scipy"), machine())
    found = (measure(*pair, arguments.repeat) for pair in pairs(arguments.data))
    counting = itertools.islice((one for one in found if one is not None), arguments.pairs)
    results = list(track(counting, "Pairs", arguments.pairs, console=progress_console))
    write_json(arguments.json, {"results": results, "summary": show(results)})


if __name__ == "__main__":
    main()
