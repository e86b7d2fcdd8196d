"""Pictures with smooth transparency: the error of RGBA palettes, seen over black and over white.

Those pictures below `pixelart/` count that have partly transparent pixels and more than K distinct
colours, all fully transparent ones being one colour: the others need no quantizer, or no alpha.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import quantizers as q
from measure import (
    Photo,
    compare,
    console,
    geometric_mean,
    machine,
    package_versions,
    palette_sizes,
    parser_for,
    picture_paths,
    print_facts,
    progress_console,
    ratio_text,
    read_pixels,
    table,
    write_json,
)
from rich.progress import track
from scores import black_white_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# Added to both errors of a ratio, so that a picture that somebody renders without any error counts
# as a large ratio and not as an infinite one. A hundredth of a step squared: far below visible.
FLOOR = 0.01
SRGB, OKLAB = f"{q.OURS} srgb", f"{q.OURS} oklab"


def distinct_colors(pixels: NDArray[np.uint8]) -> int:
    """Return how many colours can be told apart: all fully transparent ones are one."""
    seen = pixels * (pixels[..., 3:] > 0).astype(np.uint8)
    return len(np.unique(np.ascontiguousarray(seen).view(np.uint32)))


def has_smooth_alpha(pixels: NDArray[np.uint8]) -> bool:
    """Return whether a pixel is neither opaque nor fully transparent."""
    alpha = pixels[..., 3]
    return bool(((alpha > 0) & (alpha < 255)).any())


def runners(effort: int) -> dict[str, q.Runner]:
    """Return the quantizers that know alpha; of Pillow's, only the octree does."""
    found = {
        SRGB: q.ours(effort, "srgb"),
        OKLAB: q.ours(effort, "oklab"),
        q.LIQ: q.run_imagequant,
        q.OCTREE: q.pillow(q.OCTREE),
    }
    if q.has_pngquant():
        found[q.PNGQUANT] = q.run_pngquant
    return found


def summarize(results: Sequence[dict[str, Any]], label: str) -> dict[str, Any]:
    """Print and return mean errors, and ratios to every peer."""
    errors = {name: [result["errors"][name] for result in results] for name in results[0]["errors"]}
    rows, ratios = [], {}
    for name, found in errors.items():
        mean = geometric_mean([error + FLOOR for error in found]) - FLOOR
        row = [name, f"{mean:.3f}"]
        for mine in (SRGB, OKLAB):
            if name in (SRGB, OKLAB):
                row += ["", ""]
                continue
            ratio = ratios[f"{mine} / {name}"] = compare(errors[mine], found, FLOOR)
            row += [ratio_text(ratio["geometric_mean"]), f"{ratio['lost']}/{ratio['of']}"]
        rows.append(row)
    what = "pictures with each K" if label == "all" else "pictures"
    title = f"K = {label}: squared error over black and white, {len(results)} {what} count"
    columns = ["quantizer", "error", f"{SRGB} /", "lost", f"{OKLAB} /", "lost"]
    console.print(table(title, columns, rows))
    return {"colors": label, "pictures": len(results), "ratios": ratios}


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds pixelart/")
    parser.add_argument("--colors", type=palette_sizes, default="16,64,256", help="palette sizes")
    parser.add_argument("--effort", type=int, choices=range(1, 10), default=5, help="of kmcodec")
    args = parser.parse_args()
    paths = picture_paths(args.data / "pixelart")
    pictures = [Photo(path.stem, read_pixels(path, "RGBA")) for path in paths]
    smooth = [(p, distinct_colors(p.pixels)) for p in pictures if has_smooth_alpha(p.pixels)]
    versions = package_versions("numpy", "pillow", "imagequant")
    versions |= {"libimagequant": q.libimagequant_version(), "pngquant": q.pngquant_version()}
    print_facts(versions, machine())
    print_facts({"pictures": f"{len(pictures)}", "with smooth alpha": f"{len(smooth)}"})

    results: list[dict[str, Any]] = []
    for n_colors in args.colors:
        counting = [picture for picture, n in smooth if n > n_colors]
        for photo in track(counting, f"K = {n_colors}", console=progress_console, transient=True):
            errors = {
                name: black_white_error(photo.pixels, run(photo.pixels, n_colors, 0.0).pixels)
                for name, run in runners(args.effort).items()
            }
            results.append({"picture": photo.name, "colors": n_colors, "errors": errors})
    groups = {str(n): [r for r in results if r["colors"] == n] for n in args.colors}
    if len(groups) > 1:
        groups["all"] = results
    summary = [summarize(group, label) for label, group in groups.items() if group]
    console.print(f"Geometric means; {FLOOR} is added to both errors of a ratio. Nobody dithers.")
    facts = {"versions": versions, "machine": machine(), "effort": args.effort, "floor": FLOOR}
    write_json(args.json, facts | {"results": results, "summary": summary})


if __name__ == "__main__":
    main()
