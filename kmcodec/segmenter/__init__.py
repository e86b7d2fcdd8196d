"""Pixels -> ``Segmentation``: clusters of colours, or connected regions of a hierarchy."""

from kmcodec.segmenter.hierarchy import Hierarchy, build_hierarchy
from kmcodec.segmenter.regions import Region
from kmcodec.segmenter.segmentation import Segmentation, cut_out
from kmcodec.segmenter.segmenting import Features, segment

__all__ = [
    "Features",
    "Hierarchy",
    "Region",
    "Segmentation",
    "build_hierarchy",
    "cut_out",
    "segment",
]
