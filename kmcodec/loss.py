"""How much a picture lost: the measure that files, reports and searches for a quality share."""

from __future__ import annotations

import math

from kmcodec.channels import color_channels


def psnr(mse: float, channels: int) -> float | None:
    """Return the peak signal-to-noise ratio in dB, or None without loss.

    Parameters
    ----------
    mse : float
        Mean over pixels of the squared error of 8-bit values, summed over channels; alpha counts
        through the colours that it dims.
    channels : int
        1 to 4.
    """
    if mse <= 0:
        return None
    return 10 * math.log10(255**2 * color_channels(channels) / mse)


def mse_of(ratio: float, channels: int) -> float:
    """Return the error at which ``psnr`` is `ratio` dB."""
    return float(255**2 * color_channels(channels) / 10 ** (ratio / 10))
