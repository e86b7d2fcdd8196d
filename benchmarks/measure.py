"""What the benchmarks share: pictures, timing, ratios, versions, options, output."""

from __future__ import annotations

import argparse
import importlib
import json
import math
import os
import platform
import sys
import zlib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, features
from rich.console import Console
from rich.table import Table

import kmcodec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import ModuleType

    from numpy.typing import NDArray

PIPED_WIDTH = 116  # columns when the output is no terminal

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")

console = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH, highlight=False)
progress_console = Console(stderr=True)


@dataclass(frozen=True, eq=False)
class Photo:
    """A picture to measure on.

    Attributes
    ----------
    name : str
        The file's name without its suffix.
    pixels : (H, W, 3 or 4) uint8
    """

    name: str
    pixels: NDArray[np.uint8]


def picture_paths(folder: Path) -> list[Path]:
    """Return the pictures below a folder, or end the program with a clear message."""
    found = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES]
    if not found:
        raise SystemExit(f"error: {folder} holds no pictures; --data names the folder above it")
    return found


def read_pixels(path: Path, mode: str) -> NDArray[np.uint8]:
    """Return the pixels of a picture as "RGB" or "RGBA"."""
    with Image.open(path) as image:
        return np.array(image.convert(mode))


def read_kodak(data: Path) -> list[Photo]:
    """Read the pictures below ``kodak/`` in the data folder as RGB."""
    return [Photo(path.stem, read_pixels(path, "RGB")) for path in picture_paths(data / "kodak")]


def required(module: str) -> ModuleType:
    """Import a module that only benchmarks need, or end the program with what to install.

    Late, so that a process holds in memory only what it measures.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as missing:
        raise SystemExit(f"error: {missing.name} is missing; pip install '.[bench]'") from missing


def palette_sizes(text: str) -> list[int]:
    """Parse "16,64,256": numbers from 2 to 256, which every peer can do."""
    try:
        sizes = [int(part) for part in text.split(",")]
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list like 16,64,256") from error
    if not all(2 <= size <= 256 for size in sizes):
        raise argparse.ArgumentTypeError(f"{text!r} has a number outside 2 to 256")
    return sizes


def positive(text: str) -> int:
    """Parse an integer of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive integer")
    return int(text)


def parser_for(description: str | None) -> argparse.ArgumentParser:
    """Return a parser with the option that every benchmark has."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the numbers here")
    return parser


def seconds_of(call: Callable[[], object]) -> float:
    """Return the wall time of one call."""
    started = perf_counter()
    call()
    return perf_counter() - started


def interleaved(calls: Mapping[str, Callable[[], object]], repeat: int) -> dict[str, list[float]]:
    """Time each call `repeat` times in turn, so that a slow spell of the machine hits them all."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(repeat):
        for name, call in calls.items():
            times[name].append(seconds_of(call))
    return times


def geometric_mean(values: Sequence[float]) -> float:
    """Return the geometric mean of positive numbers."""
    return math.exp(math.fsum(map(math.log, values)) / len(values))


def compare(
    ours: Sequence[float], theirs: Sequence[float], floor: float = 0.0
) -> dict[str, float | int]:
    """Return how ours/theirs is distributed over pictures; less than 1 is ours.

    `floor` is added to both sides, so that a picture without any error counts instead of dividing
    by zero. "lost" counts the pictures on which the other side is ahead, whatever the floor.
    """
    ratios = [(a + floor) / (b + floor) for a, b in zip(ours, theirs, strict=True)]
    return {
        "geometric_mean": geometric_mean(ratios),
        "best": min(ratios),
        "worst": max(ratios),
        "lost": sum(a > b for a, b in zip(ours, theirs, strict=True)),
        "of": len(ratios),
    }


def ratio_text(ratio: float) -> str:
    """Return a ratio ours/peer, of which less than 1 is better, with its verdict."""
    shown = f"{ratio:.3f}"
    if shown == "1.000":
        return f"{shown} equal"
    return f"[green]{shown} better[/]" if ratio < 1 else f"[red]{shown} worse[/]"


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """Return a table whose first column holds names and whose others hold numbers."""
    out = Table(title=title, title_justify="left", title_style="bold")
    for position, column in enumerate(columns):
        out.add_column(column, justify="right" if position else "left")
    for row in rows:
        out.add_row(*row)
    return out


def package_versions(*names: str) -> dict[str, str]:
    """Return the versions of installed distributions."""
    found = {"kmcodec": f"{kmcodec.__version__} ({kmcodec.backend})"}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError as error:
            raise SystemExit(f"error: {name} is missing; pip install '.[bench]'") from error
    return found


def zlib_versions() -> dict[str, str]:
    """Return which zlib Python has, and which Pillow has; they often differ."""
    pillow_ng = features.version_feature("zlib_ng")
    return {
        "zlib of Python": zlib.ZLIB_RUNTIME_VERSION,
        "zlib of Pillow": f"zlib-ng {pillow_ng}" if pillow_ng else str(features.version("zlib")),
    }


def machine() -> dict[str, str]:
    """Return what times depend on beside the code."""
    return {
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": str(os.cpu_count()),
    }


def print_facts(*groups: Mapping[str, str]) -> None:
    """Print names and values in one paragraph, as before every result."""
    console.print(", ".join(f"{name} {value}" for group in groups for name, value in group.items()))


def write_json(path: Path | None, numbers: Mapping[str, Any]) -> None:
    """Write the numbers if a path is given."""
    if path is not None:
        path.write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")
