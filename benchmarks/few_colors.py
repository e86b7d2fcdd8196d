"""Palettes of few colours: the error of areas, as seen from afar.

Both pictures are blurred in linear light before they are compared by CIEDE2000, so that texture
and noise count little, and the colours of areas much. Beside `kodak/` two pictures count that
scikit-learn and scikit-image bring: china.jpg and astronaut.png. Nobody dithers. `--sheet` draws
these two as every quantizer shows them.
"""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import quantizers as q
from measure import (
    Photo,
    console,
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
)
from PIL import Image, ImageDraw, ImageFont
from rich.progress import track

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

STEP = 2  # every second pixel of every second row: a blurred picture has no more to tell
DEFAULT, SRGB = f"{q.OURS}", f"{q.OURS} srgb"
SHEET_COLORS = (5, 10, 15, 20)
WIDTH, GAP, LABEL = 400, 6, 20  # pixels


def sample_photos() -> list[Photo]:
    """Return the two pictures that come with packages."""
    china = required("sklearn.datasets").load_sample_image("china.jpg")
    astronaut = required("skimage.data").astronaut()
    return [Photo("china", np.ascontiguousarray(china)), Photo("astronaut", astronaut)]


def runners(effort: int, threads: int) -> dict[str, q.Runner]:
    """Return the quantizers that are compared."""
    found = {DEFAULT: q.ours(effort, "oklab", threads), SRGB: q.ours(effort, "srgb", threads)}
    if q.has_pngquant():
        found[q.PNGQUANT] = q.run_pngquant
    found[q.SKLEARN] = partial(q.run_sklearn, threads=threads)
    return found


@cache
def _linear() -> NDArray[np.float64]:
    """Return the linear light of the 256 sRGB values (IEC 61966-2-1)."""
    v = np.arange(256) / 255
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def blurred_lab(pixels: NDArray[np.uint8], sigma: float) -> NDArray[np.float64]:
    """Return CIELAB (D65) of (H, W, 3) pixels after a Gaussian blur in linear light."""
    blur = required("scipy.ndimage").gaussian_filter
    light = [blur(_linear()[pixels[..., c]], sigma)[::STEP, ::STEP] for c in range(3)]
    blurred = np.stack(light, axis=-1).clip(0, 1)
    encoded = np.where(blurred <= 0.0031308, 12.92 * blurred, 1.055 * blurred ** (1 / 2.4) - 0.055)
    lab: NDArray[np.float64] = required("skimage.color").rgb2lab(encoded)
    return lab


def errors_of(
    blurred: NDArray[np.float64], shown: NDArray[np.uint8], sigma: float
) -> tuple[float, float]:
    """Return the mean CIEDE2000 and its 99th percentile over a picture."""
    color = required("skimage.color")
    errors = color.deltaE_ciede2000(blurred, blurred_lab(shown, sigma))
    return float(errors.mean()), float(np.percentile(errors, 99))


def measure(
    photo: Photo, rows: Mapping[str, q.Runner], sizes: Sequence[int], sigma: float
) -> list[dict[str, Any]]:
    """Return the errors of every quantizer with every number of colours on one picture."""
    blurred = blurred_lab(photo.pixels, sigma)
    found = []
    for n_colors in sizes:
        for name, runner in rows.items():
            shown = runner(photo.pixels, n_colors, 0.0).pixels
            mean, high = errors_of(blurred, shown, sigma)
            facts = {"picture": photo.name, "colors": n_colors, "quantizer": name}
            found.append(facts | {"mean": mean, "p99": high})
    return found


def show(results: Sequence[dict[str, Any]], names: Sequence[str], sizes: Sequence[int]) -> None:
    """Print means over pictures, and the default beside the best of the others."""

    def mean(name: str, n_colors: int, key: str) -> float:
        mine = [r for r in results if (r["quantizer"], r["colors"]) == (name, n_colors)]
        return float(np.mean([r[key] for r in mine]))

    def text(name: str, n_colors: int) -> str:
        return f"{mean(name, n_colors, 'mean'):.2f} / {mean(name, n_colors, 'p99'):.1f}"

    rows = [[name, *(text(name, n) for n in sizes)] for name in names]
    for key in ("mean", "p99"):
        row = [f"{DEFAULT} / best other, {key}"]
        for n in sizes:
            best = min(mean(name, n, key) for name in names if name != DEFAULT)
            row.append(ratio_text(mean(DEFAULT, n, key) / best))
        rows.append(row)
    title = "CIEDE2000 of blurred pictures: mean / 99th percentile"
    console.print(table(title, ["quantizer", *(f"K = {n}" for n in sizes)], rows))


def draw_sheet(
    target: Path, photos: Sequence[Photo], rows: Mapping[str, q.Runner], sigma: float
) -> None:
    """Write a picture: for each photo and number of colours a row, with the errors above."""
    heights = [round(p.pixels.shape[0] * WIDTH / p.pixels.shape[1]) for p in photos]
    size = (WIDTH + GAP) * (len(rows) + 1), sum(heights) + len(photos) * LABEL
    sheet = Image.new("RGB", (size[0], size[1] * len(SHEET_COLORS)), "white")
    pen, font, top = ImageDraw.Draw(sheet), ImageFont.load_default(14), 0
    for photo, height in zip(photos, heights, strict=True):
        blurred = blurred_lab(photo.pixels, sigma)
        for n_colors in SHEET_COLORS:
            cells = {photo.name: photo.pixels}
            for name, runner in rows.items():
                shown = runner(photo.pixels, n_colors, 0.0).pixels
                mean, high = errors_of(blurred, shown, sigma)
                cells[f"{name}, K = {n_colors}: {mean:.2f} / {high:.1f}"] = shown
            for column, (label, pixels) in enumerate(cells.items()):
                left = column * (WIDTH + GAP)
                small = Image.fromarray(pixels).resize((WIDTH, height), Image.Resampling.LANCZOS)
                sheet.paste(small, (left, top + LABEL))
                pen.text((left + 2, top + 1), label, "black", font)
            top += height + LABEL
    sheet.save(target)
    console.print(f"{target}: {sheet.width} x {sheet.height}")


def main() -> None:
    """Measure and print, or draw."""
    parser = parser_for(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds kodak/")
    parser.add_argument(
        "--colors", type=palette_sizes, default="5,10,16,64,256", help="palette sizes"
    )
    parser.add_argument("--effort", type=int, choices=range(1, 10), default=5, help="of kmcodec")
    parser.add_argument("--threads", type=positive, default=1, help="of kmcodec and scikit-learn")
    parser.add_argument("--sigma", type=float, default=4.0, help="of the blur, in pixels")
    parser.add_argument("--sheet", type=Path, metavar="FILE", help="draw instead of measuring")
    args = parser.parse_args()
    rows = runners(args.effort, args.threads)
    versions = package_versions("numpy", "scikit-learn", "scikit-image")
    versions |= {"pngquant": q.pngquant_version()}
    print_facts(versions, machine())
    if args.sheet is not None:
        draw_sheet(args.sheet, sample_photos(), rows, args.sigma)
        return
    photos = read_kodak(args.data) + sample_photos()
    results: list[dict[str, Any]] = []
    for photo in track(photos, "pictures", console=progress_console, transient=True):
        results += measure(photo, rows, args.colors, args.sigma)
    show(results, list(rows), args.colors)
    facts = {"versions": versions, "machine": machine(), "sigma": args.sigma}
    write_json(args.json, facts | {"results": results})


if __name__ == "__main__":
    main()
