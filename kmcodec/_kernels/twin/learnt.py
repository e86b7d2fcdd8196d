"""A pixel's colour predicted from all neighbours by weights that learn (spec 6.3.8).

Normalized least mean squares, after Widrow and Hoff, "Adaptive switching circuits" (1960). A
neighbour's colour less 128 is taken times 128, a weight is of 16384: their product is of 64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmcodec._kernels.twin.members import Near
from kmcodec._kernels.twin.rows import all_limited, limited, limited_sum, scaled

if TYPE_CHECKING:
    from kmcodec._kernels.twin.state import Site, State

LEARNING = 103079215  # 0.004 * 12 * 2^31, rounded
LEAST_POWER = 360
FIRST_WEIGHTS = {Near.W: 8192, Near.N: 8192, Near.NW: -3277, Near.NE: 3277}


class ColorWeights:
    """The weights of the neighbours' colours.

    Parameters
    ----------
    colors : list of list of int
        Of each leaf.
    """

    def __init__(self, colors: list[list[int]]) -> None:
        self.channels = len(colors[0])
        self.centred = [[(value - 128) * 128 for value in color] for color in colors]
        self.powers = [sum((value - 128) ** 2 for value in color) for color in colors]
        first = [FIRST_WEIGHTS.get(place, 0) for place in Near]
        self.weights = [list(first) for _ in range(self.channels)]


def predict_learnt(site: Site, state: State) -> list[int]:
    """Return the predicted colour, and note in the site what it was before rounding."""
    learnt = state.color_weights
    channels = zip(*[learnt.centred[leaf] for leaf in site.near], strict=True)
    terms = [
        [(w * v + 16384) >> 15 for w, v in zip(weights, values, strict=True)]
        for weights, values in zip(learnt.weights, channels, strict=True)
    ]
    site.sum = [limited(limited_sum(0, term[::2]) + limited_sum(0, term[1::2])) for term in terms]
    return [min(max((limited(total + 32) >> 6) + 128, 0), 255) for total in site.sum]


def learn_prediction(site: Site, state: State) -> None:
    """Move the weights towards the colour that came."""
    learnt, channels = state.color_weights, state.color_weights.channels
    power = sum(learnt.powers[leaf] for leaf in site.near)
    rate = min(LEARNING * channels // (power + LEAST_POWER * channels), 32767)
    near = list(zip(*[learnt.centred[leaf] for leaf in site.near], strict=True))
    came = learnt.centred[state.plane[site.at]]
    for c, weights in enumerate(learnt.weights):
        step = scaled(limited((came[c] >> 1) - site.sum[c]), rate)
        weights[:] = all_limited(
            weight + ((step * value + 16384) >> 15)
            for weight, value in zip(weights, near[c], strict=True)
        )
