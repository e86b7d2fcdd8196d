"""The core where it is not compiled: its twin in Python.

The compiled one has the same functions and classes. It is built from ``kmcodec/_core``, and is
found first.
"""

from __future__ import annotations

from kmcodec._kernels.twin.palette_modelling import decode_palette, encode_palette
from kmcodec._kernels.twin.tile import TileDecoder, TileEncoder, tile_bytes

__all__ = ["TileDecoder", "TileEncoder", "decode_palette", "encode_palette", "tile_bytes"]
