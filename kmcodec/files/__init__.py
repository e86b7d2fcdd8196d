"""The only room, with the command line, that opens files.

Names are imported when first used: a command pays for what it needs.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kmcodec.files.animated_pictures import read_frames
    from kmcodec.files.animation_writing import (
        AnimationFile,
        animation_bytes,
        animation_file,
        check_animated,
    )
    from kmcodec.files.folders import check_folders
    from kmcodec.files.formats import (
        INDEXED_FORMATS,
        PALETTE_FORMATS,
        WITH_ORDER,
        array_bytes,
        check_carried,
        picture_bytes,
        pillow_png,
        pixel_bytes,
        to_pillow,
    )
    from kmcodec.files.gif_loss import Loss
    from kmcodec.files.hard_alpha import GIF_THRESHOLD, with_hard_alpha, with_hard_palette
    from kmcodec.files.importance import read_importance
    from kmcodec.files.kmq_pictures import read_frames_or_kmq, read_picture_or_kmq
    from kmcodec.files.numbered_reading import read_numbered
    from kmcodec.files.numbered_writing import write_numbered
    from kmcodec.files.numbering import Numbered, check_place, numbered
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

_HOME = {
    "AnimationFile": "animation_writing",
    "GIF_THRESHOLD": "hard_alpha",
    "INDEXED_FORMATS": "formats",
    "Loss": "gif_loss",
    "Numbered": "numbering",
    "OutputError": "paths",
    "OxipngMissingError": "oxipng",
    "PALETTE_FORMATS": "formats",
    "Picture": "pictures",
    "WITH_ORDER": "formats",
    "abandon_writes": "paths",
    "animation_bytes": "animation_writing",
    "animation_file": "animation_writing",
    "array_bytes": "formats",
    "check_animated": "animation_writing",
    "check_carried": "formats",
    "check_folders": "folders",
    "check_kmq": "paths",
    "check_oxipng": "oxipng",
    "check_place": "numbering",
    "check_target": "paths",
    "find_files": "paths",
    "is_folder": "paths",
    "numbered": "numbering",
    "parse_color": "palettes",
    "picture_bytes": "formats",
    "picture_suffixes": "paths",
    "pillow_png": "formats",
    "pixel_bytes": "formats",
    "read_frames": "animated_pictures",
    "read_frames_or_kmq": "kmq_pictures",
    "read_importance": "importance",
    "read_kmq": "paths",
    "read_numbered": "numbered_reading",
    "read_palette": "palettes",
    "read_picture": "pictures",
    "read_picture_or_kmq": "kmq_pictures",
    "remove_leftovers": "paths",
    "through_oxipng": "oxipng",
    "to_array": "palettes",
    "to_pillow": "formats",
    "with_hard_alpha": "hard_alpha",
    "with_hard_palette": "hard_alpha",
    "write_bytes": "paths",
    "write_numbered": "numbered_writing",
}

__all__ = [
    "GIF_THRESHOLD",
    "INDEXED_FORMATS",
    "PALETTE_FORMATS",
    "WITH_ORDER",
    "AnimationFile",
    "Loss",
    "Numbered",
    "OutputError",
    "OxipngMissingError",
    "Picture",
    "abandon_writes",
    "animation_bytes",
    "animation_file",
    "array_bytes",
    "check_animated",
    "check_carried",
    "check_folders",
    "check_kmq",
    "check_oxipng",
    "check_place",
    "check_target",
    "find_files",
    "is_folder",
    "numbered",
    "parse_color",
    "picture_bytes",
    "picture_suffixes",
    "pillow_png",
    "pixel_bytes",
    "read_frames",
    "read_frames_or_kmq",
    "read_importance",
    "read_kmq",
    "read_numbered",
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
    "write_numbered",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    """Import a name from its module (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
