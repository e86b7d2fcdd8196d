"""``.kmq`` files -> images and pixels, in one call each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmcodec.codec.kmq_file import KmqFile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kmcodec.codec.info import Info
    from kmcodec.codec.metadata import Metadata
    from kmcodec.codec.parsing import Buffer
    from kmcodec.container import Limits
    from kmcodec.image import Animation, BlockImage, IndexedImage
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
        Only ``mixed`` indices report it.

    Raises
    ------
    InputError
        The region is not within the picture, the file has blocks (see ``decode_blocks``), or it is
        a stack (see ``decode_animation``).
    FormatError
        The bytes are not a valid file (``TruncatedError``: they end too early).
    UnsupportedError
        The file needs another version.
    LimitError
        The picture is larger than `limits`, or takes longer.
    CancelledError
        `progress` asked to stop.
    """
    file = KmqFile(data, limits=limits)
    return file.decode_indexed(region=region, threads=threads, progress=progress)


def decode_animation(
    data: Buffer,
    *,
    limits: Limits | None = None,
    region: tuple[int, int, int, int] | None = None,
    frames: tuple[int, int] | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Animation:
    """Return the palette and the indices of all frames in a ``.kmq`` file; a picture has one.

    Parameters
    ----------
    data : bytes-like
        The whole file.
    limits : Limits, optional
        The largest stack to accept; see ``Limits`` for the defaults.
    region : (int, int, int, int), optional
        Left, top, width and height of the part of each frame to decode, in pixels.
    frames : (int, int), optional
        The first frame and the end: (3, 5) are the frames 3 and 4, counted from 0.
    threads : int, optional
        By default one per processor, or fewer where each takes much memory.
    progress : callable, optional
        Takes the share that is done, 0 to 1, from the threads that decode; False stops the work.
        Only ``mixed`` indices report it.

    Raises
    ------
    InputError, FormatError, UnsupportedError, LimitError, CancelledError
        As from ``decode_indexed``.
    """
    file = KmqFile(data, limits=limits)
    return file.decode_animation(region=region, frames=frames, threads=threads, progress=progress)


def decode_blocks(
    data: Buffer,
    *,
    limits: Limits | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> BlockImage:
    """Return the codebook of blocks and the indices in a ``.kmq`` file.

    A palette's entries are blocks of one pixel.

    Parameters
    ----------
    data : bytes-like
        The whole file.
    limits : Limits, optional
        The largest picture to accept; see ``Limits`` for the defaults.
    threads : int, optional
        By default one per processor, or fewer where each takes much memory.
    progress : callable, optional
        Takes the share that is done, 0 to 1, from the threads that decode; False stops the work.
        Only ``mixed`` indices report it.

    Raises
    ------
    InputError
        `data` is not bytes, or an option is out of its range.
    FormatError
        The bytes are not a valid file (``TruncatedError``: they end too early).
    UnsupportedError
        The file needs another version.
    LimitError
        The picture is larger than `limits`, or takes longer.
    CancelledError
        `progress` asked to stop.
    """
    return KmqFile(data, limits=limits).decode_blocks(threads=threads, progress=progress)


def decode(
    data: Buffer,
    *,
    limits: Limits | None = None,
    region: tuple[int, int, int, int] | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> NDArray[np.uint8]:
    """Return the pixels of a ``.kmq`` file: (H, W) or (H, W, C) uint8, as they were encoded.

    Those of a stack are (T, H, W) or (T, H, W, C).

    Files with blocks are decoded, too. Of a file of ``encode_array`` these are gray levels that
    stand for its values: ``KmqFile.is_array`` tells, and ``decode_array`` returns the values.

    Parameters
    ----------
    data : bytes-like
        The whole file.
    limits : Limits, optional
        The largest picture to accept; see ``Limits`` for the defaults.
    region : (int, int, int, int), optional
        Left, top, width and height of the part to decode, in pixels. Of large pictures only the
        tiles that it touches are decoded. By default the whole picture.
    threads : int, optional
        By default one per processor, or fewer where each takes much memory.
    progress : callable, optional
        Takes the share that is done, 0 to 1, from the threads that decode; False stops the work.
        Only ``mixed`` indices report it.

    Raises
    ------
    InputError
        `data` is not bytes, or the region is not within the picture.
    FormatError
        The bytes are not a valid file (``TruncatedError``: they end too early).
    UnsupportedError
        The file needs another version.
    LimitError
        The picture is larger than `limits`, or takes longer.
    CancelledError
        `progress` asked to stop.
    """
    file = KmqFile(data, limits=limits)
    return file.decode(region=region, threads=threads, progress=progress)


def read_info(data: Buffer, *, limits: Limits | None = None) -> Info:
    """Return what a file says of itself; checksums are compared, pixels are not decoded.

    Parameters
    ----------
    data : bytes-like
        The whole file.
    limits : Limits, optional
        The largest picture to accept; see ``Limits`` for the defaults.

    Raises
    ------
    InputError
        `data` is not bytes.
    FormatError
        The bytes are not a valid file (``TruncatedError``: they end too early).
    UnsupportedError
        The file needs another version.
    LimitError
        The picture is larger than `limits`.
    """
    return KmqFile(data, limits=limits).info


def read_metadata(data: Buffer, *, limits: Limits | None = None) -> Metadata:
    """Return the metadata that a file carries: ICC profile, Exif, XMP.

    Parameters
    ----------
    data : bytes-like
        The whole file.
    limits : Limits, optional
        The largest picture to accept; see ``Limits`` for the defaults.

    Raises
    ------
    InputError, FormatError, UnsupportedError, LimitError
        As in ``read_info``.
    """
    return KmqFile(data, limits=limits).metadata
