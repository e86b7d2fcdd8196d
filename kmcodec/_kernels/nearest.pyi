import numpy as np
from numpy.typing import NDArray

def find_nearest(
    points: NDArray[np.int32],
    nodes: NDArray[np.int32],
    leaf_points: NDArray[np.int32],
    leaf_centers: NDArray[np.int32],
    labels: NDArray[np.int32],
    stack: NDArray[np.int64],
    start: int,
    stop: int,
) -> None: ...
def assign_by_tree(
    points: NDArray[np.int32],
    weights: NDArray[np.int64],
    nodes: NDArray[np.int32],
    leaf_points: NDArray[np.int32],
    leaf_centers: NDArray[np.int32],
    labels: NDArray[np.int32],
    sums: NDArray[np.int64],
    stack: NDArray[np.int64],
    start: int,
    stop: int,
) -> tuple[int, int]: ...
def find_neighbors(
    centers: NDArray[np.int32],
    nodes: NDArray[np.int32],
    leaf_points: NDArray[np.int32],
    leaf_centers: NDArray[np.int32],
    near: NDArray[np.int64],
    stack: NDArray[np.int64],
) -> None: ...
