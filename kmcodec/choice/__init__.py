"""Indices chosen by their error and by what they cost, and searches by quality and by bytes."""

from kmcodec.choice.choosing import choose_indices
from kmcodec.choice.compressed import Compressed
from kmcodec.choice.compressing import compress

__all__ = ["Compressed", "choose_indices", "compress"]
