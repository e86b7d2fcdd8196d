import numpy as np
from numpy.typing import NDArray

def sum_contrasts(
    pixels: NDArray[np.uint8],
    numbers: NDArray[np.int32],
    even: NDArray[np.int64],
    contrasts: NDArray[np.int64],
    width: int,
    start: int,
    stop: int,
) -> None: ...
