"""Zarr stores of label maps: bytes and seconds of this codec, Blosc, Zstandard and gzip.

Maps are palette or gray PNGs of class numbers; in RGB ones, the colours are numbered. Every map is
one uint8 array of a Zarr v3 group in memory, in a single chunk or in square ones. A store's
bytes are those of its chunks. Arrays are compared after reading.
"""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import zarr
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
    table,
    write_json,
)
from numpy.typing import NDArray
from PIL import Image
from rich.progress import track
from zarr.codecs import BloscCodec, GzipCodec, ZstdCodec
from zarr.storage import MemoryStore

from kmcodec.adapters.zarr import KmqCodec

Labels = NDArray[np.uint8]
Settings = dict[str, Any]

REFERENCE = "kmq, effort 5"
BLOSC_LEVELS = (1, 5, 8, 9)


def blosc(level: int, shuffle: str) -> Settings:
    """Return the settings of Blosc with Zstandard."""
    codec = BloscCodec(cname="zstd", clevel=level, shuffle=shuffle)  # type: ignore[arg-type]
    return {"compressors": codec}


def codecs() -> dict[str, Settings]:
    """Return every codec's name and what ``create_array`` takes for it."""
    ours = {
        f"kmq, effort {effort}": {"serializer": KmqCodec(effort=effort), "compressors": None}
        for effort in (1, 5, 9)
    }
    return (
        ours
        | {f"Blosc-zstd {n}, bit shuffle": blosc(n, "bitshuffle") for n in BLOSC_LEVELS}
        | {
            "Blosc-zstd 9, no shuffle": blosc(9, "noshuffle"),
            "Zstandard 22": {"compressors": ZstdCodec(level=22)},
            "gzip 9": {"compressors": GzipCodec(level=9)},
        }
    )


def read_labels(path: Path) -> Labels:
    """Return a label map (H, W)."""
    with Image.open(path) as image:
        pixels = np.asarray(image)
    if pixels.ndim == 2:
        return pixels.astype(np.uint8)
    colors = pixels[..., :3].astype(np.int64) @ np.array([1 << 16, 1 << 8, 1])
    values, ranks = np.unique(colors, return_inverse=True)
    if len(values) > 256:
        raise SystemExit(f"error: {path} has {len(values)} colours, which is no label map")
    return ranks.reshape(colors.shape).astype(np.uint8)


def measure(maps: dict[str, Labels], settings: Settings, side: int | None) -> dict[str, Any]:
    """Return the bytes of each map's chunks, and the seconds of writing and of reading."""
    chunks: dict[str, Any] = {}
    group = zarr.create_group(MemoryStore(chunks))
    arrays = {
        name: group.create_array(
            name,
            shape=labels.shape,
            dtype=labels.dtype,
            chunks=labels.shape if side is None else (side, side),
            fill_value=255,
            **settings,
        )
        for name, labels in maps.items()
    }
    started = perf_counter()
    for name, labels in maps.items():
        arrays[name][:] = labels
    written = perf_counter()
    read = {name: array[:] for name, array in arrays.items()}
    ended = perf_counter()
    for name, labels in maps.items():
        np.testing.assert_array_equal(read[name], labels)
    sizes = [
        sum(len(v.to_bytes()) for key, v in chunks.items() if key.startswith(f"{name}/c/"))
        for name in maps
    ]
    return {"bytes": sizes, "writing": written - started, "reading": ended - written}


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds masks/")
    parser.add_argument("--side", type=positive, default=256, help="of square chunks")
    args = parser.parse_args()
    maps = {
        f"{path.parent.name}-{path.stem}": read_labels(path)
        for path in picture_paths(args.data / "masks")
    }
    pixels = sum(labels.size for labels in maps.values())
    print_facts(package_versions("numpy", "zarr", "numcodecs"), machine())
    print_facts({"label maps": str(len(maps)), "megapixels": f"{pixels / 1e6:.1f}"})
    numbers: dict[str, Any] = {"maps": list(maps)}
    for side in (None, args.side):
        title = "a chunk per map" if side is None else f"chunks of {side} x {side}"
        found = {
            name: measure(maps, settings, side)
            for name, settings in track(codecs().items(), title, console=progress_console)
        }
        numbers[title] = found
        ours = found[REFERENCE]["bytes"]
        rows = []
        for name, one in found.items():
            ratios = [theirs / mine for theirs, mine in zip(one["bytes"], ours, strict=True)]
            rows.append(
                [
                    name,
                    f"{sum(one['bytes']):,}",
                    f"{sum(one['bytes']) / sum(ours):.2f}",
                    f"{geometric_mean(ratios):.2f}",
                    f"{one['writing']:.2f}",
                    f"{one['reading']:.2f}",
                ]
            )
        columns = ["codec", "bytes", f"/ {REFERENCE}", "mean per map", "writing, s", "reading, s"]
        console.print(table(f"Zarr v3, {title}", columns, rows))
    write_json(args.json, numbers)


if __name__ == "__main__":
    main()
