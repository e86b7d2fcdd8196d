"""Numbers as people and scripts read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec.image import Animation
from kmcodec.loss import psnr
from kmcodec.png.palette_order import count_indices

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kmcodec.image import IndexedImage


def shown(text: str) -> str:
    """Return a text on one line, with what a terminal might obey spelled out."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text
    )


def array_text(dtype: str, shape: Sequence[int], n_values: int | None = None) -> str:
    """Return an array's type and shape as text, and how many values it has where that is told."""
    text = f"{dtype} of shape {tuple(shape)}"
    return text if n_values is None else f"{text}, {values_text(n_values)}"


def values_text(count: int) -> str:
    """Return a number of values as text."""
    return f"{count} value{'' if count == 1 else 's'}"


def colors_text(count: int, block: Sequence[int] = (1, 1)) -> str:
    """Return a number of colours, or of blocks of so many pixels, as text."""
    plural = "" if count == 1 else "s"
    if tuple(block) == (1, 1):
        return f"{count} colour{plural}"
    return f"{count} block{plural} of {block[0]} x {block[1]}"


def _colors_of(report: dict[str, Any]) -> str:
    """Return the colours of a report as text."""
    if "array" in report:
        return values_text(report["array"]["n_values"])
    text = colors_text(report["colors"], report.get("block", (1, 1)))
    return f"{text} of one palette" if report.get("shared_palette") else text


def used_colors(image: IndexedImage | Animation) -> int:
    """Return how many distinct colours the pixels of an image have."""
    if image.indices.dtype == np.uint8:
        rows = image.indices.reshape(-1, image.width)
        used = count_indices(rows, image.n_colors) > 0
    else:
        used = np.bincount(image.indices.reshape(-1), minlength=image.n_colors) > 0
    return len(np.unique(image.palette[used], axis=0))


def size_text(width: int, height: int, frames: int = 1, what: str = "frame") -> str:
    """Return a size as text, and how many pictures have it where they are several."""
    return f"{frames} {what}s of " * (frames > 1) + f"{width} x {height}"


def picture_facts(image: IndexedImage | Animation) -> dict[str, Any]:
    """Return size, colours and loss of an image or an animation, for a report."""
    frames = image.n_frames if isinstance(image, Animation) else 1
    mse = image.facts.mse if image.facts else 0.0
    ratio = psnr(mse, image.channels)
    return {
        **({"frames": frames} if frames > 1 else {}),
        "width": image.width,
        "height": image.height,
        "colors": image.n_colors,
        "mse": round(mse, 4),
        "psnr": None if ratio is None else round(ratio, 3),
    }


def loss_text(ratio: float | None) -> str:
    """Return a PSNR as text."""
    return "lossless" if ratio is None else f"{ratio:.2f} dB"


TEXTS: dict[str, Callable[[dict[str, Any]], str]] = {
    "size": lambda report: (
        size_text(report["width"], report["height"], report.get("frames", 1))
        if "array" not in report
        else array_text(report["array"]["dtype"], report["array"]["shape"])
    ),
    "colors": _colors_of,
    "bytes": lambda report: f"{report['bytes']:,} bytes",
    "psnr": lambda report: (
        f"score {report['score']:.1f}" if "score" in report else loss_text(report["psnr"])
    ),
    "seconds": lambda report: f"{report['seconds']:.2f} s",
}


def line_with(*facts: str) -> Callable[[dict[str, Any]], str]:
    """Return what tells in a line what became of an input, with these facts of its report."""

    def line(report: dict[str, Any]) -> str:
        way = f"{report['input']} -> {report['output']}"
        return "  ".join([way, *(TEXTS[fact](report) for fact in facts)])

    return line


picture_line = line_with("size", "colors", "bytes", "psnr", "seconds")
