"""Weighted K-means in exact integers: same points, same options, same centres, everywhere."""

from kmcodec.kmeans.clustering import Clustering, assign, cluster
from kmcodec.kmeans.face import Face
from kmcodec.kmeans.tree import CenterTree

__all__ = ["CenterTree", "Clustering", "Face", "assign", "cluster"]
