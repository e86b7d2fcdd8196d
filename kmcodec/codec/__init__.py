"""The glue: pixels, arrays, ``IndexedImage`` or ``BlockImage`` -> bytes, and back.

Names are imported when first used: decoding does without what encodes.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kmcodec.codec.arrays import decode_array, encode_array, relabel_array
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
    from kmcodec.codec.metadata import Metadata

_HOME = {
    "Info": "info",
    "KmqFile": "kmq_file",
    "Metadata": "metadata",
    "decode": "decoding",
    "decode_animation": "decoding",
    "decode_array": "arrays",
    "decode_blocks": "decoding",
    "decode_indexed": "decoding",
    "encode": "encoding",
    "encode_array": "arrays",
    "encode_blocks": "encoding",
    "encode_indexed": "encoding",
    "read_info": "decoding",
    "read_metadata": "decoding",
    "relabel_array": "arrays",
}

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
    "relabel_array",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    """Import a name from its module (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
