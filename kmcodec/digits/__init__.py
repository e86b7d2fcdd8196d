"""Images of digits -> ``Grouping``: clusters that one looks at, merges and splits."""

from kmcodec.digits.agreement import Agreement
from kmcodec.digits.clustering import FEATURES, Features
from kmcodec.digits.grouping import Grouping, cluster_digits
from kmcodec.digits.rearranging import Merge, Split

__all__ = [
    "FEATURES",
    "Agreement",
    "Features",
    "Grouping",
    "Merge",
    "Split",
    "cluster_digits",
]
