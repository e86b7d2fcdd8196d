"""Codebooks of blocks on the command line: ``encode --block``, and decoding such files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec import color
from kmcodec.loss import psnr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.image import BlockImage


def facts(image: BlockImage, pixels: NDArray[np.uint8] | None = None) -> dict[str, Any]:
    """Return size, blocks and, beside the picture that it was made of, loss, for a report."""
    found: dict[str, Any] = {"width": image.width, "height": image.height}
    found |= {"colors": image.n_blocks, "block": list(image.block), "mse": None, "psnr": None}
    if pixels is not None:
        error = _squared_error(pixels, image.to_pixels())
        ratio = psnr(error, image.channels)
        found |= {"mse": round(error, 4), "psnr": None if ratio is None else round(ratio, 3)}
    return found


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
