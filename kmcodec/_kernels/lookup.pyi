import numpy as np
from numpy.typing import NDArray

def gather_labels(
    labels: NDArray[np.int32],
    numbers: NDArray[np.int32],
    out: NDArray[np.uint8] | NDArray[np.uint16],
    start: int,
    stop: int,
) -> None: ...
def gather_colors(
    palette: NDArray[np.uint8],
    indices: NDArray[np.uint8] | NDArray[np.uint16],
    out: NDArray[np.uint8],
    start: int,
    stop: int,
) -> None: ...
