"""How many pixels a picture has on a metre."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

    from kmcodec.png import Resolution

METRE = 0.0254  # inches to metres
LARGEST = 2**31 - 1  # PNG 11.3.4.3


def resolution_of(image: Image.Image, *, swapped: bool) -> Resolution | None:
    """Return an opened picture's resolution, or None where it has none.

    Parameters
    ----------
    image : Image
        With "phys" or Pillow's "dpi" in its ``info``.
    swapped : bool
        Whether rows became columns.
    """
    found = image.info.get("phys")
    if found is None:
        try:
            across, down = (float(value) / METRE for value in image.info["dpi"])
        except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
            return None
        if not all(math.isfinite(v) and 1 <= round(v) <= LARGEST for v in (across, down)):
            return None
        found = round(across), round(down), 1
    across, down, unit = found
    return (down, across, unit) if swapped else (across, down, unit)


def to_dpi(resolution: Resolution) -> tuple[float, float] | None:
    """Return a resolution in pixels per inch, or None for a mere ratio."""
    across, down, unit = resolution
    return (across * METRE, down * METRE) if unit else None
