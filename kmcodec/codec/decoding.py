"""``.kmq`` files -> images and pixels. Decoding is whole numbers only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec import container
from kmcodec._parallel import resolve_threads
from kmcodec.block_image import BlockImage
from kmcodec.codec.ancillary import read_facts, read_names
from kmcodec.codec.parsing import checked_region, parse
from kmcodec.coding import (
    GRAYS,
    decode_codebook,
    decode_indices,
    decode_palette,
    mean_colors,
)
from kmcodec.coding.region import Region
from kmcodec.errors import InputError
from kmcodec.image import IndexedImage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.codec.parsing import Buffer
    from kmcodec.container import Container, Limits


def decode_indexed(
    data: Buffer,
    *,
    limits: Limits | None = None,
    region: tuple[int, int, int, int] | None = None,
    threads: int | None = None,
) -> IndexedImage:
    """Return the palette and the indices in a ``.kmq`` file.

    Parameters
    ----------
    data : bytes-like
        The whole file.
    limits : Limits, optional
        The largest picture to accept; see ``Limits`` for the defaults.
    region : (int, int, int, int), optional
        Left, top, width and height of the part to decode, in pixels. Of large pictures only the
        tiles that it touches are decoded.
    threads : int, optional
        By default one per processor.

    Raises
    ------
    InputError
        The region is not within the picture, or the file has blocks (see ``decode_blocks``).
    FormatError
        The bytes are not a valid file (``TruncatedError``: they end too early).
    UnsupportedError
        The file needs another version.
    LimitError
        The picture is larger than `limits`.
    """
    threads = resolve_threads(threads)
    parsed = parse(data, limits)
    if parsed.header.block != (1, 1):
        raise InputError("the file's codebook has blocks of pixels; decode_blocks returns them")
    return _indexed_image(parsed, region, threads)


def _indexed_image(
    parsed: Container, region: tuple[int, int, int, int] | None, threads: int
) -> IndexedImage:
    """Return the part of a palette picture that is wanted."""
    header = parsed.header
    palette = decode_palette(parsed.sections[0].payload, header.n_colors, header.channels)
    part = checked_region(region, header)
    payload = parsed.find(container.SECTION_INDICES)
    indices: NDArray[Any]
    if payload is None:
        indices = np.zeros(part.shape, dtype=np.uint8)
    else:
        shape = (header.height, header.width)
        indices = decode_indices(payload, shape, palette, part, threads)
    facts, names = read_facts(parsed), read_names(parsed)
    return IndexedImage.adopt(palette, indices, authored=header.authored, facts=facts, names=names)


def decode_blocks(
    data: Buffer, *, limits: Limits | None = None, threads: int | None = None
) -> BlockImage:
    """Return the codebook of blocks and the indices in a ``.kmq`` file.

    A palette's entries are blocks of one pixel. Options and errors are those of
    ``decode_indexed``.
    """
    threads = resolve_threads(threads)
    parsed = parse(data, limits)
    header = parsed.header
    bh, bw = header.block
    rows, columns = -(-header.height // bh), -(-header.width // bw)
    codebook = _codebook(parsed)
    indices = _block_indices(parsed, codebook, Region(0, rows, 0, columns), threads)
    return BlockImage(codebook, indices, header.height, header.width, header.authored)


def _codebook(parsed: Container) -> NDArray[np.uint8]:
    """Return the codebook of a file, (K, bh, bw, C)."""
    header = parsed.header
    shape = (header.n_colors, *header.block, header.channels)
    payload = parsed.sections[0].payload
    if header.block == (1, 1):
        return decode_palette(payload, header.n_colors, header.channels).reshape(shape)

    def decode_plane(coded: memoryview, size: tuple[int, int]) -> NDArray[np.uint8]:
        return decode_indices(coded, size, GRAYS).astype(np.uint8, copy=False)

    return decode_codebook(payload, shape, decode_plane)


def _block_indices(
    parsed: Container, codebook: NDArray[np.uint8], part: Region, threads: int
) -> NDArray[np.unsignedinteger[Any]]:
    """Return the indices of some of a file's blocks."""
    payload = parsed.find(container.SECTION_INDICES)
    if payload is None:
        return np.zeros(part.shape, dtype=np.uint8)
    header = parsed.header
    shape = (-(-header.height // header.block[0]), -(-header.width // header.block[1]))
    return decode_indices(payload, shape, mean_colors(codebook), part, threads)


def decode(
    data: Buffer,
    *,
    limits: Limits | None = None,
    region: tuple[int, int, int, int] | None = None,
    threads: int | None = None,
) -> NDArray[np.uint8]:
    """Return the pixels of a ``.kmq`` file: (H, W) or (H, W, C) uint8, as they were encoded.

    Options and errors are those of ``decode_indexed``; files with blocks are decoded, too.
    """
    threads = resolve_threads(threads)
    parsed = parse(data, limits)
    header = parsed.header
    if header.block == (1, 1):
        return _indexed_image(parsed, region, threads).to_pixels()
    part = checked_region(region, header)
    bh, bw = header.block
    blocks = Region(part.top // bh, -(-part.bottom // bh), part.left // bw, -(-part.right // bw))
    codebook = _codebook(parsed)
    indices = _block_indices(parsed, codebook, blocks, threads)
    top, left = blocks.top * bh, blocks.left * bw
    image = BlockImage(codebook, indices, part.bottom - top, part.right - left)
    return np.ascontiguousarray(image.to_pixels()[part.top - top :, part.left - left :])
