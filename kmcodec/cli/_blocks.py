"""Codebooks of blocks on the command line: ``encode --block``, and decoding such files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec import color
from kmcodec.loss import psnr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.image import BlockImage


def facts(width: int, height: int, n_blocks: int, block: tuple[int, int]) -> dict[str, Any]:
    """Return size and blocks of a picture, for a report."""
    found: dict[str, Any] = {"width": width, "height": height, "colors": n_blocks}
    return found | {"block": list(block), "mse": None, "psnr": None}


def facts_with_loss(image: BlockImage, pixels: NDArray[np.uint8]) -> dict[str, Any]:
    """Return size and blocks of an image, and its loss beside the picture that it was made of."""
    error = _squared_error(pixels, image.to_pixels())
    ratio = psnr(error, image.channels)
    loss = {"mse": round(error, 4), "psnr": None if ratio is None else round(ratio, 3)}
    return facts(image.width, image.height, image.n_blocks, image.block) | loss


def _squared_error(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Return the squared error per pixel, summed over channels, alpha multiplied in."""
    total = 0
    for first, second in zip(one, other, strict=True):  # row by row: memory stays small
        a, b = (
            color.to_points(np.ascontiguousarray(row.reshape(len(row), -1)), "srgb")
            for row in (first, second)
        )
        total += int(((a.astype(np.int64) - b) ** 2).sum())
    return total / float(color.SRGB_SCALE**2 * one.shape[0] * one.shape[1])
