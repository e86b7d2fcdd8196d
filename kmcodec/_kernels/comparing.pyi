import numpy as np
from numpy.typing import NDArray

def measure(
    first: NDArray[np.float32],
    second: NDArray[np.float32],
    low: int,
    height: int,
    channel: int,
    with_structure: bool,
    with_added: bool,
    with_lost: bool,
    start: int,
    stop: int,
    sums: NDArray[np.float64],
) -> None: ...
