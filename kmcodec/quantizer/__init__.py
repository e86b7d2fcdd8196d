"""Pixels -> ``IndexedImage`` or ``Animation``: histogram, points, K-means, palette, indices."""

from kmcodec.quantizer.blocks import quantize_blocks
from kmcodec.quantizer.frames import quantize_frames, with_shown
from kmcodec.quantizer.quantizing import QuantizeOptions, quantize
from kmcodec.quantizer.shared import find_palette

__all__ = [
    "QuantizeOptions",
    "find_palette",
    "quantize",
    "quantize_blocks",
    "quantize_frames",
    "with_shown",
]
