"""Pictures as a codebook and a plane of indices: frozen, checked, whoever made them."""

from kmcodec.image.blocks import MOST_BLOCK_SIDE, BlockImage
from kmcodec.image.indexed import (
    IndexedImage,
    KMeansFacts,
    checked_indices,
    checked_names,
)

__all__ = [
    "MOST_BLOCK_SIDE",
    "BlockImage",
    "IndexedImage",
    "KMeansFacts",
    "checked_indices",
    "checked_names",
]
