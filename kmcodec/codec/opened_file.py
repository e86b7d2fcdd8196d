"""What a ``.kmq`` file holds, parsed and opened once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from kmcodec import container
from kmcodec.channels import KINDS
from kmcodec.codec.ancillary import read_carried
from kmcodec.codec.array_layout import ArrayLayout, read_layout
from kmcodec.codec.info import Info, info_of
from kmcodec.codec.parsing import parse
from kmcodec.coding import (
    CodebookDecoder,
    PlaneDecoder,
    Setting,
    decode_palette,
    mean_colors,
    open_plane,
)
from kmcodec.container import DEFAULT_LIMITS
from kmcodec.errors import InputError
from kmcodec.progress import Tally

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kmcodec.codec.metadata import Metadata
    from kmcodec.codec.parsing import Buffer
    from kmcodec.codec.work import Work
    from kmcodec.coding import Rectangle
    from kmcodec.coding.plane import Indices
    from kmcodec.container import Header, Limits


class OpenedFile:
    """A file in memory: its parts are read when they are first asked for.

    Parameters
    ----------
    data : bytes-like
        The whole file. It is kept, not copied, and must not change.
    limits : Limits, optional
        The largest picture to accept.

    Attributes
    ----------
    header : Header
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
        return info_of(self._container, self._size, self._limits)

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
    def _layout(self) -> ArrayLayout:
        """The array that the indices stand for, checked."""
        if not self.is_array:
            raise InputError("the file holds a picture, not an array; decode returns its pixels")
        return read_layout(self._container, self._limits)

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

    def _decode_grid(self, part: Rectangle, work: Work) -> tuple[NDArray[np.uint8], Indices]:
        """Return the codebook, and the indices of the blocks in a part of the grid."""
        header = self.header
        codebook = self._codebook(work)
        bh, bw = header.block
        grid = (-(-header.height // bh), -(-header.width // bw))
        blocks = part.divided(bh, bw)
        plane = self._open_indices(grid, mean_colors(codebook))
        return codebook, work.decode(plane, blocks)
