"""``KmqFile``: a ``.kmq`` file that is opened once and asked many times. Whole numbers only."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec import container
from kmcodec.channels import KINDS
from kmcodec.codec.ancillary import read_carried, read_facts, read_names
from kmcodec.codec.array_section import (
    ArraySection,
    count_planes,
    parse_section,
    plane_shape,
)
from kmcodec.codec.info import Info, info_of
from kmcodec.codec.parsing import checked_region, parse
from kmcodec.codec.timing_section import read_timing
from kmcodec.codec.work import Work
from kmcodec.coding import (
    CodebookDecoder,
    PlaneDecoder,
    Rectangle,
    Setting,
    decode_palette,
    mean_colors,
    open_plane,
)
from kmcodec.container import DEFAULT_LIMITS
from kmcodec.errors import CancelledError, FormatError, InputError
from kmcodec.image import Animation, BlockImage, IndexedImage
from kmcodec.progress import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from kmcodec.codec.ancillary import Metadata
    from kmcodec.codec.parsing import Buffer
    from kmcodec.coding.plane import Indices
    from kmcodec.container import Header, Limits
    from kmcodec.progress import Progress

    Integers = NDArray[np.integer[Any] | np.bool_]
    Region = tuple[int, int, int, int]

TAKEN = 1 << 20  # elements that get their values at a time: NumPy widens their indices to 8 bytes


class KmqFile:
    """A ``.kmq`` file in memory: parsed and checked when it is made, decoded when it is asked.

    Parameters
    ----------
    data : bytes-like
        The whole file. It is kept, not copied, and must not change.
    limits : Limits, optional
        The largest picture to accept; see ``Limits`` for the defaults. They also hold for what is
        asked later.

    Attributes
    ----------
    header : Header

    Raises
    ------
    InputError
        `data` is not bytes, or `limits` no ``Limits``.
    FormatError
        The bytes are not a valid file (``TruncatedError``: they end too early).
    UnsupportedError
        The file needs another version.
    LimitError
        The picture is larger than `limits`.

    Examples
    --------
    >>> import numpy as np
    >>> import kmcodec
    >>> file = kmcodec.KmqFile(kmcodec.encode(np.eye(3, dtype=np.uint8)))
    >>> file.info.n_colors
    2
    >>> file.decode(region=(0, 0, 2, 1)).tolist()
    [[1, 0]]
    """

    def __init__(self, data: Buffer, *, limits: Limits | None = None) -> None:
        self._container = parse(data, limits)
        self._limits = limits or DEFAULT_LIMITS
        self._size = memoryview(data).nbytes
        self._blocks: NDArray[np.uint8] | None = None  # the codebook, once it is decoded
        self.header: Header = self._container.header

    def __repr__(self) -> str:
        """Return what the file holds and its size, on one line."""
        header, array = self.header, self.info.array
        entries = "colour" if not self.has_blocks else "block"
        frames = f"{header.planes} planes, " * (header.planes > 1)
        what = (
            f"{frames}{header.width} x {header.height}, {header.n_colors}"
            f" {entries}{'s' * (header.n_colors != 1)}, {KINDS[header.channels]}"
        )
        if array is not None:
            what = f"{array.dtype} array of shape {array.shape}"
        return f"<KmqFile of {self._size} bytes: {what}>"

    @cached_property
    def info(self) -> Info:
        """What the file says of itself; no pixel is decoded."""
        return info_of(self._container, self._size)

    @cached_property
    def metadata(self) -> Metadata:
        """The metadata that the file carries."""
        return read_carried(self._container)

    @property
    def has_blocks(self) -> bool:
        """Whether the codebook holds blocks of pixels, and no palette."""
        return self.header.block != (1, 1)

    @property
    def is_array(self) -> bool:
        """Whether the file holds an array of integers, and a picture only of its ranks."""
        authored = self.header.authored and not self.has_blocks
        return authored and self.find(container.SECTION_ARRAY) is not None

    @cached_property
    def _array(self) -> ArraySection:
        """What says which array the indices stand for, checked."""
        payload = self.find(container.SECTION_ARRAY)
        if payload is None or not self.is_array:
            raise InputError("the file holds a picture, not an array; decode returns its pixels")
        section = parse_section(payload, self.header.n_colors)
        width, height = self.header.width, self.header.height
        planes = self.header.planes
        fits = planes == 1 or planes == count_planes(section.shape)
        if not fits or plane_shape(section.shape) != (height * planes, width):
            raise FormatError(
                f"an array of shape {section.shape} is not one of {width} x {height} indices",
                section="array",
            )
        return section

    def find(self, tag: int) -> memoryview | None:
        """Return the payload of a section by its tag (spec 4), or None."""
        return self._container.find(tag)

    @cached_property
    def palette(self) -> NDArray[np.uint8]:
        """The palette, (K, C) uint8, read-only.

        Raises
        ------
        InputError
            The file has blocks.
        FormatError
            The palette's section is damaged.
        """
        if self.has_blocks:
            raise InputError("the file's codebook has blocks of pixels; decode_blocks returns them")
        payload = self._container.sections[0].payload
        palette = decode_palette(payload, self.header.n_colors, self.header.channels)
        palette.flags.writeable = False  # the decoder goes by it, too
        return palette

    @cached_property
    def _opened_codebook(self) -> CodebookDecoder:
        """The codebook of blocks, opened."""
        shape = (self.header.n_colors, *self.header.block, self.header.channels)
        return CodebookDecoder(self._container.sections[0].payload, shape)

    def _codebook(self, work: Work) -> NDArray[np.uint8]:
        """Return the codebook, (K, bh, bw, C), which is decoded once."""
        if not self.has_blocks:
            return self.palette.reshape(self.header.n_colors, 1, 1, self.header.channels)
        if self._blocks is None:
            plane, tally = self._opened_codebook.plane, None
            if plane is not None:
                work.allow(plane.cost(plane.setting.whole))
                tally = Tally(plane.setting.whole.area, work.asking())
            self._blocks = self._opened_codebook.decode(threads=work.threads, tally=tally)
        return self._blocks

    def _open_indices(
        self, shape: tuple[int, int], colors: NDArray[np.uint8]
    ) -> PlaneDecoder | None:
        """Return the opened plane of indices, or None where all are 0."""
        payload = self.find(container.SECTION_INDICES)
        setting = Setting(shape, colors, self.header.planes)
        return None if payload is None else open_plane(payload, setting)

    @cached_property
    def _plane(self) -> PlaneDecoder | None:
        """The indices of a palette picture, opened."""
        return self._open_indices((self.header.height, self.header.width), self.palette)

    def decode_indices(
        self, *, threads: int | None = None, progress: Progress | None = None
    ) -> Indices:
        """Return the indices of a palette picture, (H, W) uint8 or uint16.

        Those of a stack are (planes * H, W): its planes one below another.

        Parameters
        ----------
        threads : int, optional
            By default one per processor, or fewer where each takes much memory.
        progress : callable, optional
            Takes the share that is done, 0 to 1; False stops the work.

        Raises
        ------
        InputError, FormatError, LimitError, CancelledError
            As in ``decode_indexed``.
        """
        work = Work(self._limits, threads, progress)
        return work.decode(self._plane, checked_region(None, self.header))

    def decode_indexed(
        self,
        *,
        region: Region | None = None,
        frame: int | None = None,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> IndexedImage:
        """Return the palette and the indices of a palette picture, or of a part of it.

        Parameters
        ----------
        region : (int, int, int, int), optional
            Left, top, width and height of the part, in pixels. Of large pictures only the tiles
            that it touches are decoded.
        frame : int, optional
            Of a stack, which frame, counted from 0. ``decode_animation`` returns all.
        threads : int, optional
            By default one per processor, or fewer where each takes much memory.
        progress : callable, optional
            Takes the share that is done, 0 to 1, from the threads that decode; False stops the
            work. Only ``mixed`` indices report it.

        Raises
        ------
        InputError
            The region is not within the picture, the file has blocks, or it is a stack and no
            frame of it was asked for.
        FormatError
            The palette or the indices are damaged.
        LimitError
            Decoding may take longer than the limits allow.
        CancelledError
            `progress` asked to stop.
        """
        work = Work(self._limits, threads, progress)
        palette = self.palette
        if frame is None and self.header.planes > 1:
            raise InputError(
                f"the file is a stack of {self.header.planes} planes, no picture;"
                " decode_animation returns them, frame=0 the first"
            )
        frames = None if frame is None else (frame, frame + 1)
        part = checked_region(region, self.header, frames)
        return IndexedImage.adopt(
            palette.copy(),
            work.decode(self._plane, part),
            authored=self.header.authored,
            facts=read_facts(self._container),
            names=read_names(self._container),
        )

    def decode_animation(
        self,
        *,
        region: Region | None = None,
        frames: tuple[int, int] | None = None,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> Animation:
        """Return the palette and the indices of a stack's planes; a picture is one of one plane.

        Parameters
        ----------
        region : (int, int, int, int), optional
            Left, top, width and height of the part of each plane, in pixels.
        frames : (int, int), optional
            The first frame and the end: (3, 5) are the frames 3 and 4, counted from 0.
        threads : int, optional
            By default one per processor, or fewer where each takes much memory.
        progress : callable, optional
            Takes the share that is done, 0 to 1; False stops the work.

        Raises
        ------
        InputError, FormatError, LimitError, CancelledError
            As in ``decode_indexed``.
        """
        work = Work(self._limits, threads, progress)
        part = checked_region(region, self.header, frames)
        indices = work.decode(self._plane, part).reshape(part.planes, *part.shape)
        timing = read_timing(self._container)
        if timing is not None:
            timing = replace(timing, durations=timing.durations[part.first : part.end])
        facts = read_facts(self._container)
        return Animation(self.palette, indices, timing, self.header.authored, facts)

    def frames(
        self, *, threads: int | None = None, progress: Progress | None = None
    ) -> Iterator[NDArray[np.uint8]]:
        """Yield the pixels of each frame, (H, W) or (H, W, C) uint8; a picture has one.

        A few frames are decoded at a time, so that memory does not grow with their number.

        Parameters
        ----------
        threads : int, optional
            By default one per processor, or fewer where each takes much memory.
        progress : callable, optional
            Takes the share that is done, 0 to 1; False stops the work.

        Raises
        ------
        InputError, FormatError, LimitError, CancelledError
            As in ``decode_indexed``.
        """
        planes = self.header.planes
        if planes == 1:
            yield self.decode(threads=threads, progress=progress)
            return
        for first, end in self.groups():
            if progress is not None and progress(first / planes) is False:
                raise CancelledError("the work was stopped")
            yield from self.decode(frames=(first, end), threads=threads)

    def groups(self) -> list[tuple[int, int]]:
        """Return which frames are best decoded at once: first and end of each group."""
        plane = self._plane
        return [(0, self.header.planes)] if plane is None else plane.groups()

    def decode_array(
        self, *, threads: int | None = None, progress: Progress | None = None
    ) -> Integers:
        """Return the array in a file of ``encode_array``: the same values, type and shape.

        An array that was in column-major (Fortran) order comes back so. Memory is the array's, and
        that of its indices.

        Parameters
        ----------
        threads : int, optional
            By default one per processor, or fewer where each takes much memory.
        progress : callable, optional
            Takes the share that is done, 0 to 1; False stops the work.

        Raises
        ------
        InputError
            The file holds a picture and no array (see ``is_array``).
        FormatError
            The indices, or what says which values they stand for, are damaged.
        LimitError
            The array takes more bytes, or decoding may take longer, than the limits allow.
        CancelledError
            `progress` asked to stop.
        """
        section = self._array
        size = math.prod(section.shape)
        self._limits.check_array(size * section.dtype.itemsize)
        flat = self.decode_indices(threads=threads, progress=progress).reshape(-1)[:size]
        array = np.empty(size, dtype=section.dtype)
        for start in range(0, size, TAKEN):
            array[start : start + TAKEN] = section.values[flat[start : start + TAKEN]]
        array = array.reshape(section.shape)
        return array.T if section.transposed else array

    def decode_blocks(
        self, *, threads: int | None = None, progress: Progress | None = None
    ) -> BlockImage:
        """Return the codebook of blocks and the indices; a palette's blocks are single pixels.

        Parameters
        ----------
        threads : int, optional
            By default one per processor, or fewer where each takes much memory.
        progress : callable, optional
            Takes the share that is done, 0 to 1; False stops the work.

        Raises
        ------
        InputError, FormatError, LimitError, CancelledError
            As in ``decode_indexed``.
        """
        header = self.header
        if header.planes > 1:
            raise InputError(
                f"the file is a stack of {header.planes} planes; decode_animation returns them"
            )
        codebook, indices = self._decode_grid(
            checked_region(None, header), Work(self._limits, threads, progress)
        )
        return BlockImage(codebook, indices, header.height, header.width, header.authored)

    def _decode_grid(self, part: Rectangle, work: Work) -> tuple[NDArray[np.uint8], Indices]:
        """Return the codebook, and the indices of the blocks in a part of the grid."""
        header = self.header
        codebook = self._codebook(work)
        bh, bw = header.block
        grid = (-(-header.height // bh), -(-header.width // bw))
        blocks = part.divided(bh, bw)
        plane = self._open_indices(grid, mean_colors(codebook))
        return codebook, work.decode(plane, blocks)

    def decode(
        self,
        *,
        region: Region | None = None,
        frames: tuple[int, int] | None = None,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> NDArray[np.uint8]:
        """Return the pixels, (H, W) or (H, W, C) uint8, of the picture or of a part of it.

        Files with blocks are decoded, too; of an array, these are the ranks of its values. Of a
        stack, they are (T, H, W) or (T, H, W, C).

        Parameters
        ----------
        region : (int, int, int, int), optional
            Left, top, width and height of the part, in pixels; by default the whole picture.
        frames : (int, int), optional
            Of a stack, the first frame and the end: (3, 5) are the frames 3 and 4, counted from 0.
        threads : int, optional
            By default one per processor, or fewer where each takes much memory.
        progress : callable, optional
            Takes the share that is done, 0 to 1; False stops the work.

        Raises
        ------
        InputError, FormatError, LimitError, CancelledError
            As in ``decode_indexed``.
        """
        asked: Any = {"region": region, "threads": threads, "progress": progress}
        if self.header.planes > 1:
            return self.decode_animation(frames=frames, **asked).to_pixels()
        if not self.has_blocks:
            return self.decode_indexed(**asked).to_pixels()
        part = checked_region(region, self.header, frames)
        codebook, indices = self._decode_grid(part, Work(self._limits, threads, progress))
        bh, bw = self.header.block
        top, left = part.top // bh * bh, part.left // bw * bw
        image = BlockImage(codebook, indices, part.bottom - top, part.right - left)
        return np.ascontiguousarray(image.to_pixels()[part.top - top :, part.left - left :])
