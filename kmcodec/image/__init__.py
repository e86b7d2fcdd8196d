"""Pictures as a codebook and a plane of indices: frozen, checked, whoever made them."""

from kmcodec.image.animation import Animation, Timing
from kmcodec.image.blocks import MOST_BLOCK_SIDE, BlockImage
from kmcodec.image.indexed import (
    IndexedImage,
    KMeansFacts,
    checked_indices,
    checked_names,
)

__all__ = [
    "MOST_BLOCK_SIDE",
    "Animation",
    "BlockImage",
    "IndexedImage",
    "KMeansFacts",
    "Timing",
    "checked_indices",
    "checked_names",
]
