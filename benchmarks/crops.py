"""Crops of quantized pictures side by side, as ``palettes.py --crops`` draws them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import quantizers as q
from measure import Photo, console
from PIL import Image, ImageDraw, ImageFont

from kmcodec import ssimulacra2

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

FAVOURITES = ("kodim23", "kodim03")  # many hues and smooth skies: hard with few colours
WIDTH, HEIGHT = 256, 192  # pixels of a crop, shown as they are
GAP, LABEL = 6, 34
WEBP_QUALITY = 90


def _columns() -> dict[str, tuple[q.Runner, float]]:
    """Return what to show beside the original: label -> quantizer and dithering."""
    ours = q.ours(5, "oklab")
    name, theirs = (q.PNGQUANT, q.run_pngquant) if q.has_pngquant() else (q.LIQ, q.run_imagequant)
    return {
        q.OURS: (ours, 0.0),
        f"{q.OURS}, dithered": (ours, 1.0),
        name: (theirs, 0.0),
        f"{name}, dithered": (theirs, 1.0),
        "Pillow median cut": (q.pillow("Pillow median cut"), 0.0),
    }


def _chosen(photos: Sequence[Photo], names: Sequence[str]) -> list[Photo]:
    """Return the named pictures, else the favourites, else the first two."""
    by_name = {photo.name: photo for photo in photos}
    missing = [name for name in names if name not in by_name]
    if missing:
        raise SystemExit(f"error: no picture {missing[0]}; there are {', '.join(by_name)}")
    favourites = [by_name[name] for name in FAVOURITES if name in by_name]
    return [by_name[name] for name in names] or favourites or list(photos[:2])


def _box(pixels: NDArray[np.uint8]) -> tuple[slice, slice]:
    """Return the crop in the middle."""
    top, left = ((pixels.shape[i] - size) // 2 for i, size in enumerate((HEIGHT, WIDTH)))
    return slice(max(top, 0), max(top, 0) + HEIGHT), slice(max(left, 0), max(left, 0) + WIDTH)


def draw_crops(target: Path, photos: Sequence[Photo], names: Sequence[str], n_colors: int) -> None:
    """Write a picture: one row per photo, one column per quantizer, a score below each.

    Parameters
    ----------
    target : Path
        .png, or .webp for a smaller file.
    photos : sequence of Photo
    names : sequence of str
        Which of them; none leaves the choice to this.
    n_colors : int
        Entries of every palette; the whole photo is quantized, not the crop.
    """
    chosen, columns = _chosen(photos, names), _columns()
    across = len(columns) + 1
    size = (across * (WIDTH + GAP) - GAP, len(chosen) * (HEIGHT + LABEL))
    sheet = Image.new("RGB", size, "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(14)
    for row, photo in enumerate(chosen):
        cells = {f"original ({photo.name})": photo.pixels}
        for label, (runner, dither) in columns.items():
            shown = runner(photo.pixels, n_colors, dither).pixels
            note = (
                f"{label}\n{n_colors} colours, SSIMULACRA2 {ssimulacra2(photo.pixels, shown):.1f}"
            )
            cells[note] = shown
        for column, (label, pixels) in enumerate(cells.items()):
            corner = (column * (WIDTH + GAP), row * (HEIGHT + LABEL))
            sheet.paste(Image.fromarray(pixels[_box(pixels)]), corner)
            pen.text((corner[0] + 2, corner[1] + HEIGHT), label, "black", font, spacing=1)
    sheet.save(target, quality=WEBP_QUALITY)
    console.print(f"{target}: {size[0]} x {size[1]}, {target.stat().st_size:,} bytes")
