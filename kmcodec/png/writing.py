"""Small palette PNGs (PNG 3rd edition; ISO/IEC 15948), the same bytes on every machine.

Several layouts of the same picture - orders of its palette, bit depths, filters - are tried, and
what takes least is compressed by the package's own DEFLATE encoder. Pixels read back are equal.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kmcodec.channels import has_alpha
from kmcodec.color import with_channels
from kmcodec.deflate.encoder import compress, compressed_size
from kmcodec.errors import InputError
from kmcodec.options import DEFAULT_EFFORT, check_effort
from kmcodec.png import palette_order as orders
from kmcodec.png.filters import adapted, unfiltered
from kmcodec.png.rows import gray_depth, palette_depth, renumbered, strips
from kmcodec.rows import pack_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.codec import Metadata
    from kmcodec.image import IndexedImage

    Bytes = NDArray[np.uint8]

Resolution = tuple[
    int, int, int
]  # pHYs, PNG 11.3.4.3: across, down; 1 for per metre, 0 for a ratio
SIGNATURE = b"\x89PNG\r\n\x1a\n"
GRAY, INDEXED = 0, 3  # colour types, PNG 11.2.1
ZLIB_HEADER = b"\x78\xda"  # RFC 1950: DEFLATE, a window of 32 KiB, the slowest algorithm
TRIAL_SIZE = 1 << 16  # pixels; larger pictures are tried on strips of so many
THOROUGH = 7  # from this effort on, more layouts are tried, on more, and two are written
THOROUGH_SIZE = 1 << 19
MOVES_PER_PIXEL = 1024  # of an arrangement's steps; a small picture is not arranged for long
CLOSE = 1.1  # an order worth arranging takes at most so much more than another layout
# How DEFLATE searches at each effort, in the trials and in the end.
TRYING = {1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 3, 7: 5, 8: 5, 9: 6}
SEARCHING = {1: 2, 2: 3, 3: 3, 4: 4, 5: 4, 6: 6, 7: 7, 8: 8, 9: 9}
ARRANGING_PASSES = {1: 0, 2: 0, 3: 1, 4: 2, 5: 4, 6: 8, 7: 16, 8: 16, 9: 32}


@dataclass(frozen=True, eq=False)
class Layout:
    """One way to write a picture.

    Attributes
    ----------
    order : (K,) intp, optional
        Palette entries in the order they are written; None for gray levels without a palette.
    depth : int
        Bits per pixel: 1, 2, 4 or 8.
    values : (K,) uint8
        What the rows say for each palette entry.
    adapts : bool
        Rows are filtered as suits them.
    """

    order: NDArray[np.intp] | None
    depth: int
    values: Bytes
    adapts: bool

    @classmethod
    def of_order(cls, order: NDArray[np.intp], *, adapts: bool, depth: int = 0) -> Layout:
        """Return the layout of a reordered palette, by default in the least depth."""
        values = np.empty(len(order), dtype=np.uint8)
        values[order] = np.arange(len(order), dtype=np.uint8)
        return cls(order, depth or palette_depth(len(order)), values, adapts)

    def stream(self, indices: Bytes) -> bytes:
        """Return filtered rows, as they are compressed."""
        rows = pack_rows(renumbered(indices, self.values), self.depth)
        return adapted(rows) if self.adapts else unfiltered(rows)

    def stride(self, width: int) -> int:
        """Return the bytes of a filtered row."""
        return 1 + (width * self.depth + 7) // 8


def _in_order(n_colors: int, effort: int) -> list[Layout]:
    """Return the layouts of a palette that keeps its order."""
    as_is = np.arange(n_colors)
    kinds = (False, True) if effort >= 3 else (False,)
    layouts = [Layout.of_order(as_is, adapts=adapts) for adapts in kinds]
    if effort >= 3 and palette_depth(n_colors) < 8:
        layouts.append(Layout.of_order(as_is, adapts=False, depth=8))
    return layouts


def png_bytes(
    image: IndexedImage,
    *,
    metadata: Metadata | None = None,
    resolution: Resolution | None = None,
    effort: int = DEFAULT_EFFORT,
    keep_order: bool = False,
    as_gray: bool = False,
) -> bytes:
    """Return an indexed image as a small PNG.

    Parameters
    ----------
    image : IndexedImage
        At most 256 colours.
    metadata : Metadata, optional
        Written as iCCP, eXIf and iTXt chunks.
    resolution : (int, int, int), optional
        Written as a pHYs chunk: pixels across and down, per metre if the third is 1.
    effort : int
        1 (quick) to 9 (small): which layouts are tried, and how DEFLATE searches.
    keep_order : bool
        Write palette and indices as they are; else unused and repeated entries go, and the rest is
        reordered.
    as_gray : bool
        Write a picture of one channel as 8-bit gray levels without a palette.

    Returns
    -------
    bytes
        The same on every machine for the same image and options.

    Raises
    ------
    InputError
        The palette has more than 256 entries.
    """
    if image.n_colors > 256:
        raise InputError(f"a PNG palette holds 256 colours, the picture has {image.n_colors}")
    effort = check_effort(effort)
    if keep_order or as_gray:
        palette, indices = image.palette, image.indices.astype(np.uint8, copy=False)
    else:
        palette, indices = tidied(image)
    trial = Trial(palette, indices, effort)
    if as_gray:
        layouts = [Layout(None, 8, palette[:, 0], adapts) for adapts in (False, True)]
    elif keep_order:
        layouts = _in_order(len(palette), effort)
    else:
        layouts = candidates(trial, effort, gray=metadata is None or not metadata.icc)
    if len(layouts) > 1 and (effort < THOROUGH or indices.size > THOROUGH_SIZE):
        layouts = sorted(layouts, key=trial.size_of)[: 1 if effort < THOROUGH else 2]
    about = _about(metadata, resolution, SEARCHING[effort])
    files = (_file(layout, palette, indices, about, effort) for layout in layouts)
    return min(files, key=len)


class Trial:
    """What layouts take, about: whole rows of a picture, compressed in little time.

    Parameters
    ----------
    palette : (K, C) uint8
    indices : (H, W) uint8
    effort : int
    """

    def __init__(self, palette: Bytes, indices: Bytes, effort: int) -> None:
        self.palette = palette
        self.indices = indices
        size = TRIAL_SIZE if effort < THOROUGH else THOROUGH_SIZE
        self._sample = strips(indices, size) if indices.size > size else indices
        self._searching = TRYING[effort]
        self._sizes: dict[int, tuple[Layout, int]] = {}  # by identity, which the layout keeps

    def size_of(self, layout: Layout) -> int:
        """Return the bytes of the sample in a layout, its palette included."""
        if id(layout) not in self._sizes:
            rows, stride = layout.stream(self._sample), layout.stride(self._sample.shape[1])
            size = compressed_size(rows, self._searching, stride=stride)
            self._sizes[id(layout)] = layout, size + len(_colors(layout, self.palette))
        return self._sizes[id(layout)][1]


def tidied(image: IndexedImage) -> tuple[Bytes, Bytes]:
    """Return a palette sorted and without unused and repeated entries, and the indices into it."""
    indices = image.indices.astype(np.uint8, copy=False)
    used = np.flatnonzero(orders.count_indices(indices, image.n_colors))
    palette, numbers = np.unique(image.palette[used], axis=0, return_inverse=True)
    new = np.zeros(image.n_colors, dtype=np.uint8)
    new[used] = numbers.reshape(-1)
    return palette, renumbered(indices, new)


def candidates(trial: Trial, effort: int, *, gray: bool = True) -> list[Layout]:
    """Return the layouts to choose from, the most promising of equals first.

    Parameters
    ----------
    trial : Trial
        The picture, and what its layouts take.
    effort : int
    gray : bool
        Gray levels may stand for themselves; an RGB profile forbids it.
    """
    palette, indices = trial.palette, trial.indices
    n_colors = len(palette)

    def layout(order: NDArray[np.intp], *, adapts: bool = False, depth: int = 0) -> Layout:
        order = orders.soft_first(order, palette)
        return Layout.of_order(order, adapts=adapts, depth=depth)

    frequent = orders.by_frequency(indices, n_colors)
    found = [layout(frequent)]
    depth = gray_depth(palette) if gray else None
    if depth is not None:
        levels = (palette[:, 0] >> (8 - depth)).astype(np.uint8)
        found += [Layout(None, depth, levels, adapts) for adapts in (False, True)]
    if n_colors == 1:
        return found
    counts = orders.count_neighbours(indices, n_colors)
    zeng = orders.by_neighbours(counts)
    near, adaptive = zeng, layout(zeng, adapts=True)
    passes = ARRANGING_PASSES[effort]
    if effort <= DEFAULT_EFFORT:
        passes = min(passes, max(1, indices.size * MOVES_PER_PIXEL // n_colors**3))
    others = min(map(trial.size_of, found))
    if passes and trial.size_of(adaptive) < CLOSE * others:
        wins = trial.size_of(adaptive) < others
        near = orders.arranged(counts, zeng, passes)
        adaptive = layout(near, adapts=True)
        if wins and effort <= DEFAULT_EFFORT:
            return [adaptive]
    found.append(adaptive)
    if effort > DEFAULT_EFFORT:
        found.append(layout(near))
        if palette_depth(n_colors) < 8:
            found.append(layout(frequent, depth=8))
    if effort >= THOROUGH:
        luma = orders.by_luma(palette)
        found += [layout(order) for order in (zeng, np.arange(n_colors), luma)]
        found.append(layout(luma, adapts=True))
    return found


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk: its length, kind, data and CRC (PNG 5.3)."""
    return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)


def zlib_stream(data: bytes, effort: int, *, stride: int = 0) -> bytes:
    """Return data as a zlib stream (RFC 1950), compressed by the package's own encoder."""
    return ZLIB_HEADER + compress(data, effort, stride=stride) + zlib.adler32(data).to_bytes(4)


def _colors(layout: Layout, palette: Bytes) -> bytes:
    """Return the PLTE and tRNS chunks; the latter ends with the last entry that is not opaque."""
    if layout.order is None:
        return b""
    colors = palette[layout.order]
    out = chunk(b"PLTE", with_channels(colors, 3).tobytes())
    soft = np.flatnonzero(colors[:, -1] < 255) if has_alpha(colors.shape[1]) else np.empty(0)
    if len(soft):
        out += chunk(b"tRNS", colors[: int(soft[-1]) + 1, -1].tobytes())
    return out


def _about(
    metadata: Metadata | None, resolution: Resolution | None, searching: int
) -> tuple[bytes, bytes]:
    """Return the chunks that stand before the palette and after it."""
    first = last = b""
    if metadata is not None and metadata.icc:
        first = chunk(b"iCCP", b"ICC Profile\0\0" + zlib_stream(metadata.icc, searching))
    if resolution is not None:
        across, down, unit = resolution
        last += chunk(b"pHYs", across.to_bytes(4) + down.to_bytes(4) + bytes([unit]))
    if metadata is not None and metadata.exif:
        last += chunk(b"eXIf", metadata.exif)
    if metadata is not None and metadata.xmp:
        last += chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + metadata.xmp)
    return first, last


def _file(
    layout: Layout, palette: Bytes, indices: Bytes, about: tuple[bytes, bytes], effort: int
) -> bytes:
    """Return the whole file in one layout."""
    height, width = indices.shape
    color_type = GRAY if layout.order is None else INDEXED
    header = width.to_bytes(4) + height.to_bytes(4)
    header += bytes([layout.depth, color_type, 0, 0, 0])  # DEFLATE, filters 0 to 4, not interlaced
    out = SIGNATURE + chunk(b"IHDR", header)
    out += about[0] + _colors(layout, palette) + about[1]
    rows, stride = layout.stream(indices), layout.stride(width)
    out += chunk(b"IDAT", zlib_stream(rows, SEARCHING[effort], stride=stride))
    return out + chunk(b"IEND", b"")
