"""Pixels -> ``IndexedImage`` or ``Animation``: histogram, points, K-means, palette, indices.

Names are imported when first used: one picture needs neither frames nor blocks.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kmcodec.quantizer.blocks import quantize_blocks
    from kmcodec.quantizer.frames import quantize_frames, with_shown
    from kmcodec.quantizer.quantizing import QuantizeOptions, quantize
    from kmcodec.quantizer.shared import find_palette

_HOME = {
    "QuantizeOptions": "quantizing",
    "find_palette": "shared",
    "quantize": "quantizing",
    "quantize_blocks": "blocks",
    "quantize_frames": "frames",
    "with_shown": "frames",
}

__all__ = [
    "QuantizeOptions",
    "find_palette",
    "quantize",
    "quantize_blocks",
    "quantize_frames",
    "with_shown",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    """Import a name from its module (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
