"""Arrays of integers <-> ``.kmq`` files without loss: label maps, masks, index volumes.

The distinct values, in ascending order, are the codebook; a value's rank is its index. An ancillary
section (spec 4.5) says which values, shape and type these stand for, another one (spec 4.6) which
of them each block has, where that is worth its bytes. Everybody else sees a picture in gray levels.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kmcodec import container
from kmcodec.codec.array_section import (
    LARGEST_SHAPE,
    MOST_AXES,
    ArraySection,
    build_section,
    stack_of,
)
from kmcodec.codec.array_tables import LocalTables, build_tables, divided_until, localized
from kmcodec.codec.kmq_file import KmqFile
from kmcodec.codec.ranking import ranked
from kmcodec.coding import Setting, encode_palette, encode_plane, stack_grid
from kmcodec.container import DEFAULT_LIMITS, Header
from kmcodec.errors import InputError
from kmcodec.options import DEFAULT_EFFORT, MAX_COLORS, check_effort, refuse_mask
from kmcodec.parallel import resolve_threads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from kmcodec.codec.array_parts import Part
    from kmcodec.codec.parsing import Buffer
    from kmcodec.codec.ranking import Integers, Ranks
    from kmcodec.coding import Grid, Rectangle
    from kmcodec.container import Limits
    from kmcodec.progress import Progress

# on label maps deflate, which "auto" tries, never won and took most of the time
CODINGS_OF_ARRAYS = ("mixed", "packed")
SIDE_OF_VOLUMES, SIDE_OF_PICTURES = 64, 256  # of tiles, about
FEWEST_OF_TABLES = 256  # values, up to which local tables save little


def encode_array(
    array: ArrayLike, *, effort: int = DEFAULT_EFFORT, threads: int | None = None
) -> bytes:
    """Return an array of integers as a ``.kmq`` file, without loss.

    Parameters
    ----------
    array : array of any integer type or bool, of 2 or more dimensions
        Label maps, masks, volumes of them: values anywhere in the type's range, and any number of
        distinct ones, though few make small files. Axes of length 1 apart, the last two axes make
        the planes of a stack, so they should be axes of space.
    effort : int, default 5
        1 (quick) to 9 (small).
    threads : int, optional
        By default one per processor; the bytes do not depend on it.

    Returns
    -------
    bytes
        The same for the same array, whatever the machine. Viewers show gray levels that stand for
        the values.

    Raises
    ------
    InputError
        The array has another type, masked elements, fewer dimensions or more than 32, or more
        elements (178,956,970) or bytes (715,827,880) than ``decode_array`` accepts by default.
    """
    effort = check_effort(effort)
    threads = resolve_threads(threads)
    given = check_array(array)
    transposed = given.flags.f_contiguous and not given.flags.c_contiguous
    values, ranks = ranked(given.T if transposed else given)
    whole = stack_of(ranks.shape)
    section = ArraySection(given.dtype, ranks.shape, transposed, values)
    if ranks.size == 0:
        ranks = np.zeros(1, dtype=np.uint8)
    indices, tables = _stored(ranks.reshape(whole.planes, *whole.shape), len(values), whole)
    n_entries = len(values) if tables is None else int(tables.counts.max())
    palette = rank_palette(n_entries)
    sections = [
        (container.SECTION_PALETTE, encode_palette(palette)),
        (container.SECTION_ARRAY, build_section(section)),
    ]
    grid = volume_grid(whole) if whole.planes > 1 else None
    if tables is not None:
        sections.append((container.SECTION_TABLES, build_tables(tables)))
        grid = tables.grid
    if n_entries > 1:
        setting = Setting(whole.shape, palette, whole.planes, grid)
        flat = indices.reshape(-1, whole.shape[1])
        coded = encode_plane(flat, setting, CODINGS_OF_ARRAYS, effort=effort, threads=threads)
        sections.append((container.SECTION_INDICES, coded))
    height, width = whole.shape
    header = Header(width, height, palette.shape[1], n_entries, authored=True, planes=whole.planes)
    return container.build(header, sections)


def decode_array(
    data: Buffer,
    *,
    part: Part | None = None,
    limits: Limits | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Integers:
    """Return the array in a file of ``encode_array``: the same values, type and shape.

    An array that was in column-major (Fortran) order comes back so. Memory is the array's, and
    that of its indices.

    Parameters
    ----------
    data : bytes-like
        The whole file.
    part : slice or sequence of slices, optional
        Only ``array[part]``, as in ``part=np.s_[4:8, :64, :64]``: slices of the array's axes, in
        steps of 1, or ``...``. Of large arrays only the tiles that it touches are decoded, and of
        volumes only the planes up to it in their group.
    limits : Limits, optional
        The largest plane and array to accept; see ``Limits`` for the defaults.
    threads : int, optional
        By default one per processor, or fewer where each takes much memory.
    progress : callable, optional
        Takes the share that is done, 0 to 1, from the threads that decode; False stops the work.
        Only ``mixed`` indices report it.

    Raises
    ------
    InputError
        The file holds a picture and no array, `data` is not bytes, or `part` is no such slices.
    FormatError
        The bytes are not a valid file (``TruncatedError``: they end too early).
    UnsupportedError
        The file needs another version.
    LimitError
        The array is larger than `limits`, or takes longer.
    CancelledError
        `progress` asked to stop.
    """
    file = KmqFile(data, limits=limits)
    return file.decode_array(part=part, threads=threads, progress=progress)


def relabel_array(
    data: Buffer, values: Mapping[int, int] | ArrayLike, *, limits: Limits | None = None
) -> bytes:
    """Return a file of ``encode_array`` whose array has other values; no index is decoded.

    Parameters
    ----------
    data : bytes-like
        The whole file.
    values : mapping of int to int, or array of integers or bool, (n,)
        What old values become: the others stay, and values that the file does not list count for
        nothing. Or what each of the n ``array_values`` of the file becomes, in an array whose type
        is the new one. Several may become equal; the file lists them all.
    limits : Limits, optional
        The largest array to accept; see ``Limits`` for the defaults.

    Returns
    -------
    bytes
        ``encode_array`` of the new array may make fewer of it.

    Raises
    ------
    InputError
        The file holds no array, or the new values are not n integers, or not in the array's type.
    FormatError, UnsupportedError, LimitError
        As ``decode_array`` raises them.

    Examples
    --------
    >>> import numpy as np
    >>> import kmcodec
    >>> data = kmcodec.encode_array(np.array([[1, 2], [3, 1]]))
    >>> kmcodec.decode_array(kmcodec.relabel_array(data, {3: 2})).tolist()
    [[1, 2], [2, 1]]
    """
    return KmqFile(data, limits=limits).relabelled(values)


def check_array(array: ArrayLike) -> Integers:
    """Return what can be encoded as it is, or raise ``InputError``; values are not looked at."""
    refuse_mask(array, "the array")
    given = np.asarray(array)
    if given.dtype.kind not in "biu":
        raise InputError(f"the array holds {given.dtype}, expected an integer type or bool")
    if given.ndim < 2:
        raise InputError(f"the array has shape {given.shape}, expected 2 or more dimensions")
    if given.ndim > MOST_AXES or math.prod(s for s in given.shape if s) >= LARGEST_SHAPE:
        raise InputError(f"the array has shape {given.shape}, which is more than the format holds")
    if given.size > DEFAULT_LIMITS.max_pixels:
        raise InputError(
            f"the array has {given.size} elements, the limit is {DEFAULT_LIMITS.max_pixels}"
        )
    if given.nbytes > DEFAULT_LIMITS.max_bytes:
        raise InputError(
            f"the array has {given.nbytes} bytes, the limit is {DEFAULT_LIMITS.max_bytes}"
        )
    return given


def _stored(ranks: Ranks, n_values: int, whole: Rectangle) -> tuple[Ranks, LocalTables | None]:
    """Return the indices of an array's elements, and the tables if these are local.

    They are where there are more values than entries of a codebook, and where indices take fewer
    steps of four bits by them.
    """
    grid = volume_grid(whole)
    if n_values > MAX_COLORS:
        return localized(ranks, divided_until(ranks, grid, whole, MAX_COLORS), whole)
    if whole.planes == 1 or n_values <= FEWEST_OF_TABLES or grid.n_tiles == 1:
        return ranks, None
    indices, tables = localized(ranks, grid, whole)
    fewer = _count_steps(int(tables.counts.max())) < _count_steps(n_values)
    return (indices, tables) if fewer else (ranks, None)


def _count_steps(n_values: int) -> int:
    """Return in how many steps of four bits an index is coded."""
    return max(1, -(-(n_values - 1).bit_length() // 4))


def volume_grid(whole: Rectangle) -> Grid:
    """Return tiles for an array of which people read small parts."""
    side = SIDE_OF_PICTURES if whole.planes == 1 else SIDE_OF_VOLUMES
    return stack_grid(whole, side)


def rank_palette(n_values: int) -> NDArray[np.uint8]:
    """Return the codebook that stands for values: rank as gray, or as gray and alpha.

    (K, 1) uint8 up to 256 values; beyond, (K, 2) with the rank's low byte as gray, so that
    neighbours in rank are neighbours in the codebook.
    """
    ranks = np.arange(n_values)
    if n_values <= 256:
        return ranks[:, None].astype(np.uint8)
    return np.stack([ranks & 255, 255 - (ranks >> 8)], axis=1).astype(np.uint8)
