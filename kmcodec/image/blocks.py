"""``BlockImage``: a codebook of small pictures and a plane of indices."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec.channels import KINDS
from kmcodec.errors import InputError
from kmcodec.image.indexed import checked_indices
from kmcodec.options import MAX_COLORS, check_integer

if TYPE_CHECKING:
    from numpy.typing import NDArray

STRIP_BYTES = 1 << 22  # of blocks that are laid out at a time
MOST_BLOCK_SIDE = 65536


@dataclass(frozen=True, eq=False, repr=False)
class BlockImage:
    """A picture as a grid of blocks, each one of K; frozen and checked.

    Attributes
    ----------
    codebook : (K, bh, bw, C) uint8
        K from 1 to 65536 blocks of bh x bw pixels; C from 1 to 4: gray, gray + alpha, RGB,
        RGB + alpha.
    indices : (h, w) uint8 (K at most 256) or uint16
        The block at each place of the grid.
    height, width : int
        Of the picture, in pixels: the last blocks of a column and a row may reach beyond it.
    authored : bool
        The order of the codebook and the indices carry meaning, as the numbers of groups do. A
        single row of such blocks is a list of things in groups.

    Raises
    ------
    InputError
        A shape, type, size or index is out of these bounds.
    """

    codebook: NDArray[np.uint8]
    indices: NDArray[np.unsignedinteger[Any]]
    height: int
    width: int
    authored: bool = False

    def __post_init__(self) -> None:
        """Check everything, then lock the arrays."""
        codebook = np.asarray(self.codebook)
        if codebook.dtype != np.uint8 or codebook.ndim != 4 or codebook.size == 0:
            raise InputError(
                f"codebook is {codebook.dtype} of shape {codebook.shape},"
                " expected (K, bh, bw, C) uint8"
            )
        if len(codebook) > MAX_COLORS or codebook.shape[3] > 4:
            raise InputError(
                f"codebook has shape {codebook.shape}, K may be 1 to {MAX_COLORS}, C 1 to 4"
            )
        if max(codebook.shape[1:3]) > MOST_BLOCK_SIDE:
            raise InputError(
                f"blocks are {codebook.shape[1]} x {codebook.shape[2]} pixels,"
                f" a side may have {MOST_BLOCK_SIDE}"
            )
        indices = checked_indices(self.indices, len(codebook))
        for side, count, block in zip(
            ("height", "width"), indices.shape, codebook.shape[1:3], strict=True
        ):
            least, most = (count - 1) * block + 1, count * block
            object.__setattr__(self, side, check_integer(getattr(self, side), least, most, side))
        codebook = np.array(codebook, order="C")
        codebook.flags.writeable = indices.flags.writeable = False
        object.__setattr__(self, "codebook", codebook)
        object.__setattr__(self, "indices", indices)

    def __repr__(self) -> str:
        """Return size, blocks and channels, on one line."""
        bh, bw = self.block
        return (
            f"<BlockImage {self.width} x {self.height}, {self.n_blocks}"
            f" block{'s' * (self.n_blocks != 1)} of {bh} x {bw}, {KINDS[self.channels]}"
            f"{', authored' * self.authored}>"
        )

    @property
    def n_blocks(self) -> int:
        """Number of codebook entries, K."""
        return len(self.codebook)

    @property
    def block(self) -> tuple[int, int]:
        """Height and width of a block, in pixels."""
        return int(self.codebook.shape[1]), int(self.codebook.shape[2])

    @property
    def channels(self) -> int:
        """Number of channels, C."""
        return int(self.codebook.shape[3])

    def to_pixels(self) -> NDArray[np.uint8]:
        """Return the picture: (H, W) uint8 for one channel, else (H, W, C)."""
        bh, bw = self.block
        wide = min(bw, self.width)  # with several columns, only the last is cut
        step = max(1, STRIP_BYTES // (self.indices.shape[1] * wide * self.channels))
        out = np.empty((self.height, self.width, self.channels), dtype=np.uint8)
        for row, numbers in enumerate(self.indices):
            top = row * bh
            tall = min(bh, self.height - top)
            for y in range(0, tall, step):
                strip = self.codebook[numbers, y : min(y + step, tall), :wide].transpose(1, 0, 2, 3)
                lines = strip.reshape(len(strip), -1, self.channels)[:, : self.width]
                out[top + y : top + y + len(lines)] = lines
        return out[..., 0] if self.channels == 1 else out

    @property
    def is_list(self) -> bool:
        """Whether the blocks are a list rather than a picture: authored, and in a single row."""
        return self.authored and len(self.indices) == 1

    def to_sheet(self) -> NDArray[np.uint8]:
        """Return all blocks, row by row, as a picture of about as many rows as columns.

        (H, W) or (H, W, C) uint8, as ``to_pixels``; places that are left over at the end are 0.
        """
        count = self.indices.size
        columns = math.isqrt(count - 1) + 1
        rows = -(-count // columns)
        bh, bw = self.block
        codebook = np.concatenate([self.codebook, np.zeros_like(self.codebook[:1])])
        places = np.full(rows * columns, self.n_blocks, dtype=np.int64)
        places[:count] = self.indices.reshape(-1)
        tiles = codebook[places].reshape(rows, columns, bh, bw, self.channels)
        sheet = tiles.transpose(0, 2, 1, 3, 4).reshape(rows * bh, columns * bw, self.channels)
        return np.ascontiguousarray(sheet[..., 0] if self.channels == 1 else sheet)

    def to_vectors(self) -> NDArray[np.uint8]:
        """Return the block at every place, row by row: (h * w, bh, bw, C) uint8."""
        vectors: NDArray[np.uint8] = self.codebook[self.indices.reshape(-1)]
        return vectors
