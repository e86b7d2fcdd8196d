import numpy as np
from numpy.typing import NDArray

def encode(
    wanted: NDArray[np.int16],
    staying: NDArray[np.int32],
    weights: NDArray[np.uint8],
    costs: NDArray[np.int32],
    likely: NDArray[np.int16],
    spare: int,
    bits: int,
    rate: int,
    ahead: int,
    patience: int,
    tree: NDArray[np.int32],
    found: NDArray[np.int64],
    later: NDArray[np.int64],
    stack: NDArray[np.int64],
    shown: NDArray[np.int16],
    out: NDArray[np.uint8],
    totals: NDArray[np.int64],
) -> None: ...
