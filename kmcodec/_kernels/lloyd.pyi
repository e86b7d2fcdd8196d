import numpy as np
from numpy.typing import NDArray

def sort_neighbors(
    columns: NDArray[np.int32],
    near: NDArray[np.int64],
    row: NDArray[np.int32],
    seen: NDArray[np.int32],
) -> None: ...
def assign(
    points: NDArray[np.int32],
    weights: NDArray[np.int64],
    centers: NDArray[np.int32],
    near: NDArray[np.int64],
    labels: NDArray[np.int32],
    sums: NDArray[np.int64],
    roles: NDArray[np.uint8],
    n_firm: int,
    start: int,
    stop: int,
) -> tuple[int, int]: ...
