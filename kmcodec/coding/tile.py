"""One tile of the coder ``mixed``: its leaves, and their stream (spec 6.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec import _kernels
from kmcodec.errors import FormatError
from kmcodec.progress import Tally

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.coding.rectangle import Rectangle
    from kmcodec.coding.tree import PaletteTree

LOG2_PIXELS_PER_BYTE = 22  # a stream has a byte for so many pixels, at least (spec 6.3.1)
PIXELS_AT_A_TIME = 1 << 13  # after which coding asks whether it is still wanted: 15 ms at most


def encode_tile(model: int, tree: PaletteTree, leaves: NDArray[np.uint16]) -> bytes:
    """Return the stream of (planes, H, W) leaves of a tree, by the number of a model.

    ``ValueError`` if a leaf is not one of the tree's.
    """
    encoder = _kernels.core.TileEncoder(model, tree.colors, leaves)
    while encoder.encode(encoder.pixels) < encoder.pixels:
        pass
    return encoder.finish()


def decode_tile(
    model: int,
    tree: PaletteTree,
    part: tuple[Rectangle, int],
    stream: memoryview,
    tally: Tally | None = None,
) -> NDArray[np.uint16]:
    """Return the (n, H, W) leaves of a tile's first n planes, at most all; `tally` counts pixels.

    A tile of one plane is always decoded whole.

    Raises
    ------
    FormatError
        The stream is not the one that ``encode_tile`` returns for these leaves.
    CancelledError
        `tally` asks to stop.
    """
    tile, planes = part
    stored = np.frombuffer(stream, dtype=np.uint8)
    leaves = np.empty((planes, *tile.shape), dtype=np.uint16)
    decoder = _kernels.core.TileDecoder(model, tree.colors, tile.planes, stored, leaves)
    tally = tally or Tally(decoder.pixels)
    before = 0
    while (done := decoder.decode(PIXELS_AT_A_TIME)) > before:
        tally.add(done - before)
        if done == decoder.pixels:
            break
        before = done
    if not decoder.is_sound():
        raise FormatError("the bytes are not the code of a tile's indices")
    return leaves
