"""The glue: pixels, arrays, ``IndexedImage`` or ``BlockImage`` -> bytes, and back."""

from kmcodec.codec.ancillary import Metadata
from kmcodec.codec.arrays import decode_array, encode_array
from kmcodec.codec.decoding import (
    decode,
    decode_animation,
    decode_blocks,
    decode_indexed,
    read_info,
    read_metadata,
)
from kmcodec.codec.encoding import encode, encode_blocks, encode_indexed
from kmcodec.codec.info import Info
from kmcodec.codec.kmq_file import KmqFile

__all__ = [
    "Info",
    "KmqFile",
    "Metadata",
    "decode",
    "decode_animation",
    "decode_array",
    "decode_blocks",
    "decode_indexed",
    "encode",
    "encode_array",
    "encode_blocks",
    "encode_indexed",
    "read_info",
    "read_metadata",
]
