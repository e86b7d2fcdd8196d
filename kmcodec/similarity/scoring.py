"""The score: what was measured, weighed, on a scale that people read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmcodec.errors import InputError
from kmcodec.parallel import resolve_threads
from kmcodec.similarity.scales import SMALLEST_SIDE, measure_scales
from kmcodec.similarity.tables import power
from kmcodec.similarity.viewing import matched, seen
from kmcodec.similarity.weights import WEIGHTS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kmcodec.channels import Pixels
    from kmcodec.image import IndexedImage


def ssimulacra2(
    original: Pixels | IndexedImage, other: Pixels | IndexedImage, *, threads: int | None = None
) -> float:
    """Return how much a picture looks like the original, by SSIMULACRA2 (version 2.1).

    100 is no difference at all, 90 one that nobody sees, 70 high, 50 medium and 30 low quality;
    very bad pictures score below 0. The score changes where the two change places.

    Pictures with alpha are seen over black and over white, blended as sRGB values in 8 bits, and
    the lower score counts.

    Parameters
    ----------
    original, other : (H, W) or (H, W, C) uint8, Pillow image, or IndexedImage
        sRGB pictures of the same size, at least 8 x 8. C is 2 for gray + alpha, 3 for RGB, 4 for
        RGB + alpha, and need not be the same.
    threads : int, optional
        None uses one per processor. The score does not depend on it.

    Returns
    -------
    float
        100 at most; the same on every machine.

    Raises
    ------
    InputError
        The pixels have another type or shape, or the two differ in size.

    Notes
    -----
    Pictures with a side of less than 225 pixels have fewer than six scales. As the reference
    does, the weights are then taken in order, without gaps.

    Jon Sneyers, "SSIMULACRA 2", https://github.com/cloudinary/ssimulacra2.
    """
    n_threads = resolve_threads(threads)
    pair = matched(original, other)
    height, width = pair[0].shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        raise InputError(
            f"SSIMULACRA2 needs pictures of at least {SMALLEST_SIDE} x {SMALLEST_SIDE} pixels,"
            f" these have {width} x {height}"
        )
    return min(_score(*pictures, n_threads) for pictures in seen(*pair))


def _score(first: NDArray[np.uint8], second: NDArray[np.uint8], threads: int) -> float:
    """Return the score of two opaque pictures."""
    measured = measure_scales(first, second, threads).ravel().tolist()
    total = 0.0
    for weight, value in zip(WEIGHTS.tolist(), measured, strict=False):  # small ones have fewer
        total += weight * value
    return _to_scale(total)


def _to_scale(total: float) -> float:
    """Return a weighted sum on the scale on which 100 is no difference."""
    total *= 0.9562382616834844
    total *= 2.326765642916932 + total * (-0.020884521182843837 + total * 6.248496625763138e-05)
    return 100.0 - 10.0 * power(total, 0.6276336467831387) if total > 0 else 100.0
