"""Index planes <-> bytes, palettes and codebooks <-> bytes. Coders know nothing of the container.

A payload is opened (``open_plane``): the decoder that comes back knows its size, what a region
costs, and decodes it. A plane is begun (``encode_plane`` does so for each coder that it tries): an
encoder holds what is decided before the first index, such as the model and the tiles.
"""

from kmcodec.coding.codebook import CodebookDecoder, encode_codebook, mean_colors
from kmcodec.coding.coders import (
    check_coding,
    coder_of,
    codings_to_try,
    encode_plane,
    open_plane,
)
from kmcodec.coding.mixed import stack_grid
from kmcodec.coding.palette import decode_palette, encode_palette
from kmcodec.coding.palette_model import order as order_palette
from kmcodec.coding.plane import PlaneDecoder, PlaneEncoder
from kmcodec.coding.rectangle import Rectangle
from kmcodec.coding.setting import Setting
from kmcodec.coding.tiling import Grid
from kmcodec.options import CODINGS, Coding

__all__ = [
    "CODINGS",
    "CodebookDecoder",
    "Coding",
    "Grid",
    "PlaneDecoder",
    "PlaneEncoder",
    "Rectangle",
    "Setting",
    "check_coding",
    "coder_of",
    "codings_to_try",
    "decode_palette",
    "encode_codebook",
    "encode_palette",
    "encode_plane",
    "mean_colors",
    "open_plane",
    "order_palette",
    "stack_grid",
]
