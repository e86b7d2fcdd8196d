"""Pictures as a codebook and a plane of indices: frozen, checked, whoever made them."""

from kmcodec.image.blocks import MOST_BLOCK_SIDE, BlockImage
from kmcodec.image.indexed import (
    MAX_COLORS,
    IndexedImage,
    KMeansFacts,
    checked_indices,
    checked_names,
)

__all__ = [
    "MAX_COLORS",
    "MOST_BLOCK_SIDE",
    "BlockImage",
    "IndexedImage",
    "KMeansFacts",
    "checked_indices",
    "checked_names",
]
