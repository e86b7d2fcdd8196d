"""``.kmq`` files -> images and pixels. Decoding is whole numbers only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec import container
from kmcodec.codec.ancillary import read_facts, read_names
from kmcodec.codec.parsing import checked_region, parse
from kmcodec.coding import (
    GRAYS,
    decode_codebook,
    decode_indices,
    decode_palette,
    mean_colors,
)
from kmcodec.coding.rectangle import Rectangle
from kmcodec.container import DEFAULT_LIMITS
from kmcodec.errors import InputError
from kmcodec.image import BlockImage, IndexedImage
from kmcodec.parallel import resolve_threads
from kmcodec.progress import Tally

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.codec.parsing import Buffer
    from kmcodec.container import Container, Limits
    from kmcodec.progress import Progress


def decode_indexed(
    data: Buffer,
    *,
    limits: Limits | None = None,
    region: tuple[int, int, int, int] | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
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
        By default one per processor, or fewer where each takes much memory.
    progress : callable, optional
        Takes the share that is done, 0 to 1, from the threads that decode; False stops the work.
        Only ``mixed`` indices tell it.

    Raises
    ------
    InputError
        The region is not within the picture, or the file has blocks (see ``decode_blocks``).
    FormatError
        The bytes are not a valid file (``TruncatedError``: they end too early).
    UnsupportedError
        The file needs another version.
    LimitError
        The picture is larger than `limits`, or takes longer.
    CancelledError
        `progress` asked to stop.
    """
    how = _How.of(limits, threads, progress)
    parsed = parse(data, limits)
    if parsed.header.block != (1, 1):
        raise InputError("the file's codebook has blocks of pixels; decode_blocks returns them")
    return _indexed_image(parsed, region, how)


@dataclass(frozen=True)
class _How:
    """What the caller says of the work."""

    limits: Limits
    threads: int
    progress: Progress | None
    granted: list[int] = field(default_factory=list)  # nanoseconds

    def work(self, nanoseconds: int) -> None:
        """Raise ``LimitError`` if this and all before may take longer than allowed."""
        self.granted.append(nanoseconds)
        self.limits.check_work(sum(self.granted))

    def asking(self) -> Progress | None:
        """Return what asks whether to stop, before anything of the picture is done."""
        progress = self.progress
        return None if progress is None else lambda _: progress(0.0)

    @classmethod
    def of(cls, limits: Limits | None, threads: int | None, progress: Progress | None) -> _How:
        """Return options with the defaults filled in, checked."""
        return cls(limits or DEFAULT_LIMITS, resolve_threads(threads), progress)

    def indices(
        self,
        payload: memoryview,
        shape: tuple[int, int],
        palette: NDArray[np.uint8],
        part: Rectangle,
    ) -> NDArray[np.unsignedinteger[Any]]:
        """Return the indices of a region."""
        tally = Tally(part.shape[0] * part.shape[1], self.progress)
        return decode_indices(
            payload, shape, palette, part, self.threads, tally=tally, check_work=self.work
        )


def _indexed_image(
    parsed: Container, region: tuple[int, int, int, int] | None, how: _How
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
        indices = how.indices(payload, shape, palette, part)
    facts, names = read_facts(parsed), read_names(parsed)
    return IndexedImage.adopt(palette, indices, authored=header.authored, facts=facts, names=names)


def decode_blocks(
    data: Buffer,
    *,
    limits: Limits | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> BlockImage:
    """Return the codebook of blocks and the indices in a ``.kmq`` file.

    A palette's entries are blocks of one pixel. Options and errors are those of
    ``decode_indexed``.
    """
    how = _How.of(limits, threads, progress)
    parsed = parse(data, limits)
    header = parsed.header
    bh, bw = header.block
    rows, columns = -(-header.height // bh), -(-header.width // bw)
    codebook = _codebook(parsed, how)
    indices = _block_indices(parsed, codebook, Rectangle(0, rows, 0, columns), how)
    return BlockImage(codebook, indices, header.height, header.width, header.authored)


def _codebook(parsed: Container, how: _How) -> NDArray[np.uint8]:
    """Return the codebook of a file, (K, bh, bw, C)."""
    header = parsed.header
    shape = (header.n_colors, *header.block, header.channels)
    payload = parsed.sections[0].payload
    if header.block == (1, 1):
        return decode_palette(payload, header.n_colors, header.channels).reshape(shape)

    def decode_plane(coded: memoryview, size: tuple[int, int]) -> NDArray[np.uint8]:
        tally = Tally(size[0] * size[1], how.asking())
        plane = decode_indices(
            coded, size, GRAYS, threads=how.threads, tally=tally, check_work=how.work
        )
        return plane.astype(np.uint8, copy=False)

    return decode_codebook(payload, shape, decode_plane)


def _block_indices(
    parsed: Container, codebook: NDArray[np.uint8], part: Rectangle, how: _How
) -> NDArray[np.unsignedinteger[Any]]:
    """Return the indices of some of a file's blocks."""
    payload = parsed.find(container.SECTION_INDICES)
    if payload is None:
        return np.zeros(part.shape, dtype=np.uint8)
    header = parsed.header
    shape = (-(-header.height // header.block[0]), -(-header.width // header.block[1]))
    return how.indices(payload, shape, mean_colors(codebook), part)


def decode(
    data: Buffer,
    *,
    limits: Limits | None = None,
    region: tuple[int, int, int, int] | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> NDArray[np.uint8]:
    """Return the pixels of a ``.kmq`` file: (H, W) or (H, W, C) uint8, as they were encoded.

    Options and errors are those of ``decode_indexed``; files with blocks are decoded, too.
    """
    how = _How.of(limits, threads, progress)
    parsed = parse(data, limits)
    header = parsed.header
    if header.block == (1, 1):
        return _indexed_image(parsed, region, how).to_pixels()
    part = checked_region(region, header)
    bh, bw = header.block
    blocks = Rectangle(part.top // bh, -(-part.bottom // bh), part.left // bw, -(-part.right // bw))
    codebook = _codebook(parsed, how)
    indices = _block_indices(parsed, codebook, blocks, how)
    top, left = blocks.top * bh, blocks.left * bw
    image = BlockImage(codebook, indices, part.bottom - top, part.right - left)
    return np.ascontiguousarray(image.to_pixels()[part.top - top :, part.left - left :])
