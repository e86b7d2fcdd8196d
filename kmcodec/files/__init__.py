"""The only room, with the command line, that opens files."""

from __future__ import annotations

from kmcodec.files.importance import read_importance
from kmcodec.files.palettes import parse_color, read_palette, to_array
from kmcodec.files.paths import (
    OutputError,
    abandon_writes,
    check_target,
    find_files,
    is_folder,
    picture_suffixes,
    read_kmq,
    write_bytes,
)
from kmcodec.files.pictures import (
    PALETTE_FORMATS,
    Picture,
    picture_bytes,
    read_picture,
    to_pillow,
)

__all__ = [
    "PALETTE_FORMATS",
    "OutputError",
    "Picture",
    "abandon_writes",
    "check_target",
    "find_files",
    "is_folder",
    "parse_color",
    "picture_bytes",
    "picture_suffixes",
    "read_importance",
    "read_kmq",
    "read_palette",
    "read_picture",
    "to_array",
    "to_pillow",
    "write_bytes",
]
