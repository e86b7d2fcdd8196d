"""What a search by quality or bytes returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kmcodec.image import IndexedImage


@dataclass(frozen=True, eq=False)
class Compressed:
    """A compressed picture, and how good and large it is.

    Attributes
    ----------
    data : bytes
        The ``.kmq`` file, or what ``write`` returned.
    image : IndexedImage
        Its palette and indices.
    score : float
        SSIMULACRA2 of the image beside the pixels.
    price : float
        The squared distance in OKLab that one bit was worth.
    reason : str
        Why the search ended: "score" or "bytes" where the one asked for is reached, "colors" where
        the colours allowed reach no more.
    """

    data: bytes
    image: IndexedImage
    score: float
    price: float
    reason: str
