"""The only room, with the command line, that opens files."""

from __future__ import annotations

from kmcodec.files.animated_pictures import read_frames
from kmcodec.files.animation_writing import animation_bytes, check_animated
from kmcodec.files.folders import check_folders
from kmcodec.files.formats import (
    INDEXED_FORMATS,
    PALETTE_FORMATS,
    array_bytes,
    check_carried,
    picture_bytes,
    pillow_png,
    pixel_bytes,
    to_pillow,
)
from kmcodec.files.hard_alpha import GIF_THRESHOLD, with_hard_alpha, with_hard_palette
from kmcodec.files.importance import read_importance
from kmcodec.files.kmq_pictures import read_picture_or_kmq
from kmcodec.files.oxipng import OxipngMissingError, check_oxipng, through_oxipng
from kmcodec.files.palettes import parse_color, read_palette, to_array
from kmcodec.files.paths import (
    OutputError,
    abandon_writes,
    check_kmq,
    check_target,
    find_files,
    is_folder,
    picture_suffixes,
    read_kmq,
    remove_leftovers,
    write_bytes,
)
from kmcodec.files.pictures import Picture, read_picture

__all__ = [
    "GIF_THRESHOLD",
    "INDEXED_FORMATS",
    "PALETTE_FORMATS",
    "OutputError",
    "OxipngMissingError",
    "Picture",
    "abandon_writes",
    "animation_bytes",
    "array_bytes",
    "check_animated",
    "check_carried",
    "check_folders",
    "check_kmq",
    "check_oxipng",
    "check_target",
    "find_files",
    "is_folder",
    "parse_color",
    "picture_bytes",
    "picture_suffixes",
    "pillow_png",
    "pixel_bytes",
    "read_frames",
    "read_importance",
    "read_kmq",
    "read_palette",
    "read_picture",
    "read_picture_or_kmq",
    "remove_leftovers",
    "through_oxipng",
    "to_array",
    "to_pillow",
    "with_hard_alpha",
    "with_hard_palette",
    "write_bytes",
]
