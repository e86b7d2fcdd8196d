import numpy as np
from numpy.typing import NDArray

def number_colors(
    pixels: NDArray[np.uint8],
    table: NDArray[np.int64],
    keys: NDArray[np.uint32],
    counts: NDArray[np.int64],
    numbers: NDArray[np.int32],
    shift: int,
    start: int,
    stop: int,
    used: int,
    patience: int,
) -> tuple[int, int]: ...
def fill_table(keys: NDArray[np.uint32], table: NDArray[np.int64], shift: int, n: int) -> None: ...
