"""A pixel's colour predicted from all neighbours by weights that learn (spec 6.3.8).

Normalized least mean squares, after Widrow and Hoff, "Adaptive switching circuits" (1960). A
neighbour's colour less 128 is taken times 128, a weight is of 16384: their product is of 64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmcodec._kernels.twin.members import Near
from kmcodec._kernels.twin.rows import limited, limited_sum, scaled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec._kernels.twin.state import Site, State

LEARNING = 103079215  # 0.004 * 12 * 2^31, rounded
LEAST_POWER = 360
FIRST_WEIGHTS = {Near.W: 8192, Near.N: 8192, Near.NW: -3277, Near.NE: 3277}


class ColorWeights:
    """The weights of the neighbours' colours, for each channel.

    Parameters
    ----------
    colors : (K, C) uint8
    """

    def __init__(self, colors: NDArray[np.uint8]) -> None:
        self.channels = colors.shape[1]
        self.centred = (colors.astype(np.int64) - 128) * 128
        self.powers: list[int] = ((self.centred >> 7) ** 2).sum(axis=1).tolist()
        self.weights = np.zeros((len(Near), self.channels), dtype=np.int64)
        for place, weight in FIRST_WEIGHTS.items():
            self.weights[place] = weight


def predict_learnt(site: Site, state: State) -> list[int]:
    """Return the predicted colour, and note in the site what it was before rounding."""
    learnt = state.color_weights
    terms = scaled(learnt.weights, learnt.centred[site.near])
    site.sum = limited_sum(np.zeros(learnt.channels, dtype=np.int64), terms)
    color = (limited(site.sum + 32) >> 6) + 128
    found: list[int] = np.minimum(np.maximum(color, 0), 255).tolist()
    return found


def learn_prediction(site: Site, state: State) -> None:
    """Move the weights towards the colour that came."""
    learnt, channels = state.color_weights, state.color_weights.channels
    error = limited((learnt.centred[state.plane[site.at]] >> 1) - site.sum)
    power = sum(learnt.powers[leaf] for leaf in site.near)
    rate = LEARNING * channels // (power + LEAST_POWER * channels)
    step = scaled(error, min(rate, 32767))
    change = scaled(step, learnt.centred[site.near])
    learnt.weights = limited(learnt.weights + change)
