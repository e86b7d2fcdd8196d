"""SSIMULACRA2 written down plainly, in float64: the oracle of the kernel."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import correlate1d

from kmcodec.similarity.weights import WEIGHTS

TAPS = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
TAPS /= TAPS.sum()
BIAS = 0.0037930732552754493
ABSORBANCE = np.array(
    [
        [0.30, 0.622, 0.078],
        [0.23, 0.692, 0.078],
        [0.24342268924547819, 0.20476744424496821, 0.5518098665095536],
    ]
)


def linear(pixels):
    """Return the linear light of (H, W, 3) sRGB pixels."""
    v = pixels / 255
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def xyb(light):
    """Return X, Y and B of linear light, all positive."""
    long, medium, short = np.moveaxis(np.cbrt(light @ ABSORBANCE.T + BIAS) - np.cbrt(BIAS), 2, 0)
    y = (long + medium) / 2
    return np.stack([7 * (long - medium) + 0.42, y + 0.01, short - y + 0.55], axis=2)


def halved(light):
    """Return the means of four pixels each, and of fewer at the edges."""
    rows, columns = (np.arange(0, size, 2) for size in light.shape[:2])
    sums = np.add.reduceat(np.add.reduceat(light, rows, axis=0), columns, axis=1)
    ones = np.ones(light.shape[:2])
    return sums / np.add.reduceat(np.add.reduceat(ones, rows, axis=0), columns, axis=1)[..., None]


def blurred(maps):
    """Return maps blurred: mirrored above and below, zero at the left and the right."""
    down = correlate1d(maps, TAPS, axis=0, mode="reflect")
    return correlate1d(down, TAPS, axis=1, mode="constant")


def norms(values):
    """Return the mean of (H, W, 3) values, and the fourth root of that of their fourth powers."""
    return np.stack([values.mean((0, 1)), (values**4).mean((0, 1)) ** 0.25])


def measures(a, b):
    """Return the measures of a scale, (3, 2, 3): by channel, norm and kind."""
    mean_a, mean_b = blurred(a), blurred(b)
    variances = blurred(a * a) - mean_a**2 + blurred(b * b) - mean_b**2
    covariance = blurred(a * b) - mean_a * mean_b
    alike = (1 - (mean_a - mean_b) ** 2) * (2 * covariance + 0.0009) / (variances + 0.0009)
    edges = (1 + abs(b - mean_b)) / (1 + abs(a - mean_a)) - 1
    kinds = np.maximum(1 - alike, 0), np.maximum(edges, 0), np.maximum(-edges, 0)
    return np.stack([norms(kind).T for kind in kinds], axis=2)


def ssimulacra2(a, b):
    """Return the score of two (H, W, 3) pictures."""
    light, scales = [linear(a), linear(b)], []
    while len(scales) < 6 and min(light[0].shape[:2]) >= 8:
        scales.append(measures(*map(xyb, light)))
        light = [halved(one) for one in light]
    found = np.stack(scales, axis=1).ravel()
    total = 0.9562382616834844 * float(found @ WEIGHTS[: len(found)])
    total = (
        2.326765642916932 * total
        - 0.020884521182843837 * total**2
        + (6.248496625763138e-05 * total**3)
    )
    return 100 - 10 * total**0.6276336467831387 if total > 0 else 100.0
