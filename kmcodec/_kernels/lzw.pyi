import numpy as np
from numpy.typing import NDArray

def encode(
    wanted: NDArray[np.int16],
    staying: NDArray[np.int64],
    points: NDArray[np.int32],
    entries: NDArray[np.int32],
    usable: NDArray[np.uint8],
    spare: int,
    price: int,
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
