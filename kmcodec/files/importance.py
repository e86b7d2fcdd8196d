"""Importance maps: gray pictures that say how much each pixel's error counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec.arithmetic import divide_rounded
from kmcodec.channels import LUMA_BYTES, has_alpha
from kmcodec.files.pictures import read_picture

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def read_importance(path: Path) -> NDArray[np.uint8]:
    """Return a picture's brightness, (H, W) uint8: gray as it is, colours by their luma.

    Alpha dims: what is transparent does not count.

    Raises
    ------
    InputError, LimitError
        As ``read_picture`` raises them.
    """
    pixels = read_picture(path).pixels
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    planes = pixels.reshape(*pixels.shape[:2], channels).astype(np.uint32)
    luma: NDArray[np.integer[Any]] = planes[..., 0]
    if channels >= 3:
        luma = divide_rounded(planes[..., :3] @ np.array(LUMA_BYTES, dtype=np.uint32), 256)
    if has_alpha(channels):
        luma = divide_rounded(luma * planes[..., -1], 255)
    return luma.astype(np.uint8)
