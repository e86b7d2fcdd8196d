import numpy as np
from numpy.typing import NDArray

def split_groups(
    points: NDArray[np.int32],
    weights: NDArray[np.int64],
    order: NDArray[np.int32],
    groups: NDArray[np.int64],
) -> int: ...
