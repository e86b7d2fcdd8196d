"""Pixels -> ``BlockImage``: vector quantization of blocks of pixels.

Gray, "Vector quantization", IEEE ASSP Magazine 1 (1984), doi:10.1109/MASSP.1984.1162229.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec.channels import has_alpha
from kmcodec.errors import InputError
from kmcodec.histogram import check_pixels
from kmcodec.image import MOST_BLOCK_SIDE, BlockImage
from kmcodec.kmeans.codebooks import find_codebook
from kmcodec.options import DEFAULT_EFFORT, check_integer
from kmcodec.progress import Progress, reporter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.channels import Pixels


def quantize_blocks(
    pixels: Pixels,
    *,
    block: tuple[int, int] = (4, 4),
    n_blocks: int = 256,
    effort: int = DEFAULT_EFFORT,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> BlockImage:
    """Find a codebook of blocks by K-means and the index of every block.

    Parameters
    ----------
    pixels : (H, W), (H, W, 3) or (H, W, 4) uint8, or Pillow image
        Gray, RGB or RGB + alpha; (H, W, 2) is gray + alpha. Where the picture ends within a
        block, its last pixels are repeated.
    block : (int, int), default (4, 4)
        Height and width of a block, in pixels.
    n_blocks : int, default 256
        Codebook entries at most, 1 to 65536. A picture of no more distinct blocks loses nothing,
        but for the colours of fully transparent pixels.
    effort : int, default 5
        1 (quick) to 9 (thorough).
    seed : int, default 0
        0 to 2**32 - 1, for the random starts.
    threads : int, optional
        None uses every processor. The result does not depend on it.
    progress : callable, optional
        Takes the share that is done, 0 to 1, from time to time; returning False stops the work.

    Returns
    -------
    BlockImage
        The error that is minimized is that of the 8-bit values. The same on every machine.

    Raises
    ------
    InputError
        A type, shape or option is out of its range.
    CancelledError
        `progress` returned False.
    """
    shown = check_pixels(pixels)
    bh, bw = check_block(block)
    grid = blocks_of(shown, bh, bw)
    rows, columns = grid.shape[:2]
    report = reporter(progress)
    report(0.0)
    vectors = grid.reshape(rows * columns, -1)
    found = find_codebook(
        vectors, n_blocks, effort=effort, seed=seed, threads=threads, progress=report
    )
    report(1.0)
    codebook = found.centers.reshape(-1, *grid.shape[2:])
    indices = found.labels.reshape(rows, columns).astype(np.uint16)
    return BlockImage(codebook, indices, *shown.shape[:2])


def check_block(block: tuple[int, int]) -> tuple[int, int]:
    """Return a block's height and width, or raise ``InputError``."""
    try:
        height, width = block
    except (TypeError, ValueError) as error:
        raise InputError(f"block is {block!r}, expected (height, width)") from error
    return (
        check_integer(height, 1, MOST_BLOCK_SIDE, "block height"),
        check_integer(width, 1, MOST_BLOCK_SIDE, "block width"),
    )


def blocks_of(pixels: NDArray[np.uint8], bh: int, bw: int) -> NDArray[np.uint8]:
    """Return a picture's blocks, (h, w, bh, bw, C); transparent pixels have no colour."""
    height, width = pixels.shape[:2]
    pixels = pixels.reshape(height, width, -1)
    channels = pixels.shape[2]
    if has_alpha(channels):
        pixels = np.where(pixels[..., -1:] == 0, np.uint8(0), pixels)
    padding = ((0, -height % bh), (0, -width % bw), (0, 0))
    whole = np.pad(pixels, padding, mode="edge")
    rows, columns = whole.shape[0] // bh, whole.shape[1] // bw
    grid = whole.reshape(rows, bh, columns, bw, channels).transpose(0, 2, 1, 3, 4)
    return np.ascontiguousarray(grid)
