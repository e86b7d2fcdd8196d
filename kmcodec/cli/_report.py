"""Numbers as people and scripts read them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kmcodec.image import IndexedImage

COLOR_CHANNELS = {1: 1, 2: 1, 3: 3, 4: 3}


def psnr(mse: float, channels: int) -> float | None:
    """Return the peak signal-to-noise ratio in dB, or None without loss.

    `mse` is summed over channels; alpha counts through the colours that it dims.
    """
    if mse <= 0:
        return None
    return 10 * math.log10(255**2 * COLOR_CHANNELS[channels] / mse)


def picture_facts(image: IndexedImage) -> dict[str, Any]:
    """Return size, colours and loss of an image, for a report."""
    mse = image.facts.mse if image.facts else 0.0
    ratio = psnr(mse, image.channels)
    return {
        "width": image.width,
        "height": image.height,
        "colors": image.n_colors,
        "mse": round(mse, 4),
        "psnr": None if ratio is None else round(ratio, 3),
    }


def loss_text(ratio: float | None) -> str:
    """Return a PSNR as text."""
    return "lossless" if ratio is None else f"{ratio:.2f} dB"


def output_line(report: dict[str, Any]) -> str:
    """Return the line that tells what became of one picture."""
    colors = f"{report['colors']} colour{'s' if report['colors'] != 1 else ''}"
    return (
        f"{report['input']} -> {report['output']}  {report['width']} x {report['height']}"
        f"  {colors}  {report['bytes']:,} bytes  {loss_text(report['psnr'])}"
        f"  {report['seconds']:.2f} s"
    )
