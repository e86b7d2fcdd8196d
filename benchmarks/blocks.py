"""Codebooks of blocks beside palettes: error and decoding time of files of the same size.

Each photograph becomes the palette file nearest to the wanted rate, and the best file of blocks
that is not larger. Palettes are searched for least squared error (`space="srgb"`).
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from measure import (
    Photo,
    compare,
    console,
    interleaved,
    machine,
    package_versions,
    parser_for,
    positive,
    print_facts,
    progress_console,
    read_kodak,
    table,
    write_json,
)
from rich.progress import track
from scores import squared_error

import kmcodec
from kmcodec.loss import psnr

if TYPE_CHECKING:
    from collections.abc import Iterable

PALETTES = (2, 3, 4, 5, 6, 8, 10, 12, 16)
BLOCKS = ((2, 2), (2, 4), (4, 4))
CODEBOOKS = (8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096)


@dataclass(frozen=True)
class Coded:
    """A picture as a file.

    Attributes
    ----------
    kind : str
    data : bytes
    psnr : float
        dB, of the 8-bit values.
    """

    kind: str
    data: bytes
    psnr: float


def coded(photo: Photo, kind: str, **options: Any) -> Coded:  # noqa: ANN401
    """Encode and decode a picture."""
    data = kmcodec.encode(photo.pixels, **options)
    error = squared_error(photo.pixels, kmcodec.decode(data))
    return Coded(kind, data, psnr(error, 3) or np.inf)


def palettes(photo: Photo, effort: int) -> Iterable[Coded]:
    """Yield palette files, the smallest first."""
    for k in PALETTES:
        yield coded(photo, f"{k} colours", n_colors=k, space="srgb", effort=effort)


def blocks(photo: Photo, effort: int, most: int, entries: int) -> Iterable[Coded]:
    """Yield files of at most so many bytes, of codebooks of at most so many blocks."""
    for block in BLOCKS:
        for k in (k for k in CODEBOOKS if k <= entries):
            kind = f"{k} of {block[0]} x {block[1]}"
            found = coded(photo, kind, n_colors=k, block=block, effort=effort)
            if len(found.data) > most:
                break
            yield found


def compared(photo: Photo, args: argparse.Namespace) -> dict[str, Any]:
    """Return both files' sizes, errors and decoding times."""
    n_pixels = photo.pixels.shape[0] * photo.pixels.shape[1]
    wanted = args.rate * n_pixels / 8
    palette = min(palettes(photo, args.effort), key=lambda found: abs(len(found.data) - wanted))
    block = max(
        blocks(photo, args.effort, len(palette.data), args.entries), key=lambda found: found.psnr
    )
    both = {"palette": palette, "blocks": block}
    calls = {name: partial(kmcodec.decode, found.data, threads=1) for name, found in both.items()}
    times = interleaved(calls, args.repeat)
    return {"name": photo.name, "pixels": n_pixels} | {
        name: {
            "kind": found.kind,
            "bytes": len(found.data),
            "psnr": found.psnr,
            "seconds": min(times[name]),
        }
        for name, found in both.items()
    }


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__)
    parser.formatter_class = argparse.ArgumentDefaultsHelpFormatter
    parser.add_argument("--data", type=Path, required=True, help="folder that holds kodak/")
    parser.add_argument("--rate", type=float, default=0.5, help="bits per pixel, about")
    parser.add_argument("--effort", type=int, choices=range(1, 10), default=5, help="of both")
    parser.add_argument("--repeat", type=positive, default=3, help="timed runs, the fastest counts")
    parser.add_argument("--entries", type=positive, default=256, help="of the largest codebook")
    args = parser.parse_args()
    versions = package_versions("numpy")
    print_facts(versions, machine(), {"effort": str(args.effort)})
    results = [
        compared(photo, args)
        for photo in track(read_kodak(args.data), "photographs", console=progress_console)
    ]
    rows = []
    for found in results:
        row = [found["name"]]
        for name in ("palette", "blocks"):
            one = found[name]
            rate = 8 * one["bytes"] / found["pixels"]
            row += [one["kind"], f"{rate:.3f}", f"{one['psnr']:.2f}"]
        gain = found["blocks"]["psnr"] - found["palette"]["psnr"]
        speed = found["palette"]["seconds"] / found["blocks"]["seconds"]
        rows.append([*row, f"{gain:+.2f}", f"{speed:.1f}"])
    columns = ["picture", "palette", "bpp", "dB", "blocks", "bpp", "dB", "gain", "decoding, x"]
    console.print(table("Blocks beside a palette, files of the same size", columns, rows))
    gains = [found["blocks"]["psnr"] - found["palette"]["psnr"] for found in results]
    seconds = {k: [found[k]["seconds"] for found in results] for k in ("blocks", "palette")}
    ratio = compare(seconds["blocks"], seconds["palette"])
    console.print(
        f"mean gain {np.mean(gains):.2f} dB (from {min(gains):.2f} to {max(gains):.2f});"
        f" decoding time, blocks / palette: {ratio['geometric_mean']:.3f}"
    )
    facts = {"versions": versions, "machine": machine(), "rate": args.rate, "pictures": results}
    write_json(args.json, facts)


if __name__ == "__main__":
    main()
