"""``KmqFile``: a ``.kmq`` file that is opened once and asked many times. Whole numbers only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec import container
from kmcodec.codec.ancillary import read_facts, read_names
from kmcodec.codec.array_section import build_section
from kmcodec.codec.array_values import new_values
from kmcodec.codec.opened_file import OpenedFile
from kmcodec.codec.parsing import checked_region
from kmcodec.codec.timing_section import read_timing
from kmcodec.codec.work import Work
from kmcodec.errors import CancelledError, InputError
from kmcodec.image import Animation, BlockImage, IndexedImage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import ArrayLike, NDArray

    from kmcodec.codec.array_parts import Part
    from kmcodec.codec.ranking import Integers
    from kmcodec.coding.plane import Indices
    from kmcodec.progress import Progress

    Region = tuple[int, int, int, int]


class KmqFile(OpenedFile):
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

    @property
    def array_values(self) -> Integers:
        """The values of an array, (n,) of its type, read-only; no index is decoded.

        They are its distinct values, ascending; of a relabelled array, what each of these became.

        Raises
        ------
        InputError
            The file holds a picture and no array.
        FormatError
            What says which values the indices stand for is damaged.
        """
        values = self._layout.section.values
        values.flags.writeable = False
        return values

    def relabelled(self, values: Mapping[int, int] | ArrayLike) -> bytes:
        """Return the file of the array with other values: see ``relabel_array``.

        Parameters
        ----------
        values : mapping of int to int, or (n,) array of integers or bool
            What old values become, or what each of ``array_values`` becomes.

        Raises
        ------
        InputError
            The file holds a picture and no array, or these are no new values for it.
        FormatError
            What says which values the indices stand for is damaged.
        """
        new = new_values(self._layout.section.values, values)
        section = replace(self._layout.section, values=new, dtype=new.dtype)
        sections = [(one.tag, bytes(one.payload)) for one in self._container.sections]
        told = build_section(section)
        return container.build(
            self.header,
            [(tag, told if tag == container.SECTION_ARRAY else old) for tag, old in sections],
        )

    def decode_array(
        self,
        *,
        part: Part | None = None,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> Integers:
        """Return the array in a file of ``encode_array``: the same values, type and shape.

        An array that was in column-major (Fortran) order comes back so. Memory is the array's, and
        that of its indices.

        Parameters
        ----------
        part : slice or sequence of slices, optional
            Only ``array[part]``, as in ``part=np.s_[4:8, :64, :64]``: slices of the array's axes,
            in steps of 1, or ``...``. Of large arrays only the tiles that it touches are decoded,
            and of volumes only the planes up to it in their group.
        threads : int, optional
            By default one per processor, or fewer where each takes much memory.
        progress : callable, optional
            Takes the share that is done, 0 to 1; False stops the work.

        Raises
        ------
        InputError
            The file holds a picture and no array (see ``is_array``), or `part` is no such slices.
        FormatError
            The indices, or what says which values they stand for, are damaged.
        LimitError
            The array takes more bytes, or decoding may take longer, than the limits allow.
        CancelledError
            `progress` asked to stop.
        """
        work = Work(self._limits, threads, progress)
        return self._layout.decode(
            part,
            self.groups(),
            self._limits.check_array,
            lambda region: work.decode(self._plane, region),
        )

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

    def decode(
        self,
        *,
        region: Region | None = None,
        frames: tuple[int, int] | None = None,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> NDArray[np.uint8]:
        """Return the pixels, (H, W) or (H, W, C) uint8, of the picture or of a part of it.

        Files with blocks are decoded, too; of an array, these stand for its values. Of a
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
