import numpy as np
from numpy.typing import NDArray

def assign_windows(
    points: NDArray[np.int32],
    ys: NDArray[np.int32],
    cell_rows: NDArray[np.int32],
    xs: NDArray[np.int32],
    cell_columns: NDArray[np.int32],
    centers: NDArray[np.int32],
    n_columns: int,
    labels: NDArray[np.int32],
    sums: NDArray[np.int64],
    start: int,
    stop: int,
) -> None: ...
