"""The deflate coder: bytes against palette PNG and oxipng, decoding time against Pillow.

All files hold the same picture, quantized by kmcodec, and are checked to decode to equal pixels.
"""

from __future__ import annotations

from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from measure import (
    Photo,
    console,
    geometric_mean,
    interleaved,
    machine,
    package_versions,
    palette_sizes,
    parser_for,
    positive,
    print_facts,
    progress_console,
    ratio_text,
    read_kodak,
    required,
    table,
    write_json,
    zlib_versions,
)
from PIL import Image
from rich.progress import track

import kmcodec
from kmcodec.files import pillow_png

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kmcodec.options import Space

KMQ, PNG, OXIPNG = "kmcodec", "Pillow PNG", "oxipng"
TO_INDICES, TO_RGB = "Pillow, indices", "Pillow, pixels"


def load_png(data: bytes) -> Image.Image:
    """Decode a PNG to what it stores: indices, here."""
    image = Image.open(BytesIO(data))
    image.load()
    return image


def load_png_rgb(data: bytes) -> Image.Image:
    """Decode a PNG to RGB pixels, as ``kmcodec.decode`` returns."""
    return load_png(data).convert("RGB")


def check_equal(files: dict[str, bytes], image: kmcodec.IndexedImage, name: str) -> None:
    """End the program if a file does not decode to the quantized pixels."""
    pixels = image.to_pixels()
    for kind, data in files.items():
        decoded = kmcodec.decode(data) if kind == KMQ else np.asarray(load_png_rgb(data))
        if not np.array_equal(pixels, decoded):
            raise SystemExit(f"error: {name} with {image.n_colors} colours differs from {kind}")


def measure(
    photo: Photo, n_colors: int, *, effort: int, space: Space, level: int, repeat: int
) -> dict[str, Any]:
    """Return bytes by file format and the least decoding seconds by decoder."""
    image = kmcodec.quantize(photo.pixels, n_colors=n_colors, effort=effort, space=space)
    png = pillow_png(image)
    files = {
        KMQ: kmcodec.encode_indexed(image, coding="deflate", effort=effort),
        PNG: png,
        OXIPNG: required("oxipng").optimize_from_memory(png, level=level),
    }
    check_equal(files, image, photo.name)
    decoders: dict[str, Callable[[], object]] = {
        KMQ: partial(kmcodec.decode, files[KMQ]),
        TO_INDICES: partial(load_png, png),
        TO_RGB: partial(load_png_rgb, png),
    }
    times = interleaved(decoders, repeat)
    return {
        "picture": photo.name,
        "colors": n_colors,
        "bytes": {name: len(data) for name, data in files.items()},
        "seconds": {name: min(found) for name, found in times.items()},
    }


def show_pictures(results: Sequence[dict[str, Any]], n_colors: int) -> None:
    """Print bytes and decoding times of every picture."""
    files, decoders = results[0]["bytes"], results[0]["seconds"]
    rows = [
        [
            r["picture"],
            *(f"{size:,}" for size in r["bytes"].values()),
            *(f"{1000 * seconds:.2f}" for seconds in r["seconds"].values()),
        ]
        for r in results
    ]
    columns = ["picture", *(f"{f}\nbytes" for f in files), *(f"{d}\nms" for d in decoders)]
    console.print(table(f"K = {n_colors}: file size and decoding time", columns, rows))


def summarize(results: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Print and return total bytes and time ratios, for each K and over all."""
    sizes = sorted({r["colors"] for r in results})
    groups = {str(k): [r for r in results if r["colors"] == k] for k in sizes}
    if len(sizes) > 1:
        groups["all"] = list(results)
    numbers, size_rows, time_rows = [], [], []
    for label, group in groups.items():
        totals = {name: sum(r["bytes"][name] for r in group) for name in (KMQ, PNG, OXIPNG)}
        by_size = {name: totals[KMQ] / totals[name] for name in (PNG, OXIPNG)}
        ratios = {
            name: [r["seconds"][KMQ] / r["seconds"][name] for r in group]
            for name in (TO_INDICES, TO_RGB)
        }
        means = {name: geometric_mean(found) for name, found in ratios.items()}
        lost = {name: sum(ratio > 1 for ratio in found) for name, found in ratios.items()}
        numbers.append(
            {"colors": label, "bytes": totals, "size_ratio": by_size}
            | {"time_ratio": means, "slower_on": lost, "pictures": len(group)}
        )
        size_rows.append(
            [label, *(f"{totals[name]:,}" for name in totals), *map(ratio_text, by_size.values())]
        )
        time_row = [label]
        for name, mean in means.items():
            span = f"{min(ratios[name]):.2f}..{max(ratios[name]):.2f}"
            time_row += [ratio_text(mean), span, f"{lost[name]}/{len(group)}"]
        time_rows.append(time_row)
    columns = ["K", KMQ, PNG, OXIPNG, f"{KMQ} / {PNG}", f"{KMQ} / {OXIPNG}"]
    console.print(table("Total bytes, less than 1 is ours", columns, size_rows))
    columns = ["K"]
    for name in (TO_INDICES, TO_RGB):
        columns += [f"{KMQ} /\n{name}", "range", "lost"]
    console.print(table("Decoding time, geometric means, less than 1 is ours", columns, time_rows))
    return numbers


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds kodak/*.png")
    parser.add_argument("--colors", type=palette_sizes, default="16,64,256", help="palette sizes")
    parser.add_argument("--effort", type=int, choices=range(1, 10), default=5, help="of kmcodec")
    parser.add_argument("--space", choices=["srgb", "oklab"], default="oklab", help="of kmcodec")
    parser.add_argument("--level", type=int, choices=range(7), default=4, help="of oxipng")
    parser.add_argument("--repeat", type=positive, default=7, help="decodings, the fastest counts")
    args = parser.parse_args()
    photos = read_kodak(args.data)
    options = {
        "effort": args.effort,
        "space": cast("Space", args.space),
        "level": args.level,
        "repeat": args.repeat,
    }
    versions = package_versions("numpy", "pillow", "pyoxipng") | zlib_versions()
    print_facts(versions, machine())
    print_facts({name: str(value) for name, value in options.items()})
    results = []
    for n_colors in args.colors:
        steps = track(photos, f"K = {n_colors}", console=progress_console, transient=True)
        found = [measure(photo, n_colors, **options) for photo in steps]
        show_pictures(found, n_colors)
        results += found
    console.print("All files decode to equal pixels.")
    summary = summarize(results)
    facts = {"versions": versions, "machine": machine(), "options": options}
    write_json(args.json, facts | {"results": results, "summary": summary})


if __name__ == "__main__":
    main()
