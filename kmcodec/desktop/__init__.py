"""What desktops and shells read of ``.kmq``: a media type, magic, a thumbnailer, completions."""

from kmcodec.desktop.texts import (
    MAGIC,
    MEDIA_TYPE,
    PLACES,
    SHELLS,
    completion_script,
    data_path,
    is_ours,
    read_data,
    thumbnailer_entry,
)

__all__ = [
    "MAGIC",
    "MEDIA_TYPE",
    "PLACES",
    "SHELLS",
    "completion_script",
    "data_path",
    "is_ours",
    "read_data",
    "thumbnailer_entry",
]
