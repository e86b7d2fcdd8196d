import numpy as np
from numpy.typing import NDArray

def diffuse_rows(
    points: NDArray[np.int32],
    palette: NDArray[np.int32],
    near: NDArray[np.int64],
    errors: NDArray[np.int32],
    target: NDArray[np.int32],
    labels: NDArray[np.int32],
    share: int,
    tolerance: int,
    first: int,
) -> None: ...
def mix_rows(
    points: NDArray[np.int32],
    palette: NDArray[np.int32],
    near: NDArray[np.int64],
    ranks: NDArray[np.int32],
    labels: NDArray[np.int32],
    share: int,
    width: int,
    start: int,
    stop: int,
    first: int,
) -> None: ...
