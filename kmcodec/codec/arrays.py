"""Arrays of integers <-> ``.kmq`` files without loss: label maps, masks, index volumes.

The distinct values, in ascending order, are the codebook; a value's rank is its index. An ancillary
section (spec 4.5) says which values, shape and type these stand for. Everybody else sees a picture
in gray levels.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec import container
from kmcodec.arithmetic import index_type
from kmcodec.codec.array_section import (
    LARGEST_SHAPE,
    MOST_AXES,
    ArraySection,
    build_section,
    count_planes,
    plane_shape,
)
from kmcodec.codec.kmq_file import KmqFile
from kmcodec.coding import Setting, encode_palette, encode_plane
from kmcodec.container import DEFAULT_LIMITS, Header
from kmcodec.errors import InputError
from kmcodec.options import DEFAULT_EFFORT, MAX_COLORS, check_effort, refuse_mask
from kmcodec.parallel import resolve_threads

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from kmcodec.codec.parsing import Buffer
    from kmcodec.container import Limits
    from kmcodec.progress import Progress

    Integers = NDArray[np.integer[Any] | np.bool_]

LARGEST_TABLE = 1 << 20  # steps between the least and the largest value that a table may span
# on label maps deflate, which "auto" tries, never won and took most of the time
SIDE_OF_VOLUMES = 64
CODINGS_OF_ARRAYS = ("mixed", "packed")


def encode_array(
    array: ArrayLike, *, effort: int = DEFAULT_EFFORT, threads: int | None = None
) -> bytes:
    """Return an array of integers as a ``.kmq`` file, without loss.

    Parameters
    ----------
    array : array of any integer type or bool, of 2 or more dimensions
        Label maps, masks, volumes of them: at most 65536 distinct values, anywhere in the type's
        range. Axes of length 1 apart, the last two axes make the planes of a stack, so they should
        be axes of space.
    effort : int, default 5
        1 (quick) to 9 (small).
    threads : int, optional
        By default one per processor; the bytes do not depend on it.

    Returns
    -------
    bytes
        The same for the same array, whatever the machine. Viewers show the ranks of the values as
        gray levels.

    Raises
    ------
    InputError
        The array has another type, masked elements, fewer dimensions or more than 32, too many
        distinct values, or more elements (178,956,970) or bytes (715,827,880) than
        ``decode_array`` accepts by default.
    """
    effort = check_effort(effort)
    threads = resolve_threads(threads)
    given = check_array(array)
    transposed = given.flags.f_contiguous and not given.flags.c_contiguous
    values, ranks = _ranked(given.T if transposed else given)
    height, width = plane_shape(ranks.shape)
    plane = ranks.reshape(height, width) if ranks.size else np.zeros((1, 1), dtype=np.uint8)
    planes = count_planes(ranks.shape)
    palette = rank_palette(len(values))
    section = ArraySection(given.dtype, ranks.shape, transposed, values)
    sections = [
        (container.SECTION_PALETTE, encode_palette(palette)),
        (container.SECTION_ARRAY, build_section(section)),
    ]
    if len(values) > 1:
        setting = Setting((height // planes, width), palette, planes, _tile_side(planes))
        coded = encode_plane(plane, setting, CODINGS_OF_ARRAYS, effort=effort, threads=threads)
        sections.append((container.SECTION_INDICES, coded))
    header = Header(
        width, height // planes, palette.shape[1], len(values), authored=True, planes=planes
    )
    return container.build(header, sections)


def decode_array(
    data: Buffer,
    *,
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
        The file holds a picture and no array, or `data` is not bytes.
    FormatError
        The bytes are not a valid file (``TruncatedError``: they end too early).
    UnsupportedError
        The file needs another version.
    LimitError
        The array is larger than `limits`, or takes longer.
    CancelledError
        `progress` asked to stop.
    """
    return KmqFile(data, limits=limits).decode_array(threads=threads, progress=progress)


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


def _tile_side(planes: int) -> int | None:
    """Return about how large tiles of a volume are, of which people read small parts."""
    return SIDE_OF_VOLUMES if planes > 1 else None


def rank_palette(n_values: int) -> NDArray[np.uint8]:
    """Return the codebook that stands for values: rank as gray, or as gray and alpha.

    (K, 1) uint8 up to 256 values; beyond, (K, 2) with the rank's low byte as gray, so that
    neighbours in rank are neighbours in the codebook.
    """
    ranks = np.arange(n_values)
    if n_values <= 256:
        return ranks[:, None].astype(np.uint8)
    return np.stack([ranks & 255, 255 - (ranks >> 8)], axis=1).astype(np.uint8)


def _ranked(array: Integers) -> tuple[Integers, NDArray[np.unsignedinteger[Any]]]:
    """Return the distinct values in ascending order, and each element's rank among them."""
    if array.size == 0:
        return np.zeros(1, dtype=array.dtype), np.zeros(array.shape, dtype=np.uint8)
    least, largest = int(array.min()), int(array.max())
    span = largest - least + 1
    if span <= LARGEST_TABLE:
        return _ranked_by_table(array, least, span)
    values, ranks = np.unique(array, return_inverse=True)
    _check_count(len(values))
    return values, ranks.reshape(array.shape).astype(index_type(len(values)))


def _ranked_by_table(
    array: Integers, least: int, span: int
) -> tuple[Integers, NDArray[np.unsignedinteger[Any]]]:
    """Do so for values within `span` steps, without sorting."""
    unsigned = np.dtype(f"u{array.dtype.itemsize}")  # steps are exact modulo its size
    origin = unsigned.type(least % (1 << 8 * unsigned.itemsize))
    steps = array.astype(unsigned) - origin
    present = np.zeros(span, dtype=np.bool_)
    present[steps] = True
    found = np.flatnonzero(present)
    _check_count(len(found))
    table = np.zeros(span, dtype=index_type(len(found)))
    table[found] = np.arange(len(found))
    return (found.astype(unsigned) + origin).astype(array.dtype), table[steps]


def _check_count(n_values: int) -> None:
    """Raise ``InputError`` for more distinct values than a codebook has entries."""
    if n_values > MAX_COLORS:
        raise InputError(
            f"the array has {n_values} distinct values, a codebook has at most {MAX_COLORS};"
            " this is for label maps, not for measurements"
        )
