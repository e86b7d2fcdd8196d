"""Importance maps: gray pictures that say how much each pixel's error counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec.files.pictures import read_picture

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

LUMA_WEIGHTS = np.array([77, 150, 29], dtype=np.uint32)  # of 256: BT.601


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
    luma = planes[..., 0]
    if channels >= 3:
        luma = (planes[..., :3] * LUMA_WEIGHTS).sum(axis=-1, dtype=np.uint32) + 128 >> 8
    if channels in (2, 4):
        luma = (luma * planes[..., -1] + 127) // 255
    return luma.astype(np.uint8)
