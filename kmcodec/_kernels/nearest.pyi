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
def diffuse_row(
    targets: NDArray[np.int32],
    palette: NDArray[np.int32],
    nodes: NDArray[np.int32],
    leaf_points: NDArray[np.int32],
    leaf_centers: NDArray[np.int32],
    box: NDArray[np.int32],
    errors: NDArray[np.int32],
    below: NDArray[np.int32],
    labels: NDArray[np.int32],
    strength: int,
    step: int,
    stack: NDArray[np.int64],
) -> None: ...
