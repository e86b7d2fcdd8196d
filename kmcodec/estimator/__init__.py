"""``KMeansQuantizer``: the quantizer as a scikit-learn estimator."""

from kmcodec.estimator.quantizer import KMeansQuantizer

__all__ = ["KMeansQuantizer"]
