"""The only room, with the command line, that opens files."""

from __future__ import annotations

from kmcodec.files.paths import OutputError, check_target, find_files, read_bytes, write_bytes
from kmcodec.files.pictures import (
    PALETTE_FORMATS,
    Picture,
    format_of,
    picture_bytes,
    read_picture,
    to_pillow,
)

__all__ = [
    "PALETTE_FORMATS",
    "OutputError",
    "Picture",
    "check_target",
    "find_files",
    "format_of",
    "picture_bytes",
    "read_bytes",
    "read_picture",
    "to_pillow",
    "write_bytes",
]
