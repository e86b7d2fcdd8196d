import numpy as np
from numpy.typing import NDArray

def count_indices(indices: NDArray[np.uint8], counts: NDArray[np.int64]) -> None: ...
def count_neighbours(
    indices: NDArray[np.uint8], chosen: NDArray[np.int64], counts: NDArray[np.int64]
) -> None: ...
def grow_list(
    counts: NDArray[np.int64], first: int, ties: NDArray[np.int64], order: NDArray[np.int64]
) -> None: ...
def improve_order(
    meets: NDArray[np.int16],
    slopes: NDArray[np.int16],
    order: NDArray[np.int64],
    scratch: NDArray[np.int16],
    entries: NDArray[np.int64],
) -> int: ...
